import FoundationEssentials
import PaymentKit

/// Asking what became of a transaction, by its receipt or by the id of the request that made it. The answer comes
/// later.
///
/// That M-PESA answered such a question says nothing about the transaction, and that it could not answer says nothing
/// either: only the status in the answer does.
extension MPesa: ReceiptLookingUp {
    /// Ten letters and digits. Nothing is read out of them.
    public func receipt(typed text: String) -> String? {
        let receipt = text.filter { !$0.isWhitespace }.uppercased()
        let isOne =
            receipt.utf8.count == 10
            && receipt.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
        // Ten digits are a phone number.
        return isOne && receipt.utf8.contains { $0 > 0x39 } ? receipt : nil
    }

    /// - Throws: ``PaymentError/invalidInput(_:field:)`` for a text that is no receipt number.
    public func lookUp(_ receipt: String, _ call: Call) async throws -> Outcome {
        guard let receipt = self.receipt(typed: receipt) else {
            throw PaymentError.invalidInput("An M-PESA receipt number has 10 letters and digits.", field: "receipt")
        }
        return try await ask(about: ["TransactionID": receipt], call)
    }

    private func ask(about transaction: [String: String], _ call: Call) async throws -> Outcome {
        let fields = [
            "PartyA": account.shortcode, "IdentifierType": "4", "Remarks": "Status", "Occasion": call.ticket.value,
        ]
        return try await operate(
            "TransactionStatusQuery", fields.merging(transaction) { _, new in new },
            to: "mpesa/transactionstatus/v1/query", route: Self.statusRoute, api: .question, effect: .asks, call)
    }

    /// - Returns: ``Fact/pending``, without the ids of the question: those known are of the operation itself.
    func statusOfOperation(_ past: Past, _ call: Call) async throws -> Outcome {
        switch past.kind {
        case .refund, .payout:
            guard let request = Self.requestID(of: past) else {
                throw PaymentError.unavailable("M-PESA has given no id yet to ask about.")
            }
            _ = try await ask(about: ["OriginalConversationID": request], call)
        case .lookup:
            guard let receipt = past.receipt else {
                throw PaymentError.unavailable("The receipt to look up is not known.")
            }
            _ = try await lookUp(receipt, call)
        case .attempt, .balance: throw PaymentError.unavailable("Ask for the balance again.")
        }
        return Outcome(.pending)
    }

    /// A payout to a phone carries the ticket as its id, so it can be asked about though its answer was lost.
    private static func requestID(of past: Past) -> String? {
        past.reference(originatorID) ?? (past.kind == .payout ? past.ticket.value : nil)
    }

    // MARK: The answer

    func statusEvents(in inbound: InboundRequest) -> [PaymentEvent] {
        guard let past = inbound.about, let result = ResultEnvelope(inbound.body),
            past.kind != .attempt, past.kind != .balance
        else { return [] }
        let transaction = Transaction(result.values)
        let key = EventKey(
            "status", past.ticket.value, result.references.first?.value ?? "", result.code,
            transaction.status.prefix(40).filter { $0 != "|" })
        // The ids of the envelope are the question's own; those inside belong to what was asked about.
        let references = past.kind == .lookup ? [] : transaction.references
        return [PaymentEvent(key, .about(past.ticket), fact(of: result, transaction, past), references: references)]
    }

    private func fact(of result: ResultEnvelope, _ transaction: Transaction, _ past: Past) -> Fact {
        if result.isPreliminary { return .pending }
        guard result.code == "0" else {
            return ResultCodes.fact(.question, result.code, detail: result.words)
                ?? .unclear(code: result.code, detail: result.words.redacted)
        }
        guard isAbout(past, transaction) else {
            return .needsReview("M-PESA answered about another transaction than the one that was asked about")
        }
        switch transaction.status.lowercased() {
        case "completed": return completed(transaction, past)
        case "cancelled", "declined": return ResultCodes.undone(.other, transaction.status)
        case "expired": return ResultCodes.undone(.expired, transaction.status)
        case "initiated", "authorized", "pending authorized", "pending": return .pending
        default: return .unclear(code: transaction.status.redacted, detail: "the status of a transaction")
        }
    }

    private func isAbout(_ past: Past, _ transaction: Transaction) -> Bool {
        if past.kind == .lookup {
            guard let asked = past.receipt, let told = transaction.receipt else { return true }
            return asked == told
        }
        guard let asked = Self.requestID(of: past), let told = transaction.originator else { return true }
        return asked == told
    }

    private func completed(_ transaction: Transaction, _ past: Past) -> Fact {
        guard case .money(let amount) = transaction.amount else {
            return .needsReview("M-PESA knows the transaction as completed, without an amount that reads")
        }
        guard let creditor = transaction.creditor else {
            return .needsReview("M-PESA knows the transaction as completed and does not say who got the money")
        }
        let isOurs = account.owns(creditor)
        switch past.kind {
        case .lookup:
            guard isOurs else { return ResultCodes.paidToAnother }
            guard let id = transaction.receipt ?? past.receipt else {
                return .needsReview("M-PESA knows the transaction as completed, without a receipt number")
            }
            return .paid(amount, receipt: Receipt(id, payer: transaction.debtor, at: transaction.moment))
        case .refund, .payout:
            guard !isOurs else { return .needsReview("M-PESA says that the money came to the shop instead of leaving") }
            let receipt = transaction.receipt.map { Receipt($0, at: transaction.moment) }
            return past.kind == .refund
                ? .returned(amount, receipt: receipt, .reversal) : .sent(amount, receipt: receipt)
        case .attempt, .balance: return .pending
        }
    }
}

/// A transaction as M-PESA describes it.
private struct Transaction {
    let status: String
    let receipt, originator: String?
    let references: [Reference]
    let amount: ResultEnvelope.Values.Amount
    let moment: Date?
    /// The numbers before the names of who paid and who got the money.
    let debtor, creditor: String?

    init(_ values: ResultEnvelope.Values) {
        status = (values["TransactionStatus"] ?? "").split(separator: " ").joined(separator: " ")
        receipt = values.identifier("ReceiptNo").flatMap(ResultEnvelope.realReceipt)
        originator = values.identifier(MPesa.originatorID)
        references = [MPesa.conversationID, MPesa.originatorID].compactMap { name in
            values.identifier(name).map { Reference(name, $0) }
        }
        amount = values.amount("Amount")
        moment = values.moment("FinalisedTime", "InitiatedTime")
        // One form of the message repeats the debit party's name, and the second is the credit party.
        let debtors = values.all("DebitPartyName")
        debtor = debtors.first.flatMap(Party.init)?.number
        let creditors = values.all("CreditPartyName")
        let creditor = creditors.isEmpty && debtors.count == 2 ? debtors[1] : values["CreditPartyName"]
        self.creditor = creditor.flatMap(Party.init)?.number
    }
}
