import Airtel
import ArgumentParser
import BankTransfer
import CashOnDelivery
import Foundation
import Logging
import MPesa
import PaymentKit
import PaymentKitTesting
import Paystack
import PluginHost

struct PluginCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Hold a plugin against the laws that every plugin keeps.",
        discussion: """
            duka plugin check mpesa                             one that is part of the shop
            duka plugin check till                              a copy from the folder DUKA_PLUGINS
            duka plugin check --scenario till.json -- python3 till.py    any program
            The scenario says how the provider answers and what it sends; for a copy it is scenario.json where its \
            program runs. A copy's report is kept beside its file: live mode asks for it. No network is used.
            """)

    @Argument(help: "mpesa, airtel, paystack, bank, cash, or a plugin of the folder.")
    var name: String?
    @Option(help: "The scenario's file; without it scenario.json where the program runs.")
    var scenario: String?
    @Option(help: "Write the report to this file as JSON.")
    var report: String?
    @Flag(help: "Tell of the laws that are kept, too.")
    var all = false
    @Argument(parsing: .postTerminator, help: "A program and its arguments.")
    var program: [String] = []

    func run() async throws {
        let (subject, stop, scenario, introduction) = try await subject()
        defer { stop() }
        let report: ConformanceReport
        do { report = try await Conformance.check(subject, scenario) } catch let error as FieldValues.Problems {
            throw Stop("The scenario's settings: \(error.list.map(\.message).joined(separator: "; ")).")
        } catch { throw Stop("The scenario's settings make no plugin: \(error)") }
        show(report)
        if let introduction, let name {
            let folder = PluginFolder(path: try Settings(try await SettingsSource()).plugins)
            let checked = PluginFolder.CheckedCopy.Subject(try folder.instance(name).file, introduction)
            try folder.write(PluginFolder.CheckedCopy(report, of: checked), of: name)
        }
        if let path = self.report {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            do { try encoder.encode(report).write(to: URL(filePath: path)) } catch {
                throw Stop("\(path) cannot be written.")
            }
        }
        guard report.broken.isEmpty else { throw ExitCode.failure }
        guard report.isGood else {
            throw Stop(
                "Only \(report.kept.count) laws could be looked at; give the scenario more of what the plugin does.")
        }
    }

    private func show(_ report: ConformanceReport) {
        print("\(report.id) \(report.version), interface \(report.interface)")
        for verdict in report.verdicts {
            switch verdict.result {
            case .kept: if all { print("ok      \(verdict.number)  \(verdict.rule)") }
            case .notAsked: if all { print("-       \(verdict.number)  \(verdict.rule) (\(verdict.detail))") }
            case .broken:
                print("BROKEN  \(verdict.number)  \(verdict.rule)")
                print("        Seen: \(verdict.detail)")
                print("        \(verdict.advice)")
            }
        }
        let rest = report.verdicts.count - report.kept.count - report.broken.count
        print(
            "\(report.kept.count) laws kept, \(report.broken.count) broken, \(rest) about what this plugin does not do."
        )
    }

    /// With what a copy of the folder says of itself.
    private typealias Checked = (Subject, stop: () -> Void, Scenario, PluginIntroduction?)

    private func subject() async throws -> Checked {
        guard program.isEmpty else {
            guard name == nil else { throw Stop("Give a name or a program, not both.") }
            let folder = FileManager.default.currentDirectoryPath
            return try await apart(program, runsIn: folder, memory: nil, scenario ?? "scenario.json", isCopy: false)
        }
        guard let name else { throw Stop("Say what to check: a name, or -- and a program.") }
        if name == "paystack" { return (Subject(Paystack.self), {}, PaystackScenario.scenario, nil) }
        if name == "mpesa" { return (Subject(MPesa.self), {}, MPesaScenario.scenario, nil) }
        if name == "bank" { return (Subject(BankTransfer.self), {}, OfflineScenarios.bank, nil) }
        if name == "cash" { return (Subject(CashOnDelivery.self), {}, OfflineScenarios.cash, nil) }
        if name == "airtel" { return (Subject(Airtel.self), {}, AirtelScenario.scenario, nil) }
        let settings = try Settings(try await SettingsSource())
        let folder = PluginFolder(path: settings.plugins)
        let instance = try folder.instance(name)
        return try await apart(
            instance.file.program, runsIn: instance.runsIn, memory: instance.file.memory,
            scenario ?? "\(instance.runsIn)/scenario.json", isCopy: true)
    }

    private func apart(
        _ command: [String], runsIn folder: String, memory: UInt64?, _ scenarioFile: String, isCopy: Bool
    ) async throws -> Checked {
        guard let data = FileManager.default.contents(atPath: scenarioFile) else {
            throw Stop("There is no scenario at \(scenarioFile); docs/plugins/laws.md says what it holds.")
        }
        let scenario: Scenario
        do { scenario = try JSONDecoder().decode(Scenario.self, from: data) } catch let error as DecodingError {
            throw Stop("\(scenarioFile) does not read: \(error.place).")
        }
        let processes = Processes()
        let log = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
        let make: @Sendable (Setup) async throws -> (PluginProcess, Abilities) = { setup in
            let process = PluginProcess(
                PluginProcess.Configuration(
                    name: "check", command: command, folder: folder, memoryBytes: (memory ?? 1_024) << 20,
                    environment: setup.environment, shopName: setup.shopName, settings: scenario.settings), log: log)
            processes.add(process)
            return (process, try await ProcessProvider.abilities(of: process))
        }
        // Once to learn what it says of itself.
        let first = PluginProcess(
            PluginProcess.Configuration(
                name: "check", command: command, folder: folder, environment: .practice, shopName: "Duka",
                settings: scenario.settings), log: log)
        processes.add(first)
        let introduction: PluginIntroduction
        do { introduction = try await first.introduction() } catch let error as PaymentError {
            processes.stop()
            throw Stop("The plugin does not begin: \(PluginEnable.sentence(error, first))")
        }
        return (
            Subject(introduction.manifest) { try await make($0).1 }, { processes.stop() }, scenario,
            isCopy ? introduction : nil
        )
    }
}
