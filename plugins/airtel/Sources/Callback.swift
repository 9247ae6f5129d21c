import FoundationEssentials
import PaymentKit

/// Reading Airtel's message that a payment has ended.
///
/// It comes to one address for the whole shop, names the payment by our id, and holds no amount but in its words
/// ("Paid KES 150 to …"). With callback authentication it carries a hash as well, over an input that no public source
/// shows exactly. So it is never the last word: the core asks Airtel about the payment that it names.
extension Airtel: WebhookReceiving {
    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        guard inbound.route == Self.callbackRoute, let message = LooseJSON.read(inbound.body)?["transaction"],
            let id = message["id"]?.identifier, let state = message["status_code"]?.identifier
        else { return [] }
        let receipt = message[Self.moneyID]?.identifier
        let words = message["message"]?.text ?? ""
        return [
            PaymentEvent(
                EventKey("result", id, state, receipt ?? ""), .matching(.ticket(id)),
                Self.fact(state.uppercased(), receipt, words),
                references: state.uppercased() == "TS" ? receipt.map { [Reference(Self.moneyID, $0)] } ?? [] : [])
        ]
    }

    private static func fact(_ state: String, _ receipt: String?, _ words: String) -> Fact {
        switch state {
        case "TS": amount(in: words).map { .paid($0, receipt: receipt.map { Receipt($0) }) } ?? .pending
        case "TF": .declined(ResponseCodes.failure("", detail: words.redacted))
        case "TE": .declined(ResponseCodes.expiry("", detail: words.redacted))
        case "TIP", "TA": .pending
        default: .unclear(code: state.count <= 12 ? state.redacted : "", detail: words.redacted)
        }
    }

    /// The number behind the first "KES": `Paid KES 5,000 to … Charge KES 140` says 5,000. Nil where none reads, or
    /// none above zero.
    private static func amount(in words: String) -> Money? {
        guard let mark = words.uppercased().range(of: currency) else { return nil }
        let offset = words.uppercased().distance(from: words.uppercased().startIndex, to: mark.upperBound)
        let rest = words.dropFirst(offset).drop { $0 == " " || $0 == "." }
        var digits = String(rest.prefix { ("0"..."9").contains($0) || $0 == "," || $0 == "." }).filter { $0 != "," }
        while digits.last == "." { digits.removeLast() }
        return Money(decimal: digits, .kes).flatMap { $0.minor > 0 ? $0 : nil }
    }
}
