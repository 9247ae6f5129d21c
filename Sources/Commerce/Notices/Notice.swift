/// Something that somebody is told by letter or SMS, once.
package struct Notice: Hashable, Sendable {
    /// What is told.
    package enum Kind: String, CaseIterable, Sendable {
        case placed, paid
        /// A prompt ended without money, and the order can still be paid.
        case notPaid = "not_paid"
        case partPaid = "part_paid"
        case paidTwice = "paid_twice"
        case overpaid
        /// Money came when the order had ended, or a part of it was there at its end: the shop decides.
        case held
        /// Money went back.
        case refunded
        case expired, cancelled
        /// Something is wrong with the shop.
        case alert
        /// The provider's list and the books differ.
        case mismatch
        /// The owner sees whether a way to tell them works.
        case trial

        /// What the owner may want or not; a trial was just asked for.
        package static let wanted = allCases.filter { $0 != .trial }

        /// How it can be told: browsers and chats belong to those who run the shop.
        package var channels: [Channel] { isForOwner ? Channel.allCases : [.letter, .sms] }

        /// Whether it is for the owner; the others are for the customer of an order.
        package var isForOwner: Bool {
            switch self {
            case .alert, .mismatch, .trial: true
            case .placed, .paid, .notPaid, .partPaid, .paidTwice, .overpaid, .held, .refunded, .expired, .cancelled:
                false
            }
        }

        /// Whether it is about an order that nobody has paid anything for: whoever typed the address may be anybody.
        package var isUnproven: Bool {
            switch self {
            case .placed, .notPaid, .expired, .cancelled: true
            case .paid, .partPaid, .paidTwice, .overpaid, .held, .refunded, .alert, .mismatch, .trial: false
            }
        }
    }

    /// How it travels.
    package enum Channel: String, CaseIterable, Sendable {
        case letter, sms
        /// To browsers that asked for it.
        case push
        /// Into the owner's chat.
        case chat
    }

    /// How far it is.
    package enum State: String, CaseIterable, Sendable {
        case waiting
        /// A worker has it: committed before the first word to a server.
        case sending
        case sent
        /// Refused for good, or nobody took it for a day.
        case failed
        /// It may have been taken, and nobody can say. Never sent again by itself.
        case unclear
        /// It was true no more when its turn came.
        case overtaken
    }

    package let id: ID<Notice>
    /// Nil for what is about the shop as a whole.
    package let order: ID<Order>?
    package let kind: Kind
    /// Tells it from others of its kind about the same: the refund's ticket, the moment of an alert, "again 1".
    package let occurrence: String
    package let channel: Channel
    package let language: Language
    /// Figures and codes for its text. Never people's data: it is stored in clear.
    package let detail: String
    package var state: State
    /// How often a worker has taken it.
    package var tries: Int
    /// Grows with each claim; a worker whose number is old may not write (I29).
    package var generation: Int64
    package let writtenAt: Timestamp
    package var dueAt: Timestamp
    package var endedAt: Timestamp?
    /// Why it was not sent, or not yet: a code and our own words, nothing of anybody's.
    package var reason: String?

    package init(
        id: ID<Notice>, order: ID<Order>?, kind: Kind, occurrence: String, channel: Channel, language: Language,
        detail: String, state: State = .waiting, tries: Int = 0, generation: Int64 = 0, writtenAt: Timestamp,
        dueAt: Timestamp, endedAt: Timestamp? = nil, reason: String? = nil
    ) {
        self.id = id
        self.order = order
        self.kind = kind
        self.occurrence = occurrence
        self.channel = channel
        self.language = language
        self.detail = detail
        self.state = state
        self.tries = tries
        self.generation = generation
        self.writtenAt = writtenAt
        self.dueAt = dueAt
        self.endedAt = endedAt
        self.reason = reason
    }
}

extension Notice {
    /// Seconds for which sending is tried.
    package static let trySeconds = 86_400
    /// Seconds within which what the shopper just did is told at any hour.
    package static let freshSeconds = 600

    /// When to try again after a refusal for now, or nothing when it was tried for a day.
    package func nextTry(after now: Timestamp) -> Timestamp? {
        let pauses = [60, 300, 900, 1_800]
        let next = now.adding(seconds: tries >= 1 && tries <= pauses.count ? pauses[tries - 1] : 3_600)
        return next < writtenAt.adding(seconds: Self.trySeconds) ? next : nil
    }

    /// Whether it may disturb somebody at night: a letter and a chat never do, an SMS when it answers what they just
    /// did, and a trial because somebody waits for it.
    package func mayDisturb(at now: Timestamp) -> Bool {
        switch (channel, kind) {
        case (.letter, _), (.chat, _), (.push, .trial): true
        case (.sms, .placed), (.sms, .paid): now < writtenAt.adding(seconds: Self.freshSeconds)
        case (.sms, .notPaid), (.sms, .partPaid), (.sms, .paidTwice), (.sms, .overpaid), (.sms, .held),
            (.sms, .refunded), (.sms, .expired), (.sms, .cancelled), (.sms, .alert), (.sms, .mismatch),
            (.sms, .trial), (.push, _):
            false
        }
    }
}
