import ArgumentParser
import Checkout
import Commerce
import PaymentKit
import Storage

struct Plugin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The ways to pay: what they can do, test, register, balances, payouts.",
        subcommands: [
            PluginList.self, PluginTest.self, PluginRegister.self, PluginBalance.self, PluginPayOut.self,
            PluginPayouts.self, PluginCheck.self, PluginNew.self, PluginEnable.self, PluginDisable.self,
            PluginReplay.self,
        ])
}

struct PluginList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The providers of this shop and what they can do.")

    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false

    private struct Line: Encodable {
        let name, id, version, summary: String
        let abilities: [String]
        let takesIncoming: Bool
        let listReadUntil: String?
    }

    func run() async throws {
        try await OperatorShop.open { open in
            for (name, manifest) in open.shop.providerNames {
                guard let abilities = open.shop.provider(name)?.abilities else { continue }
                let isRegistered = try await open.shop.takesIncoming(name)
                let read = try await open.shop.listReadUntil(name)
                guard !isJSON else {
                    try Shown.printJSON(
                        Line(
                            name: name, id: manifest.id, version: manifest.version, summary: manifest.summary,
                            abilities: abilities.words, takesIncoming: isRegistered,
                            listReadUntil: read.map(Shown.json)))
                    continue
                }
                print("\(name)  \(manifest.name) \(manifest.version) (\(manifest.id))")
                print("    \(manifest.summary)")
                print("    Can: \(abilities.words.joined(separator: ", ")).")
                if isRegistered {
                    print("    Payments without a prompt are reported to this shop.")
                } else if abilities.incoming != nil {
                    print("    Payments without a prompt are not reported to this shop: duka plugin register \(name)")
                }
                if let read { print("    Its list was read until \(Shown.time(read)).") }
                if !open.shop.offeredProviders.contains(where: { $0.name == name }) {
                    print("    Customers cannot choose it: duka plugin enable \(name)")
                }
            }
            let folder = PluginFolder(path: open.settings.plugins)
            for instance in try folder.instances() where try folder.state(instance.name) == nil && !isJSON {
                print("\(instance.name)  \(instance.file.program.joined(separator: " "))")
                print("    Not enabled: duka plugin check \(instance.name), then duka plugin enable \(instance.name)")
            }
        }
    }
}

extension Abilities {
    /// In people's words.
    fileprivate var words: [String] {
        let beginning =
            offline != nil ? "tell how to pay without a request" : manifest.page != nil ? "lead to a page" : "prompt"
        let all: [(String, Bool)] = [
            (beginning, true), ("be asked about a payment", status != nil), ("take unasked payments", incoming != nil),
            ("refund", refunds != nil), ("pay out", payouts != nil), ("look receipts up", lookups != nil),
            ("list payments", reconciling != nil), ("read portal statements", statementFiles != nil),
            ("tell balances", balances != nil), ("draw codes to scan", codes != nil),
            ("test its connection", connection != nil),
        ]
        return all.filter(\.1).map(\.0)
    }
}

struct PluginTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Test a provider's settings; asks, and moves nothing.")

    @Argument(help: "The provider, as duka plugin list names it.")
    var name: String

    func run() async throws {
        try await OperatorShop.open { open in
            let name = try open.provider(name, with: "test its connection") { $0.connection != nil }
            for line in try await open.shop.provider(name)?.testConnection() ?? [] { print("ok    \(line)") }
        }
    }
}

struct PluginRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Have a provider report payments without a prompt to this shop, and list all payments.",
        discussion: """
            Once for a live shop, when its public address is final: in production Safaricom takes the addresses once \
            and keeps them; to change them, delete them on the Daraja portal first (URL management). In practice with \
            the built-in simulator it happens by itself when the shop starts.
            """)

    @Argument(help: "The provider.")
    var name: String
    @Flag(help: "The public address is final: register in live mode.")
    var yes = false

    func run() async throws {
        try await OperatorShop.open { open in
            let name = try open.provider(name, with: "report payments by itself") { $0.incoming != nil }
            if open.settings.mode == .live, !yes {
                throw Stop(
                    "Production takes the addresses once and keeps them: they will begin with "
                        + "\(open.settings.callbackBase). When that is final, run again with --yes.")
            }
            for line in try await open.shop.register(name) { print(line) }
        }
    }
}

struct PluginBalance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance", abstract: "What stands in the shop's accounts at a provider.",
        discussion: "Most providers answer a little later, to the running shop; the command waits for that.")

    @Argument(help: "The provider.")
    var name: String
    @Option(help: "Seconds to wait for the answer, 1 to 600.")
    var wait = 60
    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false
    @OptionGroup var person: Person

    private struct Line: Encodable { let account, current, available, currency: String }

    func run() async throws {
        guard (1...600).contains(wait) else { throw Stop("--wait is \(wait); expected 1 to 600 seconds.") }
        let by = try person.name
        try await OperatorShop.open { open in
            let name = try open.provider(name, with: "tell balances") { $0.balances != nil }
            try await open.needRunningShop()
            let ticket = try await open.shop.askBalance(of: name, by: by)
            Shown.remark("Asked; waiting for the answer …")
            let answer = try await open.wait(wait) { () -> BalanceQuestion.Answer? in
                let answer = try await open.shop.balanceQuestion(ticket)?.answer
                return answer == .waiting ? nil : answer
            }
            switch answer {
            case .balances(let rows):
                for row in rows {
                    guard !isJSON else {
                        try Shown.printJSON(
                            Line(
                                account: row.name, current: row.current.decimalText,
                                available: row.available.decimalText, currency: row.current.currency.rawValue))
                        continue
                    }
                    print("\(row.name): \(row.current), available \(row.available)")
                }
            case .refused(let why): throw Stop("The provider does not tell the balances: \(why)")
            case .waiting, nil:
                throw Stop("The provider has not answered within \(wait) s; its answer may still come, so ask again.")
            }
        }
    }
}
