import Cryptography
import HTTPClient
import MPesaSimulator

/// What shops ask of Daraja besides prompts.
extension House {
    static let paybill = "174379"
    static let store = "600000"
    static let till = "500123"

    // MARK: - Payments by hand

    @discardableResult
    func register(
        _ shortcode: String = House.paybill, version: Int = 2, _ changes: [String: JSON?] = [:]
    ) async throws -> OutboundResponse {
        let usual: [(String, JSON)] = [
            ("ShortCode", .string(shortcode)), ("ResponseType", "Completed"),
            ("ConfirmationURL", .string(shop.url + "/confirm")), ("ValidationURL", .string(shop.url + "/validate")),
        ]
        return try await post("/mpesa/c2b/v\(version)/registerurl", Self.object(usual, changes))
    }

    var daraja: Daraja { simulator.daraja }

    /// The confirmations heard, in order.
    var confirmations: [JSON] { shop.heard("confirm") }

    // MARK: - Initiators

    static func credential(_ password: String = "Simulator#2026") throws -> JSON {
        let certificate = try Certificate(pem: PracticeKey.certificate)
        return .string(Base64.encode(try certificate.encrypt(Array(password.utf8))))
    }

    static let paths: [DarajaService: String] = [
        .b2c: "/mpesa/b2c/v3/paymentrequest", .b2b: "/mpesa/b2b/v1/paymentrequest",
        .reversal: "/mpesa/reversal/v1/request", .status: "/mpesa/transactionstatus/v1/query",
        .balance: "/mpesa/accountbalance/v1/query",
    ]

    /// An initiator's request that is in order, with `changes` made; `nil` leaves a field out.
    func ask(
        _ service: DarajaService, _ changes: [String: JSON?] = [:], path: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws -> OutboundResponse {
        guard let usualPath = Self.paths[service] else { throw Missing() }
        return try await post(path ?? usualPath, try fields(service, changes), timeout: timeout)
    }

    /// The same, with its result, which is the last one heard.
    func result(_ service: DarajaService, _ changes: [String: JSON?] = [:]) async throws -> JSON {
        let heard = shop.heard("result").count
        _ = try await ask(service, changes)
        await wait(milliseconds: 1_000)
        guard let result = shop.heard("result").last, shop.heard("result").count > heard else { throw Missing() }
        return result
    }

    func fields(_ service: DarajaService, _ changes: [String: JSON?] = [:]) throws -> JSON {
        let addresses: [(String, JSON)] = [
            ("QueueTimeOutURL", .string(shop.url + "/timeout")), ("ResultURL", .string(shop.url + "/result")),
        ]
        let credential = try changes["SecurityCredential"] == nil ? Self.credential() : ""
        let initiator: [(String, JSON)] = [
            (service == .b2c ? "InitiatorName" : "Initiator", "simulator-operator"),
            ("SecurityCredential", credential),
        ]
        let own: [(String, JSON)] =
            switch service {
            case .b2c:
                [
                    ("OriginatorConversationID", "MERCH-B2C-000731-a1"), ("CommandID", "BusinessPayment"),
                    ("Amount", "500"), ("PartyA", "174379"), ("PartyB", .string(Self.phone)),
                    ("Remarks", "Refund order 100042"), ("Occassion", "Refund"),
                ]
            case .b2b:
                [
                    ("CommandID", "BusinessPayBill"), ("SenderIdentifierType", "4"), ("RecieverIdentifierType", "4"),
                    ("Amount", "2400"), ("PartyA", "174379"), ("PartyB", "888001"), ("AccountReference", "SUP-7781"),
                    ("Requester", .string(Self.phone)), ("Remarks", "Supplier invoice 7781"),
                ]
            case .reversal:
                [
                    ("CommandID", "TransactionReversal"), ("TransactionID", "UA51K7B2QX"), ("Amount", "1250"),
                    ("ReceiverParty", "174379"), ("RecieverIdentifierType", "11"), ("Remarks", "Order cancelled"),
                    ("Occasion", "Refund"),
                ]
            case .status:
                [
                    ("CommandID", "TransactionStatusQuery"), ("TransactionID", "UA51K7B2QX"), ("PartyA", "174379"),
                    ("IdentifierType", "4"), ("Remarks", "check"),
                ]
            case .stk, .c2b, .balance, .pull, .qr:
                [
                    ("CommandID", "AccountBalance"), ("PartyA", "174379"), ("IdentifierType", "4"),
                    ("Remarks", "daily"),
                ]
            }
        return Self.object(initiator + own + addresses, changes)
    }

    /// The usual fields with changes made, and fields added that only the changes have.
    static func object(_ usual: [(String, JSON)], _ changes: [String: JSON?]) -> JSON {
        let kept = usual.compactMap { name, value in
            (changes[name] ?? value).map { JSON.Member(name: name, value: $0) }
        }
        let added = changes.filter { name, _ in !usual.contains { $0.0 == name } }.compactMap { name, value in
            value.map { JSON.Member(name: name, value: $0) }
        }
        return .object(kept + added)
    }

    /// Chooses the story called `name` for everybody, or for a phone.
    func choose(story name: String, phone: String? = nil) throws {
        guard let story = StoryCatalogue.story(named: name) else { throw Missing() }
        daraja.choose(story, phone: phone)
    }

    /// Every shilling there is: on phones, in accounts and elsewhere, and what it was at the beginning.
    var treasury: (now: Int, opening: Int) {
        let phones = daraja.phones
        let accounts = daraja.accounts
        let now =
            phones.reduce(0) { $0 + $1.balance } + accounts.reduce(0) { $0 + $1.now.values.reduce(0, +) }
            + daraja.outside.values.reduce(0, +)
        let opening =
            phones.reduce(0) { $0 + $1.openingBalance } + accounts.reduce(0) { $0 + $1.opening.values.reduce(0, +) }
        return (now, opening)
    }

    /// Whole KES in an account.
    func funds(_ account: Accounts.Account, of shortcode: String = House.paybill) -> Int {
        daraja.accounts.first { $0.shortcode == shortcode }?[account] ?? -1
    }
}
