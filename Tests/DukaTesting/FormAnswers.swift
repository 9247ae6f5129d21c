import HTTPClient
import Testing

extension OutboundResponse {
    /// Whether a form did what it is for: its answer leads to an order.
    package var leadsToOrder: Bool {
        status == 303 && header("location")?.hasPrefix("/orders/") == true && !leadsToForm
    }

    /// Whether the answer to a form leads to a page that shows it again.
    package var leadsToForm: Bool { status == 303 && header("location")?.contains("draft=") == true }
}

extension TestShop {
    /// The page that shows a form again, to which the answer to the form leads.
    package func formAgain(
        _ answer: OutboundResponse, cookies: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        #expect(answer.leadsToForm, "\(answer.status)", sourceLocation: sourceLocation)
        let address = try #require(answer.header("location"), sourceLocation: sourceLocation)
        let page = try await send("GET", address, headers: cookies.map { [("Cookie", $0)] } ?? [])
        return String(decoding: page.body, as: UTF8.self)
    }
}
