import FoundationEssentials
import PaymentKit

/// Reading the results of refunds, payouts and questions about balances.
extension MPesa {
    static func resultEvents(in inbound: InboundRequest) -> [PaymentEvent] {
        guard let past = inbound.about, let result = ResultEnvelope(inbound.body), let api = api(of: past.kind) else {
            return []
        }
        let conversation = result.references.first?.value ?? ""
        let key = EventKey("result", past.ticket.value, conversation, result.code, result.receipt ?? "")
        return [
            PaymentEvent(
                key, .about(past.ticket), fact(of: result, api, about: past), references: result.references,
                charge: result.code == "0" ? result.values.charge : nil)
        ]
    }

    /// Its own queue was too slow for M-PESA. That decides nothing: a result can still follow, and the body is not
    /// documented.
    static func timeoutEvents(in inbound: InboundRequest) -> [PaymentEvent] {
        guard let past = inbound.about else { return [] }
        return [PaymentEvent(EventKey("timeout", past.ticket.value), .about(past.ticket), .pending)]
    }

    private static func api(of kind: Past.Kind) -> ResultCodes.API? {
        switch kind {
        case .refund: .reversal
        case .payout: .payout
        case .balance: .balance
        case .attempt, .lookup: nil
        }
    }

    private static func fact(of result: ResultEnvelope, _ api: ResultCodes.API, about past: Past) -> Fact {
        if result.isPreliminary { return .pending }
        guard result.code == "0" else {
            return ResultCodes.fact(api, result.code, detail: result.words)
                ?? .unclear(code: result.code, detail: result.words.redacted)
        }
        return switch past.kind {
        case .refund: returned(result, past)
        case .payout: sent(result, past)
        case .balance: balance(result)
        case .attempt, .lookup: .pending
        }
    }

    /// - Parameter past: Its receipt, where the core knows it, is the payment that was to go back.
    private static func returned(_ result: ResultEnvelope, _ past: Past) -> Fact {
        if let original = result.values["OriginalTransactionID"], let asked = past.receipt, original != asked {
            return .needsReview("M-PESA returned another payment than the one that was asked for")
        }
        guard case .money(let amount) = result.values.amount("Amount") else {
            return .needsReview("M-PESA says that the payment went back, without an amount that reads")
        }
        let receipt = result.receipt.map { Receipt($0, at: result.values.moment("TransCompletedTime")) }
        return .returned(amount, receipt: receipt, .reversal)
    }

    private static func sent(_ result: ResultEnvelope, _ past: Past) -> Fact {
        let values = result.values
        let id = values.identifier("TransactionReceipt").flatMap(ResultEnvelope.realReceipt) ?? result.receipt
        let receipt = id.map {
            Receipt($0, at: values.moment("TransactionCompletedDateTime", "TransCompletedTime"))
        }
        return switch values.amount("TransactionAmount", "Amount") {
        case .money(let amount): .sent(amount, receipt: receipt)
        // To a till M-PESA was seen to say no more than that it is done.
        case .none: .sent(past.amount, receipt: receipt)
        case .unreadable: .needsReview("M-PESA says that the money was sent, with an amount that does not read")
        }
    }

    /// `Name|Currency|current|available|reserved|uncleared`, joined by `&`. The names are M-PESA's; a part that does
    /// not read is left out.
    private static func balance(_ result: ResultEnvelope) -> Fact {
        let accounts = (result.values["AccountBalance"] ?? "").split(separator: "&").prefix(100)
            .compactMap { part -> AccountBalance? in
                let fields = part.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                guard fields.count >= 4, !fields[0].isEmpty, fields[0].count <= 100, fields[1].count == 3 else {
                    return nil
                }
                let currency = Currency(rawValue: fields[1])
                guard let current = Money(decimal: fields[2], currency),
                    let available = Money(decimal: fields[3], currency)
                else { return nil }
                return AccountBalance(fields[0], current: current, available: available)
            }
        return accounts.isEmpty
            ? .needsReview("M-PESA told the balances in a form that does not read")
            : .balance(accounts)
    }
}
