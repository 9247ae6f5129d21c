import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import FaultTesting
import Foundation
import HTTPClient
import Logging
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// What was answered with 200 is never lost, and people's data is nowhere in clear.
@Suite struct Durability {
    @Test("While the database is away, messages go to the disk, are answered, and come in when it is back")
    func spool() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("callback-lost") { $0.query.fault = .pending })
            let order = try await shop.buy()
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            let push = shop.pushes[0]
            let receipt = try #require(push.receipt)

            // A second door to the same shop whose database is closed: what a node sees when its server is gone.
            let dead = try await SQLDatabase.open(.sqlite(path: "\(shop.folder)/dead.db"))
            await dead.close()
            let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
            let token = try #require(push.callbackURL.split(separator: "/").dropLast().last)
            let body = PaymentStories.success(push, receipt: receipt)
            let result = try await Self.door(of: shop, on: dead, client).receiveCallback(
                token: String(token), route: "prompt", body: Array(body.utf8), source: "127.0.0.1",
                isListed: { _ in true })
            guard case .stored = result else {
                Issue.record("it was not stored: \(result)")
                return
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(shop.folder)/spool")
            #expect(files.count == 1)
            let raw = try Data(contentsOf: URL(filePath: "\(shop.folder)/spool/\(files[0])"))
            #expect(!String(decoding: raw, as: UTF8.self).contains("254712345678"), "I33")

            try await Self.door(of: shop, on: shop.database, client).recover()
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.receipt == receipt)
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(shop.folder)/spool")
            #expect(left.isEmpty)
            await client.shutdown()
        }
    }

    @Test("A spooled message stays while nobody knows whether the database took it, and comes in later")
    func spoolWhileAnswersAreLost() async throws {
        try await TestShop.open(.mariaDB) { shop in
            shop.daraja.choose(try shop.story("callback-lost") { $0.query.fault = .pending })
            let order = try await shop.buy()
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            let push = shop.pushes[0]
            let body = PaymentStories.success(push, receipt: try #require(push.receipt))
            let token = try #require(push.callbackURL.split(separator: "/").dropLast().last)
            guard case .mariaDB(let address) = try DatabaseLocation(shop.databaseLocation) else { return }
            let proxy = MariaDBProxy(to: address, folder: shop.folder)
            let database = try await SQLDatabase.open(proxy.location)
            let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
            let door = try Self.door(of: shop, on: database, client)
            func waiting() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: "\(shop.folder)/spool").map { file in
                    String(file.split(separator: ".").last ?? "")
                }
            }

            proxy.lose(.before, requestsWith: "INSERT INTO inbox")
            let result = await door.receiveCallback(
                token: String(token), route: "prompt", body: Array(body.utf8), source: "127.0.0.1",
                isListed: { _ in true })
            guard case .stored = result else {
                Issue.record("it was not stored: \(result)")
                return
            }
            await #expect(throws: DatabaseError.self) { try await door.recover() }
            #expect(try waiting() == ["message"], "neither taken nor put aside")

            proxy.lose(.before, requestsWith: nil)
            try await door.recover()
            try await shop.status(order) { $0.state == "paid" }
            #expect(try waiting().isEmpty)
            await client.shutdown()
            await database.close()
            proxy.stop()
        }
    }

    /// A second door to the same shop, over another way to a database.
    static func door(of shop: TestShop, on database: SQLDatabase, _ client: OutboundClient) throws -> Shop {
        Shop(
            database: database, keys: try KeyRing(keys: [(id: 1, key: Array(repeating: 7, count: 32))]),
            rules: TestShop.Options.patient, name: "Mama Njeri", isPractice: true, callbackBase: shop.address,
            spoolFolder: "\(shop.folder)/spool",
            providers: shop.shop.providerNames.compactMap { name in
                shop.shop.provider(name.name).map { Shop.Provider(name: name.name, $0.abilities) }
            }, client: client, log: Logger(label: "test") { _ in shop.log }, now: { shop.clock.now })
    }

    @Test("No number, token, passkey or name stands in clear in logs, pages or the database's files")
    func canaries() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy(phone: "0712345678")
            try await shop.status(order) { $0.state == "paid" }
            shop.daraja.choose(try shop.story("unavailable-processed"))
            let unknown = try await shop.buy(phone: "0799887766")
            try await shop.status(unknown) { $0.attempt?.state == "prompt_sent" }
            // A form with a mistake is kept as well.
            #expect(try await shop.checkOut(phone: "0712 345 678 9").leadsToForm)
            let token = String(try #require(shop.pushes[0].callbackURL.split(separator: "/").dropLast().last))
            let account = try shop.account(of: "mpesa")
            let stored = try await shop.database.read { [vault = shop.vault] in
                try $0.token("oauth", of: account, vault)
            }
            let bearer = try #require(stored?.token)
            let secrets = [
                "712345678", "799887766", "0712 345 678", "Asha Wanjiru", token, bearer.reveal(), "simulator-secret",
                "bfb279f9aa9bdbcf158e97dd71a467cd", "Kilimani, house",
            ]
            func search(_ text: String, _ place: String) {
                for secret in secrets {
                    let isThere = text.contains(secret)
                    #expect(!isThere, "\(secret.prefix(4))… in \(place)")
                }
            }
            search(shop.log.all.joined(separator: "\n"), "the log")
            #expect(!shop.log.all.isEmpty)
            for path in [order, "\(order)/status", "\(order)/receipt", unknown, "/metrics", "/nothing"] {
                search(try await shop.page(path), path)
            }
            for file in try FileManager.default.contentsOfDirectory(atPath: shop.folder) where file.hasPrefix("duka.db")
            {
                let data = try Data(contentsOf: URL(filePath: "\(shop.folder)/\(file)"))
                search(String(decoding: data, as: UTF8.self), file)
            }
        }
    }

    @Test(
        "An attempt whose push is in the journal is never pushed again, one whose push is not is sent",
        arguments: TestDatabase.engines)
    func journal(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle) { shop in
            shop.daraja.choose(Story.manual)
            let begun = try await shop.buy(phone: "0712000001")
            let untouched = try await shop.buy(phone: "0712000002")
            // What a process leaves behind that dies between its journal line and the answer.
            let ticket = try #require(try await shop.order(begun).liveTicket)
            let now = shop.clock.now
            _ = try await shop.database.transaction { try $0.beginAct(ticket, at: now) }
            try await shop.shop.runDueWork()
            #expect(shop.daraja.ledger.map(\.phone) == ["254712000002"])
            #expect(try await shop.status(begun).attempt?.state == "prompt_sent", "it may have been sent")
            #expect(try await shop.status(untouched).attempt?.state == "prompt_sent")
            shop.clock.advance(seconds: 181)
            try await shop.shop.runDueWork()
            let closed = try await shop.status(begun)
            #expect(closed.attempt?.state == "expired" && closed.state == "pending")
        }
    }

    @Test("A killed process has paid orders after its restart", arguments: TestDatabase.engines)
    func killed(_ engine: SQLDatabase.Engine) async throws {
        // The program itself, killed with SIGKILL at the moment when the push has arrived and nothing is answered yet.
        try await TestShop.open(engine, Self.idle) { shop in
            shop.daraja.choose(try shop.story("success") { $0.push = PushFault(.none, holdMilliseconds: 1_500) })
            let port = try Program.freePort()
            let environment = Program.environment(shop, port: port)
            var program = try await Program.start(environment, port: port, for: shop)
            let base = "http://127.0.0.1:\(port)"
            let page = String(decoding: try await shop.send("GET", "\(base)/checkout?c=mug:1").body, as: UTF8.self)
            let answer = try await shop.send(
                "POST", "\(base)/checkout",
                form: [
                    ("name", "Asha"), ("phone", "0712345678"), ("delivery", "pickup"), ("provider", "mpesa"),
                    ("form_token", try TestShop.field("form_token", in: page)), ("c", "mug:1"),
                ])
            let order = try #require(answer.header("location"))
            try await shop.eventually("the push has arrived") { shop.daraja.ledger.count == 1 }
            program.kill()
            program = try await Program.start(environment, port: port, for: shop)
            try await shop.eventually("the restarted program knows that it is paid", within: 40) {
                let body = try await shop.send("GET", "\(base)\(order)/status").body
                return String(decoding: body, as: UTF8.self).contains("\"state\":\"paid\"")
            }
            #expect(shop.daraja.ledger.count == 1, "one push in all")
            program.kill()
        }
    }

    /// A shop that only lends its database and its provider to a program.
    private static var idle: TestShop.Options {
        var options = TestShop.Options()
        options.runsJobs = false
        return options
    }
}
