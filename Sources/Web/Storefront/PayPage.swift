import Checkout
import Commerce
import HTTPServer

/// Paying on a provider's own page: the way there, and the way back.
extension Site {
    /// Tenths of a second for which a browser waits for the provider's page before it is shown the order's.
    private static let mostWaits = 60

    /// `GET /orders/<token>/go`: leads to the provider's page, as soon as there is one.
    ///
    /// The page's address stands in no page of ours, so that it is in nobody's copy of one.
    func goToPay(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let token = parameters["token"]
        if isTooMuch(request) { return orderRedirect(token) }
        for _ in 0..<Self.mostWaits {
            switch try await shop.wayToPage(pageToken: token) {
            case nil: throw try await unknownOrder(request, parameters)
            case .open(let address)?:
                var response = Response.redirect(to: address)
                response.headers += Self.privateHeaders
                return response
            case WayToPage.none?: return orderRedirect(token)
            case .coming?: try await Task.sleep(for: .milliseconds(100))
            }
        }
        return orderRedirect(token)
    }

    /// `GET /orders/<token>/back`: whoever comes back from the provider's page, or says to have paid there. It proves
    /// nothing, and whatever the provider's page put into the address is not read.
    func backFromPay(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let token = parameters["token"]
        if isTooMuch(request) { return orderRedirect(token) }
        guard try await shop.comeBack(pageToken: token) else { throw try await unknownOrder(request, parameters) }
        return orderRedirect(token)
    }

    /// Counts one more look, as the order's page does for its news.
    private func isTooMuch(_ request: Request) -> Bool {
        statusLooks.count(Caller(request.client).network, at: shop.now()) != nil
    }

    /// Counts a wrong secret, as on an order's page.
    private func unknownOrder(_ request: Request, _ parameters: Route.Parameters) async throws -> PageProblem {
        _ = try await viewOrder(request, parameters)
        return PageProblem(404)
    }

    /// The same headers, for a page whose forms may lead on to a provider's page: browsers look at the whole way of a
    /// form, redirects included.
    func leadingOn(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        let origins = shop.pageOrigins
        guard !origins.isEmpty else { return headers }
        let own = "form-action 'self'"
        return headers.map { header in
            guard header.name == "Content-Security-Policy" else { return header }
            return (header.name, header.value.replacing(own, with: "\(own) \(origins.joined(separator: " "))"))
        }
    }

    /// What an order's page shows about the provider's page; nil when it is not open.
    func payPage(_ view: OrderView, _ token: String, _ words: WordBook.Words) -> Context? {
        guard let latest = view.latest, latest.state.isLive, let page = latest.page, page.isOpen(at: view.readAt),
            view.order.liveTicket == latest.ticket, !view.order.flags.contains(.unconfirmed)
        else { return nil }
        return [
            "go_href": "/orders/\(token)/go", "go_label": words("page_go", latest.amount.description),
            "is_asking": view.explanation.reason == .backFromPage, "back_href": "/orders/\(token)/back",
            "page_until": words("page_until", page.openUntil.eastAfrica.clock),
        ]
    }
}

extension OrderView {
    /// When what is said about the provider's page changes although nothing is stored.
    var pageTurns: [Timestamp] {
        guard let page = latest?.page else { return [] }
        return [page.openUntil] + (page.askingUntil.map { [$0] } ?? [])
    }
}
