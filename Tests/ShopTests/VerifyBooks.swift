import Commerce
import Database
import DukaTesting
import MPesaSimulator
import Storage
import Testing

/// `duka doctor --verify`: sound books pass, and each kind of unsoundness is found under its number.
@Suite struct VerifyBooks {
    /// A shop with a paid order, one paid at the second try, one paid twice and one that nobody answers. Nothing works
    /// in it unless it is told to, so that nobody else changes what a test damages.
    private static func busyShop(_ engine: SQLDatabase.Engine, _ body: (TestShop) async throws -> Void) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            func buy(_ story: Story, _ phone: String, cart: String = "mug:1") async throws -> String {
                shop.daraja.choose(story)
                return try await shop.buy(phone: phone, cart: cart)
            }
            func work(_ order: String, _ fits: (TestShop.Status) -> Bool) async throws {
                try await shop.eventually("it came to what its story says") {
                    try await shop.shop.runDueWork()
                    return fits(try await shop.status(order))
                }
            }
            let success = try shop.story("success")
            let paid = try await buy(success, "0712000001", cart: "mug:2,tea:1")
            try await work(paid) { $0.state == "paid" }
            let retried = try await buy(try shop.story("cancelled"), "0712000002")
            try await work(retried) { $0.attempt?.state == "cancelled" }
            shop.daraja.choose(success)
            _ = try await shop.retry(retried, phone: "0712000003")
            try await work(retried) { $0.state == "paid" }
            let later = try shop.story("success-after-failure") { $0.callback.laterSuccessMilliseconds = 1_000 }
            let twice = try await buy(later, "0712000004")
            try await work(twice) { $0.attempt?.state == "cancelled" }
            shop.daraja.choose(success)
            _ = try await shop.retry(twice, phone: "0712000005")
            try await work(twice) { $0.flags.contains("duplicate_payment") }
            let open = try await buy(try shop.story("manual"), "0712000006")
            try await work(open) { $0.attempt?.state == "prompt_sent" }
            try await body(shop)
        }
    }

    private static func broken(_ shop: TestShop, after seconds: Int = 0) async throws -> [CheckResult] {
        let moment = VerifyMoment(now: shop.clock.now.adding(seconds: seconds), graceSeconds: 60)
        return try await shop.database.verifyBooks(at: moment).filter { !$0.holds }
    }

    @Test("The books of a busy shop are sound", arguments: TestDatabase.engines)
    func sound(_ engine: SQLDatabase.Engine) async throws {
        try await Self.busyShop(engine) { shop in
            let broken = try await Self.broken(shop)
            #expect(broken.isEmpty, "\(broken.map { "\($0.check.number) \($0.check.meaning): \($0.violations)" })")
        }
    }

    /// A number, and a change by other hands that breaks it alone or with others.
    static let damages: [(number: String, change: SQL)] = [
        ("I1", "DELETE FROM captures WHERE ticket IN (SELECT ticket FROM attempts WHERE number = 2)"),
        ("I1", "UPDATE attempts SET state = 'expired' WHERE state = 'paid'"),
        ("I2", "UPDATE captures SET order_id = 'another' WHERE receipt IS NOT NULL"),
        ("I3", "UPDATE ledger SET amount_minor = amount_minor + 1 WHERE side = 'credit'"),
        ("I3", "DELETE FROM ledger WHERE side = 'credit'"),
        ("I4", "UPDATE captures SET amount_minor = amount_minor + 100"),
        ("I4", "UPDATE ledger SET capture_id = 'another' WHERE side = 'credit'"),
        ("I4", "UPDATE captures SET order_id = NULL"),
        ("I5", "UPDATE orders SET received_minor = received_minor + 1 WHERE received_minor > 0"),
        ("I5", "UPDATE ledger SET account = 'customer_credit' WHERE account = 'order_payments'"),
        ("I5", "UPDATE orders SET applied_minor = 0 WHERE status = 'paid'"),
        ("I6", "UPDATE orders SET applied_minor = applied_minor - 1 WHERE applied_minor > 0"),
        ("I6", "UPDATE orders SET status = 'paid' WHERE applied_minor = 0"),
        ("I6", "UPDATE orders SET status = 'cancelled' WHERE applied_minor = 0"),
        ("I7", "DELETE FROM reviews"),
        ("I9", "UPDATE attempts SET claim_receipt = 'X' WHERE state = 'cancelled' OR state = 'prompt_sent'"),
        ("I9", "UPDATE captures SET order_id = NULL"),
        ("I10", "UPDATE order_lines SET quantity = quantity + 1"),
        ("I10", "UPDATE attempts SET amount_minor = 100000000 WHERE number = 1"),
        ("I11", "UPDATE acts SET ticket = 'x' || SUBSTR(ticket, 2)"),
        (
            "I12",
            "INSERT INTO acts (ticket, number, begun_at, refused) SELECT ticket, 9, begun_at, 0 FROM acts"
        ),
        ("I13", "UPDATE attempts SET state = 'unknown' WHERE state = 'cancelled'"),
        ("I13", "UPDATE orders SET live_ticket = NULL"),
        ("I14", "UPDATE events SET kind = 'noted' WHERE kind IN ('cancelled', 'failed')"),
        ("I15", "UPDATE acts SET begun_at = begun_at + 61000"),
        ("I18", "UPDATE events SET kind = 'unknown' WHERE kind = 'paid'"),
        ("I18", "UPDATE orders SET status = 'nonsense'"),
        ("I19", "UPDATE attempts SET state = 'unknown' WHERE state = 'prompt_sent'"),
        ("I21", "UPDATE orders SET version = version + 1"),
        ("I21", "DELETE FROM events WHERE seq = 2"),
        ("I22", "UPDATE events SET at = 5 WHERE seq = 2"),
        ("I23", "UPDATE events SET detail = detail || '.' WHERE seq = 1"),
        ("I23", "UPDATE orders SET last_hash = page_key"),
        ("I40", refund(of: "id", state: "succeeded")),
        ("I40", refund(of: "id", state: "submitted")),
        ("I40", refund(of: "'another'", state: "requested")),
        ("I33", "UPDATE events SET detail = 'call 254712345678' WHERE seq = 1"),
        ("I33", "UPDATE reviews SET detail = 'call 0712345678.'"),
    ]

    /// A refund of each capture that nobody approved.
    private static func refund(of capture: StaticString, state: String) -> SQL {
        """
        INSERT INTO refunds (ticket, order_id, capture_id, instance, amount_minor, currency, way, reason, state,
            requested_by, requested_at)
        SELECT SUBSTR(id, 20, 12), order_id, \(raw: capture), instance, amount_minor, currency, 'reversal', 'r',
                \(state),
            'somebody', 1 FROM captures
        """
    }

    @Test("A change by other hands is found under its number", arguments: TestDatabase.engines)
    func damage(_ engine: SQLDatabase.Engine) async throws {
        try await Self.busyShop(engine) { shop in
            for table in Self.tables {
                try await shop.database.transaction(hasMarker: false) {
                    try $0.execute("CREATE TABLE kept_\(raw: table) AS SELECT * FROM \(raw: table)")
                }
            }
            for (number, change) in Self.damages {
                try await shop.database.transaction { try $0.execute(change) }
                let found = Set(try await Self.broken(shop).map(\.check.number))
                #expect(found.contains(number), "\(change.text): \(found)")
                try await shop.database.transaction { transaction in
                    for table in Self.tables {
                        try transaction.execute("DELETE FROM \(raw: table)")
                        try transaction.execute("INSERT INTO \(raw: table) SELECT * FROM kept_\(raw: table)")
                    }
                }
            }
            #expect(try await Self.broken(shop).isEmpty, "the damages left nothing behind")
        }
    }

    /// What the damages change.
    private static let tables: [StaticString] = [
        "orders", "order_lines", "attempts", "acts", "events", "captures", "ledger", "reviews", "refunds",
    ]

    @Test("The digits of an identity are no telephone number, those of any other subject are")
    func identities() async throws {
        for (subject, isFound) in [
            ("01a1fd0d0712345678c76c914e8720ab", false), ("0712345678", true), ("x 0712345678", true),
        ] {
            try await TestShop.open(.sqlite) { shop in
                let now = shop.clock.now
                try await shop.database.transaction {
                    try $0.openReview("unmatched_money", subject: subject, order: nil, detail: "250.00", at: now)
                }
                #expect(try await Self.broken(shop).map(\.check.number) == (isFound ? ["I33"] : []), "\(subject)")
                try await shop.database.transaction { try $0.execute("DELETE FROM reviews") }
            }
        }
    }

    @Test("What should have ended is found when its time is over", arguments: TestDatabase.engines)
    func overdue(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            _ = try await shop.buy()
            #expect(try await Self.broken(shop).isEmpty, "its jobs have their time")
            #expect(try await Self.broken(shop, after: 600).map(\.check.number) == ["I30"], "nobody did them")
            try await shop.database.transaction { try $0.execute("DELETE FROM jobs") }
            #expect(try await Self.broken(shop, after: 600).map(\.check.number) == ["I30"], "nobody will close it")
        }
    }
}
