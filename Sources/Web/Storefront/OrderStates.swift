import Checkout
import Commerce

/// How the page of an order looks for each reason; its words stand under the reason's name.
extension OrderExplanation.Reason {
    var look: String {
        switch self {
        case .sending, .queued, .waiting, .unsure, .checking, .onPage, .backFromPage, .partPaid, .noNews, .promised:
            "wait"
        case .paid, .reversed: "good"
        case .cancelled, .noAnswer, .timedOut, .noMoney, .wrongPIN, .busyPhone, .providerBusy, .notReached,
            .notSent, .declinedOther, .unpaid, .expired, .orderCancelled:
            "stop"
        case .shopProblem, .lateMoney, .partHeld, .needsPerson: "person"
        }
    }

    /// Seconds between two looks without script.
    var refreshSeconds: Int? {
        switch self {
        case .sending: 3
        case .queued, .waiting, .unsure, .checking, .backFromPage: 5
        case .onPage: 10
        default: nil
        }
    }

    /// Whether somebody may have paid without the page knowing: then it asks for the receipt.
    var asksForReceipt: Bool {
        switch self {
        case .sending, .queued, .waiting, .unsure, .onPage, .backFromPage, .promised, .paid, .reversed, .lateMoney,
            .partHeld:
            false
        case .checking, .cancelled, .noAnswer, .timedOut, .noNews, .noMoney, .wrongPIN, .busyPhone, .providerBusy,
            .notReached, .notSent, .shopProblem, .declinedOther, .unpaid, .partPaid, .expired, .orderCancelled,
            .needsPerson:
            true
        }
    }
}

extension OrderExplanation {
    /// What to do now, in one sentence; nil when the rest of the page says it.
    func nextStep(_ words: WordBook.Words) -> String? {
        switch customer {
        case .payByHand: return words("step_pay_by_hand")
        case .talkToShop where reason != .shopProblem: return words("step_talk_to_shop")
        // A receipt is looked for: the page says so, and that there is nothing to do.
        case .wait where [.partPaid, .noNews, .shopProblem].contains(reason) || reason.look == "stop": return nil
        case .approvePrompt, .goToPage, .wait, .payLater, .payAgain, .payAgainIfNotApproved, .payRest, .payAtHandOver,
            .talkToShop, .orderAgain, .nothing:
            let key = "state_\(reason.rawValue)_next"
            return words.has(key) ? words(key) : nil
        }
    }
}

extension OrderView {
    /// What the page shows beyond the status object: when it changes, an open page is told to look again.
    var pageMark: String {
        ([explanation.reason.rawValue, order.fulfilment.rawValue] + lookups.map(\.state.rawValue)
            + refunds.map(\.state.name)
            + (queue.map { ["\($0.number)", "\($0.seconds)"] } ?? [])).joined(separator: " ")
    }

    /// When the page tells something else although nothing was stored; nil when that is in no time to come.
    func nextTurn(promptSeconds: Int) -> Timestamp? {
        let end = latest.map { $0.startedAt.adding(seconds: promptSeconds) }
        return ([retryAt, end, order.expiresAt] + pageTurns).compactMap(\.self).filter { $0 > readAt }.min()
    }

    /// Whether the page changes without the status object.
    var isWatched: Bool { awaitsLookup || queue != nil }
}
