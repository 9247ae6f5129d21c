import Foundation

/// What the status page of an order says.
struct OrderStatusSeen: Decodable, Sendable {
    struct Attempt: Decodable, Sendable {
        var state: String
        var retry_after: Int?
    }
    var order, state: String
    var attempt: Attempt?
    var receipt: String?
}

/// One person who buys something, stubbornly: a page that does not load is loaded again, a form without an answer is
/// sent again as it was.
struct Buyer: Sendable {
    let shop: ShopUnderTest
    let provider: SimulatedProvider
    let witnesses: Witnesses
    let tale: Tale
    /// Nine digits, without the zero.
    let number: String
    let cart: String
    /// Presses the button twice at once.
    let isNervous: Bool
    let patience: Duration

    func buy() async throws {
        let phone = "254\(number)"
        try await provider.choose(tale.stories[0], for: phone)
        witnesses.knows(number)
        let end = ContinuousClock.now + patience
        if let order = try await order(until: end) { try await watch(order, until: end) }
        try await provider.forget(phone)
    }

    /// Orders, with the same form until it is answered.
    ///
    /// - Returns: The path of the order's page; nil when time is over.
    private func order(until end: ContinuousClock.Instant) async throws -> String? {
        var token: String?
        while ContinuousClock.now < end {
            guard let form = token else {
                guard let page = try await shop.get("/checkout?c=\(cart)"), page.status == 200 else {
                    try await Task.sleep(for: .milliseconds(60))
                    continue
                }
                token = Self.field("form_token", in: String(decoding: page.body, as: UTF8.self))
                if token != nil { witnesses.sentForm() }
                continue
            }
            let fields = [
                ("name", "Asha"), ("phone", "0\(number)"), ("email", ""), ("delivery", "pickup"), ("place", ""),
                ("provider", "mpesa"), ("form_token", form), ("c", cart),
            ]
            async let again = isNervous ? shop.post("/checkout", fields) : nil
            let first = try await shop.post("/checkout", fields)
            let answers = [first, try await again].compactMap { $0 }
            // A form with problems leads elsewhere: back to itself.
            let orders = Set(
                answers.filter { $0.status == 303 }.compactMap { $0.header("location") }.filter {
                    $0.hasPrefix("/orders/")
                })
            if orders.count > 1 { shop.run.violation("one form made two orders") }
            if let order = orders.first {
                witnesses.placed(order, by: number)
                return order
            }
            // 5xx is "try again"; a page with problems is an answer too, and this machine gives no cause for one.
            for answer in answers where answer.status < 500 {
                witnesses.refused(answer.status, "a good form")
                token = nil
            }
            try await Task.sleep(for: .milliseconds(60))
        }
        return nil
    }

    private func watch(_ order: String, until end: ContinuousClock.Instant) async throws {
        var stories = tale.stories.dropFirst()
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(.random(in: 200...500)))
            guard let answer = try await shop.get("\(order)/status") else { continue }
            guard answer.status == 200 else {
                if answer.status < 500 { witnesses.refused(answer.status, "an order's page") }
                continue
            }
            let seen = try JSONDecoder().decode(OrderStatusSeen.self, from: Data(answer.body))
            witnesses.saw(seen, at: order)
            if seen.state == "paid" { return }
            guard seen.state == "pending", let attempt = seen.attempt,
                ["failed", "cancelled", "expired"].contains(attempt.state), attempt.retry_after == 0
            else { continue }
            if let next = stories.popFirst() { try await provider.choose(next, for: "254\(number)") }
            try await payAgain(order)
        }
    }

    private func payAgain(_ order: String) async throws {
        guard let page = try await shop.get(order), page.status == 200,
            let token = Self.field("form_token", in: String(decoding: page.body, as: UTF8.self))
        else { return }
        _ = try await shop.post("\(order)/pay", [("phone", ""), ("form_token", token)])
        shop.run.count("retries")
    }

    private static func field(_ name: String, in page: String) -> String? {
        guard let start = page.range(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }
}
