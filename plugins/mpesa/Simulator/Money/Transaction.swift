/// A movement of money, done or tried, with a receipt: a line of M-PESA's books.
package struct Transaction: Sendable {
    /// What moved the money.
    package enum Kind: String, Sendable, CaseIterable {
        /// A prompt that was approved.
        case stk
        /// A payment to the paybill or till by hand.
        case c2b
        /// A payment sent back.
        case reversal
        /// A payment to a person.
        case b2c
        /// A payment to a business.
        case b2b
    }
    /// Where it stands, in the words of the transaction status.
    package enum Status: String, Sendable {
        case initiated = "Initiated"
        case authorized = "Authorized"
        case completed = "Completed"
        case cancelled = "Cancelled"
        case declined = "Declined"
        case expired = "Expired"
    }
    /// Its place in the books, from 0.
    package let number: Int
    /// Ten characters, given out once.
    package let receipt: String
    /// What moved the money.
    package let kind: Kind
    /// The shortcode in whose books it stands: who was paid, or for payments out who pays.
    package let shortcode: String
    /// Whole KES.
    package let amount: Int
    /// What the payer typed as the account.
    package let account: String
    /// Who pays: a phone or a shortcode.
    package let payer: String
    /// Who is paid: a phone, a shortcode or a till.
    package let payee: String
    /// When it began, in milliseconds since 1970 UTC.
    package let initiatedAt: Milliseconds
    /// When it ended, or nil.
    package var finalisedAt: Milliseconds?
    /// Where it stands.
    package var status = Status.initiated
    /// The receipt of its reversal.
    package var reversedBy: String?
    /// The receipt of the payment that it sends back.
    package var reverses: String?
    /// The id that the merchant gave to it, or M-PESA's.
    package var originatorConversationID = ""
    /// M-PESA's other id.
    package var conversationID = ""
    /// The prompt it came from.
    package var push: Int?
    /// Whole KES that the merchant is charged.
    package var charge = 0
    /// What the shop's answer to the validation call named it.
    package var thirdPartyID = ""
    /// Why it was not completed: a reject code of the shop, or a result code.
    package var refusal: String?
    /// The story in force.
    package var story = Story()
    /// How the payer's number is given; `nil` as the addresses were registered.
    package var payerForm: PayerForm?
    /// Validation and confirmation calls, in order.
    package var messages: [CallbackRecord] = []
    /// Calls that a story suppressed.
    package var messagesLost = 0
}

extension DarajaState {
    /// What a new transaction is, before it has numbers.
    struct Draft {
        let kind: Transaction.Kind
        let shortcode: String
        let amount: Int
        var account = ""
        let payer: String
        let payee: String
    }

    /// Enters a transaction into the books under a new receipt.
    mutating func enter(_ draft: Draft, at now: Milliseconds, _ change: (inout Transaction) -> Void = { _ in }) -> Int {
        var receipt: String
        repeat { receipt = Identifier.receipt(at: now, &random) } while !issued.insert(receipt).inserted
        var transaction = Transaction(
            number: transactions.count, receipt: receipt, kind: draft.kind, shortcode: draft.shortcode,
            amount: draft.amount, account: draft.account, payer: draft.payer, payee: draft.payee, initiatedAt: now)
        change(&transaction)
        if transaction.originatorConversationID.isEmpty {
            transaction.originatorConversationID = Identifier.request(&random)
            transaction.conversationID = Identifier.conversation(at: now, &random)
        }
        books[receipt] = transaction.number
        conversations[transaction.originatorConversationID] = transaction.number
        transactions.append(transaction)
        return transaction.number
    }

    /// Ends a transaction; nothing moves any more.
    mutating func close(_ number: Int, _ status: Transaction.Status, refusal: String? = nil, at now: Milliseconds) {
        transactions[number].status = status
        transactions[number].refusal = refusal
        transactions[number].finalisedAt = now
    }
}
