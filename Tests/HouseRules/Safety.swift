import Testing

@Suite("Safety: nothing crashes on purpose, is dropped in silence, or runs by itself")
struct Safety {
    /// Only they know C (style guide, section 1).
    static let wrappers = ["HTTPServer", "HTTPClient", "Database", "Cryptography", "Blocking", "Processes"]
        .map { "Sources/\($0)/" }

    @Test("The program has no `try!`, `as!` or `fatalError`")
    func crashes() {
        let pattern = #"\btry!|\bas!|\bfatalError\("#
        report(
            Repository.program.flatMap {
                $0.findings(pattern, "throw, or use `precondition` with words that say what is wrong.")
            })
    }

    @Test("No error is dropped by `try?`")
    func droppedErrors() {
        report(
            Repository.program.flatMap {
                $0.findings(#"\btry\?"#, "answer the error with `do` and `catch`, or let it pass.")
            })
    }

    @Test("`unsafe` is written in the wrappers alone")
    func unsafe() {
        let others = Repository.program.filter { file in !Self.wrappers.contains { file.path.hasPrefix($0) } }
        report(
            others.flatMap {
                $0.findings(#"\bunsafe\s"#, "only the wrappers may be unsafe: call one, or find a safe way.")
            })
    }

    @Test("Unchecked sharing exists in the wrappers alone, with its reason beside it")
    func uncheckedSharing() {
        let pattern = #"@unchecked\s+Sendable|nonisolated\(unsafe\)"#
        for file in Repository.program {
            let found = file.findings(pattern, "say beside it why it is right, or make the compiler check it.")
            guard Self.wrappers.contains(where: { file.path.hasPrefix($0) }) else {
                report(found)
                continue
            }
            report(
                found.filter { finding in
                    let above = finding.line >= 2 ? file.comments[finding.line - 2] : ""
                    return (above + file.comments[finding.line - 1]).allSatisfy { " /".contains($0) }
                })
        }
    }

    /// Where a task begins that no other waits for, and why it must.
    private static let bareTasks = [
        "Sources/HTTPServer/Exchange.swift": "libmicrohttpd calls us: nobody can wait for an answer there",
        "Sources/PluginHost/Deadline.swift": "a plugin that never returns must not hold its caller",
        "Sources/Checkout/Notices/PostOffice.swift": "a stop must not cut off a letter whose answer is on its way",
        "Sources/PluginHost/Process/OpenCall.swift": "begun by the thread that reads; the call ends them and waits",
        "Sources/PaymentKit/Server/PluginSession.swift": "begun by the thread that reads; `close` ends them and waits",
        "Sources/PluginHost/Process/PluginProcess.swift": "a caller that gives up must not take the start from others",
        "Sources/Checkout/RunJobs.swift": "its ticker is cancelled by the function that starts it",
        "Sources/Checkout/Settled.swift": "a caller that gives up must not take the turn from those behind it",
    ]

    private static let bareTask = #"\bTask(\.detached|\.immediate)?\s*(<.*>)?\s*[({]"#

    @Test("A task belongs to somebody who waits for it")
    func tasks() {
        let files = Repository.program.filter { Self.bareTasks[$0.path] == nil }
        report(
            files.flatMap {
                $0.findings(
                    Self.bareTask,
                    "use a group, `async let` or a service's `run`; or give the reason in this rule's list.")
            })
    }

    @Test("Every exception to the rule about tasks is still needed")
    func tasksStillNeeded() {
        for path in Self.bareTasks.keys.sorted() {
            let file = Repository.swift.first { $0.path == path }
            let uses = file?.findings(Self.bareTask, "") ?? []
            #expect(!uses.isEmpty, "\(path) starts no task of its own any more; take it off the list.")
        }
    }

    @Test("The clock on the wall is read by the program's edge alone")
    func clocks() {
        let edge = ["Sources/CLI/Wiring.swift", "Sources/CLI/LineLog.swift"]
        let files = Repository.program.filter { !edge.contains($0.path) }
        report(
            files.flatMap {
                $0.findings(
                    #"\bDate\(\)|\bDate\.now\b|\bDate\(timeIntervalSinceNow|\bgettimeofday\(|CLOCK_REALTIME"#,
                    "take `now` as a parameter; `CLI/Wiring.swift` reads the clock.")
            })
    }

    /// Where real time is waited for or measured, and why no time is handed in.
    private static let waiting = [
        "Sources/PluginHost/Deadline.swift": "the time a plugin may take",
        "Sources/PluginHost/JournalledHTTP.swift": "the pace of requests to a provider",
        "Sources/PluginHost/SharedTokens.swift": "waits for another node's token",
        "Sources/PluginHost/ProviderInstance.swift": "the rest of a provider that does not answer",
        "Sources/Checkout/Notices/PostOffice.swift": "looks for due notices; their own times are handed in",
        "Sources/Checkout/Webhooks/WebhookSender.swift": "looks for due messages; their own times are handed in",
        "Sources/PluginHost/Process/PluginProcess.swift": "the rest of a plugin that ends again and again",
        "Sources/PaymentKitTesting/LawBench.swift": "a plugin that hangs breaks a law instead of holding the test",
        "Sources/PaymentKitTesting/LawHTTP.swift": "a provider that never answers",
        "Sources/PaymentKitTesting/StartLaws.swift": "how soon a cancelled call ends",
        "Sources/Checkout/RunJobs.swift": "looks for due jobs; the jobs' own times are handed in",
        "Sources/Processes/PhotoProgram.swift": "the time that reading a photo may take",
        "Sources/Checkout/Radar.swift": "measures how long a message takes to come around",
        "Sources/CLI/DemoBuyers.swift": "the news of the last payment takes its time",
        "Sources/CLI/DemoVisit.swift": "simulated people take their time",
        "Sources/CLI/Operator/OperatorShop.swift": "waits for an answer that comes to the running shop",
        "Sources/CLI/ServeCommand.swift": "a sign of life every few seconds",
        "Sources/Web/Admin/OrderDeeds.swift": "waits some seconds for the provider's answer about a receipt",
        "Sources/Web/Storefront/PayPage.swift":
            "waits some seconds for the provider's page before it shows the order's",
        "plugins/paystack/Simulator/PaystackServer.swift": "looks for messages that are due",
        "Sources/Web/Storefront/OrderStatus.swift": "looks for news of an order while a page is open",
    ]

    @Test("Real time is waited for only where the list says why")
    func sleeping() {
        let files = Repository.program.filter { file in
            Self.waiting[file.path] == nil && !Self.wrappers.contains { file.path.hasPrefix($0) }
        }
        report(
            files.flatMap {
                $0.findings(
                    #"\bTask\.sleep\b|(Continuous|Suspending)Clock\.now|\busleep\(|Thread\.sleep|[(>]\s*\.now\b"#,
                    "take an `any Clock<Duration>` or a `Timestamp`; or give the reason in this rule's list.")
            })
    }
}
