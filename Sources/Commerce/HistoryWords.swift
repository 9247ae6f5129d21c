extension OrderEvent {
    /// What happened, in one plain sentence for staff; the detail follows where it says more.
    package var sentence: String {
        guard let words = Self.words[kind] else { return detail.isEmpty ? kind : "\(kind): \(detail)" }
        return detail.isEmpty ? "\(words)." : "\(words): \(detail)."
    }

    /// Every kind of event there is words for.
    package static var explainedKinds: [String] { words.keys.sorted() }

    private static let words = [
        "order_placed": "The order was placed",
        "attempt_started": "A prompt was ordered",
        "queued": "The provider was busy and the prompt waits in line",
        "act_begun": "A request left for the provider",
        "prompt_sent": "The provider took the prompt",
        "unknown": "The provider's answer was lost; the prompt may be out",
        "expired": "Time ran out",
        "cancelled": "The customer cancelled on the phone",
        "failed": "The provider said no",
        "pending": "It began anew",
        "paid": "The prompt was paid",
        "captured": "Money was booked",
        "confirmed": "The provider confirmed it by another road",
        "receipt_known": "The receipt became known",
        "receipt_reported": "A receipt was reported that the provider has not confirmed yet",
        "receipt_is_other_money": "A receipt turned out to be other money",
        "receipt_is_another_attempts": "A receipt turned out to be another prompt's",
        "captures_merged": "The same money had come by two roads and counts once",
        "success_reported": "A success was reported, and the provider is asked to confirm it",
        "negative_answer": "A no was heard that waits for a second one",
        "unclear_answer": "An answer was not clear",
        "money_received": "Money came without a prompt",
        "money_assigned": "Money that had waited was given to this order",
        "assigned_by": "It was assigned by",
        "stock_held_again": "The goods were taken off the shelf again",
        "expired_part_paid": "Its time ran out with a part of the money here",
        "review_opened": "It was put before a person",
        "item_closed": "A person settled it",
        "receipt_shown": "A receipt was shown on the order's page",
        "receipt_found": "The shown receipt is real",
        "receipt_refused": "The provider does not know the shown receipt",
        "receipt_review": "The shown receipt was put before a person",
        "receipt_waiting": "The provider could not be asked about the shown receipt",
        "revived_by": "The goods were taken off the shelf again, as decided by",
        "refund_requested": "A refund was asked for",
        "refund_approved": "The refund was approved",
        "refund_unknown": "The refund's answer was lost; it is asked about and not sent again",
        "refund_submitted": "The provider took the refund",
        "refund_failed": "The refund was turned down",
        "refund_succeeded": "The money went back",
        "refund_receipt_known": "The receipt of the money that went back became known",
        "refund_resolved": "A person said what became of the refund",
        "asked_by": "The provider was asked again, as wanted by",
        "prompted_by": "A prompt was sent for",
        "cancelled_by": "The order was cancelled by",
        "handed_over": "The goods were handed over by",
        "staff_note": "A note of",
        "told_again_by": "The customer was told again, as wanted by",
        "people_forgotten": "What was known of people was taken out of it",
        "page_opened": "The provider gave a page to pay on",
        "came_back": "The customer came back from the provider's page",
        "returned_elsewhere": "The money was sent back at the provider, not here",
    ]
}
