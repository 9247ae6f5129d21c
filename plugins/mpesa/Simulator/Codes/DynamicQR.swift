internal import Cryptography

/// QR codes for payments; reference, section 14.
///
/// Safaricom's own contents are not documented. This one holds type, number, amount, reference and name, so that it can
/// be read with any phone.
enum DynamicQR {
    /// Least and most pixels of a side.
    static let size = 64...1_000
}

extension DarajaState {
    /// Draws a code; nothing is written down, as the payment comes later like any other.
    mutating func drawCode(_ json: JSON, at now: Milliseconds) throws(Refusal) -> Reply {
        let amount = json["Amount"]?.text.flatMap(PushRequest.wholeNumber) ?? 0
        return try served(.qr, phone: "", amount: amount, at: now) { state throws(Refusal) in
            let fields = Fields(json: json)
            let name = try fields.text("MerchantName", 1...26)
            let reference = try fields.text("RefNo", 1...20)
            let amount = try fields.amount(1...250_000)
            let type = try fields.word("TrxCode", ["BG", "PB", "WA", "SM", "SB"])
            let number = try fields.text("CPI", 5...12)
            guard let size = json["Size"]?.text.flatMap(PushRequest.wholeNumber), DynamicQR.size.contains(size) else {
                throw .invalid("Size")
            }
            let content = [type, number, "\(amount)", reference, name].joined(separator: "|")
            guard let code = QRCode(Array(content.utf8)) else { throw .invalid("MerchantName") }
            return .json([
                "ResponseCode": "00", "RequestID": .string(Identifier.request(&state.random)),
                "ResponseDescription": "The service request is processed successfully.",
                "QRCode": .string(Base64.encode(PNG.picture(code, size: size))),
            ])
        }
    }
}
