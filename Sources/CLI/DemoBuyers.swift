import Commerce
import Foundation
import HTTPClient
import MPesaSimulator

/// Simulated people who buy over the shop's own door, each with another fate, and the comparison of the two ledgers.
struct DemoBuyers: Sendable {
    let wiring: Wiring
    let isJSON: Bool

    private struct Buyer: Sendable {
        let phone, story, tale: String
        /// What the order must say in the end.
        let expected: String
        /// Whether the buyer tries again after a no.
        var retries = false
    }

    private static let buyers = [
        Buyer(phone: "0712000001", story: "success", tale: "types the PIN", expected: "paid"),
        Buyer(
            phone: "0712000002", story: "callback-tripled", tale: "pays, and M-PESA says so three times",
            expected: "paid"),
        Buyer(
            phone: "0712000003", story: "callback-early", tale: "pays so fast that the news overtakes the answer",
            expected: "paid"),
        Buyer(phone: "0712000004", story: "callback-lost", tale: "pays, and the news never comes", expected: "paid"),
        Buyer(
            phone: "0712000005", story: "answer-lost", tale: "pays, and the answer to our request is lost",
            expected: "paid"),
        Buyer(
            phone: "0712000006", story: "callback-forged", tale: "pays, after a stranger forged a callback",
            expected: "paid"),
        Buyer(
            phone: "0712000007", story: "token-cancelled", tale: "pays, although our access token was cancelled",
            expected: "paid"),
        Buyer(
            phone: "0712000008", story: "cancelled", tale: "cancels, tries again, pays", expected: "paid", retries: true
        ),
        Buyer(phone: "0712000009", story: "insufficient-funds", tale: "has too little money", expected: "pending"),
        Buyer(phone: "0712000010", story: "wrong-pin", tale: "types a wrong PIN", expected: "pending"),
        Buyer(
            phone: "0712000011", story: "spike-arrest", tale: "waits in line while M-PESA is busy, then pays",
            expected: "paid"),
        Buyer(
            phone: "0712000012", story: "forged-only", tale: "does nothing, while a stranger forges a success",
            expected: "prompt_sent"),
    ]

    /// Lets everybody buy at once and prints what came of it.
    ///
    /// - Returns: Whether what left the phones is what the shop counts.
    func run() async throws -> Bool {
        guard let daraja = wiring.simulator?.daraja else { throw Stop("The demo needs the simulator.") }
        var states: [String: String] = [:]
        try await withThrowingTaskGroup(of: (String, String).self) { group in
            for buyer in Self.buyers {
                guard let story = StoryCatalogue.story(named: buyer.story) else { continue }
                daraja.choose(story, phone: "254" + buyer.phone.dropFirst())
                group.addTask { (buyer.phone, try await buy(buyer, daraja)) }
            }
            for try await (phone, state) in group {
                states[phone] = state
                if let buyer = Self.buyers.first(where: { $0.phone == phone }) { tell(buyer, state) }
            }
        }
        let taken = daraja.ledger.reduce(0) { $0 + $1.debited }
        let counted = try await wiring.shop.receivedTotal().whole ?? 0
        let isExpected = Self.buyers.allSatisfy { states[$0.phone] == $0.expected }
        if !isJSON {
            print(
                "\nLeft the phones: KSh \(taken). Counted by the shop: KSh \(counted). "
                    + (Int64(taken) == counted ? "They agree." : "THEY DIFFER.")
            )
        }
        return Int64(taken) == counted && isExpected
    }

    private func tell(_ buyer: Buyer, _ state: String) {
        if isJSON {
            print("{\"story\":\"\(buyer.story)\",\"state\":\"\(state)\",\"expected\":\"\(buyer.expected)\"}")
        } else {
            let mark = state == buyer.expected ? "ok " : "BAD"
            let shown = state.padding(toLength: 12, withPad: " ", startingAt: 0)
            print(
                "\(mark)  \(shown) \(buyer.phone.suffix(3)) \(buyer.tale)"
            )
        }
        fflush(nil)
    }

    private func buy(_ buyer: Buyer, _ daraja: Daraja) async throws -> String {
        let page = try await send("GET", "/checkout?c=kericho-tea:1")
        let order = try await send(
            "POST", "/checkout",
            form:
                "c=kericho-tea:1&delivery=pickup&name=Demo&phone=\(buyer.phone)&provider=mpesa"
                + "&form_token=\(field("form_token", in: page.text))"
        ).location
        var retries = buyer.retries
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let status = try await send("GET", "\(order)/status").text
            let state = value("state", in: status)
            if retries, status.contains("\"cancelled\"") {
                retries = false
                if let story = StoryCatalogue.story(named: "success") {
                    daraja.choose(story, phone: "254" + buyer.phone.dropFirst())
                }
                let page = try await send("GET", order)
                _ = try await send(
                    "POST", "\(order)/pay", form: "phone=&form_token=\(field("form_token", in: page.text))")
            } else if state == buyer.expected, state != "pending" || status.contains("\"failed\""),
                !status.contains("\"flags\":[]") || buyer.story != "forged-only"
            {
                return state
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return value("state", in: try await send("GET", "\(order)/status").text)
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
