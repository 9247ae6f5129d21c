import ArgumentParser
import Commerce
import Database
import Foundation
import HTTPClient
import Storage

/// A shop, its provider and a crowd; what a machine adds is the trouble.
struct Siege: Sendable {
    let run: Run
    let shop: ShopUnderTest
    let provider: SimulatedProvider
    let crowd: Crowd
    /// How far the shop's clock is ahead of ours.
    var clockSeconds = 0

    /// - Parameters:
    ///   - location: The database as the comparison reads it.
    ///   - seenAs: The database as the shop reaches it.
    init(_ run: Run, _ location: String, seenAs: String? = nil, more: [String: String] = [:]) async throws {
        let client = OutboundClient(
            ClientConfiguration(allowPlainHTTPToLoopback: true, maxInFlight: 512, maxWaiting: 4_096))
        self.run = run
        provider = try await SimulatedProvider.start(run, client)
        shop = try await ShopUnderTest(run, location, seenAs: seenAs, provider: provider.port, client, more: more)
        crowd = Crowd(shop, provider)
    }

    /// What time it is in the shop.
    private var shopNow: Timestamp { Self.now.adding(seconds: clockSeconds) }

    static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }

    /// Rules that hold at every instant, asked while nothing runs.
    func verifyAtRest(_ moment: VerifyMoment, always: Bool) async throws {
        for result in try await shop.database.verifyBooks(at: moment) where !result.holds {
            if always, result.check.moment == .atRest { continue }
            for violation in result.violations.prefix(3) {
                run.violation(
                    "\(result.check.number): \(result.check.meaning): \(violation.row) \(violation.seen)")
            }
        }
    }

    /// Lets the shop come to rest, then compares everything. The shop runs already.
    ///
    /// - Parameter seconds: How long news may take that waits for a lease or for the next question.
    func settleAndCompare(within seconds: Double) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        var comparison = try await compare()
        var isQuiet = try await self.isQuiet()
        while ContinuousClock.now < end, !isQuiet || !comparison.violations.isEmpty {
            run.progress { "settling: \(comparison.violations.count) not yet as they must be, quiet \(isQuiet)" }
            try await Task.sleep(for: .seconds(2))
            isQuiet = try await self.isQuiet()
            comparison = try await compare()
        }
        if !isQuiet { run.violation("I26: messages or jobs still wait \(Int(seconds)) s after the last trouble") }
        for violation in comparison.violations { run.violation(violation) }
        try await askWitnesses()
        let ending = try await shop.stop()
        if ending != "exit 0" { run.violation("asked to stop, the shop ended with \(ending)") }
        try await verifyAtRest(VerifyMoment(now: shopNow, graceSeconds: 60), always: false)
        try lookForNumbers()
        run.count("prompts", comparison.pushes)
        run.count("payments", comparison.payments)
        run.count("receipts still owed", comparison.receiptsOwed)
        run.count("payments unheard of", comparison.unheard)
        run.count("payments that wait for a person", comparison.parked)
        provider.stop()
        await shop.database.close()
    }

    /// Messages in the spool.
    var spooled: Int {
        let files = FileManager.default.enumerator(atPath: shop.spool)?.allObjects ?? []
        return files.count { ($0 as? String)?.hasSuffix(".message") == true }
    }

    private func compare() async throws -> Comparison {
        // The books first: what the provider does meanwhile is looked at in the next round.
        let ledger = try await provider.ledger(keptIn: "\(run.folder)/provider.json")
        return Comparison(ledger, try await Comparison.Books(of: shop.database))
    }

    /// Whether nothing waits that is due.
    private func isQuiet() async throws -> Bool {
        let now = shopNow.adding(seconds: -5).milliseconds
        let waiting = try await shop.database.read { transaction in
            let messages = try transaction.first("SELECT COUNT(*) FROM inbox WHERE state = 'new'")?.int(0) ?? 0
            let jobs = try transaction.first("SELECT COUNT(*) FROM jobs WHERE due_at < \(now)")?.int(0) ?? 0
            return messages + jobs
        }
        return waiting == 0 && spooled == 0
    }

    /// Every order that somebody was promised is there, and what was paid is paid.
    private func askWitnesses() async throws {
        let known = crowd.witnesses.orders
        for (path, order) in known {
            guard let answer = try await shop.get("\(path)/status"), answer.status == 200 else {
                run.violation("I25: order \(order.name ?? "of a 303") has no page any more")
                continue
            }
            crowd.witnesses.saw(try JSONDecoder().decode(OrderStatusSeen.self, from: Data(answer.body)), at: path)
        }
        let booked = try await shop.database.read { transaction in
            try transaction.query(
                """
                SELECT o.number, c.receipt FROM captures c JOIN orders o ON o.id = c.order_id
                WHERE c.receipt IS NOT NULL
                """
            ).map { "\(try $0.text(0)) \(try $0.text(1))" }
        }
        let receipts = Set(booked)
        for order in crowd.witnesses.orders.values {
            for receipt in order.receipts where !receipts.contains("\(order.name ?? "") \(receipt)") {
                run.violation("I2: \(receipt) was shown for \(order.name ?? "") and is not in the books")
            }
        }
        let (stored, forms) = try await shop.database.read { transaction in
            (
                try transaction.first("SELECT COUNT(*) FROM orders")?.int(0) ?? 0,
                try transaction.first("SELECT COUNT(DISTINCT order_id) FROM form_uses")?.int(0) ?? 0
            )
        }
        if stored > crowd.witnesses.forms { run.violation("S2: \(stored) orders of \(crowd.witnesses.forms) forms") }
        if stored != forms { run.violation("S2: \(stored) orders, \(forms) of them with a used form") }
        run.count("orders paid", crowd.witnesses.orders.values.count { $0.sawPaid })
    }

    /// No number that anybody typed stands in the shop's log (I32).
    private func lookForNumbers() throws {
        let numbers = crowd.witnesses.numbers
        let log = try Data(contentsOf: URL(filePath: shop.log))
        var digits = ""
        for byte in log + [UInt8(ascii: "\n")] {
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                digits.unicodeScalars.append(UnicodeScalar(byte))
                continue
            }
            if digits.count >= 9, numbers.contains(String(digits.suffix(9))) {
                return run.violation("I32: a customer's number stands in the log")
            }
            digits = ""
        }
    }
}
