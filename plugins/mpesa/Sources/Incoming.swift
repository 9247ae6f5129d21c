import FoundationEssentials
import PaymentKit

/// Payments that a customer makes to the paybill or till without a prompt, and prompts once more: Safaricom confirms
/// both here, under the same receipt.
extension MPesa: IncomingPaymentReceiving {
    // MARK: Confirmations

    /// A confirmation is money that has arrived; it cannot be refused.
    ///
    /// Money for a number that is not this shop's, and money whose amount or number does not read, credits nothing: it
    /// is ``Fact/needsReview(_:)``. Without a transaction number the message cannot be told from others and says
    /// nothing.
    func incomingEvents(in inbound: InboundRequest) -> [PaymentEvent] {
        guard let message = LooseJSON.read(inbound.body), let id = message["TransID"]?.identifier else { return [] }
        let account = Self.account(in: message)
        guard let amount = Self.amount(in: message) else {
            return [Self.doubt(id, "amount", account, "a payment without an amount that reads")]
        }
        guard let number = message["BusinessShortCode"]?.identifier, self.account.owns(number) else {
            return [
                Self.doubt(id, "number", account, "\(amount) paid to another number than this shop's paybill or till")
            ]
        }
        let receipt = Receipt(
            id, payer: message["MSISDN"]?.text.flatMap(Party.init)?.number,
            at: message["TransTime"]?.text.flatMap(EastAfricaTime.moment))
        return [
            PaymentEvent(
                EventKey("incoming", id), .incoming(account: account), .paid(amount, receipt: receipt),
                references: [Reference(Self.receiptNumber, id)])
        ]
    }

    static let receiptNumber = "MpesaReceiptNumber"

    private static func doubt(_ id: String, _ what: String, _ account: String, _ why: String) -> PaymentEvent {
        PaymentEvent(
            EventKey("incoming", id, what), .incoming(account: account),
            .needsReview("\(why) (receipt \(id.redacted))"),
            references: [Reference(receiptNumber, id)])
    }

    /// What the payer typed: any case, stray spaces; nothing at a till. Safaricom allows 20 characters.
    private static func account(in message: LooseJSON) -> String {
        let visible = (message["BillRefNumber"]?.text ?? "").unicodeScalars.filter {
            $0.properties.generalCategory != .control
        }
        return String(String.UnicodeScalarView(visible.prefix(64)))
    }

    private static func amount(in message: LooseJSON) -> Money? {
        message["TransAmount"]?.text.flatMap { Money(decimal: $0, .kes) }.flatMap { $0.minor > 0 ? $0 : nil }
    }

    // MARK: The question before a payment

    /// Nil also for a payment to another number: it is not this shop's to refuse.
    public func question(in inbound: InboundRequest) -> IncomingQuestion? {
        guard inbound.route == Self.questionRoute, let message = LooseJSON.read(inbound.body),
            let number = message["BusinessShortCode"]?.identifier, account.owns(number),
            let amount = Self.amount(in: message)
        else { return nil }
        return IncomingQuestion(account: Self.account(in: message), amount: amount)
    }

    /// Safaricom's codes choose the words of the customer's SMS.
    public func reply(_ answer: IncomingAnswer) -> HTTPReply {
        let code =
            switch answer {
            case .accept: "0"
            case .unknownAccount: "C2B00012"
            case .wrongAmount: "C2B00013"
            case .refuse: "C2B00016"
            }
        return HTTPReply(json: #"{"ResultCode":"\#(code)","ResultDesc":"\#(code == "0" ? "Accepted" : "Rejected")"}"#)
    }

    // MARK: How to pay

    /// At a till nobody types an account: only amount and time tell whose payment it is.
    public func instructions(for amount: Money, account number: String) -> Instructions {
        let shillings = amount.whole.map { String($0) } ?? amount.decimalText
        let amountStep = Instructions.Step(["en": "Type the amount", "sw": "Weka kiasi"], value: shillings)
        let pin = Instructions.Step([
            "en": "Type your M-PESA PIN and confirm", "sw": "Weka PIN yako ya M-PESA, kisha uthibitishe",
        ])
        if let till = account.till {
            return Instructions([
                Instructions.Step([
                    "en": "In the M-PESA menu choose Lipa na M-PESA, then Buy Goods and Services",
                    "sw": "Kwenye menyu ya M-PESA chagua Lipa na M-PESA, kisha Nunua Bidhaa na Huduma",
                ]),
                Instructions.Step(["en": "Type the till number", "sw": "Weka nambari ya till"], value: till),
                amountStep, pin,
            ])
        }
        return Instructions([
            Instructions.Step([
                "en": "In the M-PESA menu choose Lipa na M-PESA, then Pay Bill",
                "sw": "Kwenye menyu ya M-PESA chagua Lipa na M-PESA, kisha Lipa Bili (Pay Bill)",
            ]),
            Instructions.Step(
                ["en": "Type the business number", "sw": "Weka nambari ya biashara"], value: account.shortcode),
            Instructions.Step(
                ["en": "Type the account number", "sw": "Weka nambari ya akaunti"], value: number),
            amountStep, pin,
        ])
    }

    // MARK: Registration

    /// In production Safaricom takes the addresses once: whoever wants to change them deletes them in the portal first.
    public func registerIncoming(_ call: Call) async throws -> [String] {
        let confirmation = try registrable(call.callback(Self.incomingRoute))
        let validation = try registrable(call.callback(Self.questionRoute))
        let body = [
            // What happens when our answer to a question does not come: the payment is completed.
            "ShortCode": account.shortcode, "ResponseType": "Completed", "ConfirmationURL": confirmation,
            "ValidationURL": validation,
        ]
        // Asked, not acted: no money moves, and a second request changes nothing.
        let answer = try await send(
            body, to: "mpesa/c2b/\(account.registration.rawValue)/registerurl", effect: .asks, seconds: 30, call)
        if let refusal = answer.commonRefusal { throw refusal }
        if let error = answer.error { return [try registered(despite: error, answer)] }
        let words = answer.json?["ResponseDescription"]?.text?.lowercased() ?? ""
        // The first version answers with words alone.
        guard answer.isSuccess, answer.json?["ResponseCode"]?.text ?? (words.contains("success") ? "0" : nil) == "0"
        else { throw PaymentError.unavailable("Safaricom did not register the addresses (status \(answer.status)).") }
        return ["Safaricom will report payments to \(account.shortcode) to this shop."]
    }

    private func registered(despite error: ErrorAnswer, _ answer: Answer) throws(PaymentError) -> String {
        if error.says("already registered") {
            return "Safaricom already has addresses for \(account.shortcode) and keeps them. If they are not this "
                + "shop's, delete them on the Daraja portal (URL management) and register again."
        }
        if error.says("duplicate notification info") {
            throw .misconfigured(
                "\(account.shortcode) still has addresses on Safaricom's older platform: ask its API support to remove "
                    + "them, then register again.", setting: Self.shortcode.key)
        }
        if error.provesNothingHappened { throw Self.refusedField(error) }
        throw .unavailable("Safaricom did not register the addresses (status \(answer.status), code \(error.code)).")
    }

    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` for an address that Safaricom would refuse.
    private func registrable(_ url: URL) throws(PaymentError) -> String {
        let text = url.absoluteString
        if account.environment == .production, url.scheme != "https" {
            throw .misconfigured("Safaricom refuses http addresses: give the shop an https one.")
        }
        if let word = Self.forbiddenWords.first(where: text.lowercased().contains) {
            throw .misconfigured("Safaricom refuses addresses with \"\(word)\" in them; use another host name.")
        }
        return text
    }
}

extension MPesa {
    static let validationAccepted = HTTPReply(json: #"{"ResultCode":"0","ResultDesc":"Accepted"}"#)
}
