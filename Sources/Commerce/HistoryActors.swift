extension OrderEvent {
    /// Who brought something about.
    package enum Actor: Hashable, Sendable {
        case customer, provider, shop
        /// A member of staff, by name.
        case staff(String)
    }

    package var actor: Actor {
        if Self.byStaff.contains(kind) {
            return .staff(String(detail.prefix { $0 != ":" }))
        }
        if kind == "item_closed" {
            // `kind, name: reason`.
            let name = detail.split(separator: ",", maxSplits: 1).last?.prefix { $0 != ":" } ?? ""
            return .staff(String(name.drop { $0 == " " }))
        }
        if Self.byCustomer.contains(kind) { return .customer }
        if kind == "expired" { return ticket == nil ? .shop : .provider }
        return Self.byProvider.contains(kind) ? .provider : .shop
    }

    /// Whether it tells of money that came or went.
    package var isAboutMoney: Bool { Self.aboutMoney.contains(kind) }

    private static let byStaff: Set<String> = [
        "asked_by", "prompted_by", "cancelled_by", "cancel_wanted", "cancel_withdrawn", "assigned_by", "revived_by",
        "told_again_by", "cash_taken_by", "packed", "unpacked", "handed_over", "hand_over_undone", "refund_resolved",
        "staff_note", "handed_over_unpaid", "handed_over_by_rider", "given_to_rider", "rider_link_ended",
        "sending_undone", "wrong_code", "written_off", "write_off_undone",
    ]
    private static let byCustomer: Set<String> = ["order_placed", "receipt_shown", "cancelled", "came_back"]
    private static let byProvider: Set<String> = [
        "prompt_sent", "failed", "paid", "captured", "confirmed", "receipt_known", "receipt_reported",
        "success_reported", "negative_answer", "unclear_answer", "money_received", "receipt_found", "receipt_refused",
        "refund_submitted", "refund_failed", "refund_succeeded", "refund_receipt_known", "returned_elsewhere",
        "page_opened",
    ]
    private static let aboutMoney: Set<String> = [
        "captured", "confirmed", "captures_merged", "cash_taken_by", "money_received", "money_assigned", "assigned_by",
        "receipt_known",
        "refund_requested", "refund_approved", "refund_unknown", "refund_submitted", "refund_failed",
        "refund_succeeded", "refund_receipt_known", "refund_resolved", "returned_elsewhere", "expired_part_paid",
        "written_off", "write_off_undone", "written_off_less",
    ]
}
