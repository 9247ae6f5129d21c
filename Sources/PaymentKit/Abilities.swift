import FoundationEssentials

// MARK: Abilities. Conforming is declaring.

/// "Test connection": used by the owner's settings and by `duka doctor`.
public protocol ConnectionTesting: PaymentProvider {
    /// Asks, does not act. Returns one line for each thing that was checked.
    func testConnection(_ call: Call) async throws -> [String]
}

/// Asking the provider what became of something. Must be safe at any time, any number of times.
///
/// Where the provider answers later, at a callback address, the outcome is ``Fact/pending``.
public protocol StatusQuerying: PaymentProvider {
    /// - Throws: ``PaymentError/unavailable(_:)`` and the like when no answer can be had: that is never a no.
    func status(of past: Past, _ call: Call) async throws -> Outcome
}

/// Reading what the provider sends.
public protocol WebhookReceiving: PaymentProvider {
    /// Translates bytes into facts; pure, so a plugin writes it as a plain function. May be run again later on the same
    /// stored request, for instance after an upgrade.
    ///
    /// An empty result means that the message says nothing the plugin can read; the core keeps it and asks the
    /// provider. An error means that it could not be looked at now; the core tries again later.
    func events(in inbound: InboundRequest) async throws -> [PaymentEvent]
}

/// Sending a payment back the way it came.
public protocol Refunding: PaymentProvider {
    /// Begins a refund, with one request that acts at most; `call.ticket` is the refund's own.
    ///
    /// - Parameters:
    ///   - past: The attempt that brought the money; nil when it came without one.
    ///   - reason: What staff wrote.
    /// - Returns: ``Fact/returned(_:receipt:_:)`` only when the provider says that the money has moved.
    func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome
}

/// Sending money to anybody: what a refund cannot do, and the shop's own payments.
public protocol PayoutSending: PaymentProvider {
    /// Begins a payout, with one request that acts at most; `call.ticket` is the payout's own, and what the provider
    /// should refuse to pay twice for.
    ///
    /// - Parameter form: Checked against the manifest's `payoutForm`.
    func send(_ amount: Money, to form: FieldValues, reason: String, _ call: Call) async throws -> Outcome
}

/// Finding out about a payment by the receipt that the customer shows.
public protocol ReceiptLookingUp: PaymentProvider {
    /// What a receipt of this provider looks like, brought into its one form: capitals, without spaces; nil when the
    /// text cannot be one; pure.
    func receipt(typed text: String) async throws -> String?
    /// Asks. Most providers answer later, at `call.callback(…)`, with ``Fact/paid(_:receipt:)`` about `call.ticket`.
    func lookUp(_ receipt: String, _ call: Call) async throws -> Outcome
}

/// What a provider wants to know before it takes a payment that nobody asked for.
public struct IncomingQuestion: Sendable, Hashable, Codable {
    /// What the payer typed as the account; empty when there is none.
    public var account: String
    public var amount: Money
    public init(account: String, amount: Money) {
        self.account = account
        self.amount = amount
    }
}

/// The core's answer to an ``IncomingQuestion``.
public enum IncomingAnswer: String, Sendable, Hashable, Codable, CaseIterable {
    case accept, unknownAccount, wrongAmount, refuse
}

/// How to pay without a prompt, in lines that can be copied one by one.
public struct Instructions: Sendable, Hashable, Codable {
    /// A step in the payer's menu: words by language code, and what to type there.
    public struct Step: Sendable, Hashable, Codable {
        public var words: [String: String]
        /// Shown large, in groups, with a button to copy it; nil when there is nothing to type.
        public var value: String?
        public init(_ words: [String: String], value: String? = nil) {
            self.words = words
            self.value = value
        }
    }
    public var steps: [Step]
    public init(_ steps: [Step]) { self.steps = steps }
}

/// Money that arrives unasked: till and paybill payments, bank credits. Its messages come to standing addresses and
/// are translated into ``PaymentEvent/Subject/incoming(account:)``.
public protocol IncomingPaymentReceiving: WebhookReceiving {
    /// How to pay `amount` without a prompt; `account` is the order's number. Pure.
    func instructions(for amount: Money, account: String) async throws -> Instructions
    /// Tells the provider our standing addresses. Returns one line for each thing that was done.
    ///
    /// Called by a person only: many providers take the addresses once.
    func registerIncoming(_ call: Call) async throws -> [String]
    /// The question in a message to a standing address, or nil when it is not one; pure.
    func question(in inbound: InboundRequest) async throws -> IncomingQuestion?
    /// The provider's form of the core's answer; pure.
    func reply(_ answer: IncomingAnswer) async throws -> HTTPReply
}

/// One line of the provider's own list of what moved.
public struct StatementLine: Sendable, Hashable {
    /// Which way the money went, as seen by the merchant.
    public enum Direction: Sendable, Hashable {
        case incoming
        /// Paid out, with its charges.
        case outgoing
        /// Sent back: the receipt of the payment that was undone, where the line names it.
        case returned(receipt: String?)
    }
    public var direction: Direction
    public var receipt: Receipt
    /// Above zero, whichever way it went.
    public var amount: Money
    /// What the payer typed as the account; empty when there is none.
    public var account: String
    /// What the account held afterwards, where the list says so.
    public var balance: Money?
    /// The receipt of the movement for which the provider took this; nil when the line is no charge.
    public var chargeFor: String?
    public init(
        _ direction: Direction, _ receipt: Receipt, _ amount: Money, account: String, balance: Money? = nil,
        chargeFor: String? = nil
    ) {
        self.direction = direction
        self.receipt = receipt
        self.amount = amount
        self.account = account
        self.balance = balance
        self.chargeFor = chargeFor
    }
}

/// A part of the provider's list.
public struct StatementPage: Sendable, Codable {
    public var lines: [StatementLine]
    /// Asks for the next part; nil on the last.
    public var next: String?
    public init(_ lines: [StatementLine], next: String?) {
        self.lines = lines
        self.next = next
    }
}

/// The provider's own list of what moved: finds every callback that never came.
public protocol Reconciling: PaymentProvider {
    /// One part of the list between two moments.
    ///
    /// - Parameter page: Nil for the first part, else the `next` of the one before.
    func statement(from: Date, to: Date, page: String?, _ call: Call) async throws -> StatementPage
    /// Makes the provider keep the list, where it must be asked once. Returns one line for each thing that was done.
    func registerStatement(_ call: Call) async throws -> [String]
}

/// Reading a statement that the owner took from the provider's portal.
public protocol StatementFileReading: PaymentProvider {
    /// All movements in a file; pure.
    ///
    /// - Throws: ``PaymentError/invalidInput(_:field:)`` with a sentence that names the line and what is wrong there,
    ///   as `Line 12: …`; when several rows do not read, a sentence on a line of its own for each.
    func movements(inFile file: Data) throws -> [StatementLine]
}

/// What stands in the merchant's accounts.
public protocol BalanceReporting: PaymentProvider {
    /// Most providers answer later, at `call.callback(…)`, with ``Fact/balance(_:)``.
    func balance(_ call: Call) async throws -> Outcome
}

/// A picture that the payer's phone reads instead of typing.
public protocol PaymentCodeDrawing: PaymentProvider {
    /// - Returns: A PNG.
    func code(for amount: Money, account: String, _ call: Call) async throws -> Data
}
