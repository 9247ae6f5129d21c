import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// Finding an order's page without an account: by its number and the telephone number it was placed with.
extension Site {
    /// What was typed into the form, and what is wrong with it.
    struct TypedFind: Codable {
        enum Problem: Codable, Hashable {
            case notFound, onItsWay, formTooOld
            case phone(PhoneNumber.Problem)
            case tooMany(until: Timestamp)
        }
        var number = "", phone = ""
        var formToken: String?
        var problem: Problem?
    }

    /// `GET /orders/find`
    func findForm(_ request: Request, _: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        let kept: (form: TypedFind, isOwn: Bool)? = try await draft(of: .find, visit)
        var typed = kept?.form ?? TypedFind()
        if kept?.isOwn != true { typed.formToken = nil }
        if case .tooMany(let until) = typed.problem, until <= shop.now() { typed.problem = nil }
        return findPage(typed, visit)
    }

    /// `POST /orders/find`: leads to the order's page, or back to the form with one answer for every kind of miss.
    func findOrder(_ request: Request, _: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let visit = Visit(request, site: self, form: form)
        var typed = TypedFind()
        typed.number = String((form["number"] ?? "").prefix(60)).trimmed
        typed.phone = String((form["phone"] ?? "").prefix(100)).trimmed
        typed.formToken = form["form_token"]
        if form["switch_language"] == nil {
            if shop.isGood(formToken: typed.formToken ?? "", for: .find) {
                let result = try await shop.findOrder(
                    number: typed.number, phone: typed.phone, from: Caller(request.client))
                switch result {
                case .found(let token): return orderRedirect(token)
                case .notFound: typed.problem = .notFound
                case .onItsWay: typed.problem = .onItsWay
                case .phone(let problem): typed.problem = .phone(problem)
                case .tooMany(let until): typed.problem = .tooMany(until: until)
                }
            } else {
                typed.problem = .formTooOld
            }
        }
        if shop.isOurs(formToken: typed.formToken ?? "", for: .find) {
            if !shop.isGood(formToken: typed.formToken ?? "", for: .find) {
                typed.formToken = shop.formToken(for: .find)
            }
            if let response = await redirect(
                to: "/orders/find", showing: typed, of: .find, token: typed.formToken ?? "", visit)
            {
                return response
            }
        }
        return findPage(typed, visit, status: typed.problem == nil ? 200 : 422)
    }

    private func findPage(_ typed: TypedFind, _ visit: Visit, status: Int = 200) -> Response {
        let words = visit.words
        var context = visit.context(title: words("find_title"), hasErrors: typed.problem != nil)
        let isGood = typed.formToken.map { shop.isGood(formToken: $0, for: .find) } ?? false
        context["find_token"] = isGood ? typed.formToken ?? "" : shop.formToken(for: .find)
        context["number_typed"] = typed.number
        context["phone_typed"] = typed.phone
        context["switch_form"] = ["form_id": "find", "default_label": words("find_button")] as Context
        if let problem = typed.problem {
            let (field, text) = Self.words(of: problem, words)
            context["error_summary"] = [["error_href": "#\(field)", "error_text": text]]
            context["\(field)_error"] = text
        }
        var response = render(.find, context, status: status, headers: Self.privateHeaders)
        visit.remember(in: &response)
        return response
    }

    private static func words(
        of problem: TypedFind.Problem, _ words: WordBook.Words
    ) -> (field: String, text: String) {
        switch problem {
        case .notFound: ("number", words("find_miss"))
        case .onItsWay: ("number", words("find_on_its_way"))
        case .formTooOld: ("number", words("find_form_old"))
        case .tooMany(let until): ("number", words("find_too_many", until.eastAfrica.clockWithSeconds))
        case .phone(let problem):
            (
                "phone",
                ProblemWords([.phone(problem)], words: words, language: words.language).fields["phone"]
                    ?? words("find_miss")
            )
        }
    }
}
