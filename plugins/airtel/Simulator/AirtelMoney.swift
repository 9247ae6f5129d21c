internal import Synchronization

/// A payment that was asked for, as it really stands.
package struct AirtelPayment: Sendable {
    /// Where it is: under way, made, failed, run out.
    package enum State: String, Sendable { case underWay = "TIP", made = "TS", failed = "TF", expired = "TE" }
    /// The merchant's id.
    package let id: String
    /// Twelve digits: `254733123456`.
    package let phone: String
    package let shillings: Int64
    package let reference: String
    package let story: AirtelStory
    /// Milliseconds since 1970.
    package let askedAt: Int64
    package internal(set) var state = State.underWay
    /// Airtel's id, when it was made.
    package internal(set) var moneyID: String?
    package internal(set) var code = "DP00800001006"
    package internal(set) var endedAt: Int64?
    package internal(set) var isRefunded = false
    /// How the shop answered the messages about it: status codes, or why there was none.
    package internal(set) var messages: [String] = []
    var isLookedAwayFrom = false

    /// Whether the phone shows it.
    var isShown: Bool { state == .underWay && !isLookedAwayFrom && story.decision == .person }
}

/// A message to be sent to the shop now.
package struct AirtelMessage: Sendable {
    let payment: Int
    let url: String
    let body: [UInt8]
}

/// Airtel Money in a box: tokens, prompts, enquiries, refunds and wallets, without a socket. Nothing moves between
/// calls; what is due happens at the beginning of each.
package final class AirtelMoney: Sendable {
    /// The PIN of every phone.
    package static let pin = "1234"
    /// Milliseconds for which a prompt can be answered.
    package static let promptMilliseconds: Int64 = 60_000
    static let startBalance: Int64 = 50_000

    struct World {
        var payments: [AirtelPayment] = []
        var balances: [String: Int64] = [:]
        var phones: [String] = []
        var stories: [String: AirtelStory] = [:]
        var everybodys = AirtelStory.all[0]
        var callback: String?
        var tokens: Set<String> = []
        var tokensGiven = 0
        var moneyGiven = 0
        var outbox: [AirtelMessage] = []
    }
    let now: @Sendable () -> Int64
    let merchant: String
    private let world = Mutex(World())

    /// - Parameter now: Milliseconds since 1970.
    package init(merchant: String = "DUKA", now: @escaping @Sendable () -> Int64) {
        self.merchant = merchant
        self.now = now
    }

    func withWorld<Value: Sendable>(_ body: (inout World, Int64) -> Value) -> Value {
        let now = now()
        return world.withLock { world in
            world.passTime(until: now, merchant: merchant)
            return body(&world, now)
        }
    }

    // MARK: What tests and pages look at

    /// Every payment that was really begun, the oldest first.
    package var payments: [AirtelPayment] { withWorld { world, _ in world.payments } }
    /// Whole shillings in a phone's wallet.
    package func balance(of phone: String) -> Int64 { withWorld { world, _ in world.balance(of: phone) } }
    /// Every phone that was asked or looked at, the latest first.
    package var phones: [String] { withWorld { world, _ in world.phones.reversed() } }
    /// What the phone shows: the oldest prompt that waits for its person.
    package func prompt(on phone: String) -> AirtelPayment? {
        withWorld { world, _ in world.payments.first { $0.phone == phone && $0.isShown } }
    }
    /// What happens to this phone's prompts.
    package func story(of phone: String) -> AirtelStory {
        withWorld { world, _ in world.stories[phone] ?? world.everybodys }
    }

    // MARK: What people do

    /// - Parameter phone: Nil for everybody without a story.
    package func choose(_ story: AirtelStory, for phone: String? = nil) {
        withWorld { world, _ in
            if let phone { world.stories[phone] = story } else { world.everybodys = story }
        }
    }

    /// Sets where messages go: what a merchant types on the portal.
    package func setCallback(_ url: String?) { withWorld { world, _ in world.callback = url } }

    /// Puts whole shillings into a phone's wallet, in place of what was there.
    package func setBalance(_ shillings: Int64, of phone: String) {
        withWorld { world, _ in
            world.meet(phone)
            world.balances[phone] = shillings
        }
    }

    /// - Returns: False when the phone shows no prompt.
    package func decide(_ decision: AirtelStory.Decision, on phone: String) -> Bool {
        withWorld { world, now in
            guard let place = world.payments.firstIndex(where: { $0.phone == phone && $0.isShown }) else {
                return false
            }
            world.decide(place, decision, at: now, merchant: merchant)
            return true
        }
    }

    /// Forgets every payment, phone and story; the address for messages stays.
    package func reset() {
        withWorld { world, _ in
            let callback = world.callback
            world = World()
            world.callback = callback
        }
    }

    /// Takes the messages that are to be sent now.
    func takeMessages() -> [AirtelMessage] {
        withWorld { world, _ in
            defer { world.outbox = [] }
            return world.outbox
        }
    }

    func note(_ answer: String, of message: AirtelMessage) {
        withWorld { world, _ in
            guard world.payments.indices.contains(message.payment) else { return }
            world.payments[message.payment].messages.append(answer)
        }
    }
}

extension AirtelMoney.World {
    func balance(of phone: String) -> Int64 { balances[phone] ?? AirtelMoney.startBalance }

    mutating func meet(_ phone: String) { if !phones.contains(phone) { phones.append(phone) } }

    /// Does what stories decided and what ran out.
    mutating func passTime(until now: Int64, merchant: String) {
        for place in payments.indices where payments[place].state == .underWay {
            let payment = payments[place]
            if payment.story.decision != .person, payment.story.decision != .lookAway,
                now >= payment.askedAt + payment.story.decisionMilliseconds
            {
                decide(place, payment.story.decision, at: now, merchant: merchant)
            } else if now >= payment.askedAt + AirtelMoney.promptMilliseconds {
                end(place, .expired, code: "DP00800001029", words: "Transaction has been expired", at: now)
            }
        }
    }

    mutating func decide(_ place: Int, _ decision: AirtelStory.Decision, at now: Int64, merchant: String) {
        let payment = payments[place]
        switch decision {
        case .person: break
        case .lookAway: payments[place].isLookedAwayFrom = true
        case .wrongPIN: end(place, .failed, code: "DP00800001002", words: "Incorrect Pin", at: now)
        case .refuse: end(place, .failed, code: "DP00800001008", words: "Refused", at: now)
        case .approve where balance(of: payment.phone) < payment.shillings:
            end(place, .failed, code: "DP00800001007", words: "Not enough balance", at: now)
        case .approve:
            balances[payment.phone] = balance(of: payment.phone) - payment.shillings
            moneyGiven += 1
            let id = "CI\(now / 1_000).\(String(10_000 + moneyGiven).dropFirst())"
            payments[place].moneyID = id
            let words = "Paid KES \(payment.shillings) to \(merchant) Charge KES 0, Trans ID \(id)."
            end(place, .made, code: "DP00800001001", words: words, at: now)
        }
    }

    private mutating func end(_ place: Int, _ state: AirtelPayment.State, code: String, words: String, at now: Int64) {
        payments[place].state = state
        payments[place].code = code
        payments[place].endedAt = now
        let payment = payments[place]
        guard let callback else { return }
        let copies =
            switch payment.story.message {
            case .never: 0
            case .once, .beforeTheAnswer: 1
            case .threeTimes: 3
            }
        var transaction: [String: String] = ["id": payment.id, "message": words, "status_code": state.rawValue]
        transaction["airtel_money_id"] = payment.moneyID
        let body = AirtelJSON.object(["transaction": transaction])
        for _ in 0..<copies { outbox.append(AirtelMessage(payment: place, url: callback, body: body)) }
    }
}
