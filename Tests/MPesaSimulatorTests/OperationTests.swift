import HTTPClient
import MPesaSimulator
import Testing

@Suite struct OperationTests {
    static let services: [DarajaService] = [.reversal, .b2c, .b2b, .status, .balance]

    @Test(
        "An initiator's request is acknowledged at once, and nothing has moved yet",
        arguments: [
            (.reversal, "reversal-response"), (.b2c, "b2c-response"), (.b2b, "b2b-response"),
            (.status, "transaction-status-response"), (.balance, "balance-response"),
        ] as [(DarajaService, String)])
    func acknowledged(service: DarajaService, fixture: String) async throws {
        try await House.with { house in
            let treasury = house.treasury.opening
            let response = try await house.ask(service)

            #expect(response.status == 200)
            #expect(try response.json.shape == Fixture.named(fixture).shape)
            #expect(try response.json["ConversationID"]?.text?.wholeMatch(of: /AG_20260105_[0-9a-f]{20}/) != nil)
            #expect(house.shop.callbacks.isEmpty)
            #expect(house.treasury.now == house.treasury.opening)
            #expect(house.treasury.opening >= treasury)
        }
    }

    @Test(
        "A wrong field is named, in the order of the documentation",
        arguments: [
            (.b2c, "OriginatorConversationID", nil), (.b2c, "InitiatorName", nil), (.b2c, "SecurityCredential", nil),
            (.b2c, "CommandID", "PayEverybody"), (.b2c, "Amount", "9"), (.b2c, "Amount", "10.50"),
            (.b2c, "Amount", "250001"), (.b2c, "PartyA", "1"), (.b2c, "PartyB", "0708374149"),
            (.b2c, "Remarks", "x"), (.b2c, "QueueTimeOutURL", "ftp://x"), (.b2c, "ResultURL", "https://x/query"),
            (.b2b, "RecieverIdentifierType", "1"), (.b2b, "AccountReference", "12345678901234"),
            (.b2b, "CommandID", nil), (.reversal, "TransactionID", "UA5"), (.reversal, "TransactionID", "ua51k7b2qx"),
            (.reversal, "RecieverIdentifierType", "1"), (.reversal, "ReceiverParty", nil),
            (.status, "TransactionID", nil), (.status, "IdentifierType", "1"), (.balance, "IdentifierType", "11"),
            (.balance, "CommandID", "Balance"),
        ] as [(DarajaService, String, JSON?)])
    func refused(service: DarajaService, field: String, value: JSON?) async throws {
        try await House.with { house in
            let response = try await house.ask(service, [field: value])

            #expect(response.status == 400)
            #expect(try response.json["errorCode"] == "400.002.02")
            #expect(try response.message == "Bad Request - Invalid \(field)")
            await house.wait(milliseconds: 600_000)
            #expect(house.shop.callbacks.isEmpty)
            #expect(house.daraja.transactions.isEmpty)
            #expect(house.daraja.operations.map(\.answer.status) == [400])
        }
    }

    @Test("Of several wrong fields the first is named")
    func order() async throws {
        try await House.with { house in
            let response = try await house.ask(.b2c, ["Amount": "0", "Remarks": "", "PartyB": "1"])
            #expect(try response.message == "Bad Request - Invalid Amount")
        }
    }

    @Test(
        "A wrong token is refused with the code of its API",
        arguments: [
            (.reversal, 404, "404"), (.status, 400, "400"), (.b2c, 401, "401"), (.balance, 401, "401"),
            (.b2b, 401, "401-c2b"),
        ] as [(DarajaService, Int, String)])
    func token(service: DarajaService, status: Int, fixture: String) async throws {
        try await House.with { house in
            let path = try #require(House.paths[service])
            // The token of the messages: some errors say it again.
            let token = "Qm4xT8vLzR2cWkY7pJd0HsNb5uGe"
            let response = try await house.post(path, try house.fields(service), token: token)
            #expect(response.status == status)
            #expect(try response.json.essence == Fixture.named("error-invalid-access-token-\(fixture)").essence)
            #expect(house.daraja.operations.isEmpty)
        }
    }

    @Test(
        "A credential that is not the operator's password, encrypted for the practice certificate, ends with 2001",
        arguments: ["password", "name", "plain", "garbage"])
    func credential(way: String) async throws {
        try await House.with { house in
            let change: [String: JSON?] =
                switch way {
                case "password": ["SecurityCredential": try House.credential("Simulator#2025")]
                case "name": ["InitiatorName": "somebody"]
                case "plain": ["SecurityCredential": "Simulator#2026"]
                default: ["SecurityCredential": .string(String(repeating: "A", count: 344))]
                }
            let result = try await house.result(.b2c, change)

            #expect(result.shape == Fixture.named("b2c-result-failed-initiator-2001").shape)
            #expect(house.treasury.now == house.treasury.opening)
            #expect(house.daraja.transactions.map(\.status) == [.declined])
        }
    }

    @Test("Three wrong passwords in a row lock the operator, the right one too, until somebody unlocks it")
    func locked() async throws {
        try await House.with { house in
            let wrong = try House.credential("wrong")
            _ = try await house.result(.balance, ["SecurityCredential": wrong])
            _ = try await house.result(.balance, ["SecurityCredential": wrong])
            #expect(try await house.result(.balance).resultCode == "0")
            for _ in 0..<3 {
                #expect(try await house.result(.balance, ["SecurityCredential": wrong]).resultCode == "2001")
            }
            let id: [String: JSON?] = ["OriginatorConversationID": "after-the-lock"]
            #expect(
                try await house.result(.b2c, id).shape == Fixture.named("b2c-result-failed-locked-8006").shape)

            #expect(try await house.send("POST", "/simulator/operator/unlock").status == 200)
            #expect(try await house.result(.balance).resultCode == "0")
        }
    }

    @Test("Neither credential nor password stands in the ledger or in an answer")
    func secrecy() async throws {
        try await House.with { house in
            let credential = try House.credential()
            for service in Self.services { _ = try await house.ask(service, ["SecurityCredential": credential]) }
            await house.wait(milliseconds: 1_000)

            let ledger = String(decoding: try await house.send("GET", "/simulator/ledger").body, as: UTF8.self)
            for secret in ["SecurityCredential", credential.text ?? "?", "Simulator#2026", "PRIVATE KEY"] {
                #expect(!ledger.contains(secret))
                #expect(house.shop.callbacks.allSatisfy { !$0.text.contains(secret) })
            }
            #expect(house.daraja.operations.map(\.credential) == Array(repeating: .right, count: 5))
        }
    }

    @Test("A shortcode that is nobody's ends with SFC_IC0003", arguments: [DarajaService.b2c, .b2b, .balance])
    func nobody(service: DarajaService) async throws {
        try await House.with { house in
            let result = try await house.result(service, ["PartyA": "999999"])
            #expect(result.resultCode == "SFC_IC0003")
            #expect(house.treasury.now == house.treasury.opening)
        }
    }

    @Test("The certificate of the practice key is served")
    func certificate() async throws {
        try await House.with { house in
            let response = try await house.send("GET", "/simulator/certificate")
            #expect(response.status == 200)
            #expect(String(decoding: response.body, as: UTF8.self) == PracticeKey.certificate)
        }
    }
}
