/// What a person is about to pay by hand.
struct Bill {
    let merchant: DarajaConfiguration.Merchant
    let amount: Int
    /// Empty for a till.
    let account: String
    var payerForm: PayerForm?
}

/// Why the phone does not take a payment by hand; nothing has moved.
package enum PaymentRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody has this paybill or till.
    case noBusiness(String)
    /// A paybill wants an account of 1 to 20 characters.
    case account
    /// Less than 1 or more than 250,000.
    case amount
    /// The PIN is wrong.
    case pin
    /// The books are full.
    case full

    /// What the phone says.
    package var description: String {
        switch self {
        case .noBusiness(let number): "Failed. There is no business with the number \(number)."
        case .account: "Failed. An account number has 1 to 20 characters."
        case .amount: "Failed. An amount is whole shillings from 1 to 250,000."
        case .pin: "Failed. You have entered the wrong PIN."
        case .full: "Failed. M-PESA is busy; begin anew."
        }
    }
}

extension DarajaState {
    /// A person types business number, account, amount and PIN.
    ///
    /// - Returns: The receipts of what was begun; more than one where the story makes several payments of it.
    mutating func payByHand(
        _ business: String, from phone: String, amount: Int, account: String, pin: String?, payerForm: PayerForm?,
        at now: Milliseconds
    ) throws(PaymentRefusal) -> [String] {
        do throws(PaymentRefusal) {
            let merchants = configuration.merchants
            guard let merchant = merchants.first(where: { ($0.till ?? $0.shortcode) == business }) else {
                throw .noBusiness(business)
            }
            guard merchant.till != nil || (1...20).contains(account.count) else { throw .account }
            guard (1...250_000).contains(amount) else { throw .amount }
            guard pin ?? configuration.pin == configuration.pin else { throw .pin }
            guard transactions.count < configuration.maximumPushes else { throw .full }
            let bill = Bill(
                merchant: merchant, amount: amount, account: merchant.till == nil ? account : "", payerForm: payerForm)
            return take(bill, from: phone, at: now)
        } catch {
            tell(phone, error.description, at: now)
            throw error
        }
    }

    /// Begins the payments that the story makes of `bill`.
    mutating func take(_ bill: Bill, from phone: String, at now: Milliseconds) -> [String] {
        let story = stories.story(.c2b, phone: phone, amount: bill.amount, at: now)
        stories.use(.c2b, phone: phone, amount: bill.amount, at: now)
        meet(phone)
        var receipts: [String] = []
        for amount in story.payment.amounts(of: bill.amount) {
            let draft = Draft(
                kind: .c2b, shortcode: bill.merchant.shortcode, amount: amount,
                account: bill.account.isEmpty ? "" : story.payment.typed(bill.account), payer: phone,
                payee: bill.merchant.till ?? bill.merchant.shortcode)
            let number = enter(draft, at: now) {
                $0.story = story
                $0.payerForm = bill.payerForm
            }
            receipts.append(transactions[number].receipt)
            begin(transaction: number, at: now)
        }
        catchUp(to: now)
        return receipts
    }

    private mutating func begin(transaction number: Int, at now: Milliseconds) {
        let transaction = transactions[number]
        if transaction.story.callback.hasForgery {
            let forged = forgedConfirmation(of: transaction, at: now)
            if let forged { agenda.add(.send(forged, copies: 1), at: now + configuration.processingMilliseconds) }
        }
        guard transaction.story.outcome != .stuck else { return }
        if switches.validatesPayments, let registration = registrations[transaction.shortcode] {
            transactions[number].status = .authorized
            let letter = Letter(
                subject: .transaction(number), kind: .validation, url: registration.validationURL,
                shortcode: transaction.shortcode, body: PaymentMessage(transaction, self).validation.bytes)
            agenda.add(.send(letter, copies: 1), at: now)
        } else {
            agenda.add(.complete(transaction: number), at: now + transaction.story.decisionMilliseconds)
        }
    }

    /// Takes the shop's answer to the validation call, or that there was none.
    mutating func hear(
        _ outcome: CallbackRecord.Outcome, body: [UInt8], about number: Int, at now: Milliseconds
    ) {
        guard transactions.indices.contains(number), transactions[number].status == .authorized,
            let registration = registrations[transactions[number].shortcode]
        else { return }
        let answer = outcome == .answered(200) ? JSON(orNil: body) : nil
        let isAccepted: Bool
        if let code = answer?["ResultCode"]?.text {
            isAccepted = code == "0"
            transactions[number].thirdPartyID = answer?["ThirdPartyTransID"]?.text ?? ""
            if !isAccepted { transactions[number].refusal = code }
        } else {
            isAccepted = registration.responseType == .completed
        }
        if isAccepted {
            complete(number, at: now)
        } else {
            refuse(number, .cancelled, code: transactions[number].refusal ?? "no answer", at: now)
        }
    }

    /// Moves the money if story and wallet allow it, and tells the shop.
    mutating func complete(_ number: Int, at now: Milliseconds) {
        let transaction = transactions[number]
        switch transaction.story.outcome {
        case .code(let code) where code != "0": refuse(number, .declined, code: code, at: now)
        case .code, .manual, .success, .ignored, .stuck:
            guard holds(.phone(transaction.payer)) >= transaction.amount else {
                return refuse(number, .declined, code: "1", at: now)
            }
            collect(number, at: now)
            confirm(number, at: now)
        }
    }

    private mutating func refuse(_ number: Int, _ status: Transaction.Status, code: String, at now: Milliseconds) {
        close(number, status, refusal: code, at: now)
        tell(transactions[number].payer, "Failed. \(PaymentText.of(code))", at: now)
    }

    /// Moves the money of a transaction from the phone into the shop's account, with the SMS.
    mutating func collect(_ number: Int, at now: Milliseconds) {
        let transaction = transactions[number]
        let owner = accounts[transaction.shortcode]?.name ?? transaction.payee
        move(
            transaction.amount, from: .phone(transaction.payer), to: .account(transaction.shortcode, .collection))
        close(number, .completed, at: now)
        let account =
            transaction.kind == .c2b && !transaction.account.isEmpty ? " for account \(transaction.account)" : ""
        tell(
            transaction.payer,
            "\(transaction.receipt) Confirmed. Ksh\(grouped(transaction.amount)).00 paid to \(owner)\(account). on "
                + "\(EastAfricaTime(now).message). New M-PESA balance is "
                + "Ksh\(grouped(holds(.phone(transaction.payer)))).00. Transaction cost, Ksh0.00.", at: now)
    }
}

/// What the phone says about a payment by hand that failed; reference, section 6.2.
enum PaymentText {
    static func of(_ code: String) -> String { texts[code] ?? ResultText.of(code) }

    private static let texts = [
        "1": "You do not have enough money in your M-PESA account.",
        "C2B00011": "The business does not take payments from this number.",
        "C2B00012": "The account number is not known to the business.",
        "C2B00013": "The amount is not what the business expects.",
        "C2B00014": "The business does not take payments from you.",
        "C2B00015": "The business number is wrong.",
        "C2B00016": "The business did not take the payment.",
        "no answer": "The business did not answer.",
    ]
}
