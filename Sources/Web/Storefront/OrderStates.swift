import Checkout
import Commerce
import PaymentKit

/// What an order's page says: the one name under which its words stand, and how it looks.
enum OrderScene: String, CaseIterable {
    case sending, queued, waiting, unsure, checking, paid
    case partPaid = "part_paid"
    case cancelled
    case noAnswer = "no_answer"
    case timedOut = "timed_out"
    case noNews = "unconfirmed"
    case noMoney = "no_money"
    case wrongPIN = "wrong_pin"
    case busyPhone = "busy_phone"
    case providerBusy = "mpesa_busy"
    case notReached = "not_reached"
    case notSent = "not_sent"
    case shopProblem = "shop_problem"
    case declinedOther = "declined_other"
    case unpaid, expired
    case orderCancelled = "order_cancelled"
    case needsPerson = "needs_person"
    case reversed

    init(_ view: OrderView, promptSeconds: Int) {
        switch view.status {
        case .paid: self = .paid
        case .manualReview: self = .needsPerson
        case .reversed: self = .reversed
        case .cancelled: self = .orderCancelled
        case .expired: self = .expired
        case .promptSent: self = Self.live(view, promptSeconds)
        case .partiallyPaid: self = view.order.liveTicket == nil ? .partPaid : Self.live(view, promptSeconds)
        case .pending: self = Self.ended(view.latest)
        }
    }

    private static func live(_ view: OrderView, _ promptSeconds: Int) -> OrderScene {
        guard let attempt = view.latest else { return .unpaid }
        if attempt.claimReceipt != nil { return .checking }
        let isAlive = view.readAt < attempt.startedAt.adding(seconds: promptSeconds)
        switch attempt.state {
        case .pending: return attempt.queuedUntil == nil ? .sending : .queued
        case .unknown: return isAlive ? .unsure : .checking
        case .promptSent: return isAlive ? .waiting : .checking
        case .refused, .expired, .cancelled, .failed, .paid: return .checking
        }
    }

    private static func ended(_ attempt: Attempt?) -> OrderScene {
        // A success was reported and waits to be confirmed: whatever else was heard, nobody should pay again.
        if attempt?.claimReceipt != nil { return .checking }
        guard let decline = attempt?.state.decline else { return .unpaid }
        switch decline.code {
        case "not_sent": return .notSent
        case "deadline": return .noNews
        default: break
        }
        switch decline.reason {
        case .insufficientFunds: return .noMoney
        case .cancelledByPayer: return .cancelled
        case .payerDidNotAnswer: return .noAnswer
        case .payerUnreachable: return .notReached
        case .payerBusy: return .busyPhone
        case .wrongPIN: return .wrongPIN
        case .expired: return .timedOut
        case .providerBusy: return .providerBusy
        case .limitExceeded: return decline.waitSeconds > 0 ? .providerBusy : .declinedOther
        case .misconfigured: return .shopProblem
        case .invalidAccount, .notPermitted, .suspectedFraud, .other: return .declinedOther
        }
    }

    var look: String {
        switch self {
        case .sending, .queued, .waiting, .unsure, .checking, .partPaid, .noNews: "wait"
        case .paid, .reversed: "good"
        case .cancelled, .noAnswer, .timedOut, .noMoney, .wrongPIN, .busyPhone, .providerBusy, .notReached,
            .notSent, .declinedOther, .unpaid, .expired, .orderCancelled:
            "stop"
        case .shopProblem, .needsPerson: "person"
        }
    }

    /// Seconds between two looks without script.
    var refreshSeconds: Int? {
        switch self {
        case .sending: 3
        case .queued, .waiting, .unsure, .checking: 5
        default: nil
        }
    }
}
