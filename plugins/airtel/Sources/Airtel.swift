import FoundationEssentials
import PaymentKit

/// Airtel Money in Kenya, through Airtel Africa's open interface.
///
/// The customer types a number, the phone asks for the Airtel Money PIN, and the shop asks Airtel what became of it;
/// Airtel's message to the shop only says that there is something to ask. A payment can go back whole. What it cannot
/// do: pay out, list payments, and take money that nobody was prompted for.
public struct Airtel: PaymentPlugin {
    let account: Account

    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` that names the setting and what it should be.
    public init(_ setup: Setup) throws { account = try Account(setup) }

    public var hosts: [String] { [account.host] }
    public var callbackSources: [String] { account.callbackSources }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        guard request.amount.currency == .kes, let shillings = request.amount.whole,
            Self.shillingsAllowed.contains(shillings)
        else { throw PaymentError.invalidInput("Airtel Money takes whole shillings from 1 to 250,000.") }
        guard let phone = request.form.phone(Self.phone.key) else {
            throw PaymentError.invalidInput("The Airtel Money number is missing.", field: Self.phone.key)
        }
        let prompt = PromptRequest(
            reference: request.orderNumber, phone: phone, shillings: shillings, ticket: call.ticket)
        let answer = try await send(prompt, to: PromptRequest.path, seconds: 30, call)
        return try Self.started(by: answer, phone, call)
    }
}

/// The request for a prompt: "USSD Push" in the Collection interface, version 1, whose requests are not signed.
///
/// Field names, the header pair `X-Country` and `X-Currency`, and that the number goes without its country code: the
/// developer portal's Collection page, as several clients in public repositories repeat it.
struct PromptRequest: Encodable, Sendable {
    static let path = "merchant/v1/payments/"

    struct Subscriber: Encodable, Sendable {
        var country = Airtel.country, currency = Airtel.currency
        let msisdn: String
    }
    struct Transaction: Encodable, Sendable {
        let amount: Int64
        var country = Airtel.country, currency = Airtel.currency
        let id: String
    }
    let reference: String
    let subscriber: Subscriber
    let transaction: Transaction

    init(reference: String, phone: PhoneNumber, shillings: Int64, ticket: Ticket) {
        self.reference = reference
        subscriber = Subscriber(msisdn: String(phone.digits.dropFirst(3)))
        transaction = Transaction(amount: shillings, id: ticket.value)
    }
}
