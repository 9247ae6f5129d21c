import PaymentKit

/// What the provider, or somebody who pretends to be it, sends to one of the shop's addresses.
struct Message: Hashable, Sendable {
    enum Body: Hashable, Sendable {
        /// The result of a prompt: amount and receipt of a success, else the provider's code.
        case prompt(checkout: String, code: String, amount: Int64, receipt: String?)
        /// The result of a refund.
        case reversal(conversation: String, code: String, amount: Int64, receipt: String?)
        /// Money that came to the paybill or till.
        case confirmation(receipt: String, amount: Int64, account: String)
        /// The answer about a receipt, for the order whose page asked.
        case lookup(receipt: String, amount: Int64, order: Int)
        /// What nobody can read.
        case noise(Int)
        /// Whatever the plugin that means harm makes of it.
        case hostile(Int)
    }
    /// What the address was made for; nil for the standing one.
    var about: Ticket?
    var body: Body
    /// Whether it comes from one of the provider's published addresses.
    var isListed: Bool
    /// For the story: who sent it.
    var sender = "provider"

    static func == (left: Message, right: Message) -> Bool { left.about == right.about && left.body == right.body }
    func hash(into hasher: inout Hasher) {
        hasher.combine(about)
        hasher.combine(body)
    }
}

extension Message.Body: CustomStringConvertible {
    var description: String {
        switch self {
        case .prompt(let checkout, "0", let amount, let receipt):
            "success over \(amount / 100), receipt \(receipt ?? "none"), id \(checkout)"
        case .prompt(let checkout, let code, _, _): "no (\(code)), id \(checkout)"
        case .reversal(let conversation, "0", let amount, let receipt):
            "\(amount / 100) returned, receipt \(receipt ?? "none"), id \(conversation)"
        case .reversal(let conversation, let code, _, _): "refund refused (\(code)), id \(conversation)"
        case .confirmation(let receipt, let amount, let account):
            "\(amount / 100) came, receipt \(receipt), account \"\(account)\""
        case .lookup(let receipt, let amount, _): "receipt \(receipt) is over \(amount / 100)"
        case .noise: "something unreadable"
        case .hostile(let number): "message \(number) for the bad plugin"
        }
    }
}

/// What the provider's codes mean: the part of a plugin that the simulation needs.
enum Codes {
    static func decline(_ code: String) -> Decline {
        switch code {
        case "1032": Decline(.cancelledByPayer, retry: .sameMethod, code: code)
        case "1037": Decline(.payerDidNotAnswer, retry: .sameMethod, code: code)
        case "2001": Decline(.wrongPIN, retry: .sameMethod, code: code)
        case "1": Decline(.insufficientFunds, retry: .sameMethod, code: code)
        case "1001": Decline(.payerBusy, retry: .sameMethodLater, waitSeconds: 120, code: code)
        case _: Decline(.other, retry: .sameMethod, code: code)
        }
    }
}
