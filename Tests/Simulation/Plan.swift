import PaymentKit

/// Everything that a seed decides beforehand, as a list from which anything may be left out.
package struct Plan: Sendable {
    package let seed: UInt64
    var nodes: Int
    /// Whether transactions run one after the other, as on SQLite.
    var isSerial: Bool
    /// A till has no accounts: neither its list nor its confirmations name an order.
    var isTill: Bool
    /// Pieces and price, in whole units, of each product.
    var stock: [Int]
    var prices: [Int64]
    var expirySeconds: Int
    /// Seconds between two readings of the provider's list.
    var statementEvery: Int
    var orders: [OrderPlan]
    var faults: [Fault]
    var extras: [Extra]
    /// Empty where no second plugin means harm.
    var hostilities: [Hostility]

    /// When everything that was planned is over, in milliseconds; faults end here.
    static let end: Int64 = 49 * 3_600_000
}

/// What a shopper does, and how the provider treats their payments.
struct OrderPlan: Sendable {
    var id: Int
    var seed: UInt64
    var at: Int64
    var product: Int
    var quantity: Int
    /// How often the shopper looks at the page and pays again when that is possible.
    var looks: Int
    var habits: Habits
    /// How many in a hundred of its attempts go through the plugin that means harm.
    var hostileShare: Int
}

/// What may be out of the ordinary about an order's payments; each can be taken away.
struct Habits: OptionSet, Sendable {
    let rawValue: UInt32
    static let repeatedCallbacks = Habits(rawValue: 1 << 0)
    static let lateCallbacks = Habits(rawValue: 1 << 1)
    static let lostCallbacks = Habits(rawValue: 1 << 2)
    static let damagedCallbacks = Habits(rawValue: 1 << 3)
    static let foreignSources = Habits(rawValue: 1 << 4)
    static let wrongAmounts = Habits(rawValue: 1 << 5)
    static let lostRequests = Habits(rawValue: 1 << 6)
    static let lostAnswers = Habits(rawValue: 1 << 7)
    static let lateAnswers = Habits(rawValue: 1 << 8)
    static let refusals = Habits(rawValue: 1 << 9)
    static let busy = Habits(rawValue: 1 << 10)
    static let queryErrors = Habits(rawValue: 1 << 11)
    static let wrongNegative = Habits(rawValue: 1 << 12)
    static let notFoundFirst = Habits(rawValue: 1 << 13)
    static let paysAfterNo = Habits(rawValue: 1 << 14)
    static let slowPayer = Habits(rawValue: 1 << 15)
    static let confirmations = Habits(rawValue: 1 << 16)
    static let garbledAccounts = Habits(rawValue: 1 << 17)
    static let unclearCodes = Habits(rawValue: 1 << 18)
    static let noReceipts = Habits(rawValue: 1 << 19)
    static let wrongIDs = Habits(rawValue: 1 << 20)
    static let count = 21
}

/// Something that goes wrong, at or after a time.
struct Fault: Sendable {
    enum Kind: Sendable {
        /// The node stops before, or after, it commits; it comes back after some milliseconds.
        case crashBefore(Int64), crashAfter(Int64)
        /// The commit happens and its answer is lost.
        case lostAnswer
        /// The transaction loses against another and is run again whole.
        case conflict
        /// A transaction stands still at a call, and others run meanwhile.
        case pause(call: Int, events: Int)
        /// What a node works on next stands still for some milliseconds.
        case freeze(Int64)
        /// A node's clock jumps by some milliseconds.
        case clock(Int64)
        /// The database is away for some milliseconds.
        case away(Int64)
        /// The provider answers nothing for some milliseconds.
        case silence(Int64)
    }
    var at: Int64
    var node: Int
    var kind: Kind
}

/// Something that somebody does, besides shopping.
struct Extra: Sendable {
    enum Share: Sendable { case exact, part, over }
    enum AccountText: Sendable { case exact, garbled, none, other }
    enum Lie: CaseIterable, Sendable {
        /// A made-up success from anywhere, without and with the attempt's true ids.
        case forgedSuccess, forgedSuccessWithIDs
        case forgedNo, forgedNoWithIDs
        /// The message of another order's payment, sent to this attempt's address.
        case replay
        /// A made-up confirmation of money that never came, or of known money for this order.
        case forgedMoney, stolenMoney
        /// A made-up success of a refund.
        case forgedReturn
        case noise
    }
    enum Kind: Sendable {
        case payByHand(Share, AccountText, seed: UInt64)
        case lie(Lie, seed: UInt64)
        case requestRefund(part: Bool, isByHand: Bool, seed: UInt64)
        /// Two of the staff press the same button.
        case requestTwice(seed: UInt64)
        /// Somebody undoes a payment at the provider.
        case undo(seed: UInt64)
        case showReceipt(seed: UInt64)
        case assign
        /// Staff go through all refunds that wait.
        case decideAll
        /// Staff give an order that had ended its goods again.
        case revive
        case readFile
        case payAgainTwice
    }
    var at: Int64
    var order: Int
    var kind: Kind
}
