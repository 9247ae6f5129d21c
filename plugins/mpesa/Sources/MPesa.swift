import FoundationEssentials
import PaymentKit

/// M-PESA by Safaricom, through the Daraja interface.
///
/// The customer types a number, the phone asks for the PIN, and Safaricom calls back with the result; or pays to the
/// paybill or till without a prompt, and Safaricom reports it. In the name of an operator whom the merchant sets up,
/// money goes back and out, receipts are looked up, and balances are read. What it cannot do: return a part of a
/// payment, take back a payout, and collect at regular times.
public struct MPesa: PaymentPlugin {
    let account: Account
    /// What the customer's statement shows beside the amount, 13 characters at most.
    let shopName: String

    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` that names the setting and what it should be.
    public init(_ setup: Setup) throws {
        account = try Account(setup)
        shopName = setup.shopName
    }

    public var hosts: [String] { [account.host] }
    public var callbackSources: [String] { account.callbackSources }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        guard request.amount.currency == .kes, let shillings = request.amount.whole,
            Self.shillingsAllowed.contains(shillings)
        else { throw PaymentError.invalidInput("M-PESA takes whole shillings from 1 to 250,000.") }
        guard let phone = request.form.phone(Self.phone.key) else {
            throw PaymentError.invalidInput("The M-PESA number is missing.", field: Self.phone.key)
        }
        let prompt = PromptRequest(
            account: account, shillings: shillings, phone: phone, callback: call.callback(Self.promptRoute),
            order: request.orderNumber, shopName: shopName, now: call.now)
        let answer = try await send(prompt, to: PromptRequest.path, effect: .acts, seconds: 30, call)
        return try Self.started(by: answer, at: account, phone, call.log)
    }
}
