internal import FoundationEssentials

/// A push request with every field checked; reference, sections 4.1 and 4.4.
struct PushRequest {
    static let path = "/mpesa/stkpush/v1/processrequest"

    let merchant: DarajaConfiguration.Merchant
    let phone: String
    /// Whole KES.
    let amount: Int
    let reference: String
    let callbackURL: String

    /// Checks the fields in Daraja's order; the first that is wrong is the one that is named.
    init(_ json: JSON, merchants: [DarajaConfiguration.Merchant]) throws(Refusal) {
        let credentials = try Credentials(json)
        let known = merchants.first { $0.shortcode == credentials.shortcode }

        let isTill = json["TransactionType"]?.text == "CustomerBuyGoodsOnline"
        guard isTill || json["TransactionType"]?.text == "CustomerPayBillOnline",
            known.map({ ($0.till != nil) == isTill }) ?? true
        else { throw .invalid("TransactionType") }
        guard let amount = json["Amount"]?.text.flatMap(Self.wholeNumber), (1...250_000).contains(amount) else {
            throw .invalid("Amount")
        }
        guard let partyA = json["PartyA"]?.text, Self.isPhone(partyA) else { throw .invalid("PartyA") }
        guard let partyB = json["PartyB"]?.text, Self.isDigits(partyB, 5...7),
            known.map({ partyB == $0.till ?? $0.shortcode }) ?? true
        else { throw .invalid("PartyB") }
        guard let phone = json["PhoneNumber"]?.text, Self.isPhone(phone) else { throw .invalid("PhoneNumber") }
        guard let address = json["CallBackURL"]?.text, CallbackAddress.isAllowed(address) else {
            throw .invalid("CallBackURL")
        }
        guard let reference = json["AccountReference"]?.text, (1...12).contains(reference.count) else {
            throw .invalid("AccountReference")
        }
        // The sandbox names this field as it is called inside M-PESA.
        guard let description = json["TransactionDesc"]?.text, (1...13).contains(description.count) else {
            throw .invalid("Remarks")
        }
        merchant = try credentials.merchant(among: merchants)
        self.phone = phone
        self.amount = amount
        self.reference = reference
        callbackURL = address
    }

    /// Twelve digits that begin with 2547 or 2541.
    static func isPhone(_ text: String) -> Bool {
        isDigits(text, 12...12) && (text.hasPrefix("2547") || text.hasPrefix("2541"))
    }

    static func isDigits(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    static func wholeNumber(_ text: String) -> Int? {
        isDigits(text, 1...9) ? Int(text) : nil
    }
}

/// The three fields that say who asks; the same for a push and a query.
struct Credentials {
    let shortcode: String
    let password: String
    let timestamp: String

    /// Checks the forms of the fields, not whether they fit each other.
    init(_ json: JSON) throws(Refusal) {
        guard let shortcode = json["BusinessShortCode"]?.text, PushRequest.isDigits(shortcode, 5...7) else {
            throw .invalid("BusinessShortCode")
        }
        guard let password = json["Password"]?.text, !password.isEmpty else { throw .invalid("Password") }
        guard let timestamp = json["Timestamp"]?.text, PushRequest.isDigits(timestamp, 14...14),
            Self.isTime(timestamp)
        else { throw .invalid("Timestamp") }
        self.shortcode = shortcode
        self.password = password
        self.timestamp = timestamp
    }

    /// The merchant, if it exists and the password is base64 of shortcode, passkey and timestamp.
    func merchant(among merchants: [DarajaConfiguration.Merchant]) throws(Refusal) -> DarajaConfiguration.Merchant {
        guard let merchant = merchants.first(where: { $0.shortcode == shortcode }) else { throw .noMerchant }
        guard matches(merchant) else { throw .credentials }
        return merchant
    }

    func matches(_ merchant: DarajaConfiguration.Merchant) -> Bool {
        Data(base64Encoded: password) == Data((shortcode + merchant.passkey + timestamp).utf8)
    }

    private static func isTime(_ digits: String) -> Bool {
        let numbers = digits.utf8.map { Int($0) - 48 }
        func pair(_ index: Int) -> Int { numbers[index] * 10 + numbers[index + 1] }
        return (1...12).contains(pair(4)) && (1...31).contains(pair(6)) && pair(8) < 24 && pair(10) < 60
            && pair(12) < 60
    }
}

/// The rules for addresses of callbacks; reference, section 4.4.
enum CallbackAddress {
    private static let forbidden = ["mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query"]

    /// Whether `text` is an address without forbidden words; plain HTTP is for loopback only.
    static func isAllowed(_ text: String) -> Bool {
        let lowercase = text.lowercased()
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !forbidden.contains(where: { lowercase.contains($0) })
        else { return false }
        for scheme in ["https://", "http://"] where lowercase.hasPrefix(scheme) {
            guard let host = host(of: lowercase.dropFirst(scheme.count)) else { return false }
            return scheme == "https://" || isLoopback(host)
        }
        return false
    }

    static func isLoopback(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = parts.count == 4 && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
        return host == "localhost" || host == "[::1]" || isIPv4 && parts[0] == "127"
    }

    private static func host(of rest: Substring) -> Substring? {
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let isIPv6 = authority.hasPrefix("[")
        let host = isIPv6 ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        let port = authority.dropFirst(host.count)
        guard host.count > (isIPv6 ? 2 : 0), port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil
        else { return nil }
        return host.allSatisfy { $0.isLetter || $0.isNumber || ".-:[]".contains($0) } ? host : nil
    }
}
