import Commerce
import Foundation
import HTTPServer

/// All that a page of goods is made from.
struct ShopPageKey: Hashable, Sendable {
    let page: String
    let language: Language
    let cart: String
    let hasCookie: Bool
    /// ``RecentGoods/Shelf/number``.
    let shelf: Int
    /// ``Shop/settingsNumber``.
    let settings: Int
}

extension Site {
    /// `/`: everything the shop sells.
    func catalogue(_ request: Request, _: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        let now = shop.now()
        let shelf = try await goods.goods(at: now) { try await shop.catalogue() }
        let response = kept("/", visit, shelf, at: now) {
            var context = visit.context(title: visit.words("catalogue_title"))
            context["products"] = shelf.goods.map { card($0, visit) }
            return page(.catalogue, context)
        }
        if Self.isFirstVisit(request) {
            frontPages.keep(response, for: request.header("Accept-Language") ?? "", at: now)
        }
        return response
    }

    /// Answers without waiting: what many ask for and a moment ago was the same for all of them.
    package func quickAnswer(_ request: Request) -> Response? {
        guard request.method == .get else { return nil }
        switch request.path {
        case "/health/live": return Self.alive
        case "/" where Self.isFirstVisit(request):
            let known = frontPages.response(for: request.header("Accept-Language") ?? "", at: shop.now())
            if known != nil { metrics.countRequest() }
            return known
        default: return nil
        }
    }

    /// Whether nothing but the browser's languages decides how `/` looks.
    private static func isFirstVisit(_ request: Request) -> Bool {
        request.query.text.isEmpty && request.header("Cookie") == nil
    }

    private func card(_ product: Product, _ visit: Visit) -> Context {
        var card: Context = [
            "product_name": product.name[visit.language],
            "product_href": "/products/\(product.slug)\(visit.cartSuffix)",
            "alt": "", "photo": photoAddress(product.photo), "price": product.price.description,
            "sold_out": product.stock == 0,
        ]
        card["stock_note"] = stockNote(product, visit.words)
        return card
    }

    private func stockNote(_ product: Product, _ words: WordBook.Words) -> String? {
        switch product.stock {
        case 0: nil
        case 1: words("stock_last")
        case 2...5: words("stock_low", "\(product.stock)")
        default: nil
        }
    }

    /// Characters of a typed quantity that are shown again.
    static let quantityLength = 100

    /// `/products/<slug>`; with `quantity` as it was typed, and what is wrong with it.
    func product(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        if let typed = request.query["quantity"] {
            guard let product = try await shop.product(parameters["slug"]) else { throw PageProblem(404) }
            let page = productPage(product, visit, quantity: String(typed.prefix(Self.quantityLength)))
            var response = html(page, headers: Self.privateHeaders)
            visit.remember(in: &response)
            return response
        }
        let now = shop.now()
        let shelf = try await goods.goods(at: now) { try await shop.catalogue() }
        guard let product = shelf.goods.first(where: { $0.slug == parameters["slug"] }) else { throw PageProblem(404) }
        return kept("/products/\(product.slug)", visit, shelf, at: now) {
            productPage(product, visit, quantity: "1")
        }
    }

    /// - Parameter quantity: What was typed.
    private func productPage(_ product: Product, _ visit: Visit, quantity: String) -> SharedBytes {
        let words = visit.words
        let largest = product.largestQuantity
        let isGood = Int(quantity).map { (1...largest).contains($0) } ?? false
        let problem = isGood ? nil : words("err_quantity", "\(largest)")
        var context = visit.context(title: product.name[visit.language], hasErrors: problem != nil)
        var details: Context = [
            "slug": product.slug, "product_name": product.name[visit.language], "price": product.price.description,
            "description": product.about[visit.language], "alt": product.name[visit.language],
            "photo": photoAddress(product.photo, .page), "sold_out": product.stock == 0,
            "max_quantity": "\(largest)", "quantity_value": quantity,
            "vat_note": product.vat == .zero ? words("vat_none") : words("vat_note", product.vat.text),
        ]
        details["stock_note"] = stockNote(product, words)
        if let problem {
            details["quantity_error"] = problem
            context["error_summary"] = [["error_href": "#quantity", "error_text": problem]]
        }
        context["product"] = details
        return page(.product, context)
    }

    private func kept(
        _ name: String, _ visit: Visit, _ shelf: RecentGoods.Shelf, at now: Timestamp, make: () -> SharedBytes
    ) -> Response {
        let key = ShopPageKey(
            page: name, language: visit.language, cart: visit.cart.text, hasCookie: visit.hasCookie,
            shelf: shelf.number,
            settings: shop.settingsNumber)
        let page: SharedBytes
        if let known = shopPages.page(for: key, at: now) {
            page = known
        } else {
            page = make()
            shopPages.keep(page, for: key, until: now.adding(seconds: 3_600))
        }
        var response = Response(headers: Self.htmlHeaders.goods, body: .bytes(page))
        visit.remember(in: &response)
        return response
    }
}

extension VATRate {
    /// `16%`
    var text: String {
        basisPoints.isMultiple(of: 100) ? "\(basisPoints / 100)%" : "\(Double(basisPoints) / 100)%"
    }
}
