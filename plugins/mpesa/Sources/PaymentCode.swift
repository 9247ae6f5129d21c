import FoundationEssentials
import PaymentKit

/// A QR code that the M-PESA app reads: number, account and amount are filled in. The payment arrives like any other to
/// the paybill or till.
extension MPesa: PaymentCodeDrawing {
    private struct Drawing: Encodable, Sendable {
        let MerchantName, RefNo: String
        let Amount: Int64
        let TrxCode, CPI: String
        let Size = "300"
    }

    /// - Returns: A PNG of 300 by 300 pixels, drawn by Safaricom.
    public func code(for amount: Money, account number: String, _ call: Call) async throws -> Data {
        guard amount.currency == .kes, let shillings = amount.whole, Self.shillingsAllowed.contains(shillings) else {
            throw PaymentError.invalidInput("M-PESA takes whole shillings from 1 to 250,000.")
        }
        let name = shopName.plain(22, allowing: " .-")
        let drawing = Drawing(
            MerchantName: name.isEmpty ? "Duka" : name, RefNo: number.plain(12, allowing: "-"), Amount: shillings,
            TrxCode: account.till == nil ? "PB" : "BG", CPI: account.till ?? account.shortcode)
        let answer = try await send(drawing, to: "mpesa/qrcode/v1/generate", effect: .asks, seconds: 15, call)
        if let refusal = answer.commonRefusal { throw refusal }
        if let error = answer.error, error.provesNothingHappened { throw Self.refusedField(error) }
        // The code beside it is "00" or an id: the picture itself is what counts.
        guard answer.isSuccess, let picture = answer.json?["QRCode"]?.text.flatMap({ Data(base64Encoded: $0) }),
            picture.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        else { throw PaymentError.unavailable("Safaricom drew no QR code (status \(answer.status)).") }
        return picture
    }
}
