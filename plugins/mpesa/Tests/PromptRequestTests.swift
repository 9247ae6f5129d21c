import FoundationEssentials
import Glibc
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

@Suite struct PromptRequestTests {
    private func sent(
        _ settings: [String: String] = [:], shopName: String = "Mama Mboga", order: String = "K7M29QXD",
        amount: Money = Known.amount, now: Date = Known.now
    ) async throws -> HTTPRequest {
        let http = daraja(200, try fixture("stk-push-response-success"))
        _ = try await plugin(settings, shopName: shopName).start(
            try request(amount, order: order), .scripted(http, now: now))
        let push = http.sent.first { $0.isPush }
        return try #require(push)
    }

    @Test("A paybill prompt has exactly Daraja's fields, and its password is shortcode, passkey and timestamp")
    func paybill() async throws {
        let push = try await sent()

        #expect(push.method == "POST")
        #expect(push.effect == .acts)
        #expect(push.url.absoluteString == "http://127.0.0.1:8081/mpesa/stkpush/v1/processrequest")
        #expect(push.headers["Authorization"] == "Bearer token-1")
        #expect(push.headers["Content-Type"] == "application/json")
        var fields = push.fields
        let password = try #require(Data(base64Encoded: fields.removeValue(forKey: "Password") ?? ""))
        #expect(String(decoding: password, as: UTF8.self) == "174379" + Known.passkey + "20260105143015")
        #expect(
            fields == [
                "BusinessShortCode": "174379", "Timestamp": "20260105143015",
                "TransactionType": "CustomerPayBillOnline",
                "Amount": "1250", "PartyA": Known.phone, "PartyB": "174379", "PhoneNumber": Known.phone,
                "CallBackURL": "https://shop.example/in/k7m29qxd-1/prompt", "AccountReference": "K7M29QXD",
                "TransactionDesc": "Mama Mboga",
            ])
    }

    @Test("The password is the one that the reference works out by hand")
    func workedExample() async throws {
        let expected = try JSONDecoder().decode(
            [String: String].self, from: Data(fixture("stk-push-request-paybill").utf8))
        #expect(try await sent().fields["Password"] == expected["Password"])
    }

    @Test("A till's store number signs, and the till gets the money")
    func till() async throws {
        let fields = try await sent(["shortcode": "600000", "till": "500123"]).fields
        let expected = try JSONDecoder().decode(
            [String: String].self, from: Data(fixture("stk-push-request-till").utf8))

        for name in ["BusinessShortCode", "PartyB", "TransactionType", "Password", "Timestamp", "Amount", "PartyA"] {
            #expect(fields[name] == expected[name], "\(name)")
        }
    }

    @Test(
        "What the customer sees beside the amount is plain and short, whatever shop and order are called",
        arguments: [
            ("Mama Mboga's Fresh <Fruit> & Co", "K7M29QXD", "Mama Mboga s", "K7M29QXD"),
            ("🥑🥑", "K7M2-9QXD-ABCDE-FGHI", "Duka order", "K7M29QXDABCD"),
            ("", "##", "Duka order", "Order"),
            ("Kahawa\nna \"Chai\"", "K7", "Kahawa na Cha", "K7"),
        ])
    func words(shop: String, order: String, description: String, reference: String) async throws {
        let fields = try await sent(shopName: shop, order: order).fields
        #expect(fields["TransactionDesc"] == description)
        #expect(fields["AccountReference"] == reference)
    }

    @Test(
        "The timestamp is Nairobi's wherever the server stands, also when the year ends there first",
        arguments: [
            (1_767_612_615.0, "20260105143015"),
            (1_798_750_799.0, "20261231235959"),
            (1_798_750_800.0, "20270101000000"),
            (1_798_750_800.999, "20270101000000"),
            (1_709_164_800.0, "20240229030000"),
            (951_857_999.5, "20000229235959"),
            (4_107_531_599.0, "21000228235959"),
            (4_107_531_600.0, "21000301000000"),
        ])
    func timestamps(seconds: Double, stamp: String) async throws {
        for zone in ["America/Los_Angeles", "Asia/Tokyo", "Africa/Nairobi"] {
            setenv("TZ", zone, 1)
            tzset()
            let fields = try await sent(now: Date(timeIntervalSince1970: seconds)).fields
            #expect(fields["Timestamp"] == stamp, "in \(zone)")
        }
        unsetenv("TZ")
        tzset()
    }

    @Test("The smallest and the largest amount are asked for as they are", arguments: [1, 250_000])
    func limits(shillings: Int64) async throws {
        #expect(try await sent(amount: Money(whole: shillings, .kes)).fields["Amount"] == String(shillings))
    }

    @Test(
        "An amount that M-PESA cannot take is refused before anything is sent",
        arguments: [
            Money(whole: 0, .kes), Money(whole: 250_001, .kes), Money(minor: 125_050, .kes), Money(whole: 10, .usd),
            Money(whole: -5, .kes),
        ])
    func badAmounts(amount: Money) async throws {
        let http = daraja(200, try fixture("stk-push-response-success"))
        let error = await paymentError { try await plugin().start(try request(amount), .scripted(http)) }
        guard case .invalidInput? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(http.sent.isEmpty)
    }

    @Test("A missing number is said beside the field")
    func noPhone() async throws {
        let form = try FieldValues([:], checkedAgainst: [])
        let empty = StartRequest(amount: Known.amount, form: form, orderNumber: "K7M29QXD")
        let http = daraja(200, "{}")
        let error = await paymentError { try await plugin().start(empty, .scripted(http)) }
        #expect(error == .invalidInput("The M-PESA number is missing.", field: "phone"))
        #expect(http.sent.isEmpty)
    }
}
