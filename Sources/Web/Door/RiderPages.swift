import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// The page of whoever carries an order: no account, the right is the link. It shows what is needed at the door and
/// nothing else, and its address stands in no log.
extension Site {
    /// What was typed into a form of the page, and why nothing was done.
    struct TypedRider: Codable {
        enum Field: String, Codable { case phone, amount, code }
        var field: Field
        var text: String
        var problem: RiderRefusal
    }

    /// `GET /rider/<secret>`
    func riderPage(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        let secret = parameters["secret"]
        guard let view = try await shop.viewForRider(secret) else { return try endedLink(request, visit) }
        let kept: (form: TypedRider, isOwn: Bool)? = try await draft(of: .rider(secret: secret), visit)
        return riderPage(view, secret, visit, kept?.form)
    }

    /// `GET /rider/<secret>/status`: as an order's, without the receipt.
    func riderStatus(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        if let wait = statusLooks.count(Caller(request.client).network, at: shop.now()) {
            return Response(
                status: 429,
                headers: Self.privateHeaders + [("Retry-After", "\(wait)"), ("Content-Type", "application/json")])
        }
        guard let view = try await shop.viewForRider(parameters["secret"]) else { throw wrongLink(request) }
        var response = Response.json(Array(try followed(view).status.json.utf8))
        response.headers += Self.privateHeaders
        return response
    }

    /// `GET /rider/<secret>/events`
    func riderEvents(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let secret = parameters["secret"]
        guard let first = try await shop.viewForRider(secret) else { throw wrongLink(request) }
        return try follow(
            request, from: followed(first), version: { [shop] in try await shop.orderVersion(ofRider: secret) },
            fresh: { [self] in try await shop.viewForRider(secret).map(followed) })
    }

    /// `POST /rider/<secret>/prompt`: to the customer's number, or to another that they say.
    func promptAtDoor(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let typed = String((form["phone"] ?? "").prefix(40)).trimmed
        return try await riderDeed(request, parameters, form, .phone, typed) { [shop] secret, token in
            try await shop.promptAtDoor(secret, phone: typed, form: token, from: Caller(request.client))
        }
    }

    /// `POST /rider/<secret>/cash`
    func takeCashAtDoor(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let typed = String((form["amount"] ?? "").prefix(20)).trimmed
        return try await riderDeed(request, parameters, form, .amount, typed) { [shop] secret, token in
            let left = form["left"] ?? ""
            guard let amount = Money(decimal: typed.filter { $0 != "," && $0 != " " }, .kes) else {
                throw RiderRefusal.amount(left: Money(decimal: left, .kes) ?? Money(minor: 0, .kes))
            }
            try await shop.takeCashAtDoor(secret, amount, ofLeft: left, form: token)
        }
    }

    /// `POST /rider/<secret>/code`: the customer has the goods, and said the code.
    func handOverAtDoor(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let typed = String((form["code"] ?? "").prefix(20)).trimmed
        return try await riderDeed(request, parameters, form, .code, typed) { [shop] secret, token in
            try await shop.handOverAtDoor(secret, code: typed, form: token)
        }
    }

    /// Does one thing and leads back to the page, which says what came of it.
    private func riderDeed(
        _ request: Request, _ parameters: Route.Parameters, _ form: Form, _ field: TypedRider.Field, _ text: String,
        _ body: (_ secret: String, _ formToken: String) async throws -> Void
    ) async throws -> Response {
        let visit = Visit(request, site: self, form: form)
        let secret = parameters["secret"]
        let token = form["form_token"] ?? ""
        do { try await body(secret, token) } catch let refusal as RiderRefusal {
            if refusal == .noLink { return try endedLink(request, visit) }
            let typed = TypedRider(field: field, text: text, problem: refusal)
            let purpose = FormPurpose.rider(secret: secret)
            if let response = await redirect(
                to: "/rider/\(secret)", showing: typed, of: purpose, token: token, visit, carriesCart: false)
            {
                return response
            }
            guard let view = try await shop.viewForRider(secret) else { return try endedLink(request, visit) }
            return riderPage(view, secret, visit, typed, status: 422)
        }
        var response = Response.redirect(to: "/rider/\(secret)")
        response.headers += Self.privateHeaders
        return response
    }

    private func followed(_ view: RiderView) -> Followed {
        let status = OrderStatusObject(view.order, tellsReceipt: false)
        return Followed(view: view.order, status: status, isLive: !view.isDone && view.scene != .paid)
    }

    // MARK: A link that does not work

    /// Wrong secrets are counted, and look like links that have ended (I34).
    private func wrongLink(_ request: Request) -> PageProblem {
        let isTooMuch = wrongTokens.count(Caller(request.client).network, at: shop.now()) != nil
        return PageProblem(isTooMuch ? 429 : 404)
    }

    private func endedLink(_ request: Request, _ visit: Visit) throws -> Response {
        let problem = wrongLink(request)
        guard problem.status == 404 else { throw problem }
        var context = visit.context(title: visit.words("rider_ended_headline"))
        context["message"] =
            [
                "headline": visit.words("rider_ended_headline"), "explanation": visit.words("rider_ended_explanation"),
            ] as Context
        var response = render(.message, context, status: 404, headers: Self.privateHeaders)
        visit.remember(in: &response)
        return response
    }
}
