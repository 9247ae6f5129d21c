import FoundationEssentials
import PaymentKit

/// The form in which M-PESA sends the result of a refund, a payout or a question: one envelope for all, with whatever
/// values the interface has to tell.
///
/// Codes come as numbers and as texts, a list of one as an object alone, values as nothing at all, and some names in
/// two spellings.
struct ResultEnvelope: Sendable {
    let code, words: String
    /// Whether further messages follow, so that this one decides nothing.
    let isPreliminary: Bool
    /// The ids of the request that this answers.
    let references: [Reference]
    /// The transaction that the request made; nil for the placeholder of a failed one, which ends in seven zeros.
    let receipt: String?
    let values: Values

    init?(_ body: Data) {
        guard let result = LooseJSON.read(body)?["Result"], let code = result["ResultCode"]?.identifier else {
            return nil
        }
        self.code = code
        words = result["ResultDesc"]?.text ?? ""
        isPreliminary = result["ResultType"]?.text == "1"
        references = MPesa.conversationIDs(in: result)
        receipt = result["TransactionID"]?.identifier.flatMap(Self.realReceipt)
        values = Values(result["ResultParameters"]?["ResultParameter"]?.elements ?? [])
    }

    static func realReceipt(_ id: String) -> String? { id.hasSuffix("0000000") ? nil : id }

    /// Named values in any order.
    struct Values: Sendable {
        private let texts: [String: [String]]

        fileprivate init(_ parameters: [LooseJSON]) {
            let pairs = parameters.compactMap { parameter -> (String, String)? in
                guard let key = parameter["Key"]?.text, let value = parameter["Value"]?.text else { return nil }
                return (key.filter { $0 != " " }, value)
            }
            texts = Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
        }

        /// Everything that stands under a name, in the order in which it came. Names are without spaces.
        func all(_ name: String) -> [String] { texts[name] ?? [] }

        /// The value of a name; nil where there is none, or two that differ.
        subscript(_ name: String) -> String? {
            guard let first = all(name).first, all(name).allSatisfy({ $0 == first }) else { return nil }
            return first
        }

        func identifier(_ name: String) -> String? { self[name].flatMap { LooseJSON.text($0).identifier } }

        /// What a result says about an amount of money.
        enum Amount { case none, unreadable, money(Money) }

        /// The first of `names` that has a value. Above zero; in shillings and whole cents.
        func amount(_ names: String...) -> Amount {
            guard let name = names.first(where: { !all($0).isEmpty }) else { return .none }
            guard let text = self[name], let money = Money(decimal: text, .kes), money.minor > 0 else {
                return .unreadable
            }
            return .money(money)
        }

        /// What M-PESA took: `Business Pay Bill Charge|KES|41.00`, several joined by `&`, or for a reversal a bare
        /// amount. Nil for nothing, and for what does not read.
        var charge: Money? {
            let parts = (self["DebitPartyCharges"] ?? "").split(separator: "&").map { part in
                part.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            }
            let told = parts.map { $0.count == 3 && $0[1] == Currency.kes.rawValue ? $0[2] : "" }
            let amounts = (told + all("Charge").prefix(1)).map { Money(decimal: $0, .kes) }
            var sum = Money(minor: 0, .kes)
            for amount in amounts {
                guard let amount, (0...100_000_000).contains(amount.minor) else { return nil }
                sum = sum + amount
            }
            return sum.minor > 0 ? sum : nil
        }

        /// The first of `names` that reads as a time.
        func moment(_ names: String...) -> Date? {
            names.lazy.compactMap { self[$0].flatMap(EastAfricaTime.read) }.first
        }
    }
}

extension MPesa {
    /// Safaricom's and our own name for a request whose result comes later.
    static let conversationID = "ConversationID"
    static let originatorID = "OriginatorConversationID"

    static func conversationIDs(in json: LooseJSON) -> [Reference] {
        [conversationID, originatorID].compactMap { name in
            json[name]?.identifier.map { Reference(name, $0) }
        }
    }
}
