import Checkout
import Commerce
import HTTPServer

/// Buying again what was in an order that ended unpaid.
extension Site {
    /// What the cart's page tells about it once.
    struct OrderAgainNews: Codable {
        var changes: [OrderAgain.Change]
    }

    /// `POST /orders/<token>/again`: its goods go into the cart, at today's price and as far as they are there.
    func orderAgain(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let visit = Visit(request, site: self, form: form)
        let token = form["again_token"] ?? ""
        // Old, or the order is alive again: its page says what can be done.
        guard shop.isGood(formToken: token, for: .orderAgain),
            let again = try await shop.orderAgain(pageToken: parameters["token"], cart: visit.cart)
        else { return orderRedirect(parameters["token"]) }
        let news = OrderAgainNews(changes: again.changes)
        let address = "/cart" + (visit.hasCookie || again.cart.isEmpty ? "" : "?c=\(again.cart.text)")
        var response =
            await redirect(
                to: address, showing: news, of: .orderAgain, token: shop.formToken(for: .orderAgain),
                visit, carriesCart: false) ?? Response.redirect(to: address)
        if !response.headers.contains(where: { $0.name == "Cache-Control" }) { response.headers += Self.privateHeaders }
        response.headers.append(visit.cartCookie(again.cart))
        return response
    }

    /// What changed since the order's day, for the cart's page to which the button has led.
    func newsOfOrderAgain(_ visit: Visit) async throws -> [Context] {
        let kept: (form: OrderAgainNews, isOwn: Bool)? = try await draft(of: .orderAgain, visit)
        guard let news = kept?.form else { return [] }
        let words = visit.words
        if news.changes.isEmpty { return [["notice_text": words("again_same"), "notice_warn": false]] }
        return news.changes.map { change in
            let text =
                switch change {
                case .price(let name, let was, let now): words("again_price", name[visit.language], was, now)
                case .fewer(let name, let left): words("again_fewer", name[visit.language], "\(left)")
                case .gone(let name): words("again_gone", name[visit.language])
                case .noRoom(let name): words("again_no_room", name[visit.language])
                }
            return ["notice_text": text, "notice_warn": true]
        }
    }
}
