import ArgumentParser
import Checkout
import Commerce
import PaymentKit

struct PluginPayOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay-out", abstract: "Ask for a payment of the shop's own; nothing leaves before it is approved.",
        discussion: """
            To a telephone, a paybill (with --account) or a till. Approve it with duka orders approve; from \
            DUKA_SECOND_PERSON_FROM on that must be another person. It is sent once and never again: when the answer \
            is lost, the provider is asked what became of it.
            """)

    @Argument(help: "The provider.")
    var name: String
    @Option(help: "Shillings.")
    var amount: String
    @Option(help: "Pay this telephone.")
    var toPhone: String?
    @Option(help: "Pay this paybill.")
    var toPaybill: String?
    @Option(help: "Pay this till.")
    var toTill: String?
    @Option(help: "The account at the paybill.")
    var account: String?
    @Option(help: "What for.")
    var reason: String
    @OptionGroup var person: Person
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    func run() async throws {
        let payee = try payee()
        let (amount, by) = (try Refusals.amount(amount), try person.name)
        try await OperatorShop.open { open in
            let name = try open.provider(name, with: "pay out") { $0.payouts != nil }
            let payout = try await open.shop.requestPayout(
                PayoutRequest(instance: name, amount: amount, payee: payee, reason: reason, by: by))
            guard !isJSON else { return try Shown.printJSON(PayoutJSON(payout)) }
            print("\(payout.ticket.value): \(payout.amount) to \(payout.payeeShown) waits to be approved.")
            print("Next: duka orders approve \(payout.ticket.value)")
        }
    }

    /// In the names of M-PESA's payout form.
    private func payee() throws -> [String: String] {
        switch (toPhone, toPaybill, toTill) {
        case (let phone?, nil, nil): return ["kind": "phone", "phone": phone]
        case (nil, let paybill?, nil):
            guard let account else { throw Stop("Say which account at the paybill: --account TEXT.") }
            return ["kind": "paybill", "business": paybill, "account": account]
        case (nil, nil, let till?): return ["kind": "till", "business": till]
        default: throw Stop("Say who gets the money: one of --to-phone, --to-paybill and --to-till.")
        }
    }
}

struct PluginPayouts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payouts", abstract: "Payments of the shop's own: first those that are not ended.")

    @Option(help: "How many at most.")
    var limit = 20
    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false

    func run() async throws {
        guard (1...10_000).contains(limit) else { throw Stop("--limit is \(limit); expected 1 to 10000.") }
        try await OperatorShop.open { open in
            let payouts = try await open.shop.payouts(atMost: limit)
            guard !isJSON else {
                for payout in payouts { try Shown.printJSON(PayoutJSON(payout)) }
                return
            }
            guard !payouts.isEmpty else { return print("There are no payouts.") }
            let rows = payouts.map { payout in
                let why = payout.state.decline.map { " (\($0.code) \($0.detail))" } ?? ""
                return [
                    payout.ticket.value, payout.state.name, "\(payout.amount)", Shown.time(payout.requestedAt),
                    payout.receipt ?? "-", "\(payout.payeeShown): \(payout.reason)\(why)",
                ]
            }
            print(Shown.table([["TICKET", "STATE", "AMOUNT", "ASKED", "RECEIPT", "TO AND WHY"]] + rows))
        }
    }
}

/// A payout for programs.
struct PayoutJSON: Encodable {
    let ticket, provider, state, amount, payee, reason, requestedBy, requestedAt: String
    let approvedBy, receipt, code: String?

    init(_ payout: Payout) {
        ticket = payout.ticket.value
        provider = payout.instance
        state = payout.state.name
        amount = payout.amount.decimalText
        payee = payout.payeeShown
        reason = payout.reason
        requestedBy = payout.requestedBy
        requestedAt = Shown.json(payout.requestedAt)
        approvedBy = payout.approvedBy
        receipt = payout.receipt
        code = payout.state.decline?.code
    }
}
