/// Where a shortcode wants to hear of its payments; reference, section 6.1.
package struct Registration: Sendable, Equatable {
    /// What M-PESA does when the validation call is not answered.
    package enum ResponseType: String, Sendable {
        /// The payment goes on.
        case completed = "Completed"
        /// The payment is cancelled.
        case cancelled = "Cancelled"
    }
    /// 1 hashes the payers' numbers, 2 masks them.
    package let version: Int
    /// What happens without an answer to the validation call.
    package let responseType: ResponseType
    /// Told of every payment.
    package let confirmationURL: String
    /// Asked before every payment, where that is switched on.
    package let validationURL: String

    /// - Parameters: See the properties.
    package init(version: Int, responseType: ResponseType, confirmationURL: String, validationURL: String) {
        self.version = version
        self.responseType = responseType
        self.confirmationURL = confirmationURL
        self.validationURL = validationURL
    }
}

/// What Safaricom sets up for a shop by hand or by mail, and how much of production is played.
package struct Switches: Sendable, Equatable {
    /// Whether payments are validated first; off until a shop asks for it by mail.
    package var validatesPayments = false
    /// Whether an approved prompt is confirmed to the ConfirmationURL too, where one is registered.
    package var confirmsPrompts = true
    /// Whether addresses can be registered once only, and payments cannot be simulated.
    package var isLikeProduction = false
    /// Whether a second B2C request with the same id is taken on and fails later (15), instead of being refused.
    package var tellsDuplicatesLater = false

    /// As in the sandbox.
    package init() {}

    /// The switches by name, for pages and the control API.
    static var all: [(name: String, title: String, path: WritableKeyPath<Switches, Bool>)] {
        [
            ("validation", "Ask the shop before a payment is taken", \.validatesPayments),
            ("prompt-confirmations", "Confirm prompts like payments by hand", \.confirmsPrompts),
            ("production", "Register once only, simulate nothing", \.isLikeProduction),
            ("late-duplicates", "Tell of a repeated B2C request later, as result 15", \.tellsDuplicatesLater),
        ]
    }
}

/// The two calls of a shop about its payments by hand.
enum PaymentAPI {
    static func register(_ version: Int) -> String { "/mpesa/c2b/v\(version)/registerurl" }
    static func simulate(_ version: Int) -> String { "/mpesa/c2b/v\(version)/simulate" }
}

extension DarajaState {
    /// Registers a shortcode's addresses.
    mutating func register(_ json: JSON, version: Int, at now: Milliseconds) throws(Refusal) -> Reply {
        try served(.c2b, phone: "", amount: 0, at: now) { state throws(Refusal) in
            let fields = Fields(json: json)
            let shortcode = try fields.shortcode("ShortCode")
            guard state.accounts[shortcode] != nil else { throw .invalid("ShortCode") }
            let word = try fields.text("ResponseType")
            guard let responseType = Registration.ResponseType(rawValue: word) else { throw .invalid("ResponseType") }
            let registration = Registration(
                version: version, responseType: responseType, confirmationURL: try fields.address("ConfirmationURL"),
                validationURL: try fields.address("ValidationURL"))
            if state.switches.isLikeProduction, state.registrations[shortcode] != nil { throw .alreadyRegistered }
            state.registrations[shortcode] = registration
            let id = JSON.string(Identifier.request(&state.random))
            if version == 1 {
                return .json(["ConversationID": "", "OriginatorCoversationID": id, "ResponseDescription": "success"])
            }
            return .json(["OriginatorCoversationID": id, "ResponseCode": "0", "ResponseDescription": "Success"])
        }
    }

    /// The sandbox's way to pay without a phone.
    mutating func simulate(_ json: JSON, version: Int, at now: Milliseconds) throws(Refusal) -> Reply {
        let phone = json["Msisdn"]?.text ?? ""
        let amount = json["Amount"]?.text.flatMap(PushRequest.wholeNumber) ?? 0
        return try served(.c2b, phone: phone, amount: amount, at: now) { state throws(Refusal) in
            guard !state.switches.isLikeProduction else { throw .noProduct }
            let fields = Fields(json: json)
            let shortcode = try fields.shortcode("ShortCode")
            guard let merchant = state.configuration.merchants.first(where: { $0.shortcode == shortcode }) else {
                throw .invalid("ShortCode")
            }
            let command = try fields.word("CommandID", ["CustomerPayBillOnline", "CustomerBuyGoodsOnline"])
            guard (command == "CustomerBuyGoodsOnline") == (merchant.till != nil) else { throw .invalid("CommandID") }
            let amount = try fields.amount(1...250_000)
            let phone = try fields.phone("Msisdn")
            let account = try fields.optional("BillRefNumber", upTo: 20)
            if merchant.till == nil, account.isEmpty { throw .invalid("BillRefNumber") }
            let bill = Bill(merchant: merchant, amount: amount, account: merchant.till == nil ? account : "")
            // What becomes of it is told by the callbacks or not at all.
            _ = state.take(bill, from: phone, at: now)
            let id = JSON.string(Identifier.request(&state.random))
            let words: JSON = "Accept the service request successfully."
            if version == 1 {
                return .json([
                    "ConversationID": .string(Identifier.conversation(at: now, &state.random)),
                    "OriginatorCoversationID": id, "ResponseDescription": words,
                ])
            }
            return .json(["OriginatorCoversationID": id, "ResponseCode": "0", "ResponseDescription": words])
        }
    }
}
