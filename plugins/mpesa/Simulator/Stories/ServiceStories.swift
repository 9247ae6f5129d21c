/// The named stories of every service but prompts. All names begin with the service: `reversal-refused`.
enum ServiceStories {
    private typealias Entry = StoryCatalogue.Entry

    /// In the order of the list on the page.
    static func of(_ service: DarajaService) -> [StoryCatalogue.Entry] {
        switch service {
        case .stk: StoryCatalogue.entries
        case .c2b: [usual(service)] + payments + faults(service)
        case .reversal: results(service) + reversals + faults(service)
        case .b2c: results(service) + payouts + faults(service)
        case .b2b: results(service) + businesses + faults(service)
        case .status: results(service) + statuses + faults(service)
        case .balance: results(service) + faults(service)
        case .pull: [usual(service)] + pulls + faults(service)
        case .qr: [usual(service)] + faults(service)
        }
    }

    private static func usual(_ service: DarajaService) -> Entry {
        entry("\(service.rawValue)-usual", "What the books say, at once", service) { _ in }
    }

    private static let payments = [
        payment("masked", "The payer’s number is masked") { $0.payer = .masked },
        payment("mask-variant", "The payer’s number is masked in another way") { $0.payer = .maskedVariant },
        payment("hashed", "The payer’s number is a hash") { $0.payer = .hashed },
        payment("plain", "The payer’s number is in the clear") { $0.payer = .plain },
        payment("no-names", "The payer has no name") { $0.names = .none },
        payment("first-name-only", "The payer has one name, and no others are mentioned") { $0.names = .firstOnly },
        payment("full-names", "The payer has three names") { $0.names = .full },
        payment("wrong-account", "The last character of the account is wrong") { $0.account = .wrong },
        payment("messy-account", "The account is in small letters, with spaces around") { $0.account = .messy },
        payment("unrelated-account", "The account is something else") { $0.account = .unrelated },
        payment("part", "Half of the amount is paid") { $0.shares = [50] },
        payment("part-part", "Two payments, of 40 and 60 per cent") { $0.shares = [40, 60] },
        payment("over", "A fifth too much is paid") { $0.shares = [120] },
        payment("twice", "The whole amount is paid twice") { $0.shares = [100, 100] },
        payment("buy-goods", "The type is Buy Goods, as documented") { $0.transactionType = "Buy Goods" },
        payment("legacy", "The type is empty and the payer’s number in the clear, as of old") {
            $0.transactionType = ""
            $0.payer = .plain
        },
        payment("whole-amount", "The amount has no decimals") { $0.hasWholeAmount = true },
        entry("c2b-tripled", "Paid; three equal confirmations at once", .c2b) { $0.callback.copies = 3 },
        entry("c2b-late", "Paid; the confirmation comes two minutes late", .c2b) {
            $0.callback.delayMilliseconds = 120_000
        },
        entry("c2b-lost", "Paid; no confirmation ever", .c2b) { $0.callback.isLost = true },
        entry("c2b-forged", "Not paid; a forged confirmation comes", .c2b) {
            $0.outcome = .stuck
            $0.callback.hasForgery = true
        },
        entry("c2b-no-funds", "The payer has not enough money", .c2b) { $0.outcome = .code("1") },
    ]

    /// What can become of any initiator's request.
    private static func results(_ service: DarajaService) -> [Entry] {
        func named(_ name: String, _ summary: String, _ change: (inout Story) -> Void) -> Entry {
            entry("\(service.rawValue)-\(name)", summary, service, change)
        }
        func failure(_ name: String, _ code: String) -> Entry {
            named(name, "\(code): \(OperationText.of(code, service))") { $0.outcome = .code(code) }
        }
        return [
            usual(service),
            named("slow", "Done after a minute") { $0.decisionMilliseconds = 60_000 },
            named("unknown", "Done; the answer and the result are both lost") {
                $0.push = PushFault(.answerLost, isProcessed: true)
                $0.callback.isLost = true
            },
            named("stuck", "Taken on, and never heard of again") { $0.outcome = .stuck },
            named("result-lost", "Done; no result ever") { $0.callback.isLost = true },
            named("result-late", "Done; the result comes two minutes late") {
                $0.callback.delayMilliseconds = 120_000
            },
            named("result-tripled", "Done; three equal results at once") { $0.callback.copies = 3 },
            named("result-early", "Done; the result comes before the request is answered") {
                $0.callback.isEarly = true
            },
            named("queue-timeout", "The queue times out; a minute after the request it is done all the same") {
                $0.decisionMilliseconds = 60_000
                $0.result.timeout = .envelope
            },
            named("queue-timeout-lost", "Done; the queue times out, and no result comes") {
                $0.callback.isLost = true
                $0.result.timeout = .ids
            },
            named("queue-timeout-only", "The queue times out with an empty body, and nothing is done") {
                $0.outcome = .stuck
                $0.result.timeout = .empty
            },
            failure("no-funds", "1"), failure("debit-party", "11"), failure("internal", "17"),
            failure("credential", "18"),
            failure("refused", "21"), failure("system-busy", "26"), failure("wrong-operator", "2001"),
            failure("not-permitted", "2028"), failure("locked", "8006"), failure("unknown-party", "SFC_IC0003"),
            failure("cached", "100000000"), failure("odd", "7777"),
            named("role-as-string", "21 as a string") {
                $0.outcome = .code("21")
                $0.result.forms = [.stringCode]
            },
            named("strings", "Done; everything is a string, the reference an array") {
                $0.result.forms = [.stringCodes, .stringValues, .referenceArray]
            },
            named("numbers", "Done; everything is a number that can be one") {
                $0.result.forms = [.numericCodes, .numericValues]
            },
            named("single-parameter", "Done; one parameter only, as an object") {
                $0.result.forms = [.singleParameter]
            },
            named("no-parameters", "Done; no parameters") { $0.result.forms = [.withoutParameters] },
            named("no-reference", "Done; no reference data") { $0.result.forms = [.withoutReference] },
            named("reordered", "Done; the parameters come in another order") { $0.result.forms = [.reordered] },
        ]
    }

    private static let reversals = [
        entry("reversal-already", "R000001: \(OperationText.of("R000001", .reversal))", .reversal) {
            $0.outcome = .code("R000001")
        },
        entry("reversal-no-receipt", "R000002: \(OperationText.of("R000002", .reversal))", .reversal) {
            $0.outcome = .code("R000002")
        },
    ]

    private static let payouts = ["2", "8", "15", "2040"].map { code in
        entry("b2c-\(code)", "\(code): \(OperationText.of(code, .b2c))", .b2c) { $0.outcome = .code(code) }
    }

    private static let businesses = [
        entry("b2b-sparse", "Done; only currency and balances are told", .b2b) {
            $0.result.forms = [.sparse, .numericCodes]
        }
    ]

    private static let statuses =
        ["Initiated", "Authorized", "Pending Authorized", "Cancelled", "Declined", "Expired"].map { status in
            entry(
                "status-" + status.lowercased().split(separator: " ").joined(separator: "-"),
                "The transaction is told to be \(status)", .status
            ) { $0.result.transactionStatus = status }
        } + [
            entry("status-25", "25: \(OperationText.of("25", .status))", .status) { $0.outcome = .code("25") },
            entry("status-old-keys", "Two keys have spaces, and numbers are numbers", .status) {
                $0.result.forms = [.spacedKeys, .numericValues]
            },
            entry("status-repeated-key", "One key comes twice", .status) { $0.result.forms = [.repeatedKey] },
        ]

    private static let pulls = [
        pull("flat", "The rows are one array", .flat), pull("request-id", "The id has another name", .requestID),
        pull("spaced-keys", "Registering answers with spaces in two keys", .spacedKeys),
        pull("empty-text", "Nothing found is a text", .emptyText),
        pull("empty-error", "Nothing found is HTTP 500", .emptyError),
        pull("masked", "The payers’ numbers are masked", .maskedPayers),
    ]

    /// What can go wrong with any request.
    private static func faults(_ service: DarajaService) -> [Entry] {
        func fault(_ name: String, _ summary: String, _ fault: PushFault) -> Entry {
            entry("\(service.rawValue)-\(name)", summary, service) { $0.push = fault }
        }
        return [
            fault("answer-lost", "Done; the answer is lost", PushFault(.answerLost, isProcessed: true)),
            fault("answer-truncated", "Done; the answer is cut", PushFault(.truncated, isProcessed: true)),
            fault("answer-slow", "Answered after 45 seconds", PushFault(.none, holdMilliseconds: 45_000)),
            fault("dropped", "Connection closed, nothing done", PushFault(.answerLost)),
            fault("forbidden-page", "403 with an HTML page", PushFault(.forbiddenPage)),
            fault("unavailable-page", "503 with an HTML page", PushFault(.unavailablePage)),
            fault(
                "unavailable-processed", "503 with an HTML page, but done",
                PushFault(.unavailablePage, isProcessed: true)),
            fault("spike-arrest", "The next request is refused: spike arrest", PushFault(.spikeArrest, times: 1)),
            fault("quota", "Requests are refused: quota", PushFault(.quota)),
            fault("soap-fault", "A SOAP fault as JSON", PushFault(.soapFault)),
            fault("internal-error", "An internal error, nothing done", PushFault(.internalError)),
            fault(
                "internal-error-processed", "An internal error, but done",
                PushFault(.internalError, isProcessed: true)),
            fault("maintenance", "Under maintenance", PushFault(.maintenance)),
            fault(
                "token-cancelled", "The next request finds its token cancelled", PushFault(.tokenCancelled, times: 1)),
            fault("no-product", "The product is not on the app", PushFault(.noProduct)),
            fault("not-accepted", "HTTP 200 with ResponseCode 1", PushFault(.refused)),
            entry("\(service.rawValue)-outage", "Every connection is closed", service) { $0.outage = .closed },
            entry("\(service.rawValue)-outage-10-minutes", "As outage, over by itself after ten minutes", service) {
                $0.outage = .closed
                $0.outageMilliseconds = 600_000
            },
        ]
    }

    private static func payment(_ name: String, _ summary: String, _ change: (inout PaymentPlan) -> Void) -> Entry {
        entry("c2b-\(name)", summary, .c2b) { change(&$0.payment) }
    }

    private static func pull(_ name: String, _ summary: String, _ form: PullForm) -> Entry {
        entry("pull-\(name)", summary, .pull) { $0.pull = [form] }
    }

    private static func entry(
        _ name: String, _ summary: String, _ service: DarajaService, _ change: (inout Story) -> Void
    ) -> Entry { StoryCatalogue.entry(name, summary, service, change) }
}
