import Commerce
import PaymentKit

/// The provider, as it really is: what it was asked, what moved, and what it says about that. Nothing that happens to
/// the shop changes it.
struct Provider {
    /// How the provider treats one prompt.
    struct PushPlan {
        enum Arrival { case ok, requestLost, answerLost, notSent, refused(String), busy }
        var arrival = Arrival.ok
        var answerAfter: Int64 = 300
        /// Nil for a success.
        var code: String?
        var decidesAfter: Int64 = 8_000
        /// A success that follows a no after this time; 0 for none.
        var paysAfterNo: Int64 = 0
        var isSilent = false
    }
    struct Push {
        enum Verdict { case open, paid, declined(String) }
        let ticket: Ticket
        let order: Int
        let number: Int
        let amount: Int64
        let checkout: String
        let receivedAt: Int64
        let plan: PushPlan
        var verdict = Verdict.open
        /// Whether it said no in a way that counts.
        var hasSaidNo = false
        var wrongNegativeLeft: Bool
        var notFoundUntil: Int64
        var receipt: String?
    }
    struct Movement {
        let receipt: String
        let amount: Int64
        let at: Int64
        /// What the payer typed, or what our request named.
        let account: String
        /// The order that it was meant for; nil for none of the shop's.
        let order: Int?
        let ticket: Ticket?
        /// From when the provider's list shows it.
        let listedAt: Int64
        /// The payment that this movement sends back.
        var original: String?
        var returned: Int64 = 0
        var isIncoming: Bool { original == nil }
    }
    struct RefundRequest {
        let ticket: Ticket
        let conversation: String
        let original: String
        let amount: Int64
        let receivedAt: Int64
        var isDecided = false
        /// Nil while it is open, and for a success.
        var code: String?
        var receipt: String?
    }

    var pushes: [Push] = []
    var movements: [Movement] = []
    var requests: [RefundRequest] = []
    /// Requests that acted, for each ticket: never more than one (I12).
    var acted = Table<Ticket, Int>()
    var silentUntil: Int64 = 0

    func push(_ ticket: Ticket) -> Push? { pushes.first { $0.ticket == ticket } }
    func movement(_ receipt: String) -> Movement? { movements.first { $0.receipt == receipt } }

    /// Sends money back, once for each payment at most.
    ///
    /// - Returns: The receipt of the movement back; nil when there is not so much left of it.
    mutating func giveBack(_ amount: Int64, of original: String, at time: Int64, listedAt: Int64) -> String? {
        guard let place = movements.firstIndex(where: { $0.receipt == original }),
            movements[place].returned + amount <= movements[place].amount
        else { return nil }
        movements[place].returned += amount
        let receipt = "B\(original)\(movements[place].returned == amount ? "" : "x")"
        movements.append(
            Movement(
                receipt: receipt, amount: amount, at: time, account: "", order: movements[place].order, ticket: nil,
                listedAt: listedAt, original: original))
        return receipt
    }
}

extension Provider.PushPlan {
    /// How the payment of one attempt will go.
    init(_ plan: OrderPlan, number: Int) {
        var random = Random(plan.seed, number, 1)
        let habits = plan.habits
        func has(_ habit: Habits, _ percent: Int) -> Bool { habits.contains(habit) && random.chance(percent) }
        if has(.lostRequests, 40) {
            arrival = .requestLost
        } else if has(.lostAnswers, 60) {
            arrival = .answerLost
        } else if has(.refusals, 40) {
            arrival = random.chance(30) ? .notSent : .refused(random.pick(["1001", "400"]))
        } else if has(.busy, 50) {
            arrival = .busy
        }
        answerAfter = has(.lateAnswers, 70) ? random.spread(1_000, 28_000) : random.spread(50, 1_000)
        code = random.chance(55) ? nil : random.pick(["1032", "1037", "2001", "1", "1001"])
        decidesAfter = random.spread(500, 70_000)
        if has(.slowPayer, 60) { decidesAfter = random.spread(60_000, 40 * 3_600_000) }
        if code != nil, has(.paysAfterNo, 50) { paysAfterNo = random.spread(100, 6 * 3_600_000) }
        isSilent = random.chance(6)
    }
}
