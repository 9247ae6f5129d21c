import Foundation
import Kiosk
import Logging
import PaymentKit
import PaymentKitTesting
import PluginHost

/// Times `start` of one plugin inside and as a program of its own, with a provider that answers at once.
@main struct PluginTiming {
    static func main() async throws {
        let scenario = Kiosk.scenario
        let settings = try FieldValues(scenario.settings, checkedAgainst: Kiosk.manifest.settings)
        let inside = Abilities(
            of: try Kiosk(Setup(environment: .practice, settings: settings, shopName: "Duka")))
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "KioskProgram").path
        let process = PluginProcess(
            PluginProcess.Configuration(
                name: "kiosk", command: [program], folder: "/", environment: .practice, shopName: "Duka",
                settings: scenario.settings), lane: ProviderLane(), log: Logger(label: "timing"))
        let apart = try await ProcessProvider.abilities(of: process)
        let (one, two) = (try await times(inside, scenario), try await times(apart, scenario))
        process.stop()
        func row(_ name: String, _ times: [Double]) {
            print(
                "\(name)  p50 \(shown(times[times.count / 2])) ms  p95 \(shown(times[times.count * 95 / 100])) ms  "
                    + "of \(times.count) starts, a known token and an act each")
        }
        row("inside ", one)
        row("program", two)
        print("over     p50 \(shown(two[two.count / 2] - one[one.count / 2])) ms")
    }

    private static func shown(_ milliseconds: Double) -> String { "\((milliseconds * 1_000).rounded() / 1_000)" }

    /// Sorted, in milliseconds.
    private static func times(_ plugin: Abilities, _ scenario: Scenario) async throws -> [Double] {
        let form = try FieldValues(scenario.form, checkedAgainst: Kiosk.manifest.form)
        let request = StartRequest(amount: Money(whole: 150, .kes), form: form, orderNumber: "K7M29QXD")
        let tokens = MemoryTokens()
        var times: [Double] = []
        for round in 0..<5_500 {
            let http = ScriptedHTTP { request in
                request.url.path() == "/token"
                    ? .answer(status: 200, body: #"{"token":"t-1"}"#) : .answer(status: 200, body: #"{"id":"P-1"}"#)
            }
            let call = Call.scripted(http, tokens: tokens)
            let began = ContinuousClock.now
            _ = try await plugin.provider.start(request, call)
            // The first ones warm up.
            if round >= 500 { times.append((ContinuousClock.now - began) / .milliseconds(1)) }
        }
        return times.sorted()
    }
}
