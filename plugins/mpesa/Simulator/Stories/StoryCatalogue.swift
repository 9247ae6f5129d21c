/// The stories that have a name: here those of prompts, in `ServiceStories.swift` those of the other services.
package enum StoryCatalogue {
    /// One line of the catalogue.
    package struct Entry: Sendable {
        /// What happens, in a few words for a person.
        package let summary: String
        /// The story; its ``Story/name`` is the name to ask for.
        package let story: Story
    }

    /// Every named story of prompts, in the order of the list on the page.
    package static let entries: [Entry] = outcomes + failures + deliveries + late + pushFaults + serviceFaults

    /// Every named story of a service, in the order of the list on the page.
    package static func entries(of service: DarajaService) -> [Entry] {
        service == .stk ? entries : others[service, default: []]
    }

    private static let others: [DarajaService: [Entry]] = {
        var others: [DarajaService: [Entry]] = [:]
        for service in DarajaService.allCases where service != .stk { others[service] = ServiceStories.of(service) }
        return others
    }()

    private static let byName: [String: Story] = {
        var stories: [String: Story] = [:]
        for service in DarajaService.allCases {
            for entry in entries(of: service) { stories[entry.story.name] = entry.story }
        }
        return stories
    }()

    /// The story called `name`; a result code is the name of its story of prompts too.
    package static func story(named name: String) -> Story? {
        byName[name] ?? entries.first { $0.story.outcome == .code(name) }?.story
    }

    private static let outcomes = [
        entry("manual", "You decide on the phone's page") { $0 = .manual },
        entry("success", "Approved after two seconds") { _ in },
        entry("success-at-once", "Approved as soon as the prompt appears") { $0.decisionMilliseconds = 0 },
        entry("success-slow", "Approved after 40 seconds") { $0.decisionMilliseconds = 40_000 },
        entry("ignored", "Nobody touches the phone: 1037 after a minute") { $0.outcome = .ignored },
        entry("stuck", "Pending for ever, no callback") { $0.outcome = .stuck },
    ]

    private static let failures = [
        failure("insufficient-funds", "1"), failure("below-minimum", "2"), failure("above-maximum", "3"),
        failure("daily-limit", "4"), failure("merchant-full", "8"), failure("rule-limited", "17"),
        failure("system-busy", "26"), failure("subscriber-locked", "1001"), failure("expired", "1019"),
        failure("push-error", "1025"), failure("cancelled", "1032"), failure("smsc-timeout", "1036"),
        failure("unreachable", "1037"), failure("wrong-pin", "2001"), failure("not-permitted", "2028"),
        failure("credential-locked", "8006"), failure("ambiguous", "9999"), failure("operator-missing", "SFC_IC0003"),
        failure("bad-debt", "E3008"), failure("unknown-code", "7777"),
    ]

    private static let deliveries = [
        entry("callback-late", "Paid; the callback comes two minutes late") {
            $0.callback.delayMilliseconds = 120_000
        },
        entry("callback-early", "Paid; the callback comes before the push is answered") { $0.callback.isEarly = true },
        entry("callback-early-failure", "Cancelled; the callback comes before the push is answered") {
            $0.outcome = .code("1032")
            $0.callback.isEarly = true
        },
        entry("callback-tripled", "Paid; three equal callbacks at once") { $0.callback.copies = 3 },
        entry("callback-lost", "Paid; no callback ever") { $0.callback.isLost = true },
        entry("callback-forged", "Paid; a forged callback with a wrong amount comes first") {
            $0.callback.hasForgery = true
        },
        entry("forged-only", "Not paid and still pending; a forged success comes") {
            $0.outcome = .stuck
            $0.callback.hasForgery = true
        },
        entry("string-code", "Cancelled; the code is a string") {
            $0.outcome = .code("1032")
            $0.callback.forms = [.stringCode]
        },
        entry("string-code-success", "Paid; the code is the string 0") { $0.callback.forms = [.stringCode] },
        entry("integer-amount", "Paid; the amount has no decimals") { $0.callback.forms = [.integerAmount] },
        entry("string-values", "Paid; all values are strings") { $0.callback.forms = [.stringValues] },
        entry("balance-without-value", "Paid; the Balance item has no value") {
            $0.callback.forms = [.balanceWithoutValue]
        },
        entry("reordered-items", "Paid; the items come in another order") { $0.callback.forms = [.reordered] },
        entry("without-metadata", "Paid; the callback says neither amount nor receipt") {
            $0.callback.forms = [.withoutMetadata]
        },
        entry("wrong-amount", "M-PESA takes and reports KES 1, whatever was asked for") { $0.callback.otherAmount = 1 },
        entry("success-after-failure", "Cancelled; half a minute later paid all the same") {
            $0.outcome = .code("1032")
            $0.callback.laterSuccessMilliseconds = 30_000
        },
    ]

    private static let late = [
        entry("callback-10-minutes", "Paid; the callback comes ten minutes late") {
            $0.callback.delayMilliseconds = 600_000
        },
        entry("cancel-then-pay", "Cancelled the first time, approved the second") {
            $0.outcome = .code("1032")
            $0.next = "success"
        },
        entry("ignored-then-pay", "Not answered the first time, approved the second") {
            $0.outcome = .ignored
            $0.next = "success"
        },
        entry("paid-twice", "Cancelled, and paid all the same after a minute; the second time approved at once") {
            $0.outcome = .code("1032")
            $0.callback.laterSuccessMilliseconds = 60_000
            $0.next = "success-at-once"
        },
        entry("paid-after-expiry", "Not answered; two hours later paid all the same") {
            $0.outcome = .code("1037")
            $0.callback.laterSuccessMilliseconds = 7_200_000
        },
        entry("receipt-reused", "Not paid; a forged success names the receipt of another payment") {
            $0.outcome = .stuck
            $0.callback.hasReusedReceipt = true
        },
        entry("callback-replayed", "Not paid; the callback of another payment comes again, here") {
            $0.outcome = .stuck
            $0.callback.hasReplay = true
        },
    ]

    private static let pushFaults = [
        fault("answer-lost", "Paid; the push's answer is lost", PushFault(.answerLost, isProcessed: true)),
        fault("answer-truncated", "Paid; the push's answer is cut", PushFault(.truncated, isProcessed: true)),
        fault(
            "answer-slow", "Paid; the push is answered after 45 seconds",
            PushFault(.none, holdMilliseconds: 45_000)),
        fault("dropped", "Connection closed, nothing processed", PushFault(.answerLost)),
        fault("forbidden-page", "403 with an HTML page", PushFault(.forbiddenPage)),
        fault("unavailable-page", "503 with an HTML page", PushFault(.unavailablePage)),
        fault(
            "unavailable-processed", "503 with an HTML page, but the prompt is sent",
            PushFault(.unavailablePage, isProcessed: true)),
        fault("spike-arrest", "The next push is refused: spike arrest", PushFault(.spikeArrest, times: 1)),
        fault("busy", "The next push is refused: system is busy", PushFault(.busy, times: 1)),
        fault("quota", "Pushes are refused: quota", PushFault(.quota)),
        fault("soap-fault", "A SOAP fault as JSON", PushFault(.soapFault)),
        fault("internal-error", "Internal Server Error, nothing processed", PushFault(.internalError)),
        fault(
            "internal-error-processed", "Internal Server Error, but the prompt is sent",
            PushFault(.internalError, isProcessed: true)),
        fault("maintenance", "Under maintenance", PushFault(.maintenance)),
        fault("token-cancelled", "The next push finds its token cancelled", PushFault(.tokenCancelled, times: 1)),
        fault("no-product", "The product is not on the app", PushFault(.noProduct)),
        fault("push-locked", "Unable to lock subscriber, said at once", PushFault(.subscriberLocked)),
        fault("push-refused", "HTTP 200 with ResponseCode 1", PushFault(.refused)),
    ]

    private static let serviceFaults = [
        entry("outage", "Every connection is closed; set as the default, for tokens and queries too") {
            $0.outage = .closed
        },
        entry("outage-10-minutes", "As outage, over by itself after ten minutes") {
            $0.outage = .closed
            $0.outageMilliseconds = 600_000
        },
        entry("outage-503", "Everything is answered 503") { $0.outage = .unavailable },
        entry("query-4999", "Approved after 20 seconds; pending is said as 4999") {
            $0.decisionMilliseconds = 20_000
            $0.query.pendingForm = .code4999
        },
        entry("query-code-1", "Approved after 20 seconds; pending is said as code 1") {
            $0.decisionMilliseconds = 20_000
            $0.query.pendingForm = .code1
        },
        entry("query-down", "Paid; no callback, and queries are answered 503") {
            $0.callback.isLost = true
            $0.query.fault = .unavailable
        },
        entry("query-spike-arrest", "Paid; queries meet the spike arrest") { $0.query.fault = .spikeArrest },
        entry("query-pending", "Paid; queries say pending for ever") { $0.query.fault = .pending },
        entry("query-unknown", "Paid; queries do not know the id") { $0.query.fault = .unknown },
        entry("query-numeric-code", "Paid; queries give the code as a number") { $0.query.hasNumericCode = true },
    ]

    static func entry(
        _ name: String, _ summary: String, _ service: DarajaService = .stk, _ change: (inout Story) -> Void
    ) -> Entry {
        var story = service == .stk ? Story() : .usual(service)
        story.name = name
        change(&story)
        return Entry(summary: summary, story: story)
    }

    private static func failure(_ name: String, _ code: String) -> Entry {
        entry(name, "\(code): \(ResultText.of(code))") { $0.outcome = .code(code) }
    }

    private static func fault(_ name: String, _ summary: String, _ fault: PushFault) -> Entry {
        entry(name, summary) { $0.push = fault }
    }
}

/// What M-PESA says with a result code of an STK push; reference, section 20.1.
enum ResultText {
    static func of(_ code: String) -> String {
        texts[code] ?? "Something new"
    }

    private static let texts = [
        "0": "The service request is processed successfully.",
        "1": "The balance is insufficient for the transaction.",
        "2": "Declined due to limit rule.",
        "3": "Declined due to limit rule: greater than the maximum transaction amount.",
        "4": "Declined due to limit rule: would exceed daily transfer limit.",
        "8": "Declined due to limit rule: would exceed the maximum balance.",
        "17": "Rule limited.",
        "26": "System busy. The transaction is rejected.",
        "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber",
        "1019": "Transaction has expired",
        "1025": "An error occurred while sending a push request",
        "1031": "Request cancelled by user",
        "1032": "Request cancelled by user",
        "1036": "SMSC ACK timeout.",
        "1037": "DS timeout user cannot be reached",
        "2001": "The initiator information is invalid.",
        "2028": "The request is not permitted according to product assignment.",
        "8006": "The security credential is locked.",
        "9999": "An error occurred while sending a push request",
        "SFC_IC0003": "The operator does not exist.",
        "E3008": "Error, the user has a bad debt contract.",
    ]
}
