import Foundation
import HTTPServer
import Logging
import PaymentKit
import PluginHost
import Testing

/// Whatever a plugin's process does, the shop goes on, and the journal says what became of the money.
@Suite struct RogueTests {
    /// A rogue that does what `mode` says, behind a journal that writes down what happened.
    struct Den {
        let bench: Bench
        let process: PluginProcess
        let instance: ProviderInstance

        /// - Parameter seconds: How long a start may take.
        init(_ mode: String, secret: String = "canary-secret-1", seconds: Double = 20) async throws {
            bench = try Bench { path in path == "/lost" ? Response(body: .cut) : .json(Array("{}".utf8)) }
            let lane = ProviderLane()
            process = PluginProcess(
                Self.configuration(["mode": mode, "base": bench.base, "secret": secret]), lane: lane,
                log: Logger(label: "rogue"))
            instance = bench.instance(
                try await ProcessProvider.abilities(of: process), startSeconds: seconds, lane: lane)
        }

        static func configuration(_ settings: [String: String]) -> PluginProcess.Configuration {
            let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Rogue").path
            return PluginProcess.Configuration(
                name: "rogue", command: ["/usr/bin/python3", "rogue.py"], folder: folder, environment: .practice,
                shopName: "Duka", settings: settings)
        }

        func close() async {
            process.stop()
            await bench.close()
        }
    }

    private func word(_ result: ProviderInstance.Acted<Started>) -> String {
        switch result {
        case .answered(let started): "\(started.outcome.fact)"
        case .notSent: "not sent"
        case .busy: "busy"
        case .misconfigured: "misconfigured"
        case .invalidInput: "invalid"
        case .unknown: "unknown"
        }
    }

    @Test("A plugin in another process begins a payment as one inside does")
    func good() async throws {
        let den = try await Den("good")
        guard case .answered(let started) = try await den.instance.begin() else {
            Issue.record("not begun")
            return
        }
        #expect(started.outcome.references == [Reference("id", "1")])
        #expect(den.bench.lines == ["begin 1", "request /pay", "end 1 200"])
        await den.close()
    }

    @Test(
        "What a rogue does before it acts is not sent; the next call finds it well again",
        arguments: [
            "garbage", "crash-before", "long", "deep", "unknown-fact", "negative", "giant", "dollars",
            "long-receipt", "flood", "flood-call", "flood-bytes", "flood-notes", "eat",
        ])
    func before(_ mode: String) async throws {
        let den = try await Den(mode)
        let result = word(try await den.instance.begin())
        #expect(result == "not sent", "\(mode)")
        #expect(den.bench.lines.isEmpty)
        #expect(den.process.health.lastError != nil)
        // The first end costs no pause: it is there again, and as bad as before.
        #expect(word(try await den.instance.begin()) == "not sent")
        await den.close()
    }

    @Test(
        "What a rogue does after it acted is unknown, and nothing is sent again",
        arguments: ["crash-after", "hang-after", "stop-after", "claim-after-loss"])
    func after(_ mode: String) async throws {
        let den = try await Den(mode, seconds: 1)
        #expect(word(try await den.instance.begin()) == "unknown")
        #expect(den.bench.lines.count { $0.hasPrefix("request") } == 1)
        #expect(den.bench.lines.first == "begin 1")
        await den.close()
    }

    @Test("One that answers before its act is answered waits for it all the same: nothing happens behind a call's end")
    func early() async throws {
        let den = try await Den("answer-early")
        func journal() -> [String] { den.bench.lines.filter { !$0.hasPrefix("request") } }
        for round in 1...10 {
            let result = word(try await den.instance.begin())
            let lines = journal()
            // Its act was stopped: before it left, when it had left, or after it was answered.
            let last = try #require(lines.last)
            let isOpen = last == "begin \(round)"
            #expect(isOpen == (result == "unknown"), "\(last), and the call says \(result)")
            #expect(lines.contains("begin \(round)") || lines.contains("cancel \(round)"))
            try await Task.sleep(for: .milliseconds(20))
            #expect(journal() == lines)
        }
        await den.close()
    }

    @Test("One that hangs is ended, and the one after it answers")
    func hangs() async throws {
        let den = try await Den("hang-before", seconds: 2)
        #expect(word(try await den.instance.begin()) == "not sent")
        // It owes an answer, so it is asked whether it is there; it is not, and nothing was sent meanwhile.
        #expect(["busy", "not sent"].contains(word(try await den.instance.begin())))
        try await eventually { den.process.health.lastError?.contains("does not answer") == true }
        #expect(den.process.health.restarts == 1)
        #expect(den.bench.lines.isEmpty)
        await den.close()
    }

    @Test("A second answer to one call changes nothing")
    func twice() async throws {
        let den = try await Den("twice")
        #expect(word(try await den.instance.begin()) == "pending")
        #expect(word(try await den.instance.begin()) == "pending")
        #expect(den.process.health.restarts == 0)
        await den.close()
    }

    @Test("A plugin talks to no host but its own, and not in another call's name")
    func elsewhere() async throws {
        for mode in ["elsewhere", "other-call"] {
            let den = try await Den(mode)
            guard case .answered(let started) = try await den.instance.begin() else {
                Issue.record("\(mode)")
                continue
            }
            #expect(started.outcome.references.first?.value.contains("unsupported") == true)
            #expect(den.bench.lines.isEmpty)
            await den.close()
        }
    }

    @Test(
        "A plugin sees an environment of two lines, its three streams, no file to write and, where allowed, no network")
    func walls() async throws {
        let den = try await Den("look-around")
        guard case .answered(let started) = try await den.instance.begin() else {
            Issue.record("not begun")
            return
        }
        struct Seen: Decodable { var env, fds, net: [String]; var file: Bool }
        let text = try #require(started.outcome.references.first?.value)
        let seen = try JSONDecoder().decode(Seen.self, from: Data(text.utf8))
        #expect(Set(seen.env).subtracting(["LC_CTYPE"]) == ["LANG", "PATH"])
        // Its own copy of standard output, and the folder it reads.
        #expect(seen.fds == ["0", "1", "2", "3", "4"])
        #expect(!seen.file)
        if den.process.health.isCutOff == true { #expect(seen.net == ["lo"]) }
        await den.close()
    }

    @Test("A wrong setting is told with its name, and the plugin is not started again and again")
    func misconfigured() async throws {
        let settings = ["mode": "no-setup", "secret": "canary-secret-1"]
        let process = PluginProcess(Den.configuration(settings), log: Logger(label: "rogue"))
        for _ in 0..<2 {
            await #expect(throws: PaymentError.misconfigured("the key **** is too short", setting: "secret")) {
                _ = try await process.introduction()
            }
        }
        #expect(process.health.state == .refused)
    }

    @Test("A program that is not there is told, with a pause that grows from start to start")
    func missing() async throws {
        var configuration = Den.configuration(["mode": "good"])
        configuration.launch.command = ["./no-such-program"]
        let process = PluginProcess(configuration, log: Logger(label: "rogue"))
        for _ in 0..<2 {
            await #expect(throws: PaymentError.self) { _ = try await process.introduction() }
        }
        #expect(process.health.lastError?.contains("No such file") == true)
        await #expect(throws: PaymentError.self) { _ = try await process.introduction() }
        guard case .resting = process.health.state else {
            Issue.record("\(process.health)")
            return
        }
    }

    @Test("What a plugin says before it dies is kept for the owner, without secrets and numbers")
    func lastWords() async throws {
        let den = try await Den("crash-with-words", secret: "canary-secret-1")
        #expect(word(try await den.instance.begin()) == "not sent")
        try await eventually { den.process.health.lastError?.contains("last words") == true }
        let told = try #require(den.process.health.lastError)
        #expect(told.contains("code 4") && told.contains("the key is ****"))
        #expect(!told.contains("canary") && !told.contains("254712345678"))
        await den.close()
    }

    @Test("What a plugin says instead of an answer stands on pages without secrets and numbers")
    func blurt() async throws {
        let den = try await Den("blurt", secret: "canary-secret-1")
        guard case .invalidInput(let why) = try await den.instance.begin() else {
            Issue.record("not refused")
            return
        }
        #expect(why == "**** refused *****678")
        await den.close()
    }

    @Test("A message that kills the plugin costs that message, not the others")
    func poison() async throws {
        let den = try await Den("good")
        let poison = InboundRequest(route: "result", about: nil, body: Data("poison".utf8))
        await #expect(throws: (any Error).self) { _ = try await den.instance.events(in: poison) }
        let other = InboundRequest(route: "result", about: nil, body: Data("{}".utf8))
        #expect(try await den.instance.events(in: other).isEmpty)
        #expect(den.process.health.restarts == 1)
        await den.close()
    }

    @Test("A plugin that says something else of itself than when it was enabled is not used")
    func pinned() async throws {
        let first = PluginProcess(Den.configuration(["mode": "good"]), log: Logger(label: "rogue"))
        let said = try await first.introduction()
        first.stop()
        var settings = ["mode": "good"]
        settings["base"] = "http://127.0.0.1:2"
        let other = PluginProcess(Den.configuration(settings), pinned: said, log: Logger(label: "rogue"))
        await #expect(throws: PaymentError.self) { try await Self.use(other) }
        #expect(other.health.state == .refused)
    }

    private static func use(_ process: PluginProcess) async throws {
        let abilities = try await ProcessProvider.abilities(of: process)
        _ = abilities
    }

    @Test("Killed in the middle of a call, the shop's plugin goes with the shop's own end of its pipes")
    func stops() async throws {
        let den = try await Den("good")
        guard case .running(let pid) = den.process.health.state else {
            Issue.record("\(den.process.health)")
            return
        }
        den.process.stop()
        try await eventually { kill(pid, 0) != 0 }
        await den.close()
    }

    private func eventually(_ isTrue: () -> Bool) async throws {
        for _ in 0..<400 {
            if isTrue() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it never came")
    }
}
