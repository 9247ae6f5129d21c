/// What an item that waits for a person means, and the one next thing to do. One entry for each kind.
package struct OpenItemAdvice: Hashable, Sendable {
    /// What to do next.
    package enum Step: String, CaseIterable, Sendable {
        /// Send money back, or decide that it stays.
        case refund
        /// Approve the refund that the shop proposes, or turn it down.
        case decideRefund = "decide_refund"
        /// Deliver after all, or send the money back.
        case revive
        case approveRefund = "approve_refund"
        case approvePayout = "approve_payout"
        /// Find the order that money is for.
        case assign
        /// The refund did not work: choose another way.
        case refundAnotherWay = "refund_another_way"
        /// Look at the provider's portal, and say what became of it.
        case resolve
        /// Look at the order and its evidence, and compare with the provider's portal.
        case compare
        /// Ask the provider about a receipt.
        case askReceipt = "ask_receipt"
        /// Compare with the provider's list or statement.
        case reconcile
        /// Ask the rider for the money or the goods, and write down what came back.
        case fetchGoods = "fetch_goods"
        /// Correct a setting.
        case settings
        /// Look into the log, and report it.
        case report
    }

    /// What happened, and what it means for the money.
    package let meaning: String
    package let step: Step
    /// Whether a person may close it; the others end with the decision that they ask for.
    package let isClosedByHand: Bool

    private init(_ meaning: String, _ step: Step, isClosedByHand: Bool = true) {
        self.meaning = meaning
        self.step = step
        self.isClosedByHand = isClosedByHand
    }

    /// Nil for a kind that nobody has written about.
    package init?(_ kind: String) {
        guard let advice = Self.all[kind] else { return nil }
        self = advice
    }

    /// Every kind that the shop opens.
    package static var kinds: [String] { all.keys.sorted() }

    private static let all: [String: OpenItemAdvice] = [
        // Money that is here and does not fit.
        "duplicate_payment": OpenItemAdvice(
            "The order was paid twice; the shop proposes to send one payment back.", .decideRefund),
        "overpaid": OpenItemAdvice("More came than the order costs.", .refund),
        "late_money": OpenItemAdvice("Money came for an order that had ended, and its goods are not held.", .revive),
        "part_paid": OpenItemAdvice("The order's time ran out with a part of the money here.", .refund),
        "goods_out": OpenItemAdvice(
            "A week has passed, the goods are out of the shop, and they are not all paid.", .fetchGoods),
        "unmatched_money": OpenItemAdvice(
            "Money came that names no order.", .assign, isClosedByHand: false),
        "claimed_receipt": OpenItemAdvice(
            "A shopper shows a receipt whose payer or amount does not fit the order.", .assign),
        "unconfirmed_money": OpenItemAdvice(
            "Money was reported and does not count before the provider's own list shows it.", .reconcile),
        "repay_by_hand": OpenItemAdvice(
            "Money is the customer's, and its way to pay sends nothing back: pay it back, then record that by hand.",
            .refund),
        // Evidence that does not agree with itself.
        "contradiction": OpenItemAdvice("Two reports about the same money do not agree.", .compare),
        "id_mismatch": OpenItemAdvice("A message came under another number than the provider gave us.", .compare),
        "unconfirmed": OpenItemAdvice("A success was reported and the provider never confirmed it.", .compare),
        "provider_unsure": OpenItemAdvice("The provider's answer cannot be read as a yes or a no.", .compare),
        "unexpected_fact": OpenItemAdvice("The provider reported something that does not belong there.", .compare),
        "new_code": OpenItemAdvice("The provider gave a result code that this program does not know.", .compare),
        "unknown_attempt": OpenItemAdvice(
            "News came about a prompt that is not in the books, as after a restored backup.", .reconcile),
        "outcome_unknown": OpenItemAdvice(
            "A prompt may have been sent, and nothing was heard of it for a day; late money still counts.", .compare),
        // Money on its way back or out.
        "refund_to_approve": OpenItemAdvice("A refund waits to be approved.", .approveRefund, isClosedByHand: false),
        "refund_failed": OpenItemAdvice("The provider turned a refund down; nothing went back.", .refundAnotherWay),
        "refund_unknown": OpenItemAdvice(
            "A refund was sent and the provider does not say what became of it; it is not sent again.", .resolve),
        "refund_unclear": OpenItemAdvice("The provider's answer about a refund is not clear.", .resolve),
        "returned_elsewhere": OpenItemAdvice("Somebody sent the payment back at the provider, not here.", .compare),
        "unknown_return": OpenItemAdvice("Money went back for a payment that is not in the books.", .reconcile),
        "payout_to_approve": OpenItemAdvice("A payout waits to be approved.", .approvePayout, isClosedByHand: false),
        "payout_failed": OpenItemAdvice("The provider turned a payout down; nothing was sent.", .compare),
        "payout_unknown": OpenItemAdvice(
            "A payout was sent and the provider does not say what became of it; it is not sent again.", .resolve),
        "payout_unclear": OpenItemAdvice("The provider's answer about a payout is not clear.", .resolve),
        // What the provider's list does not say as the books do.
        "not_in_list": OpenItemAdvice("The books have a payment that the provider's list does not show.", .askReceipt),
        "receipt_owed": OpenItemAdvice("A payment is certain and the provider still owes its receipt.", .reconcile),
        // The machinery.
        "misconfigured": OpenItemAdvice("The provider refuses this shop's settings; nobody can pay.", .settings),
        "way_gone": OpenItemAdvice(
            "A way to pay was taken away, or its settings do not do, while its payments are not ended; this ends by "
                + "itself when it can be used again.",
            .settings),
        "prompts_unanswered": OpenItemAdvice(
            "Most prompts of a provider are not answered; this ends by itself when they are.", .settings,
            isClosedByHand: false),
        "unreadable_message": OpenItemAdvice("A provider's message does not read; the provider was asked.", .compare),
        "parked_message": OpenItemAdvice("A provider's message was put aside.", .report),
        "parked_job": OpenItemAdvice("Some work was tried too often and was put aside.", .report),
    ]
}
