import ArgumentParser
import Checkout
import Commerce
import Foundation
import PaymentKit

struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the provider's list with the books, both ways, and record what was missing.",
        discussion: """
            Reads the provider's own list, as far back as it reaches, or a statement that you took from its portal. \
            What it shows and the books do not have is recorded at once; what the books have and it does not show is \
            put before a person, and that ends by itself when a later run finds it. Exits with 0 when both agreed, \
            with 3 when they did not.
            """)

    @Option(help: "From when on: 48h, 7d, or a day such as 2026-11-20. Without it: as far as the list reaches.")
    var since: String?
    @Option(name: .customLong("statement"), help: "A statement from the provider's portal: a CSV file.")
    var file: String?
    @Option(help: "Which provider, when there are several.")
    var provider: String?
    @Flag(name: .customLong("print"), help: "One page for the accountant.")
    var isForPrint = false
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    func run() async throws {
        let start = try since.map { try Self.moment($0, now: Wiring.now()) }
        var agrees = true
        try await OperatorShop.open { open in
            let report = try await report(open, start)
            let name = open.shop.wayName(report.instance)
            if isJSON {
                try Shown.printJSON(ReconcileJSON(report))
            } else {
                let text = ReconcileText(report: report, provider: name, shop: open.shop.name)
                print((isForPrint ? text.page(at: Wiring.now()) : text.lines).joined(separator: "\n"))
            }
            agrees = report.difference.agrees
        }
        if !agrees { throw ExitCode(3) }
    }

    private func report(_ open: OperatorShop, _ start: Timestamp?) async throws -> ReconcileReport {
        let progress: @Sendable (ReconcileStep) -> Void = { step in
            switch step {
            case .read(let count): Shown.remark("\(count) lines read …")
            case .recorded(let count, let all): Shown.remark("\(count) of \(all) lines recorded …")
            case .compared: break
            }
        }
        if let file {
            let name = try open.provider(provider, with: "read statements from a file") { $0.statementFiles != nil }
            guard let reader = open.shop.provider(name) else { throw Stop("There is no provider \(name).") }
            let data: Data
            do { data = try Data(contentsOf: URL(filePath: file)) } catch { throw Stop("\(file) cannot be read.") }
            let lines = try await reader.movements(inFile: data)
            return try await open.shop.reconcile(name, file: lines, from: start, progress: progress)
        }
        let name = try open.provider(provider, with: "list its payments") { $0.reconciling != nil }
        let reach = Int(open.shop.provider(name)?.abilities.manifest.reconciling.reachesBack ?? 0)
        let earliest = Wiring.now().adding(seconds: -reach)
        if let start, start < earliest.adding(seconds: -60) {
            throw Stop(
                "The provider's list reaches back \(reach / 3_600) hours. For older payments take a statement from its "
                    + "portal: --statement FILE.")
        }
        return try await open.shop.reconcile(
            name, from: start.map { max($0, earliest) } ?? earliest, progress: progress)
    }

    /// Reads `48h`, `7d` or `2026-11-20`, whose midnight is East Africa's.
    static func moment(_ text: String, now: Timestamp) throws -> Timestamp {
        let problem = Stop("--since is \"\(text)\"; expected a time such as 48h or 7d, or a day such as 2026-11-20.")
        if let unit = text.last, let factor = ["m": 60, "h": 3_600, "d": 86_400][unit] {
            guard let count = Int(text.dropLast()), (1...10_000).contains(count) else { throw problem }
            return now.adding(seconds: -count * factor)
        }
        let midnight: Date
        do { midnight = try Date("\(text)T00:00:00+03:00", strategy: .iso8601) } catch { throw problem }
        let moment = Timestamp(midnight)
        // Days that no calendar has, such as 2026-02-31, are read as other days.
        guard moment.eastAfrica.sortableDate == text, moment < now else { throw problem }
        return moment
    }
}
