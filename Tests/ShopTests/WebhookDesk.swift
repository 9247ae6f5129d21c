@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import Storage
import Testing

/// The owner adds programs that are told of orders, sees all that they were told, and takes them away.
@Suite struct WebhookDesk {
    private static func open(
        _ engine: SQLDatabase.Engine, _ body: (TestShop, TestStaff, TestWebhookReceiver) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            try await TestWebhookReceiver.open { receiver in
                try await body(shop, try await TestStaff.join(shop, "njeri", as: .owner), receiver)
            }
        }
    }

    private static func add(_ staff: TestStaff, _ name: String, _ address: String) async throws -> String {
        try await staff.follow(
            try await staff.press(
                "/admin/webhooks", on: "/admin/webhooks",
                [("name", name), ("secret_address", address), ("form", "hook")]))
    }

    private static func secret(in page: String) -> String? {
        page.firstMatch(of: /whsec_[A-Za-z0-9+\/=]{44}/).map { String($0.0) }
    }

    private static func receiver(_ shop: TestShop) async throws -> ID<WebhookReceiver> {
        try #require(try await shop.shop.webhooks().first).receiver.id
    }

    @Test(
        "A program is added, tried, given a new secret and removed; its address and secrets are shown once or never",
        arguments: TestDatabase.engines)
    func life(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, njeri, receiver in
            try await shop.webhooks { sender in
                #expect(try await njeri.page("/admin/settings").contains("href=\"/admin/webhooks\""))
                let added = try await Self.add(njeri, "Books", receiver.address)
                #expect(added.contains("“Books” is told from now on") && added.contains("127.0.0.1"))
                let secret = try #require(Self.secret(in: added))
                #expect(!added.contains("a-token-of-theirs"))
                let path = "/admin/webhooks/\(try await Self.receiver(shop).text)"
                #expect(try await Self.secret(in: njeri.page("/admin/webhooks")) == nil, "shown once")
                #expect(try await Self.secret(in: njeri.page(path)) == nil)

                _ = try await shop.buy()
                func press(_ what: String, _ more: [(String, String)] = []) async throws -> String {
                    try await njeri.follow(try await njeri.press(path, on: path, [("do", what)] + more))
                }
                #expect(try await press("try").contains("A test message is on its way"))
                try await sender.deliverDue()
                #expect(try receiver.messages.map { try $0.event() }.sorted() == ["order.placed", "ping"])
                #expect(receiver.messages.allSatisfy { isSigned($0, by: secret) })
                let log = try await njeri.page(path)
                let number = try #require(try receiver.messages.compactMap { try $0.order() }.first).number
                #expect(log.contains("/admin/orders/\(number)") && log.contains("answered 204"))
                #expect(log.contains("delivered") && log.contains("&quot;type&quot;:&quot;order.placed&quot;"))

                let renewed = try await press("renew")
                let new = try #require(Self.secret(in: renewed))
                #expect(new != secret && renewed.contains("the secret before it also signs until"))
                _ = try await press("try")
                try await sender.deliverDue()
                let last = try #require(receiver.messages.last)
                #expect(isSigned(last, by: secret) && isSigned(last, by: new))

                #expect(try await press("remove").contains("Tick the box"))
                #expect(try await press("remove", [("sure", "1")]).contains("“Books” is told nothing more"))
                #expect(try await shop.shop.webhooks().isEmpty)
                #expect(try await njeri.get(path).status == 404)
                _ = try await shop.buy(phone: "0722000001")
                try await sender.deliverDue()
                #expect(receiver.messages.count == 3)
                let trail = try await njeri.page("/admin/trail")
                for deed in ["webhook added", "webhook tried", "webhook secret made", "webhook removed"] {
                    #expect(trail.contains(deed), "\(deed)")
                }
                let everything = shop.log.all.joined() + trail
                #expect(!everything.contains("whsec_") && !everything.contains("a-token-of-theirs"))
                #expect(try await Self.stored(shop, contains: ["a-token-of-theirs", "whsec_"]) == false)
            }
        }
    }

    /// Whether a sealed column can be read as it lies there.
    private static func stored(_ shop: TestShop, contains words: [String]) async throws -> Bool {
        let bytes = try await shop.database.read {
            try $0.query("SELECT door_sealed FROM webhook_receivers").map { try $0.blob(0) }
        }
        return bytes.contains { sealed in words.contains { String(decoding: sealed, as: UTF8.self).contains($0) } }
    }

    @Test(
        "What cannot be a program is refused in words, five are told at most, and what was typed stays",
        arguments: TestDatabase.engines)
    func refusals(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, njeri, _ in
            for wrong in [
                "books.example", "http://books.example/x", "ftp://books.example/x", "https://",
                "https://a:b@x.example/",
                "https://x.example/\"", "https://x.example/" + String(repeating: "x", count: 1_000),
            ] {
                let page = try await Self.add(njeri, "My “Books”", wrong)
                #expect(
                    page.contains("id=\"hook-address-error\"") && page.contains("It begins with https://"), "\(wrong)")
                #expect(page.contains("value=\"My “Books”\"") && !page.contains("value=\"\(wrong)"))
            }
            #expect(try await Self.add(njeri, "", "https://x.example/in").contains("Type a name for the program"))
            #expect(try await Self.add(njeri, "0712345678", "https://x.example/in").contains("id=\"hook-name-error\""))
            for number in 1...5 {
                #expect(Self.secret(in: try await Self.add(njeri, "B\(number)", "https://x.example/in")) != nil)
                guard number == 1 else { continue }
                #expect(
                    try await Self.add(njeri, "b1", "https://x.example/2").contains("Another program has this name"))
            }
            #expect(try await njeri.page("/admin/webhooks").contains("5 programs can be told, and so many are"))
            await #expect(throws: WebhookRefusal.tooMany) {
                _ = try await shop.shop.addWebhook(named: "B6", at: "https://x.example/in", by: "njeri")
            }
            #expect(try await shop.shop.webhooks().map(\.receiver.host) == Array(repeating: "x.example", count: 5))
        }
    }

    @Test("Two who add the last one at the same moment add one", arguments: TestDatabase.engines)
    func racedAdding(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, _, _ in
            for number in 1...4 {
                _ = try await shop.shop.addWebhook(named: "B\(number)", at: "https://x.example/in", by: "njeri")
            }
            await withTaskGroup(of: Void.self) { group in
                for name in ["one", "two", "three"] {
                    group.addTask {
                        do {
                            _ = try await shop.shop.addWebhook(named: name, at: "https://x.example/in", by: "x")
                        } catch {
                            #expect(error is WebhookRefusal)
                        }
                    }
                }
            }
            #expect(try await shop.shop.webhooks().count == 5)
        }
    }

    @Test("The password is asked for again, a press counts once, and a form of elsewhere counts for nothing")
    func doors() async throws {
        try await Self.open(.sqlite) { shop, njeri, receiver in
            shop.clock.advance(seconds: 601)
            #expect(try await Self.add(njeri, "Books", receiver.address).contains("Type your password"))
            #expect(try await shop.shop.webhooks().isEmpty)
            let fields = [
                ("name", "Books"), ("secret_address", receiver.address), ("form", "hook"), ("back", "/admin/webhooks"),
                ("password", TestStaff.password),
            ]
            _ = try await njeri.post("/admin/webhooks", fields + [("form_token", "wrong")])
            let page = try await njeri.page("/admin/webhooks")
            let token = try TestShop.field("form_token", in: page)
            let foreign = try await njeri.post(
                "/admin/webhooks", fields + [("form_token", token)],
                headers: [(name: "Sec-Fetch-Site", value: "cross-site")])
            #expect(foreign.status == 403)
            #expect(try await shop.shop.webhooks().isEmpty)
            // Pressed twice: one program, and both are shown its secret.
            var secrets: [String?] = []
            for _ in 0..<2 {
                let answer = try await njeri.post("/admin/webhooks", fields + [("form_token", token)])
                secrets.append(Self.secret(in: try await njeri.follow(answer)))
            }
            #expect(secrets[0] != nil && secrets[0] == secrets[1])
            #expect(try await shop.shop.webhooks().count == 1)
            let path = "/admin/webhooks/\(try await Self.receiver(shop).text)"
            shop.clock.advance(seconds: 601)
            for what in ["renew", "remove", "try"] {
                let refused = try await njeri.follow(
                    try await njeri.press(path, on: path, [("do", what), ("sure", "1")]))
                #expect(refused.contains("Type your password"), "\(what)")
            }
            #expect(try await shop.shop.webhooks().count == 1)
            #expect(
                try await njeri.press(path, on: path, [("do", "eat"), ("password", TestStaff.password)]).status == 400)
        }
    }

    @Test("The log has pages and states, says what went wrong, and sends again", arguments: TestDatabase.engines)
    func log(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, njeri, receiver in
            try await shop.webhooks { sender in
                _ = try await shop.addWebhook(receiver)
                let id = try await Self.receiver(shop)
                let path = "/admin/webhooks/\(id.text)"
                for _ in 0..<24 {
                    try await shop.shop.tryWebhook(id, by: "njeri")
                    shop.clock.advance(seconds: 1)
                }
                receiver.next(.status(500), .redirect("/x"), .cut)
                for _ in 0..<2 { try await sender.deliverDue() }
                let first = try await njeri.page(path)
                let older = try #require(
                    first.firstMatch(of: /href="(\/admin\/webhooks\/[0-9a-f]+\?before=[0-9a-f]+)"/)
                ).1
                let second = try await njeri.page(String(older))
                func rows(_ page: String) -> Int { page.components(separatedBy: "<b>ping</b>").count - 1 }
                #expect(rows(first) == 20 && rows(second) == 4)
                for words in ["answered 500", "answered 302: it leads elsewhere", "the connection ended before"] {
                    #expect(second.contains(words), "\(words)")
                }
                #expect(rows(try await njeri.page("\(path)?state=waiting")) == 3)
                #expect(rows(try await njeri.page("\(path)?state=failed")) == 0)

                let message = try #require(try await shop.webhookLog().first).message
                let again = "\(path)/\(message.id.text)"
                let count = receiver.messages.count
                let done = try await njeri.follow(try await njeri.press(again, on: path))
                #expect(done.contains("The message is on its way again"))
                try await sender.deliverDue()
                #expect(receiver.messages.count == count + 1 && receiver.messages.last?.id == message.id.text)
                let gone = try await njeri.follow(try await njeri.press("\(path)/nothing", on: path))
                #expect(gone.contains("The message is not there any more"))
                // Of another program.
                _ = try await shop.addWebhook(receiver, named: "Stock")
                let other = try #require(try await shop.shop.webhooks().last).receiver.id.text
                let foreign = try await njeri.press("/admin/webhooks/\(other)/\(message.id.text)", on: path)
                #expect(try await njeri.follow(foreign).contains("The message is not there any more"))

                try await shop.shop.tryWebhook(id, by: "njeri")
                let waiting = try #require(try await shop.webhookLog().last).message
                _ = try #require(try await sender.claim(waiting))
                let busy = try await njeri.press("\(path)/\(waiting.id.text)", on: path)
                #expect(try await njeri.follow(busy).contains("is being sent at this moment"))
            }
        }
    }

    @Test("The page speaks Swahili", arguments: [StaffRole.owner])
    func swahili(_ role: StaffRole) async throws {
        try await Self.open(.sqlite) { shop, njeri, receiver in
            _ = try await shop.addWebhook(receiver)
            let path = "/admin/webhooks/\(try await Self.receiver(shop).text)"
            for page in ["/admin/webhooks", path] {
                let answer = try await shop.send(
                    "GET", page, headers: [("Cookie", "\(njeri.cookie); lang=sw"), ("Accept-Language", "sw")])
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(text.contains("Webhook kwa programu zingine") && text.contains("haijapokea ujumbe bado"))
                #expect(!text.contains("staff_hook") && !text.contains("hook_state"))
            }
        }
    }

    // MARK: Where real money is

    @Test("A live shop takes https addresses only, and connects to none of its own machine or network")
    func live() async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        options.isPractice = false
        try await TestShop.open(.sqlite, options) { shop in
            try await TestWebhookReceiver.open { receiver in
                await #expect(throws: WebhookRefusal.badAddress) { _ = try await shop.addWebhook(receiver) }
                let port = receiver.origin.split(separator: ":").last ?? ""
                for (name, address) in [
                    ("loopback", "https://127.0.0.1:\(port)/in"), ("name", "https://localhost:\(port)/in"),
                    ("mapped", "https://[::ffff:127.0.0.1]:\(port)/in"), ("cloud", "https://169.254.169.254/in"),
                    ("number", "https://2130706433:\(port)/in"),
                ] { _ = try await shop.shop.addWebhook(named: name, at: address, by: "njeri") }
                try await shop.webhooks(addresses: .publicOnly) { sender in
                    _ = try await shop.buy()
                    try await sender.deliverDue()
                    for name in ["loopback", "name", "mapped", "cloud", "number"] {
                        let tries = try #require(try await shop.webhookLog(name).first).tries
                        guard case .problem(.forbidden, _) = tries.first?.result else {
                            Issue.record("\(name): \(tries)")
                            continue
                        }
                    }
                }
                #expect(receiver.messages.isEmpty)
                let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                let refused = try await Self.add(njeri, "Books", "https://books.example/in")
                #expect(refused.contains("Turn on one-time codes first"))
                let path = "/admin/webhooks/\(try await Self.receiver(shop).text)"
                #expect(try await njeri.page(path).contains("which is not written to"))
            }
        }
    }

    // MARK: Forgetting

    @Test(
        "What was delivered a month ago is forgotten, what was given up later, what waits never",
        arguments: TestDatabase.engines)
    func forgetting(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, _, receiver in
            try await shop.webhooks { sender in
                for name in ["Books", "Stock"] { _ = try await shop.addWebhook(receiver, named: name) }
                let id = try await Self.receiver(shop)
                for state in ["delivered", "failed", "waiting"] {
                    try await shop.shop.tryWebhook(id, by: "njeri")
                    if state == "waiting" { continue }
                    receiver.next(.status(state == "delivered" ? 200 : 500))
                    if state == "failed" {
                        try await shop.database.transaction {
                            try $0.execute("UPDATE webhook_messages SET tries = 11 WHERE state = 'waiting'")
                        }
                    }
                    try await sender.deliverDue()
                }
                func left() async throws -> [String] {
                    _ = try await shop.shop.forgetOld()
                    return try await shop.toldWebhooks().map { String($0.split(separator: " ")[1]) }.sorted()
                }
                shop.clock.advance(seconds: 29 * 86_400)
                #expect(try await left() == ["delivered", "failed", "waiting"])
                shop.clock.advance(seconds: 2 * 86_400)
                #expect(try await left() == ["failed", "waiting"])
                shop.clock.advance(seconds: 150 * 86_400)
                #expect(try await left() == ["waiting"])
                _ = try await shop.shop.removeWebhook(id, by: "njeri")
                _ = try await shop.shop.forgetOld()
                for table in ["webhook_messages", "webhook_tries"] as [StaticString] {
                    let count = try await shop.database.read {
                        try $0.first("SELECT COUNT(*) FROM \(raw: table)")?.int(0)
                    }
                    #expect(count == 0, "\(table)")
                }
            }
        }
    }
}
