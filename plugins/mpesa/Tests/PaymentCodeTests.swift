import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

@Suite struct PaymentCodeTests {
    private struct Drawing: Codable, Equatable {
        var MerchantName, RefNo: String
        var Amount: Int
        var TrxCode, CPI, Size: String
    }

    @Test(
        "A code is drawn for the paybill or the till, with amount and account",
        arguments: [
            ([:], "PB", "174379", "qr-response"), (["till": "500123"], "BG", "500123", "qr-response-documented"),
        ])
    func drawn(settings: [String: String], type: String, number: String, answer: String) async throws {
        let http = daraja(200, try fixture(answer))
        let picture = try await plugin(settings, shopName: "EXAMPLE SHOP").code(
            for: Known.amount, account: "ORDER100042", .scripted(http))
        let request = try #require(http.sent.first { !$0.isForToken })
        #expect(request.url.path() == "/mpesa/qrcode/v1/generate")
        #expect(request.effect == .asks)
        var expected = try JSONDecoder().decode(Drawing.self, from: Data(fixture("qr-request").utf8))
        expected.TrxCode = type
        expected.CPI = number
        #expect(try JSONDecoder().decode(Drawing.self, from: request.body) == expected)
        #expect(picture.starts(with: [0x89] + Array("PNG".utf8)))
        #expect(picture.count == 67)
    }

    @Test(
        "What is no picture is no code",
        arguments: [#"{"ResponseCode":"00"}"#, #"{"QRCode":"R0lGODlh"}"#, #"{"QRCode":"no base64!"}"#, "", "<html>"])
    func noPicture(body: String) async throws {
        let error = await paymentError {
            try await plugin().code(for: Known.amount, account: "K7M29QXD", .scripted(daraja(200, body)))
        }
        guard case .unavailable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("An amount that M-PESA refuses is the shop's to mend, one with cents is not asked for")
    func amounts() async throws {
        let refused = daraja(400, try fixture("qr-error-invalid-amount-400"))
        for (amount, http) in [(Known.amount, refused), (Money(minor: 1_050, .kes), daraja(200, ""))] {
            let error = await paymentError {
                try await plugin().code(for: amount, account: "K7M29QXD", .scripted(http))
            }
            guard case .invalidInput? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        }
    }
}
