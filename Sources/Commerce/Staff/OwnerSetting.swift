import PaymentKit

/// A setting that the owner may change at the desk while the shop runs. What the operator's environment sets wins.
package enum OwnerSetting: String, CaseIterable, Sendable {
    /// What the shop is called, everywhere.
    case name
    /// The telephone number on the shop's pages.
    case contact
    /// Minutes after which an unpaid order ends.
    case orderMinutes = "order_minutes"
    /// Prompts in an order's life.
    case promptsPerOrder = "prompts_per_order"
    /// From this many shillings on the provider is asked before a message counts.
    case confirmFrom = "confirm_from"
    /// From this many shillings on another person approves money that goes out.
    case secondPersonFrom = "second_person_from"

    /// The environment variable that sets it as well; nil when only the desk does.
    package var env: String? {
        switch self {
        case .name: nil
        case .contact: "DUKA_CONTACT"
        case .orderMinutes: "DUKA_ORDER_EXPIRY_SECONDS"
        case .promptsPerOrder: "DUKA_LIMITS_ORDER"
        case .confirmFrom: "DUKA_CONFIRM_FROM"
        case .secondPersonFrom: "DUKA_SECOND_PERSON_FROM"
        }
    }

    /// The whole numbers it may be; nil for words.
    package var range: ClosedRange<Int>? {
        switch self {
        case .name, .contact: nil
        case .orderMinutes: 20...4_320
        case .promptsPerOrder: 1...20
        case .confirmFrom, .secondPersonFrom: 1...1_000_000
        }
    }

    /// What was typed in the form in which it is kept, or nil when it cannot be.
    package func kept(_ typed: String) -> String? {
        if let range {
            let digits = typed.filter { $0 != "," && $0 != " " }
            return Int(digits).flatMap { range.contains($0) ? "\($0)" : nil }
        }
        switch self {
        case .name: return (1...60).contains(typed.count) && Self.isOneLine(typed) ? typed : nil
        case .contact:
            let digits = typed.filter { $0.isASCII && $0.isNumber }.count
            let isNumber = typed.allSatisfy { $0.isASCII && ($0.isNumber || " +-()".contains($0)) }
            return typed.isEmpty || (isNumber && (3...15).contains(digits) && typed.count <= 30) ? typed : nil
        case .orderMinutes, .promptsPerOrder, .confirmFrom, .secondPersonFrom: return nil
        }
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// Puts a kept value into the rules; nothing for what is no rule.
    package func apply(_ kept: String, to rules: inout ShopRules) {
        guard let range, let value = Int(kept), range.contains(value) else { return }
        switch self {
        case .name, .contact: break
        case .orderMinutes: rules.orderExpirySeconds = value * 60
        case .promptsPerOrder: rules.attemptsPerOrder = value
        case .confirmFrom: rules.confirmFrom = Money(whole: Int64(value), .kes)
        case .secondPersonFrom: rules.secondPersonFrom = Money(whole: Int64(value), .kes)
        }
    }

    /// What rules say of it, as it would be typed; nil for what is no rule.
    package func value(in rules: ShopRules) -> String? {
        switch self {
        case .name, .contact: nil
        case .orderMinutes: "\(rules.orderExpirySeconds / 60)"
        case .promptsPerOrder: "\(rules.attemptsPerOrder)"
        case .confirmFrom: rules.confirmFrom.whole.map { "\($0)" }
        case .secondPersonFrom: rules.secondPersonFrom.whole.map { "\($0)" }
        }
    }
}
