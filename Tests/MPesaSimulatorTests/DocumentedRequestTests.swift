import HTTPClient
import MPesaSimulator
import Testing

/// Requests as the reference has them, with our own numbers, operator and addresses put in.
@Suite struct DocumentedRequestTests {
    @Test(
        "A request as documented is taken, numbers as numbers or as texts",
        arguments: [
            ("b2c-request-v1", "/mpesa/b2c/v1/paymentrequest"), ("b2c-request-v3", "/mpesa/b2c/v3/paymentrequest"),
            ("b2b-paybill-request", "/mpesa/b2b/v1/paymentrequest"),
            ("b2b-buygoods-request", "/mpesa/b2b/v1/paymentrequest"),
            ("reversal-request", "/mpesa/reversal/v1/request"),
            ("transaction-status-request-by-receipt", "/mpesa/transactionstatus/v1/query"),
            ("transaction-status-request-by-conversation", "/mpesa/transactionstatus/v1/query"),
            ("balance-request", "/mpesa/accountbalance/v1/query"),
            ("c2b-register-request", "/mpesa/c2b/v2/registerurl"),
            ("pull-register-request", "/pulltransactions/v1/register"), ("qr-request", "/mpesa/qrcode/v1/generate"),
        ])
    func taken(name: String, path: String) async throws {
        try await House.with { house in
            guard case .object(let members) = Fixture.named(name) else { throw House.Missing() }
            let own = try Self.own(house)
            let request = members.map { JSON.Member(name: $0.name, value: own[$0.name] ?? $0.value) }

            let response = try await house.post(path, .object(request))
            #expect(response.status == 200)
            await house.wait(milliseconds: 1_000)
            #expect(house.daraja.operations.allSatisfy { $0.credential == .right && $0.result?.code != "2001" })
        }
    }

    private static func own(_ house: House) throws -> [String: JSON] {
        [
            "Initiator": "simulator-operator", "InitiatorName": "simulator-operator",
            "SecurityCredential": try House.credential(), "ShortCode": "174379", "ReceiverParty": "174379",
            "PartyA": "174379", "ResultURL": .string(house.shop.url + "/result"),
            "QueueTimeOutURL": .string(house.shop.url + "/timeout"), "CallBackURL": .string(house.shop.url),
        ]
    }
}
