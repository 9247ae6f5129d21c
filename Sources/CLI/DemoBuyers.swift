import Checkout
import Commerce
import Foundation
import MPesaSimulator

/// Simulated people who buy over the shop's own door, each with another fate, and the comparison of the two ledgers.
struct DemoBuyers: Sendable {
    let wiring: Wiring
    let isJSON: Bool

    struct Buyer: Sendable {
        let phone, story, tale: String
        /// What the order must say in the end.
        let expected: String
        /// Whether the buyer tries again after a no.
        var retries = false
        /// What the buyer pays to the paybill by hand, once the prompt has come to its end: shillings, and the account
        /// that is typed; the order's number when nil.
        var byHand: [(shillings: Int, account: String?)] = []
        /// Whether the shop sends one payment back.
        var getsRefund = false
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
        Buyer(
            phone: "0712000013", story: "cancelled", tale: "cancels, and pays to the paybill instead",
            expected: "paid", byHand: [(320, nil)]),
        Buyer(
            phone: "0712000014", story: "cancelled", tale: "pays to the paybill in two parts", expected: "paid",
            byHand: [(120, nil), (200, nil)]),
        Buyer(
            phone: "0712000015", story: "cancelled", tale: "pays to the paybill under a wrong account",
            expected: "pending", byHand: [(320, "TEA FOR MUM")]),
        Buyer(
            phone: "0712000016", story: "success", tale: "pays by prompt and to the paybill, and gets one back",
            expected: "paid", byHand: [(320, nil)], getsRefund: true),
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
                let visit = DemoVisit(wiring: wiring, daraja: daraja, buyer: buyer)
                group.addTask { (buyer.phone, try await visit.run()) }
            }
            for try await (phone, state) in group {
                states[phone] = state
                if let buyer = Self.buyers.first(where: { $0.phone == phone }) { tell(buyer, state) }
            }
        }
        let isExpected = Self.buyers.allSatisfy { states[$0.phone] == $0.expected }
        let agrees = try await compare(daraja)
        if !isJSON { try await listUnmatched() }
        return agrees && isExpected
    }

    /// Compares what M-PESA holds for the shop with what the shop counts.
    private func compare(_ daraja: Daraja) async throws -> Bool {
        let accounts = daraja.accounts.filter { $0.till == nil }
        let held = accounts.reduce(0) { $0 + $1[.collection] - ($1.opening[.collection] ?? 0) }
        var counted = try await wiring.shop.receivedTotal().whole ?? 0
        // The news of the last payment may be on its way.
        for _ in 0..<50 where Int64(held) != counted {
            try await Task.sleep(for: .milliseconds(200))
            counted = try await wiring.shop.receivedTotal().whole ?? 0
        }
        if !isJSON {
            print(
                "\nM-PESA holds for the shop: KSh \(held). Counted by the shop: KSh \(counted). "
                    + (Int64(held) == counted ? "They agree." : "THEY DIFFER.")
            )
        }
        return Int64(held) == counted
    }

    private func listUnmatched() async throws {
        for money in try await wiring.shop.unmatchedMoney() {
            print("\(money.capture.amount) under the account \"\(money.account)\" waits for its order.")
            for (order, suggestion) in money.suggestions.prefix(1) {
                let reasons = suggestion.reasons.map(\.words).sorted().joined(separator: "; ")
                print("  Perhaps \(order.number.text): \(reasons).")
            }
        }
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
}
