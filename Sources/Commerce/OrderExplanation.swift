import PaymentKit

/// Why an order is, or is not, paid, and the one next thing that its customer and its shop should do.
///
/// A pure function of ``Facts``: pages, `duka orders why` and tests ask the same one.
package struct OrderExplanation: Hashable, Sendable {
    package let reason: Reason
    package let customer: CustomerStep
    package let staff: StaffStep

    /// What stands between an order and its money. The raw value is the name under which the pages keep its words.
    package enum Reason: String, CaseIterable, Sendable {
        // A prompt is on its way, or may be alive.
        case sending, queued, waiting, unsure, checking
        // The customer pays on the provider's page, or has just come back from it.
        case onPage = "on_page"
        case backFromPage = "back_from_page"
        // The last prompt ended without money.
        case cancelled
        case noAnswer = "no_answer"
        case timedOut = "timed_out"
        case noNews = "unconfirmed"
        case noMoney = "no_money"
        case wrongPIN = "wrong_pin"
        case busyPhone = "busy_phone"
        case providerBusy = "provider_busy"
        case notReached = "not_reached"
        case notSent = "not_sent"
        case shopProblem = "shop_problem"
        case declinedOther = "declined_other"
        // Nobody is asked for money now.
        case unpaid
        /// The customer chose to pay when the goods change hands.
        case promised
        case partPaid = "part_paid"
        case expired
        case orderCancelled = "order_cancelled"
        // Money is here and a person must decide.
        case lateMoney = "late_money"
        case partHeld = "part_held"
        case needsPerson = "needs_person"
        // Nothing is owed.
        case paid, reversed
    }

    /// The one thing that the customer should do next.
    package enum CustomerStep: String, CaseIterable, Sendable {
        case approvePrompt = "approve"
        case goToPage = "go_to_page"
        /// The page says what comes; nothing must be paid meanwhile.
        case wait
        /// Another prompt may be sent, a little later.
        case payLater = "pay_later"
        case payAgain = "pay_again"
        /// As ``payAgain``, but only by somebody who did not approve the last prompt: its outcome is unknown.
        case payAgainIfNotApproved = "pay_again_if_not_approved"
        case payRest = "pay_rest"
        /// By the provider's own menu, without a prompt.
        case payByHand = "pay_by_hand"
        case payAtHandOver = "pay_at_hand_over"
        case talkToShop = "talk_to_shop"
        case orderAgain = "order_again"
        case nothing
    }

    /// The one thing that the shop should do next.
    package enum StaffStep: String, CaseIterable, Sendable {
        case nothing
        /// The provider is asked on a schedule.
        case wait
        /// The customer may pay until the order ends.
        case waitForCustomer = "wait_for_customer"
        case takeMoneyAtHandOver = "take_money"
        case sendToPayByHand = "send_to_pay_by_hand"
        case talkToCustomer = "talk_to_customer"
        case fixSettings = "fix_settings"
        case decideLateMoney = "decide_late_money"
        case decidePartPayment = "decide_part_payment"
        case checkEvidence = "check_evidence"
        case checkReceipt = "check_receipt"
        case returnExcess = "return_excess"
        case approveRefund = "approve_refund"
        case refundAnotherWay = "refund_another_way"
        case waitForRefund = "wait_for_refund"
    }

    package init(_ facts: Facts) {
        reason = Self.reason(facts)
        customer = Self.customerStep(reason, facts)
        staff = Self.staffStep(reason, facts)
    }

    private static func reason(_ facts: Facts) -> Reason {
        switch facts.status {
        case .paid: .paid
        case .reversed: .reversed
        case .cancelled: .orderCancelled
        case .expired: .expired
        case .manualReview: facts.isPartPaid ? .partHeld : facts.holdsMoney ? .lateMoney : .needsPerson
        case .promptSent: asked(facts)
        case .partiallyPaid:
            facts.hasLivePrompt || facts.isUnconfirmed ? asked(facts) : facts.isPromised ? .promised : .partPaid
        case .pending:
            facts.isUnconfirmed
                ? .checking : facts.isPromised && facts.prompt == .none ? .promised : facts.prompt.reason
        }
    }

    /// A prompt has the order's live slot.
    private static func asked(_ facts: Facts) -> Reason {
        guard !facts.isUnconfirmed else { return .checking }
        switch facts.prompt {
        case .sending, .queued, .alive, .mayBeAlive, .silent, .onPage, .backFromPage: return facts.prompt.reason
        // Its end is being written.
        case .none, .ended: return .checking
        }
    }

    private static func customerStep(_ reason: Reason, _ facts: Facts) -> CustomerStep {
        switch reason {
        case .paid, .reversed: .nothing
        case .waiting, .unsure: .approvePrompt
        case .onPage: .goToPage
        case .sending, .queued, .checking, .backFromPage: .wait
        case .lateMoney, .partHeld, .needsPerson: .wait
        case .promised: facts.receiptIsChecked ? .wait : .payAtHandOver
        case .expired, .orderCancelled: .orderAgain
        case .shopProblem:
            facts.receiptIsChecked ? .wait : facts.takesPaymentsByHand ? .payByHand : .talkToShop
        case .cancelled, .noAnswer, .timedOut, .noNews, .noMoney, .wrongPIN, .busyPhone, .providerBusy, .notReached,
            .notSent, .declinedOther, .unpaid, .partPaid:
            if facts.receiptIsChecked {
                .wait
            } else if !facts.hasPromptsLeft {
                facts.takesPaymentsByHand ? .payByHand : .talkToShop
            } else if facts.mustWait {
                .payLater
            } else if reason == .noNews {
                .payAgainIfNotApproved
            } else {
                reason == .partPaid ? .payRest : .payAgain
            }
        }
    }

    private static func staffStep(_ reason: Reason, _ facts: Facts) -> StaffStep {
        // Money that must go back comes first, whatever the order waits for.
        switch facts.refund {
        case .failed?: return .refundAnotherWay
        // Late money has two ways out; the refund that waits is only one of them.
        case .requested?: return reason == .lateMoney ? .decideLateMoney : .approveRefund
        case .onItsWay?: return .waitForRefund
        case .returned?, nil: break
        }
        if facts.hasExcess { return .returnExcess }
        if facts.receiptWaitsForPerson { return .checkReceipt }
        switch reason {
        case .lateMoney: return .decideLateMoney
        case .partHeld: return .decidePartPayment
        case .needsPerson: return .checkEvidence
        case .paid where facts.isContradicted: return .checkEvidence
        case .paid, .reversed, .expired, .orderCancelled: return .nothing
        case .shopProblem: return .fixSettings
        case .promised: return facts.isWrittenOff ? .nothing : .takeMoneyAtHandOver
        case .sending, .queued, .waiting, .unsure, .checking, .onPage, .backFromPage: return .wait
        case .cancelled, .noAnswer, .timedOut, .noNews, .noMoney, .wrongPIN, .busyPhone, .providerBusy, .notReached,
            .notSent, .declinedOther, .unpaid, .partPaid:
            if facts.isWrittenOff { return .nothing }
            guard !facts.hasPromptsLeft else { return .waitForCustomer }
            return facts.takesPaymentsByHand ? .sendToPayByHand : .talkToCustomer
        }
    }
}

extension OrderExplanation {
    /// All that an explanation depends on.
    package struct Facts: Hashable, Sendable {
        /// What is known of the order's newest prompt.
        package enum Prompt: Hashable, Sendable {
            case none
            /// Stored, and not sent yet.
            case sending
            /// The provider's rate keeps it waiting.
            case queued
            case alive
            /// The answer to our request was lost: a prompt may be on the phone.
            case mayBeAlive
            /// Its life is over, and the provider has not said how it ended.
            case silent
            /// The provider's page is open, and no payment was heard of.
            case onPage
            /// The customer came back from it, and the provider is being asked.
            case backFromPage
            /// One of the reasons of a prompt that ended.
            case ended(Reason)
        }
        /// How far the newest refund of the order is.
        package enum RefundStage: CaseIterable, Hashable, Sendable { case requested, onItsWay, failed, returned }

        package var status: OrderStatus
        package var prompt: Prompt
        /// A success was reported, and the provider has not confirmed it yet.
        package var isUnconfirmed = false
        package var isContradicted = false
        package var isPartPaid = false
        /// Money is here that does not count towards the order.
        package var holdsMoney = false
        /// More is here than the order costs, and no refund of it was asked for.
        package var hasExcess = false
        package var hasPromptsLeft = true
        /// Whether the last answer asks for a pause that is not over.
        package var mustWait = false
        package var takesPaymentsByHand = false
        /// The customer pays when the goods change hands, and no deposit is missing.
        package var isPromised = false
        /// What is left to pay was given up: the shop asks for nothing, and the customer may still pay.
        package var isWrittenOff = false
        package var refund: RefundStage?
        /// A receipt that the customer showed needs somebody's look.
        package var receiptWaitsForPerson = false
        /// A receipt that the customer showed is being looked for: its money may be this order's.
        package var receiptIsChecked = false

        package init(status: OrderStatus, prompt: Prompt) {
            self.status = status
            self.prompt = prompt
        }

        var hasLivePrompt: Bool {
            switch prompt {
            case .sending, .queued, .alive, .mayBeAlive, .silent, .onPage, .backFromPage: true
            case .none, .ended: false
            }
        }
    }
}

extension OrderExplanation.Facts.Prompt {
    var reason: OrderExplanation.Reason {
        switch self {
        case .none: .unpaid
        case .sending: .sending
        case .queued: .queued
        case .alive: .waiting
        case .mayBeAlive: .unsure
        case .silent: .checking
        case .onPage: .onPage
        case .backFromPage: .backFromPage
        case .ended(let reason): reason
        }
    }

    /// - Parameters:
    ///   - promptSeconds: How long a prompt lives.
    ///   - leadsToPage: Whether the way to pay has a page and rings no phone.
    package init(_ attempt: Attempt?, promptSeconds: Int, leadsToPage: Bool = false, at now: Timestamp) {
        guard let attempt else {
            self = .none
            return
        }
        if attempt.state == .unknown || attempt.state == .promptSent, leadsToPage || attempt.page != nil {
            // Without an address nobody can pay; what became of the request is asked about.
            guard let page = attempt.page, page.isOpen(at: now) else {
                self = .silent
                return
            }
            self = page.askingUntil.map { now < $0 } == true ? .backFromPage : .onPage
            return
        }
        let isAlive = now < attempt.startedAt.adding(seconds: promptSeconds)
        switch attempt.state {
        case .pending: self = attempt.queuedUntil == nil ? .sending : .queued
        case .unknown: self = isAlive ? .mayBeAlive : .silent
        case .promptSent: self = isAlive ? .alive : .silent
        case .paid: self = .none
        case .refused(let decline), .expired(let decline), .cancelled(let decline), .failed(let decline):
            self = .ended(OrderExplanation.Reason(decline))
        }
    }
}

extension OrderExplanation.Reason {
    /// Why a prompt ended without money.
    package init(_ decline: Decline) {
        if decline.code == "not_sent" || decline.code == "deadline" {
            self = decline.code == "deadline" ? .noNews : .notSent
            return
        }
        switch decline.reason {
        case .insufficientFunds: self = .noMoney
        case .cancelledByPayer: self = .cancelled
        case .payerDidNotAnswer: self = .noAnswer
        case .payerUnreachable: self = .notReached
        case .payerBusy: self = .busyPhone
        case .wrongPIN: self = .wrongPIN
        case .expired: self = .timedOut
        case .providerBusy: self = .providerBusy
        case .limitExceeded: self = decline.waitSeconds > 0 ? .providerBusy : .declinedOther
        case .misconfigured: self = .shopProblem
        case .invalidAccount, .notPermitted, .suspectedFraud, .other: self = .declinedOther
        }
    }
}

extension OrderExplanation.Facts {
    /// - Parameters:
    ///   - attempt: The newest.
    ///   - refunds: All of the order, the first one first.
    ///   - retryAt: When another prompt may be sent, if not now.
    ///   - leadsToPage: Whether the newest attempt's way to pay has a page.
    package init(
        _ order: Order, attempt: Attempt?, refunds: [Refund], receiptWaitsForPerson: Bool, retryAt: Timestamp?,
        takesPaymentsByHand: Bool, isPromised: Bool, receiptIsChecked: Bool = false, leadsToPage: Bool = false,
        rules: ShopRules, at now: Timestamp
    ) {
        let standing = order.standing
        self.init(
            status: standing.status(at: now),
            prompt: Prompt(attempt, promptSeconds: rules.promptSeconds, leadsToPage: leadsToPage, at: now))
        isUnconfirmed = order.flags.contains(.unconfirmed)
        isContradicted = !order.flags.isDisjoint(with: [.contradiction, .idMismatch])
        isPartPaid = order.applied.minor > 0
        let kept = order.received.minor - order.returned.minor
        holdsMoney = kept > 0 && order.applied.minor == 0
        let asked = refunds.filter(\.state.isOpen).reduce(Int64(0)) { $0 + $1.amount.minor }
        hasExcess = order.applied.minor >= order.total.minor && kept - asked > order.applied.minor
        hasPromptsLeft = order.attemptsMade < rules.attemptsPerOrder
        mustWait = retryAt.map { now < $0 } ?? false
        self.takesPaymentsByHand = takesPaymentsByHand
        self.isPromised = isPromised
        isWrittenOff = order.isGivenUp
        // What people turned down, or nobody needs any more, is no failure.
        refund = refunds.last { !["rejected", "not_needed"].contains($0.state.decline?.code) }.map {
            switch $0.state {
            case .requested: .requested
            case .approved, .unknown, .submitted: .onItsWay
            case .failed: .failed
            case .succeeded: .returned
            }
        }
        self.receiptWaitsForPerson = receiptWaitsForPerson
        self.receiptIsChecked = receiptIsChecked
    }
}
