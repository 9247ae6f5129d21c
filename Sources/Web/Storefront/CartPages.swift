import Checkout
import Commerce
import Foundation
import HTTPServer

extension Site {
    /// `/cart`.
    func cart(_ request: Request, _: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        let basket = try await shop.price(visit.cart, delivery: "")
        var context = visit.context(title: visit.words("cart_title"))
        context["lines"] = basket.lines.map { line(of: $0, basket, visit) }
        context["can_checkout"] = basket.shortages.isEmpty && !basket.lines.isEmpty
        context["checkout_href"] = "/checkout\(visit.cartSuffix)"
        let news = try await newsOfOrderAgain(visit)
        if !news.isEmpty { context["notices"] = news }
        if !basket.lines.isEmpty { context["subtotal"] = basket.totals.goods.description }
        var response = render(.cart, context, headers: Self.privateHeaders)
        visit.remember(in: &response)
        return response
    }

    private func line(of line: PricedLine, _ basket: Basket, _ visit: Visit) -> Context {
        let words = visit.words
        let name = line.name[visit.language]
        let left = basket.shortages.first { $0.slug == line.slug }?.left
        var context: Context = [
            "slug": line.slug, "product_name": name, "product_href": "/products/\(line.slug)\(visit.cartSuffix)",
            "alt": "", "photo": photoAddress(line.photo), "unit_price": line.unit.description,
            "quantity": "\(line.quantity)", "line_total": line.total.description,
            "less_label": words("cart_less", name),
            "more_label": words("cart_more", name), "remove_label": words("cart_remove", name),
        ]
        if line.quantity > 1 { context["less"] = "\(line.quantity - 1)" }
        if line.quantity < Cart.maximumQuantity, left == nil { context["more"] = "\(line.quantity + 1)" }
        if let left {
            context["line_problem"] = left == 0 ? words("err_sold_out", name) : words("err_few_left", name, "\(left)")
        }
        return context
    }

    /// `POST /cart`: adds to a line, or with `set=1` makes its quantity what is given; 0 takes it out.
    func changeCart(_ request: Request, _: Route.Parameters) async throws -> Response {
        let form = try request.form()
        let visit = Visit(request, site: self, form: form)
        guard let slug = form["product"], let product = try await shop.product(slug) else { throw PageProblem(404) }
        let typed = form["quantity"] ?? "1"
        let replaces = form["set"] == "1"
        var cart = visit.cart
        let largest = product.largestQuantity
        guard let quantity = Int(typed), replaces ? quantity >= 0 : (1...largest).contains(quantity) else {
            let shown = String(typed.prefix(Self.quantityLength)).addingPercentEncoding(
                withAllowedCharacters: .urlQueryAllowed.subtracting(CharacterSet(charactersIn: "&+=;")))
            let start = visit.cartSuffix.isEmpty ? "?" : visit.cartSuffix + "&"
            // The product's page says what is wrong with it.
            var response = Response.redirect(to: "/products/\(product.slug)\(start)quantity=\(shown ?? "")")
            response.headers += Self.privateHeaders
            return response
        }
        cart.set(
            product.slug, to: replaces ? quantity : min(cart.quantity(of: product.slug) + quantity, largest))
        // The first time we cannot know whether cookies work, so the address carries the cart until one comes back.
        let suffix = visit.hasCookie || cart.isEmpty ? "" : "?c=\(cart.text)"
        var response = Response.redirect(to: "/cart\(suffix)")
        response.headers += Self.privateHeaders + [visit.cartCookie(cart)]
        return response
    }
}
