import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import Storage
import Testing

/// Browsers and a chat are told what is wrong with the shop, each once.
@Suite struct OwnerChannels {
    private static func idle(_ change: (inout TestShop.Options) -> Void = { _ in }) -> TestShop.Options {
        var options = TestShop.Options()
        options.runsJobs = false
        options.verifiesBooks = false
        change(&options)
        return options
    }

    /// Work that nobody does is an alert.
    private static func goWrong(_ shop: TestShop, _ post: PostOffice) async throws {
        _ = try await shop.buy(phone: "0712345\(Int.random(in: 100...999))")
        shop.clock.advance(seconds: 122)
        try await post.watch()
    }

    /// As `kind channel state`, the oldest first.
    private static func told(_ shop: TestShop) async throws -> [String] {
        try await shop.database.read {
            try $0.query("SELECT kind, channel, state FROM notices ORDER BY written_at, id").map {
                "\(try $0.text(0)) \(try $0.text(1)) \(try $0.text(2))"
            }
        }
    }

    @Test(
        "A browser that asked for it gets a trial and then each alert once, sealed on the way",
        arguments: TestDatabase.engines)
    func push(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            try await TestReceiver.open { service in
                try await shop.outsidePost { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    let (one, two) = (TestBrowser(at: service, "one"), TestBrowser(at: service, "two"))
                    for browser in [one, two] {
                        let page = try await njeri.follow(
                            try await njeri.press("/admin/me/alerts", on: "/admin/me", browser.fields))
                        #expect(page.contains("is told from now on"))
                    }
                    for _ in 0..<3 { try await post.deliverDue() }
                    #expect(service.messages.map(\.path).sorted() == ["/push/one", "/push/two"])
                    let trial = try #require(service.messages.first { $0.path == "/push/one" })
                    #expect(try one.read(trial)["body"]?.contains("This is a trial") == true)
                    #expect(throws: CryptographyError.self) { try two.read(trial) }
                    #expect(trial.coding == "aes128gcm" && trial.timeToLive == "86400")
                    try Self.check(try #require(trial.authorization), at: service, try await shop.shop.pushKey(), shop)

                    try await Self.goWrong(shop, post)
                    for _ in 0..<3 {
                        try await post.watch()
                        try await post.deliverDue()
                    }
                    let alerts = service.messages.dropFirst(2)
                    #expect(alerts.map(\.path).sorted() == ["/push/one", "/push/two"])
                    let alert = try #require(alerts.first { $0.path == "/push/two" })
                    #expect(try two.read(alert)["body"]?.contains("Work waits") == true)
                    #expect(try two.read(alert)["title"] == "Mama Njeri")
                }
            }
        }
    }

    /// RFC 8292: a token for this service, signed with the key that stands beside it, and good for less than a day.
    private static func check(
        _ authorization: String, at service: TestReceiver, _ key: P256Key, _ shop: TestShop
    ) throws {
        let parts = authorization.replacing("vapid t=", with: "").components(separatedBy: ", k=")
        #expect(parts.last == Base64URL.encode(key.point))
        let token = try #require(parts.first).split(separator: ".").map(String.init)
        #expect(token.count == 3)
        struct Claims: Decodable { var aud, sub: String, exp: Int64 }
        let claims = try JSONDecoder().decode(
            Claims.self, from: Data(try #require(Base64URL.decode(token[1]))))
        #expect(claims.aud == service.origin && claims.sub == "https://shop.example")
        let left = claims.exp - shop.clock.now.milliseconds / 1_000
        #expect((1..<86_400).contains(left))
        let raw = try #require(Base64URL.decode(token[2]))
        let numbers = [raw.prefix(32), raw.suffix(32)].flatMap { number -> [UInt8] in
            let digits = Array(number.drop { $0 == 0 })
            let positive = digits[0] >= 0x80 ? [0] + digits : digits
            return [0x02, UInt8(positive.count)] + positive
        }
        let signed = Array("\(token[0]).\(token[1])".utf8)
        #expect(try SignatureKey(point: key.point).isSigned(signed, by: [0x30, UInt8(numbers.count)] + numbers))
    }

    @Test(
        "A browser that is gone is forgotten; others go on, and no answer is not sent again",
        arguments: TestDatabase.engines)
    func gone(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            try await TestReceiver.open { service in
                try await shop.outsidePost { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    func browsers() async throws -> Int {
                        try await shop.database.read { try $0.pushSubscriptions() }.count
                    }
                    for (status, state, left) in [
                        (410, "overtaken", 0), (404, "overtaken", 0), (400, "failed", 1), (500, "unclear", 1),
                        (429, "waiting", 1),
                    ] {
                        service.answer(status)
                        let count = service.messages.count
                        let browser = TestBrowser(at: service, "b\(status)")
                        _ = try await njeri.press("/admin/me/alerts", on: "/admin/me", browser.fields)
                        for _ in 0..<2 { try await post.deliverDue() }
                        #expect(service.messages.count == count + 1, "\(status)")
                        #expect(try await Self.told(shop).last == "trial push \(state)", "\(status)")
                        #expect(try await browsers() == left, "\(status)")
                        let me = try await njeri.page("/admin/me")
                        if let id = me.firstMatch(of: /\/admin\/me\/alerts\/([0-9a-zA-Z]+)"/)?.1 {
                            _ = try await njeri.press("/admin/me/alerts/\(id)", on: "/admin/me", [("do", "stop")])
                        }
                        #expect(try await browsers() == 0)
                        shop.clock.advance(seconds: 2)
                    }
                    // What waits for a browser that was stopped is not sent.
                    service.answer(201)
                    shop.clock.advance(seconds: 61)
                    let count = service.messages.count
                    try await post.deliverDue()
                    #expect(service.messages.count == count)
                    service.answer(200, hangsUp: true)
                    _ = try await njeri.press(
                        "/admin/me/alerts", on: "/admin/me", TestBrowser(at: service, "silent").fields)
                    for _ in 0..<2 { try await post.deliverDue() }
                    #expect(try await Self.told(shop).last == "trial push unclear")
                    #expect(service.messages.count == count + 1)
                }
            }
        }
    }

    @Test("A browser that is gone does not make an alert news again", arguments: TestDatabase.engines)
    func goneAndBack(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            try await TestReceiver.open { service in
                try await shop.outsidePost { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    let browser = TestBrowser(at: service, "one")
                    _ = try await njeri.press("/admin/me/alerts", on: "/admin/me", browser.fields)
                    try await shop.shop.setChat("\(service.origin)/hook")
                    try await post.deliverDue()
                    service.answer(410)
                    for _ in 0..<2 {
                        try await Self.goWrong(shop, post)
                        try await post.deliverDue()
                        try await shop.shop.runDueWork()
                        try await post.watch()
                        service.answer(200)
                    }
                    #expect(try await Self.told(shop).filter { $0.hasPrefix("alert") }.count == 2)
                    #expect(service.messages.count == 4, "two trials, one alert on each way")
                }
            }
        }
    }

    @Test("Who may not see what goes on is not told: by role, and when they go")
    func whoIsTold() async throws {
        try await TestShop.open(.sqlite, Self.idle()) { shop in
            try await TestReceiver.open { service in
                try await shop.outsidePost { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    let amina = try await TestStaff.join(shop, "amina", as: .manager)
                    let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
                    let viewer = try await TestStaff.join(shop, "viewer", as: .viewer)
                    #expect(try await !viewer.page("/admin/me").contains("Alerts in this browser"))
                    for (staff, name) in [(amina, "amina"), (otieno, "otieno"), (njeri, "njeri")] {
                        _ = try await staff.press(
                            "/admin/me/alerts", on: "/admin/me", TestBrowser(at: service, name).fields)
                    }
                    try await post.deliverDue()
                    #expect(service.messages.count == 3)
                    _ = try await njeri.press(
                        "/admin/staff/amina", on: "/admin/staff", [("do", "role"), ("role", "viewer")])
                    _ = try await njeri.press("/admin/staff/otieno", on: "/admin/staff", [("do", "disable")])
                    try await Self.goWrong(shop, post)
                    try await post.deliverDue()
                    #expect(service.messages.dropFirst(3).map(\.path) == ["/push/njeri"])
                    // A browser is whose it was last, and is told once.
                    let shared = TestBrowser(at: service, "njeri")
                    let wanjiku = try await TestStaff.join(shop, "wanjiku", as: .manager)
                    _ = try await wanjiku.press("/admin/me/alerts", on: "/admin/me", shared.fields)
                    #expect(try await njeri.page("/admin/me").contains("No browser of yours is told yet"))
                }
            }
        }
    }

    @Test("At night a browser waits for the morning, and the chat does not", arguments: TestDatabase.engines)
    func night(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            try await TestReceiver.open { service in
                // The hour that it is, and the next.
                let hour = shop.clock.now.eastAfrica.hour
                let quiet = try #require(QuietHours("\(hour)-\((hour + 2) % 24)"))
                try await shop.outsidePost(quietHours: quiet) { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    _ = try await njeri.press(
                        "/admin/me/alerts", on: "/admin/me", TestBrowser(at: service, "one").fields)
                    try await shop.shop.setChat("\(service.origin)/hook")
                    try await post.deliverDue()
                    #expect(service.messages.count == 2, "somebody waits for a trial")
                    try await Self.goWrong(shop, post)
                    try await post.deliverDue()
                    #expect(service.messages.dropFirst(2).map(\.path) == ["/hook"])
                    shop.clock.advance(seconds: 2 * 3_600)
                    try await post.deliverDue()
                    #expect(service.messages.dropFirst(3).map(\.path) == ["/push/one"])
                }
            }
        }
    }

    @Test(
        "The owner sets a chat, which gets a trial and each alert once; its address is never shown",
        arguments: TestDatabase.engines)
    func chat(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            try await TestReceiver.open { service in
                try await shop.outsidePost { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    func set(_ what: String, _ address: String = "") async throws -> String {
                        try await njeri.follow(
                            try await njeri.press(
                                "/admin/settings/chat", on: "/admin/settings",
                                [("secret_chat_address", address), ("do", what), ("form", "chat")]))
                    }
                    for wrong in [
                        "", "hooks.example", "http://hooks.example/x", "ftp://hooks.example/x", "https://",
                        "https://a:b@hooks.example/x", "https://hooks.example/\"",
                        "https://hooks.example/" + String(repeating: "x", count: 1_000),
                    ] {
                        let page = try await set("save", wrong)
                        #expect(page.contains("Type the address that the chat gave you"), "\(wrong)")
                    }
                    #expect(try await set("try").contains("told no more"))
                    service.answer(200)
                    let saved = try await set("save", "\(service.origin)/services/T0/B0/a-secret-token")
                    #expect(saved.contains("Saved. A message for a trial") && saved.contains("127.0.0.1"))
                    for _ in 0..<2 { try await post.deliverDue() }
                    func texts() throws -> [String] {
                        try service.messages.map {
                            try JSONDecoder().decode([String: String].self, from: Data($0.body))["text"] ?? ""
                        }
                    }
                    #expect(try texts().count == 1 && texts()[0].hasPrefix("Mama Njeri: This is a trial."))
                    #expect(service.messages.first?.type == "application/json")
                    try await Self.goWrong(shop, post)
                    for _ in 0..<3 {
                        try await post.watch()
                        try await post.deliverDue()
                    }
                    #expect(try texts().count == 2 && texts()[1].contains("Work waits"))
                    #expect(try texts()[1].contains("/admin"))

                    service.answer(404)
                    #expect(try await set("try").contains("on its way to the chat"))
                    try await post.deliverDue()
                    let page = try await njeri.page("/admin/settings")
                    #expect(page.contains("not sent") && page.contains("the chat refused it (404)"))
                    #expect(try await set("remove").contains("told no more"))
                    let trail = try await njeri.page("/admin/trail")
                    #expect(trail.contains("chat set") && trail.contains("chat removed"))
                    #expect(!page.contains("a-secret-token") && !trail.contains("a-secret-token"))
                    #expect(!shop.log.all.contains { $0.contains("a-secret-token") })
                    let bytes = try await shop.database.read {
                        try $0.query("SELECT value_sealed FROM sealed_settings").map { try $0.blob(0) }
                    }
                    #expect(!bytes.contains { String(decoding: $0, as: UTF8.self).contains("secret") })
                }
            }
        }
    }

    @Test("Addresses that lead to this machine or its network are not written to, whoever named them")
    func inside() async throws {
        try await TestShop.open(.sqlite, Self.idle()) { shop in
            try await TestReceiver.open { service in
                try await shop.outsidePost(addresses: .publicOnly) { post in
                    let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                    _ = try await njeri.press(
                        "/admin/me/alerts", on: "/admin/me", TestBrowser(at: service, "one").fields)
                    try await shop.shop.setChat("\(service.origin)/hook")
                    try await post.deliverDue()
                    shop.clock.advance(seconds: 1)
                    try await shop.shop.setChat("https://169.254.169.254/latest")
                    try await post.deliverDue()
                    #expect(service.messages.isEmpty)
                    #expect(
                        try await Self.told(shop).sorted() == [
                            "trial chat failed", "trial chat failed", "trial push failed",
                        ])
                    #expect(try await shop.shop.newestChatNotice()?.reason?.contains("may not be written to") == true)
                }
            }
        }
        // In a live shop nothing without TLS is even kept.
        try await TestShop.open(.sqlite, Self.idle { $0.isPractice = false }) { shop in
            await #expect(throws: OwnerChannelRefusal.badAddress) {
                try await shop.shop.setChat("http://127.0.0.1:9/hook")
            }
        }
    }

    @Test("What browsers do not give is refused, and one person has ten")
    func wrongBrowsers() async throws {
        try await TestShop.open(.sqlite, Self.idle()) { shop in
            try await TestReceiver.open { service in
                let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                func begin(_ change: (inout [String: String]) -> Void, _ name: String = "one") async throws -> String {
                    var fields = Dictionary(
                        TestBrowser(at: service, name).fields, uniquingKeysWith: { first, _ in first })
                    change(&fields)
                    return try await njeri.follow(
                        try await njeri.press("/admin/me/alerts", on: "/admin/me", fields.map { ($0.key, $0.value) }))
                }
                for change: (inout [String: String]) -> Void in [
                    { $0["push_endpoint"] = "http://push.example/x" }, { $0["push_endpoint"] = "" },
                    { $0["push_point"] = "AAAA" }, { $0["push_point"] = "BA" + String(repeating: "B", count: 85) },
                    { $0["push_secret"] = "AAAA" }, { $0["push_secret"] = "?" },
                ] {
                    #expect(try await begin(change).contains("cannot be written to"))
                }
                for number in 0..<10 { _ = try await begin({ _ in }, "b\(number)") }
                #expect(try await begin({ _ in }, "b11").contains("10 browsers of yours are told"))
            }
        }
    }
}
