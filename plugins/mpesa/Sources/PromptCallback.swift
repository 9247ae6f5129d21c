import FoundationEssentials
import PaymentKit

/// Reading the result of a prompt, which Safaricom posts to the address given with the request.
///
/// Nobody signs it: that it came to an address made for one attempt is the core's proof, and the core compares the ids
/// that are reported here with those it knows.
extension MPesa {
    static func promptEvents(in inbound: InboundRequest) -> [PaymentEvent] {
        guard let callback = LooseJSON.read(inbound.body)?["Body"]?["stkCallback"],
            let checkout = callback[checkoutID]?.identifier, let code = callback["ResultCode"]?.identifier
        else { return [] }

        let items = Items(callback["CallbackMetadata"]?["Item"]?.elements ?? [])
        let key = EventKey("prompt", checkout, code, items.receipt?.id ?? "")
        let subject: PaymentEvent.Subject =
            inbound.about.map { .about($0.ticket) } ?? .matching(Reference(checkoutID, checkout))
        var references = [Reference(checkoutID, checkout)]
        if let merchant = callback[merchantID]?.identifier {
            references.append(Reference(merchantID, merchant))
        }
        let words = callback["ResultDesc"]?.text ?? ""
        return [PaymentEvent(key, subject, fact(code, words, items), references: references)]
    }

    private static func fact(_ code: String, _ words: String, _ items: Items) -> Fact {
        guard code == "0" else {
            return ResultCodes.fact(.callback, code, detail: words) ?? .unclear(code: code, detail: words.redacted)
        }
        guard let amount = items.amount else { return .needsReview("success without an amount") }
        return .paid(amount, receipt: items.receipt)
    }

    /// What a success carries: named values in any order, some without a value.
    private struct Items {
        private let values: [String: LooseJSON]

        /// Where a name has two different values, neither counts.
        init(_ items: [LooseJSON]) {
            let pairs = items.compactMap { item in
                item["Name"]?.text.flatMap { name in item["Value"].map { (name, $0) } }
            }
            values = Dictionary(
                pairs, uniquingKeysWith: { first, second in first.text == second.text ? first : .other })
        }

        /// Above zero, in shillings and whole cents.
        var amount: Money? {
            values["Amount"]?.text.flatMap { Money(decimal: $0, .kes) }.flatMap { $0.minor > 0 ? $0 : nil }
        }

        var receipt: Receipt? {
            values["MpesaReceiptNumber"]?.identifier.map { id in
                Receipt(
                    id, payer: values["PhoneNumber"]?.identifier,
                    at: values["TransactionDate"]?.text.flatMap(EastAfricaTime.moment))
            }
        }
    }
}
