import Foundation

/// A payment as the simulated Paystack keeps it.
package struct SimulatedPayment: Sendable {
    /// How far it is; the words are Paystack's.
    package enum State: String, Sendable { case abandoned, success, failed, reversed }
    /// Paystack's number.
    package let id: UInt64
    package let reference: String
    /// The last part of the page's address.
    package let code: String
    /// Hundredths of a shilling.
    package let cents: Int64
    package let currency, email: String
    /// Where whoever is done, or gives up, is led.
    package let back, cancel: String?
    /// When it was begun, in seconds since 1970.
    package let begunAt: Double
    /// The secret key that began it; messages about it are signed with it.
    let key: String
    package internal(set) var state = State.abandoned
    package internal(set) var gatewayResponse = ""
    /// How often somebody tried to pay.
    package internal(set) var tries = 0

    /// What Paystack keeps: 2.9 of a hundred, as it publishes for cards in Kenya.
    var fees: Int64 { cents * 29 / 1_000 }
}

/// Money on its way back.
package struct SimulatedRefund: Sendable {
    package let id: UInt64
    /// Of ``SimulatedPayment``.
    package let payment: UInt64
    package let cents: Int64
    package let note: String
    /// `pending` until it is asked about and not held, then `processed`.
    package internal(set) var state = "pending"
}

/// A message that waits to be posted to the shop.
struct WebhookLetter: Sendable {
    let body: Data
    let key: String
    /// In seconds since 1970.
    var dueAt: Double
    var tries = 0
}

/// Everything that the simulated Paystack knows.
struct PaystackBooks: Sendable {
    var payments: [SimulatedPayment] = []
    var refunds: [SimulatedRefund] = []
    var letters: [WebhookLetter] = []
    /// Statuses with which the shop answered messages.
    var answers: [Int] = []
    private var lastNumber: UInt64 = 4_100_000_000

    mutating func number() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    func payment(reference: String) -> Int? { payments.firstIndex { $0.reference == reference } }
    /// By its number or its reference, as Paystack takes both.
    func payment(named name: String) -> Int? {
        payments.firstIndex { $0.reference == name || String($0.id) == name }
    }
    func refunded(_ payment: UInt64) -> Int64 {
        refunds.filter { $0.payment == payment && $0.state != "failed" }.reduce(0) { $0 + $1.cents }
    }
}

// MARK: The shapes of Paystack's answers. Source: Paystack API reference, "Transactions", "Refunds", "Errors".

struct Said<Content: Encodable>: Encodable {
    var status = true
    var message: String
    var data: Content
}

struct SaidNo: Encodable {
    let status = false
    var message: String
    let type = "validation_error"
    var code: String
}

struct OpenedPage: Encodable {
    var authorization_url, access_code, reference: String
}

struct SaidPayment: Encodable {
    struct Customer: Encodable { var email: String }
    var id: UInt64
    let domain = "test"
    var status, reference, currency, gateway_response: String
    let channel = "card"
    var amount, fees: Int64
    var customer: Customer

    init(_ payment: SimulatedPayment) {
        id = payment.id
        status = payment.state.rawValue
        reference = payment.reference
        currency = payment.currency
        gateway_response = payment.gatewayResponse
        amount = payment.cents
        fees = payment.state == .success ? payment.fees : 0
        customer = Customer(email: payment.email)
    }
}

struct SaidRefund: Encodable {
    var id, transaction: UInt64
    var status, merchant_note: String
    let domain = "test", currency = "KES"
    var amount: Int64

    init(_ refund: SimulatedRefund) {
        id = refund.id
        transaction = refund.payment
        status = refund.state
        merchant_note = refund.note
        amount = refund.cents
    }
}

struct SaidTimeout: Encodable { var payment_session_timeout: Int }

struct Event<Content: Encodable>: Encodable {
    var event: String
    var data: Content
}

struct RefundEvent: Encodable {
    var status, transaction_reference: String
    var refund_reference: String?
    var amount: String
    let currency = "KES", domain = "test"
}
