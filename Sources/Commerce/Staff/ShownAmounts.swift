import PaymentKit

/// Amounts that stand in what the books tell, in people's writing.
package enum ShownAmounts {
    /// `320.00` and `320.00 KES` become `KSh 320`; everything else stays as it is, money of other currencies too.
    package static func shown(in text: String) -> String {
        var words: [String] = []
        var isAfterAmount = false
        let all = text.split(separator: " ", omittingEmptySubsequences: false)
        for (place, word) in all.enumerated() {
            if isAfterAmount, word == Currency.kes.rawValue {
                isAfterAmount = false
                continue
            }
            let amount = word.prefix { $0.isNumber || $0 == "." }
            let rest = word[amount.endIndex...]
            let money = amount.suffix(3).first == "." ? Money(decimal: String(amount), .kes) : nil
            isAfterAmount = money != nil && rest.isEmpty
            let isPlain = rest.isEmpty || rest == ":" || rest == ","
            let isForeign = rest.isEmpty && place + 1 < all.count && isOtherCurrency(all[place + 1])
            words.append(isPlain && !isForeign ? money.map { "\($0)\(rest)" } ?? String(word) : String(word))
        }
        return words.joined(separator: " ")
    }

    private static func isOtherCurrency(_ word: Substring) -> Bool {
        word.utf8.count == 3 && word.utf8.allSatisfy { (0x41...0x5A).contains($0) } && word != Currency.kes.rawValue
    }
}

extension OrderEvent {
    /// The detail as staff read it: what stands beside it in the history as evidence is not said twice.
    var shownDetail: String {
        if Self.beginsWithAmount.contains(kind) {
            return ShownAmounts.shown(in: String(detail.prefix { $0 != " " }))
        }
        return Self.holdsAmount.contains(kind) ? ShownAmounts.shown(in: detail) : detail
    }

    /// Behind the amount stands a code: the road by which it came, how sure it is, the way back.
    private static let beginsWithAmount: Set<String> = [
        "captured", "money_received", "money_assigned", "refund_requested", "written_off_less",
    ]
    private static let holdsAmount: Set<String> = [
        "order_placed", "attempt_started", "cash_taken_by", "refund_approved", "refund_submitted", "refund_unknown",
        "refund_succeeded", "returned_elsewhere", "review_opened",
    ]
}
