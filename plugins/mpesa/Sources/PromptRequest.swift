import FoundationEssentials
import PaymentKit

/// The request for a prompt, field by field as Daraja wants it. Numbers go as text.
struct PromptRequest: Encodable, Sendable {
    static let path = "mpesa/stkpush/v1/processrequest"

    let shortcode, password, timestamp, type, amount, payer, receiver, phone, callback, order, shopName: String

    enum CodingKeys: String, CodingKey {
        case shortcode = "BusinessShortCode"
        case password = "Password"
        case timestamp = "Timestamp"
        case type = "TransactionType"
        case amount = "Amount"
        case payer = "PartyA"
        case receiver = "PartyB"
        case phone = "PhoneNumber"
        case callback = "CallBackURL"
        case order = "AccountReference"
        case shopName = "TransactionDesc"
    }

    init(
        account: Account, shillings: Int64, phone: PhoneNumber, callback: URL, order: String, shopName: String,
        now: Date
    ) {
        let signature = PromptSignature(account, now)
        shortcode = signature.shortcode
        password = signature.password
        timestamp = signature.timestamp
        // A till's money goes to the till, while its store number signs.
        type = account.till == nil ? "CustomerPayBillOnline" : "CustomerBuyGoodsOnline"
        receiver = account.till ?? account.shortcode
        amount = String(shillings)
        payer = phone.digits
        self.phone = phone.digits
        self.callback = callback.absoluteString
        // Neither may be empty, and letters and digits are what no one has seen refused.
        let reference = order.plain(12)
        self.order = reference.isEmpty ? "Order" : reference
        let name = shopName.plain(13, allowing: " .-")
        self.shopName = name.isEmpty ? "Duka order" : name
    }
}

/// What proves to Daraja that the shortcode is ours. The password holds the passkey in clear: it goes into the request
/// and nowhere else.
struct PromptSignature: Sendable {
    let shortcode, timestamp, password: String

    init(_ account: Account, _ now: Date) {
        shortcode = account.shortcode
        timestamp = EastAfricaTime.stamp(now)
        password = Data((shortcode + account.passkey.reveal() + timestamp).utf8).base64EncodedString()
    }
}
