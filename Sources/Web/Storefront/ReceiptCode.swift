import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// "I have paid": a shopper shows the code of the provider's message.
extension Site {
    /// What was typed into the form, and what is wrong with it.
    struct TypedReceipt: Codable {
        enum Problem: Codable, Hashable {
            case empty, notAReceipt, usedElsewhere, counted, formTooOld
            case tooMany(until: Timestamp)
        }
        var code: String
        var formToken: String?
        var problem: Problem?

        init(_ form: Form) {
            code = String((form["code"] ?? "").prefix(100))
            formToken = form["form_token"]
        }
    }

    /// `POST /orders/<token>/receipt-code`: the provider is asked about it, and the page tells what came of it.
    func showReceipt(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let visit = Visit(request, site: self, form: form)
        let token = parameters["token"]
        let purpose = FormPurpose.receipt(pageToken: token)
        var typed = TypedReceipt(form)
        if form["switch_language"] == nil {
            typed.problem = try await problem(with: typed, token, Caller(request.client))
            if typed.problem == nil { return orderRedirect(token) }
        }
        if shop.isOurs(formToken: typed.formToken ?? "", for: purpose) {
            let formToken = receiptToken(typed, token)
            typed.formToken = formToken
            if let response = await redirect(
                to: "/orders/\(token)", showing: typed, of: purpose, token: formToken, visit)
            {
                return response
            }
        }
        guard let view = try await viewOrder(request, parameters) else { throw PageProblem(404) }
        return orderResponse(
            try await orderPage(view, token, visit, receipt: typed), visit, status: typed.problem == nil ? 200 : 422)
    }

    /// - Returns: Nil when the order's page tells all that there is to tell.
    private func problem(
        with typed: TypedReceipt, _ token: String, _ caller: Caller
    ) async throws -> TypedReceipt.Problem? {
        guard shop.isGood(formToken: typed.formToken ?? "", for: .receipt(pageToken: token)) else {
            return .formTooOld
        }
        guard typed.code.contains(where: { !$0.isWhitespace }) else { return .empty }
        switch try await shop.showReceipt(pageToken: token, receipt: typed.code, from: caller) {
        case .unknown: throw PageProblem(404)
        case .asked, .waiting: return nil
        case .notAReceipt: return .notAReceipt
        case .usedElsewhere: return .usedElsewhere
        case .counted: return .counted
        case .tooMany(let until): return .tooMany(until: until)
        }
    }

    /// What was typed before; nil when the address names no such draft, or its trouble is over.
    func receiptDraft(_ view: OrderView, _ token: String, _ visit: Visit) async throws -> TypedReceipt? {
        let kept: (form: TypedReceipt, isOwn: Bool)? = try await draft(of: .receipt(pageToken: token), visit)
        guard var typed = kept?.form else { return nil }
        if kept?.isOwn != true { typed.formToken = nil }
        if case .tooMany(let until) = typed.problem, until <= view.readAt { typed.problem = nil }
        return typed
    }

    private func receiptToken(_ typed: TypedReceipt?, _ token: String) -> String {
        let purpose = FormPurpose.receipt(pageToken: token)
        guard let formToken = typed?.formToken, shop.isGood(formToken: formToken, for: purpose) else {
            return shop.formToken(for: purpose)
        }
        return formToken
    }

    /// The form; nil where nobody can have paid without the page knowing, or nothing can be asked.
    func receiptForm(_ view: OrderView, _ token: String, _ visit: Visit, _ typed: TypedReceipt?) -> Context? {
        guard let asked = shop.providerOfReceipts(after: view.latest?.instance),
            // A bank's customers have no receipt that anybody could be asked about.
            view.order.offlineWay == nil || !view.attempts.isEmpty,
            view.explanation.reason.asksForReceipt || typed?.problem != nil
        else { return nil }
        let words = speaking(visit, of: asked.name).words
        var form: Context = [
            "receipt_action": "/orders/\(token)/receipt-code", "receipt_token": receiptToken(typed, token),
            "code_typed": typed?.code ?? "", "receipt_open": typed != nil,
            "receipt_hint": words("receipt_form_hint"), "code_label": words("code_label"),
            "receipt_next": words("receipt_form_next"),
        ]
        switch typed?.problem {
        case .counted?: form["code_news"] = words("receipt_counted")
        case let problem?: form["code_error"] = Self.words(of: problem, words)
        case nil: break
        }
        return form
    }

    /// What is wrong, in words for the field and the summary; nil when nothing is.
    static func words(of problem: TypedReceipt.Problem, _ words: WordBook.Words) -> String? {
        switch problem {
        case .empty: words("err_code_empty")
        case .notAReceipt: words("err_code_form")
        case .usedElsewhere: words("err_code_used")
        case .tooMany(let until): words("err_code_often", until.eastAfrica.clockWithSeconds)
        case .formTooOld: words("err_form_old")
        case .counted: nil
        }
    }

    /// What became of the receipts that were shown, the newest first, one sentence each.
    func receiptNews(_ view: OrderView, _ visit: Visit) -> [Context] {
        guard view.status != .paid, view.status != .reversed else { return [] }
        var seen: Set<String> = []
        return view.lookups.filter { seen.insert($0.receipt).inserted }.prefix(3).map { lookup in
            let code = lookup.receipt
            let words = speaking(visit, of: lookup.instance).words
            let isSlow = view.readAt >= lookup.askedAt.adding(seconds: Self.answerSeconds)
            let text =
                switch lookup.state {
                case .asked where !isSlow: words("receipt_asked", code)
                case .asked, .waiting:
                    if let time = view.listReadAt {
                        words("receipt_waiting", code, max(time, view.readAt).adding(seconds: 60).eastAfrica.clock)
                    } else {
                        words("receipt_waiting_long", code)
                    }
                case .found: words("receipt_found", code)
                case .refused: words("receipt_refused", code)
                case .review: words("receipt_review", code)
                }
            return ["news_text": text, "news_warn": lookup.state == .refused]
        }
    }

    /// After so many seconds an answer about a receipt is late.
    static let answerSeconds = 120
}
