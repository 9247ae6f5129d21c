internal import Cryptography

/// The thirteen fields that a shop is asked or told of a payment; all are strings; reference, section 6.3.
struct PaymentMessage {
    private let transaction: Transaction
    private let isTill: Bool
    private let balance: Int
    private let registered: Int?
    /// Whose money it is, when it came from another business.
    private let business: String?

    init(_ transaction: Transaction, _ state: DarajaState, payee: String? = nil) {
        self.transaction = transaction
        let shortcode = payee ?? transaction.shortcode
        let accounts = state.accounts[shortcode]
        isTill = accounts?.till != nil
        balance = accounts?[.collection] ?? 0
        registered = state.registrations[shortcode]?.version
        business = payee == nil ? nil : state.accounts[transaction.payer]?.name ?? transaction.payer
        self.shortcode = shortcode
    }
    private let shortcode: String

    /// Asked before the payment: there is no new balance yet.
    var validation: JSON { body(balance: "", thirdPartyID: "") }

    /// Told after the payment.
    var confirmation: JSON { body(balance: "\(balance).00", thirdPartyID: transaction.thirdPartyID) }

    /// A confirmation that M-PESA never sent.
    func forgery(receipt: String) -> JSON { body(receipt: receipt, balance: "\(balance).00", thirdPartyID: "") }

    private func body(receipt: String? = nil, balance: String, thirdPartyID: String) -> JSON {
        let plan = transaction.story.payment
        let time = EastAfricaTime(transaction.finalisedAt ?? transaction.initiatedAt).digits
        var members: [(String, String)] = [
            ("TransactionType", plan.transactionType ?? usualType),
            ("TransID", receipt ?? transaction.receipt), ("TransTime", time),
            ("TransAmount", plan.hasWholeAmount ? "\(transaction.amount)" : "\(transaction.amount).00"),
            ("BusinessShortCode", shortcode), ("BillRefNumber", isTill ? "" : transaction.account),
            ("InvoiceNumber", ""), ("OrgAccountBalance", balance), ("ThirdPartyTransID", thirdPartyID),
            ("MSISDN", business == nil ? payer : ""),
        ]
        let name = business.map { [$0, "", ""] } ?? PersonName.of(transaction.payer)
        switch plan.names {
        case .first: members += [("FirstName", name[0]), ("MiddleName", ""), ("LastName", "")]
        case .full: members += [("FirstName", name[0]), ("MiddleName", name[1]), ("LastName", name[2])]
        case .firstOnly: members.append(("FirstName", name[0]))
        case .none: break
        }
        return .object(members.map { JSON.Member(name: $0.0, value: .string($0.1)) })
    }

    private var usualType: String {
        if business != nil { return "Organization To Organization Transfer" }
        return isTill ? "Customer Merchant Payment" : "Pay Bill"
    }

    private var payer: String {
        let phone = transaction.payer
        return
            switch transaction.payerForm ?? transaction.story.payment.payer ?? (registered == 1 ? .hashed : .masked)
        {
        case .hashed: Hex.encode(SHA256.hash(Array(phone.utf8)))
        case .masked: "\(phone.prefix(4)) ***** \(phone.suffix(3))"
        case .maskedVariant: "\(phone.prefix(5))****\(phone.suffix(3))"
        case .plain: phone
        case .none: ""
        }
    }
}

extension DarajaState {
    /// Tells the shop of a payment, where it has registered an address.
    mutating func confirm(_ number: Int, at now: Milliseconds) {
        let transaction = transactions[number]
        let payee = transaction.kind == .b2b ? merchant(transaction.payee)?.shortcode : nil
        // The payee is told, not the payer; a business outside has no address here.
        if transaction.kind == .b2b, payee == nil { return }
        let shortcode = payee ?? transaction.shortcode
        guard let registration = registrations[shortcode] else { return }
        let letter = Letter(
            subject: .transaction(number), kind: .confirmation, url: registration.confirmationURL,
            shortcode: shortcode, body: PaymentMessage(transaction, self, payee: payee).confirmation.bytes)
        // The story of a payment between businesses is about the payer's result.
        let plan = transaction.kind == .b2b ? CallbackPlan() : transaction.story.callback
        post(letter, plan, at: now + configuration.processingMilliseconds + plan.delayMilliseconds)
    }

    /// Word of a payment that nobody made.
    func forgedConfirmation(of transaction: Transaction, at now: Milliseconds) -> Letter? {
        guard let registration = registrations[transaction.shortcode] else { return nil }
        let body = PaymentMessage(transaction, self).forgery(receipt: "UZZ0F0RGED").bytes
        return Letter(
            subject: .transaction(transaction.number), kind: .forged, url: registration.confirmationURL,
            shortcode: transaction.shortcode, body: body)
    }
}

/// Invented names for people, always the same for one number.
enum PersonName {
    private static let first = ["JANE", "PETER", "AMINA", "BRIAN", "FAITH", "OTIENO", "WANJIKU", "HASSAN"]
    private static let last = ["EXAMPLE", "SAMPLE", "MFANO", "PATTERN", "SPECIMEN"]

    /// First, middle and last name.
    static func of(_ phone: String) -> [String] {
        let seed = Int(phone.suffix(6)) ?? 0
        return [first[seed % first.count], "N", last[seed % last.count]]
    }

    /// As results give it: `254708374149 - PETER SAMPLE`.
    static func publicName(_ phone: String) -> String {
        let name = of(phone)
        return "\(phone) - \(name[0]) \(name[2])"
    }
}
