import Checkout
import Commerce
import Foundation
import HTTPClient
import MPesaSimulator

/// One simulated person in the demo shop, from the checkout to the end of the story.
struct DemoVisit: Sendable {
    let wiring: Wiring
    let daraja: Daraja
    let buyer: DemoBuyers.Buyer

    private var phone: String { "254" + buyer.phone.dropFirst() }

    /// - Returns: What the order's page says in the end.
    func run() async throws -> String {
        let page = try await send("GET", "/checkout?c=kericho-tea:1")
        let order = try await send(
            "POST", "/checkout",
            form:
                "c=kericho-tea:1&delivery=pickup&name=Demo&phone=\(buyer.phone)&provider=mpesa"
                + "&form_token=\(field("form_token", in: page.text))"
        ).location
        guard !buyer.byHand.isEmpty else { return try await watch(order, until: isOver) }
        _ = try await watch(order) { state, status in state == "paid" || status.contains("\"cancelled\"") }
        let number = value("order", in: try await send("GET", "\(order)/status").text)
        for (shillings, account) in buyer.byHand {
            try daraja.payPaybill(from: phone, amount: shillings, account: account ?? number)
        }
        if buyer.getsRefund { try await refund(number) }
        return try await watch(order) { state, _ in state == buyer.expected }
    }

    private func isOver(_ state: String, _ status: String) -> Bool {
        state == buyer.expected && (state != "pending" || status.contains("\"failed\""))
            && (!status.contains("\"flags\":[]") || buyer.story != "forged-only")
    }

    /// Looks at the order's page, and tries again after a no if the story says so, until it is over.
    private func watch(_ order: String, until isOver: (_ state: String, _ status: String) -> Bool) async throws
        -> String
    {
        var retries = buyer.retries
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let status = try await send("GET", "\(order)/status").text
            let state = value("state", in: status)
            if retries, status.contains("\"cancelled\"") {
                retries = false
                if let story = StoryCatalogue.story(named: "success") { daraja.choose(story, phone: phone) }
                let page = try await send("GET", order)
                _ = try await send(
                    "POST", "\(order)/pay", form: "phone=&form_token=\(field("form_token", in: page.text))")
            } else if isOver(state, status) {
                return state
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return value("state", in: try await send("GET", "\(order)/status").text)
    }

    /// The owner sees that an order was paid twice, and one payment goes back.
    private func refund(_ text: String) async throws {
        guard let number = OrderNumber(text) else { return }
        // The shop itself proposes it.
        try await waitUntil(number) { !$0.refunds.isEmpty }
        guard let proposed = try await wiring.shop.orderFile(number)?.refunds.first else { return }
        _ = try await wiring.shop.approveRefund(proposed.ticket, by: "Njeri")
        try await waitUntil(number) { $0.refunds.allSatisfy { $0.state == .succeeded } }
    }

    private func waitUntil(_ number: OrderNumber, _ isTrue: (OrderFile) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            if let file = try await wiring.shop.orderFile(number), isTrue(file) { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw Stop("The order \(number.text) did not come to what its story says: please report this.")
    }

    private struct Answer {
        let text, location: String
    }

    private func send(_ method: String, _ path: String, form: String = "") async throws -> Answer {
        let headers = form.isEmpty ? [] : [(name: "Content-Type", value: "application/x-www-form-urlencoded")]
        let answer = try await wiring.client.send(
            OutboundRequest(
                method: method, url: wiring.settings.publicURL + path, headers: headers, body: Array(form.utf8),
                timeout: .seconds(20), effect: method == "GET" ? .asks : .acts))
        return Answer(text: String(decoding: answer.body, as: UTF8.self), location: answer.header("location") ?? "")
    }

    private func field(_ name: String, in page: String) -> String { after("name=\"\(name)\" value=\"", in: page) }

    /// The last value of a key: the order's own stands after the attempt's or alone.
    private func value(_ name: String, in json: String) -> String {
        do {
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            return object?[name] as? String ?? ""
        } catch { return "" }
    }

    private func after(_ marker: String, in text: String) -> String {
        guard let start = text.range(of: marker) else { return "" }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}
