import Foundation
import HTTPServer
import Kiosk
import Logging
import PaymentKit
import PaymentKitTesting
import PluginHost
import Synchronization
import Testing

/// A Swift plugin is the same inside the shop and as a program of its own.
@Suite struct ProgramTests {
    static let path: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appending(path: ".build/debug/KioskProgram").path
    }()

    static func process(_ settings: [String: String]) -> PluginProcess {
        PluginProcess(
            PluginProcess.Configuration(
                name: "kiosk", command: [path], folder: "/", environment: .practice, shopName: "Duka",
                settings: settings), log: Logger(label: "kiosk"))
    }

    @Test("The laws say the same of a plugin inside and of the same plugin as a program")
    func same() async throws {
        let inside = try await Conformance.check(Subject(Kiosk.self), Kiosk.scenario)
        let processes = StartedProcesses()
        let subject = Subject(Kiosk.manifest) { setup in
            let process = Self.process(Kiosk.scenario.settings)
            processes.add(process)
            return try await ProcessProvider.abilities(of: process)
        }
        let apart = try await Conformance.check(subject, Kiosk.scenario)
        #expect(apart.verdicts == inside.verdicts)
        #expect(apart.isGood)
        processes.stop()
    }

    @Test("A mistake is caught in a program as it is inside")
    func mistake() async throws {
        var scenario = Kiosk.scenario
        scenario.settings["flaw"] = Flaw.declinesWhatFailed.rawValue
        let settings = scenario.settings
        let processes = StartedProcesses()
        let subject = Subject(Kiosk.manifest) { _ in
            let process = Self.process(settings)
            processes.add(process)
            return try await ProcessProvider.abilities(of: process)
        }
        let report = try await Conformance.check(subject, scenario)
        #expect(report.broken.map(\.number).contains("B02"))
        processes.stop()
    }

    @Test("What a program says of itself is what its manifest and its protocols say")
    func introduction() async throws {
        let process = Self.process(Kiosk.scenario.settings)
        let said = try await process.introduction()
        #expect(said.manifest == Kiosk.manifest)
        #expect(said.abilities == [.connection, .status, .webhooks, .refunds])
        #expect(said.hosts == ["api.kiosk.example"])
        process.stop()
    }

    @Test("Sixty calls at once are answered each by its own")
    func many() async throws {
        let process = Self.process(Kiosk.scenario.settings)
        let abilities = try await ProcessProvider.abilities(of: process)
        let webhooks = try #require(abilities.webhooks)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...60 {
                group.addTask {
                    let ticket = "K7M29QXD-\(number)"
                    let about = Past(ticket: Ticket(ticket), amount: Money(whole: 150, .kes), startedAt: Date())
                    let body = #"{"id":"P-\#(number)","reference":"\#(ticket)","state":"waiting"}"#
                    let events = try await webhooks.events(
                        in: InboundRequest(route: "result", about: about, body: Data(body.utf8)))
                    return events.map(\.key) == [EventKey("result", "P-\(number)", "waiting")]
                }
            }
            for try await isOwn in group { #expect(isOwn) }
        }
        process.stop()
    }
}

/// Processes that a test has started.
final class StartedProcesses: Sendable {
    private let all = Mutex<[PluginProcess]>([])
    func add(_ process: PluginProcess) { all.withLock { $0.append(process) } }
    func stop() { for process in all.withLock({ $0 }) { process.stop() } }
}
