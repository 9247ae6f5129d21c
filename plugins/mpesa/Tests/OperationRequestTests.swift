import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// What is sent to move money, and to ask about it.
@Suite struct OperationRequestTests {
    private static let settings = ["shortcode": "600992", "initiator": "testapi", "initiator_password": "pass#1"]
    private static let receipt = Receipt("UA51K7B2QX")
    private static let credential = Data("for -----END CERTIFICATE-----: pass#1".utf8).base64EncodedString()

    /// - Returns: The one request beside the token's.
    private func sent(
        _ answer: String, _ operation: (MPesa, Call) async throws -> Outcome
    ) async throws -> (request: HTTPRequest, outcome: Outcome) {
        let http = daraja(200, try fixture(answer))
        let outcome = try await operation(try plugin(Self.settings), .scripted(http))
        let requests = http.sent.filter { !$0.isForToken }
        #expect(requests.count == 1)
        return (try #require(requests.first), outcome)
    }

    private func expect(
        _ request: HTTPRequest, _ path: String, _ effect: HTTPRequest.Effect, like name: String,
        _ fields: [String: String], route: String = "result"
    ) throws {
        let callbacks = [
            "ResultURL": "https://shop.example/in/k7m29qxd-1/\(route)",
            "QueueTimeOutURL": "https://shop.example/in/k7m29qxd-1/timeout",
            "SecurityCredential": Self.credential,
        ]
        #expect(request.url.path() == path)
        #expect(request.effect == effect)
        #expect(request.fields == fields.merging(callbacks) { $1 })
        let spelt = Set(try fixtureFields(name).keys).union(["Occassion"])
        #expect(Set(request.fields.keys).subtracting(spelt).isEmpty, "a field that the reference does not have")
    }

    @Test("A refund reverses the whole receipt to our own shortcode, once")
    func refund() async throws {
        let (request, outcome) = try await sent("reversal-response") {
            try await $0.refund(Known.amount, of: Self.receipt, nil, reason: "Order <cancelled> & gone", $1)
        }
        try expect(
            request, "/mpesa/reversal/v1/request", .acts, like: "reversal-request",
            [
                "Initiator": "testapi", "CommandID": "TransactionReversal", "TransactionID": "UA51K7B2QX",
                "Amount": "1250", "ReceiverParty": "600992", "RecieverIdentifierType": "11",
                "Remarks": "Order cancelled gone", "Occasion": "K7M29QXD-1",
            ])
        #expect(outcome.fact == .pending)
        #expect(
            outcome.references == [
                Reference("ConversationID", "AG_20260105_2010b7c41e9d05a3f826"),
                Reference("OriginatorConversationID", "a59c-4e02-bd71-06f3c98e2d45119037"),
            ])
        #expect(MPesa.manifest.refunds == RefundTerms(partial: false))
    }

    @Test("A payout to a phone carries the ticket, which M-PESA pays once")
    func phone() async throws {
        let form = try FieldValues(["phone": "0708 374 149"], checkedAgainst: MPesa.manifest.payoutForm)
        let (request, outcome) = try await sent("b2c-response") {
            try await $0.send(Money(whole: 500, .kes), to: form, reason: "Refund order 100042", $1)
        }
        try expect(
            request, "/mpesa/b2c/v3/paymentrequest", .acts, like: "b2c-request-v3",
            [
                "OriginatorConversationID": "K7M29QXD-1", "InitiatorName": "testapi", "CommandID": "BusinessPayment",
                "Amount": "500", "PartyA": "600992", "PartyB": Known.phone, "Remarks": "Refund order 100042",
                "Occassion": "K7M29QXD-1",
            ])
        #expect(outcome.fact == .pending)
    }

    @Test("A paybill is paid for an account, a till is bought from")
    func business() async throws {
        for (kind, account, command) in [
            ("paybill", "SUP-7781", "BusinessPayBill"), ("till", "", "BusinessBuyGoods"),
        ] {
            let form = try FieldValues(
                ["kind": kind, "business": "500123", "account": account], checkedAgainst: MPesa.manifest.payoutForm)
            let (request, _) = try await sent("b2b-response") {
                try await $0.send(Money(whole: 2_400, .kes), to: form, reason: "", $1)
            }
            try expect(
                request, "/mpesa/b2b/v1/paymentrequest", .acts,
                like: "b2b-\(kind == "till" ? "buygoods" : kind)-request",
                [
                    "Initiator": "testapi", "CommandID": command, "SenderIdentifierType": "4",
                    "RecieverIdentifierType": "4", "Amount": "2400", "PartyA": "600992", "PartyB": "500123",
                    "AccountReference": account.isEmpty ? "K7M29QXD-1" : account, "Remarks": "Payout",
                    "Occassion": "K7M29QXD-1",
                ])
        }
    }

    @Test("The balance is asked for our shortcode, and asking moves nothing")
    func balance() async throws {
        let (request, outcome) = try await sent("balance-response") { try await $0.balance($1) }
        try expect(
            request, "/mpesa/accountbalance/v1/query", .asks, like: "balance-request",
            [
                "Initiator": "testapi", "CommandID": "AccountBalance", "PartyA": "600992", "IdentifierType": "4",
                "Remarks": "Balance",
            ])
        #expect(outcome.fact == .pending)
    }

    @Test("A receipt is looked up as it is typed on paper")
    func lookUp() async throws {
        let (request, outcome) = try await sent("transaction-status-response") {
            try await $0.lookUp(" ua51k 7b2qx", $1)
        }
        try expect(
            request, "/mpesa/transactionstatus/v1/query", .asks, like: "transaction-status-request-by-receipt",
            [
                "Initiator": "testapi", "CommandID": "TransactionStatusQuery", "TransactionID": "UA51K7B2QX",
                "PartyA": "600992", "IdentifierType": "4", "Remarks": "Status", "Occasion": "K7M29QXD-1",
            ], route: "status-result")
        #expect(outcome.fact == .pending)
    }

    @Test(
        "What became of an operation is asked by its own id; a payout whose answer was lost by its ticket",
        arguments: [
            (Known.operation(.payout, ticket: "P7M29QXD-1"), "P7M29QXD-1"),
            (Known.operation(.payout, references: [Reference("OriginatorConversationID", "a-1")]), "a-1"),
            (Known.operation(.refund, references: [Reference("OriginatorConversationID", "b-1")]), "b-1"),
        ])
    func status(past: Past, id: String) async throws {
        let (request, outcome) = try await sent("transaction-status-response") { try await $0.status(of: past, $1) }
        try expect(
            request, "/mpesa/transactionstatus/v1/query", .asks, like: "transaction-status-request-by-conversation",
            [
                "Initiator": "testapi", "CommandID": "TransactionStatusQuery", "OriginalConversationID": id,
                "PartyA": "600992", "IdentifierType": "4", "Remarks": "Status", "Occasion": "K7M29QXD-1",
            ], route: "status-result")
        // The ids in this answer are the question's: they are not kept as the operation's.
        #expect(outcome == Outcome(.pending))
    }

    @Test("A look-up is asked again by its receipt")
    func lookUpAgain() async throws {
        let past = Known.operation(.lookup, receipt: "UA51K7B2QX")
        let (request, _) = try await sent("transaction-status-response") { try await $0.status(of: past, $1) }
        #expect(request.fields["TransactionID"] == "UA51K7B2QX")
    }

    @Test(
        "Without anything to ask by, nothing is asked",
        arguments: [Known.operation(.refund), Known.operation(.lookup), Known.operation(.balance)])
    func nothingToAsk(past: Past) async throws {
        let http = daraja(200, try fixture("transaction-status-response"))
        let error = await paymentError { try await plugin().status(of: past, .scripted(http)) }
        guard case .unavailable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(http.sent.isEmpty)
    }

    @Test(
        "An amount that M-PESA cannot move is refused before anything is sent",
        arguments: [
            ("phone", 9, 0), ("phone", 250_001, 0), ("phone", 100, 50), ("phone", -100, 0), ("till", 0, 0),
            ("refund", 250_001, 0), ("refund", 10, 1),
        ])
    func amounts(kind: String, shillings: Int64, cents: Int64) async throws {
        let amount = Money(minor: shillings * 100 + cents, .kes)
        let http = daraja(200, "{}")
        let form = try FieldValues(
            ["kind": kind == "refund" ? "phone" : kind, "phone": Known.phone, "business": "500123"],
            checkedAgainst: MPesa.manifest.payoutForm)
        let error = await paymentError {
            kind == "refund"
                ? try await plugin().refund(amount, of: Self.receipt, nil, reason: "", .scripted(http))
                : try await plugin().send(amount, to: form, reason: "", .scripted(http))
        }
        guard case .invalidInput? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(http.sent.isEmpty)
    }

    @Test("The smallest payouts are sent: KES 10 to a phone, KES 1 to a business")
    func smallest() async throws {
        for (kind, shillings) in [("phone", Int64(10)), ("till", 1)] {
            let form = try FieldValues(
                ["kind": kind, "phone": Known.phone, "business": "500123"], checkedAgainst: MPesa.manifest.payoutForm)
            let (request, _) = try await sent("b2c-response") {
                try await $0.send(Money(whole: shillings, .kes), to: form, reason: "", $1)
            }
            #expect(request.fields["Amount"] == String(shillings))
        }
    }

    @Test(
        "What is missing in a payout's form is named, and the shop does not pay itself",
        arguments: [
            ([:], "phone"), (["kind": "paybill", "account": "A"], "business"),
            (["kind": "paybill", "business": "500123"], "account"),
            (["kind": "paybill", "business": "500123", "account": "##"], "account"),
            (["kind": "till", "business": "5oo123"], "business"), (["kind": "till", "business": "600992"], "business"),
        ])
    func payoutForm(fields: [String: String], missing: String) async throws {
        let form = try FieldValues(fields, checkedAgainst: MPesa.manifest.payoutForm)
        let http = daraja(200, "{}")
        let error = await paymentError {
            try await plugin(Self.settings).send(Money(whole: 500, .kes), to: form, reason: "", .scripted(http))
        }
        guard case .invalidInput(_, missing)? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(http.sent.isEmpty)
    }
}
