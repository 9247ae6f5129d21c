import ArgumentParser
import Database
import Foundation
import Storage

/// `duka doctor --verify`: the books, told invariant by invariant.
struct BooksVerification {
    let isJSON: Bool
    /// Whether what should have ended by now counts as broken.
    let isAtRest: Bool

    /// How many rows of a broken check are shown; JSON has all that were kept.
    private static let shown = 5

    /// - Returns: Whether everything holds.
    func run(_ settings: Settings) async throws -> Bool {
        var quiet = settings
        quiet.logLevel = .critical
        let database = try await Wiring.openDatabase(quiet, Wiring.logger(quiet))
        let pending = try await Migrator.pending(on: database, files: Wiring.migrations(settings))
        guard pending.isEmpty else {
            throw Stop("The database's tables are not up to date, so its books cannot be read. Run: duka migrate")
        }
        var isSound = true
        try await database.verifyBooks(at: VerifyMoment(now: Wiring.now())) { result in
            let verdict = verdict(of: result)
            if verdict == .bad { isSound = false }
            show(result, verdict)
        }
        let spooled = waitingInSpool(settings.spool)
        if spooled > 0, !isJSON { print("look  I26: \(spooled) messages wait in \(settings.spool).") }
        await database.close()
        if !isJSON {
            print("Not shown by rows: \(BooksCheck.notInTheDatabase.joined(separator: ", ")).")
            print(isSound ? "The books are sound." : "The books are NOT sound: stop selling and ask for help.")
        }
        return isSound
    }

    private func verdict(of result: CheckResult) -> Doctor.Finding.Verdict {
        if result.holds { return .good }
        return result.check.moment == .always || isAtRest ? .bad : .warning
    }

    private struct Line: Encodable {
        let invariant, meaning, verdict: String
        let hasMore: Bool
        let rows: [Row]
        struct Row: Encodable { let row, seen: String }
    }

    private func show(_ result: CheckResult, _ verdict: Doctor.Finding.Verdict) {
        if isJSON {
            let line = Line(
                invariant: result.check.number, meaning: result.check.meaning, verdict: verdict.rawValue,
                hasMore: result.hasMore, rows: result.violations.map { Line.Row(row: $0.row, seen: $0.seen) })
            do { print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self)) } catch { print("{}") }
            return
        }
        print("\(verdict.sign)  \(result.check.number): \(result.check.meaning)")
        for violation in result.violations.prefix(Self.shown) { print("        \(violation.row)  \(violation.seen)") }
        let more = result.violations.count - Self.shown
        if more > 0 { print("        and \(more)\(result.hasMore ? " or more" : "") others") }
    }

    private func waitingInSpool(_ folder: String) -> Int {
        guard let files = FileManager.default.enumerator(atPath: folder) else { return 0 }
        return files.allObjects.count { ($0 as? String)?.hasSuffix(".message") == true }
    }
}
