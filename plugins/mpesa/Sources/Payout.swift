import PaymentKit

/// Sending money: to a customer's phone, to a paybill or to a till.
extension MPesa: PayoutSending {
    public func send(_ amount: Money, to form: FieldValues, reason: String, _ call: Call) async throws -> Outcome {
        switch try PayoutTarget(form) {
        case .phone(let phone): try await pay(phone, amount, reason, call)
        case .business(let number, let command, let account):
            try await pay(number, by: command, for: account, amount, reason, call)
        }
    }

    private func pay(_ phone: PhoneNumber, _ amount: Money, _ reason: String, _ call: Call) async throws -> Outcome {
        try await operate(
            "BusinessPayment",
            [
                // The same ticket twice is refused, so a payout whose answer was lost cannot be paid again.
                "OriginatorConversationID": call.ticket.value,
                "Amount": try Self.shillings(amount, from: 10), "PartyA": account.shortcode, "PartyB": phone.digits,
                "Remarks": Self.remarks(reason, or: "Payout"),
                // Safaricom's spelling, here and below.
                "Occassion": call.ticket.value,
            ], to: "mpesa/b2c/v3/paymentrequest", nameKey: "InitiatorName", api: .payout, effect: .acts, call)
    }

    private func pay(
        _ number: String, by command: String, for reference: String?, _ amount: Money, _ reason: String, _ call: Call
    ) async throws -> Outcome {
        guard !account.owns(number) else {
            throw PaymentError.invalidInput("This number is the shop's own.", field: PayoutTarget.business.key)
        }
        return try await operate(
            command,
            [
                "SenderIdentifierType": "4", "RecieverIdentifierType": "4",
                "Amount": try Self.shillings(amount, from: 1), "PartyA": account.shortcode, "PartyB": number,
                "AccountReference": reference ?? call.ticket.value, "Remarks": Self.remarks(reason, or: "Payout"),
                "Occassion": call.ticket.value,
            ], to: "mpesa/b2b/v1/paymentrequest", api: .payout, effect: .acts, call)
    }
}

/// Who is paid, as staff fill it in.
enum PayoutTarget {
    case phone(PhoneNumber)
    /// A paybill or till, Safaricom's name for such a payment, and the account at a paybill.
    case business(String, command: String, account: String?)

    private enum Kind: String, CaseIterable { case phone, paybill, till }

    static let kind = FieldSpec(
        "kind", "Pay to", kind: .choice(Kind.allCases.map(\.rawValue)), default: Kind.phone.rawValue,
        translations: ["sw": FieldWords("Mpokeaji", help: "")])
    static let phone = FieldSpec(
        "phone", "M-PESA number", help: "For a payment to a phone, for example 0712 345 678.", kind: .phone,
        need: .never,
        translations: ["sw": FieldWords("Nambari ya M-PESA", help: "Kwa malipo kwa simu, kwa mfano 0712 345 678.")])
    static let business = FieldSpec(
        "business", "Paybill or till number", help: "For a payment to a business.", need: .never, length: 5...7,
        translations: ["sw": FieldWords("Nambari ya paybill au till", help: "Kwa malipo kwa biashara.")])
    static let account = FieldSpec(
        "account", "Account", help: "For a payment to a paybill: letters and digits, 13 at most.", need: .never,
        length: 1...13,
        translations: [
            "sw": FieldWords("Akaunti", help: "Kwa malipo kwa paybill: herufi na tarakimu, zisizozidi 13.")
        ])
    static let form = [kind, phone, business, account]

    /// - Throws: ``PaymentError/invalidInput(_:field:)`` that says what is missing.
    init(_ form: FieldValues) throws(PaymentError) {
        let kind = form[Self.kind.key].flatMap(Kind.init) ?? .phone
        guard kind != .phone else {
            guard let phone = form.phone(Self.phone.key) else {
                throw .invalidInput("The M-PESA number is missing.", field: Self.phone.key)
            }
            self = .phone(phone)
            return
        }
        guard let number = form[Self.business.key], number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .invalidInput("The paybill or till number should be 5 to 7 digits.", field: Self.business.key)
        }
        let account = form[Self.account.key].map { $0.plain(13, allowing: ".-_") }
        if kind == .paybill, account?.isEmpty != false {
            throw .invalidInput("The account at the paybill is missing.", field: Self.account.key)
        }
        self = .business(
            number, command: kind == .paybill ? "BusinessPayBill" : "BusinessBuyGoods", account: account)
    }
}
