import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// Safaricom's list of payments.
@Suite struct PullTests {
    private static let from = Known.now.addingTimeInterval(-3_600)
    private static let rows = [
        StatementLine(
            .incoming, Receipt("UA56M3D8WZ", payer: "708374149"), Money(whole: 10, .kes), account: "INV-204"),
        StatementLine(
            .incoming, Receipt("UA51K7B2QX", payer: "708374149"), Money(whole: 1_250, .kes), account: "ORDER100042"),
        StatementLine(.incoming, Receipt("UA56M3D8X4", payer: "708374149"), Money(whole: 350, .kes), account: ""),
    ]

    private func page(
        _ status: Int, _ body: String, page: String? = nil, from: Date = from, log: RememberingLog = RememberingLog()
    ) async throws -> (page: StatementPage, request: HTTPRequest) {
        let http = daraja(status, body)
        let page = try await plugin(["shortcode": "600000"]).statement(
            from: from, to: Known.now, page: page, .scripted(http, log: log))
        return (page, try #require(http.sent.first { !$0.isForToken }))
    }

    @Test("The list is asked for with East African times and an offset in rows")
    func request() async throws {
        let (_, request) = try await page(200, try fixture("pull-query-empty"), page: "3")
        #expect(request.url.path() == "/pulltransactions/v1/query")
        #expect(request.effect == .asks)
        #expect(
            request.fields == [
                "ShortCode": "600000", "StartDate": "2026-01-05 13:30:15", "EndDate": "2026-01-05 14:30:15",
                "OffSetValue": "3",
            ])
        #expect(Set(request.fields.keys) == Set(try fixtureFields("pull-query-request").keys))
    }

    @Test(
        "Rows are read from each form of the list",
        arguments: [
            ("pull-query-response", 3), ("pull-query-response-flat", 1), ("pull-query-response-request-id-key", 1),
        ])
    func rows(name: String, count: Int) async throws {
        let (page, _) = try await page(200, try fixture(name), page: "5")
        #expect(page.lines == Array(Self.rows.prefix(count)))
        #expect(page.next == String(5 + count))
    }

    @Test(
        "Each form of an empty list is an empty list, and the last page",
        arguments: [
            ("pull-query-empty", 200), ("pull-query-empty-transaction-string", 200), ("pull-query-error-none-500", 500),
        ])
    func empty(name: String, status: Int) async throws {
        let (page, _) = try await page(status, try fixture(name))
        #expect(page.lines.isEmpty)
        #expect(page.next == nil)
    }

    @Test("All pages are read until one is empty, whatever their size")
    func pages() async throws {
        let rows = try fixture("pull-query-response")
        let empty = try fixture("pull-query-empty")
        let http = ScriptedHTTP { request in
            if request.isForToken { return .answer(status: 200, body: #"{"access_token":"t","expires_in":"3599"}"#) }
            return .answer(status: 200, body: request.fields["OffSetValue"] == "6" ? empty : rows)
        }
        let plugin = try plugin(["shortcode": "600000"])
        var lines: [StatementLine] = []
        var next: String?
        repeat {
            let page = try await plugin.statement(from: Self.from, to: Known.now, page: next, .scripted(http))
            lines += page.lines
            next = page.next
        } while next != nil
        #expect(lines == Self.rows + Self.rows)
    }

    @Test(
        "What is no list is no empty list",
        arguments: [
            (200, ""), (200, "{}"), (200, #"{"ResponseCode":"1002"}"#), (500, "<html>"),
            (500, #"{"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}"#),
        ])
    func unreadable(status: Int, body: String) async throws {
        let error = await paymentError { try await page(status, body) }
        guard case .unavailable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A shortcode that has no list is the owner's to mend; a refused token is renewed")
    func errors() async throws {
        let error = await paymentError { try await page(400, try fixture("pull-query-error-shortcode-400")) }
        guard case .misconfigured(_, "shortcode")? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        let token = await paymentError { try await page(401, try fixture("pull-query-error-token-401")) }
        guard case .misconfigured(_, "consumer_key")? = token else {
            return #expect(Bool(false), "\(String(describing: token))")
        }
    }

    @Test("The list reaches 48 hours back: more is cut off, and what lies wholly before is refused")
    func reach() async throws {
        let (_, request) = try await page(
            200, try fixture("pull-query-empty"), from: Known.now.addingTimeInterval(-72 * 3_600))
        #expect(request.fields["StartDate"] == "2026-01-03 14:31:15")
        let old = Known.now.addingTimeInterval(-50 * 3_600)
        let error = await paymentError {
            try await plugin().statement(
                from: old, to: old.addingTimeInterval(60), page: nil, .scripted(daraja(200, "")))
        }
        guard case .unsupported? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(MPesa.manifest.reconciling == ReconcileTerms(every: 900, reachesBack: 172_800))
    }

    @Test("A row that does not read makes no money; it is counted, told to the operator, and the others stay")
    func badRows() async throws {
        let good = #"{"transactionId":"UA1","transactiontype":"c2b-pay-bill-debit","amount":"10.00"}"#
        let bad = [
            #"{"transactionId":"UA2","transactiontype":"c2b-pay-bill-debit","amount":"ten"}"#,
            #"{"transactionId":"UA3","transactiontype":"c2b-pay-bill-debit","amount":"-5"}"#,
            #"{"transactiontype":"c2b-pay-bill-debit","amount":"5"}"#, "7",
            #"{"transactionId":"UA4","transactiontype":"b2c-payment","amount":"5"}"#,
        ]
        let body = #"{"ResponseCode":"1000","Response":[[\#(([good] + bad).joined(separator: ","))]]}"#
        let log = RememberingLog()
        let (page, _) = try await page(200, body, log: log)
        #expect(page.lines.map(\.receipt.id) == ["UA1"])
        #expect(page.next == "6")
        #expect(log.notes == ["5 rows of M-PESA's list of payments do not read."])
    }

    @Test("A payment that was sent back is no payment")
    func returned() async throws {
        let row = #"{"transactionId":"UA9","transactiontype":"c2b-reversal","amount":"10.00"}"#
        let (page, _) = try await page(200, #"{"ResponseCode":"1000","Response":[\#(row)]}"#)
        #expect(page.lines.map(\.direction) == [.returned(receipt: nil)])
    }

    @Test("A long list is read whole")
    func long() async throws {
        let row = #"{"transactionId":"UA1","transactiontype":"c2b-pay-bill-debit","amount":"10.00","sender":"MPESA"}"#
        let rows = Array(repeating: row, count: 2_000).joined(separator: ",")
        let (page, _) = try await page(200, #"{"ResponseCode":"1000","Response":[[\#(rows)]]}"#)
        #expect(page.lines.count == 2_000)
    }
}
