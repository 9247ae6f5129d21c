@testable import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// What customers are told by letter and SMS: each thing once, in their language, with the link to their order.
@Suite struct Letters {
    static let engines = TestDatabase.engines

    /// A shop whose letters go to a mail server of the test's own; nothing is sent before the test says so.
    static func open(
        _ engine: SQLDatabase.Engine, runsJobs: Bool = true,
        _ body: (TestShop, PostOffice, TestMailServer) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.runsJobs = runsJobs
        try await TestShop.open(engine, options) { shop in
            let mail = TestMailServer()
            try await body(shop, try await shop.post(mail: mail), mail)
        }
    }

    @Test("Placed and paid are told once each, by letter and SMS, with a link that opens the order", arguments: engines)
    func placedAndPaid(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            try await TestSMSService.open { service in
                let mail = TestMailServer()
                let post = try await shop.post(mail: mail, sms: service)
                shop.daraja.choose(try shop.story("success"))
                let path = try await shop.buyByMail()
                try await shop.status(path) { $0.state == "paid" }
                for _ in 0..<3 { try await post.deliverDue() }
                #expect(
                    try await shop.told(path).sorted() == [
                        "paid letter sent", "paid sms sent", "placed letter sent", "placed sms sent",
                    ])
                #expect(mail.taken.count == 2 && service.messages.count == 2)
                let number = try await shop.order(path).number.text
                let letter = try #require(mail.taken.first { $0.text.contains("is paid") })
                #expect(letter.to == "RCPT TO:<asha@example.com>")
                #expect(letter.text.hasPrefix("Hello Asha Wanjiru,\r\n\r\nYour order is paid, KSh 250 in all."))
                #expect(letter.text.contains("Order: \(number)") && !letter.text.contains("&"), "plain text")
                let link = "\(shop.address)\(path)"
                #expect(mail.taken.allSatisfy { $0.text.contains(link) })
                #expect(try await shop.send("GET", link).status == 200)
                for message in service.messages {
                    #expect(message.to == "+254712345678" && message.from == "NJERI")
                    #expect(message.text.hasPrefix("Mama Njeri: ") && message.text.hasSuffix(" \(link)"))
                    #expect(ShortText.length(message.text) <= 160 && ShortText.fits(message.text))
                }
                // Nothing of it stands in clear, nor in the log.
                #expect(!shop.log.all.joined().contains("asha@example.com"))
            }
        }
    }

    @Test("Every kind has its words in both languages, and fits one SMS", arguments: Language.allCases)
    func words(_ language: Language) async throws {
        try await Self.open(.sqlite) { shop, _, _ in
            let path = try await shop.buy()
            let order = try await shop.order(path)
            for kind in Notice.Kind.allCases where !kind.isForOwner {
                let notice = Notice(
                    id: ID(at: shop.clock.now), order: order.id, kind: kind, occurrence: "", channel: .letter,
                    language: language, detail: "250", writtenAt: shop.clock.now, dueAt: shop.clock.now)
                let token = String(path.dropFirst("/orders/".count))
                let text = shop.site.compose(
                    NoticeFacts(notice: notice, order: order, customer: "Ashā O'Brien-Wanjirũ", pageToken: token))
                #expect(text.text.contains("Ashā O'Brien-Wanjirũ,") && text.text.contains(path))
                for part in [text.subject, text.text, text.short.text] {
                    #expect(!part.contains("{") && !part.contains("mail_") && !part.contains("sms_"), "\(part)")
                }
                #expect(text.short.text.contains(order.number.text), "\(text.short.text)")
                let long = "https://duka.mamanjeri-soko.co.ke\(path)"
                let sentence = text.short.text.dropFirst("Mama Njeri: ".count).dropLast(shop.address.count + path.count)
                #expect(sentence.count + long.count + "Mama Njeri: ".count <= 160, "\(kind): \(sentence)")
            }
        }
    }

    @Test("A name that is no name is not written to an address that may be anybody's", arguments: engines)
    func greeting(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            for (number, name) in ["Win at evil.com now", "http://evil", "You won 1000000", "A\u{2028}B"].enumerated() {
                let answer = try await shop.checkOut(
                    phone: "071234561\(number)", name: name, email: "someone@example.com")
                #expect(answer.leadsToOrder)
            }
            try await post.deliverDue()
            #expect(mail.taken.count == 4)
            #expect(mail.taken.allSatisfy { $0.text.hasPrefix("Hello,\r\n") && !$0.text.contains("evil") })
        }
    }

    @Test("Nobody's mailbox is filled by orders that nobody pays for", arguments: engines)
    func flooding(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            for number in 10..<24 {
                _ = try await shop.buyByMail(phone: "07123456\(number)", email: "Asha@example.com")
            }
            _ = try await shop.buyByMail(phone: "0712345699", email: "other@example.com")
            try await post.deliverDue()
            #expect(mail.taken(for: "Asha@example.com").count == 12)
            #expect(mail.taken(for: "other@example.com").count == 1)
        }
    }

    @Test("An order that ends unpaid is told in its language, and the page orders the same again", arguments: engines)
    func expired(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            shop.daraja.choose(try shop.story("cancelled"))
            let answer = try await shop.checkOut(
                phone: "0712345678", email: "asha@example.com", cookies: "lang=sw")
            let path = try #require(answer.header("location"))
            try await shop.shop.runDueWork()
            shop.clock.advance(seconds: 4_000)
            try await shop.shop.runDueWork()
            try await post.deliverDue()
            #expect(try await shop.told(path).last == "expired letter sent")
            let letter = try #require(mail.taken.last)
            #expect(letter.text.contains("Habari Asha Wanjiru") && letter.text.contains("Agiza zile zile tena"))
            #expect(letter.header("Content-Language") == "sw")
            #expect(try await shop.page(path).contains("action=\"\(path)/again\""))
        }
    }

    @Test("Money that goes back is told with its amount, once", arguments: engines)
    func refunded(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.refundQuerySeconds = [1, 2, 3, 5, 8]
        try await TestShop.open(engine, options) { shop in
            let mail = TestMailServer()
            let post = try await shop.post(mail: mail)
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buyByMail(cart: "tea:1")
            try await shop.status(path) { $0.state == "paid" && $0.receipt != nil }
            let asked = try await RefundStories.ask(shop, try await shop.order(path).number)
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
            for _ in 0..<2 { try await post.deliverDue() }
            let letters = mail.taken.filter { $0.text.contains("KSh 1,000 was sent back for your order") }
            #expect(letters.count == 1, "\(mail.taken.map(\.text))")
            #expect(try await shop.told(path).contains("refunded letter sent"))
        }
    }

    @Test(
        "Refusals for now are tried again with pauses and end after a day; one for good ends at once",
        arguments: engines)
    func refusals(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            mail.usually(.reply(.dot, "451 greylisted"))
            let path = try await shop.buyByMail()
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed letter waiting"])
            try await post.deliverDue()
            #expect(mail.connections == 1, "not before its time")
            shop.clock.advance(seconds: 61)
            mail.usually(.accept)
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed letter sent"])
            #expect(mail.taken.count == 1 && mail.connections == 2)

            mail.usually(.reply(.recipient, "550 asha@example.com is unknown"))
            let refused = try await shop.buyByMail()
            try await post.deliverDue()
            #expect(try await shop.told(refused) == ["placed letter failed"])
            #expect(!shop.log.all.joined().contains("asha@example.com"))

            mail.usually(.drop(.hello))
            let stuck = try await shop.buyByMail()
            for _ in 0..<40 {
                try await post.deliverDue()
                shop.clock.advance(seconds: 3_601)
            }
            let last = try await shop.told(stuck)
            #expect(last.contains("placed letter overtaken") || last.contains("placed letter failed"), "\(last)")
            #expect(mail.taken.count == 1)
        }
    }

    @Test("A letter whose address was forgotten meanwhile goes to nobody else", arguments: engines)
    func forgotten(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            let path = try await shop.buyByMail()
            try await shop.database.transaction { try $0.execute("UPDATE notices SET recipient_sealed = NULL") }
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed letter failed"])
            #expect(mail.taken.isEmpty && mail.connections == 0)
        }
    }

    @Test("The same letter keeps its name however often it is tried")
    func messageID() async throws {
        try await Self.open(.sqlite, runsJobs: false) { shop, post, mail in
            mail.play(.reply(.data, "451 later"))
            _ = try await shop.buyByMail()
            try await post.deliverDue()
            shop.clock.advance(seconds: 61)
            try await post.deliverDue()
            let name = try #require(mail.taken.first?.header("Message-ID"))
            #expect(name.hasSuffix("@shop.example>"))
            let stored = try await shop.database.read {
                try $0.query("SELECT id FROM notices").map { try $0.text(0) }
            }
            #expect(stored.map { "<\($0)@shop.example>" } == [name])
        }
    }

    // MARK: Kills

    /// Letters that the customer got: the owner hears of the work that nobody does in these shops.
    private static func letters(_ mail: TestMailServer) -> Int { mail.taken(for: "asha@example.com").count }

    /// Where a worker stops as if its process had been killed.
    enum Stop: CaseIterable, Sendable { case prepared, claimed, carried, settled }

    @Test(
        "Killed at any step, no letter is lost and none is sent again that the server may have taken",
        arguments: engines, Stop.allCases)
    func killed(_ engine: SQLDatabase.Engine, _ stop: Stop) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            let path = try await shop.buyByMail()
            let now = shop.clock.now
            let notice = try #require(
                try await shop.database.read { try $0.dueNotices(.letter, atMost: 1, at: now) }.first)
            try await Self.work(notice, post, until: stop)
            // Another worker starts, and time passes.
            for _ in 0..<5 {
                try await post.deliverDue()
                try await post.watch()
                shop.clock.advance(seconds: 100)
            }
            switch stop {
            case .prepared:
                #expect(try await shop.told(path) == ["placed letter sent"])
                #expect(Self.letters(mail) == 1)
            case .claimed:
                // It may have been on its way: a person sees it, and nobody sends it by themselves.
                #expect(try await shop.told(path) == ["placed letter unclear"])
                #expect(Self.letters(mail) == 0)
            case .carried:
                #expect(try await shop.told(path) == ["placed letter unclear"])
                #expect(Self.letters(mail) == 1, "taken once, and not sent again")
            case .settled:
                #expect(try await shop.told(path) == ["placed letter sent"])
                #expect(Self.letters(mail) == 1)
            }
        }
    }

    private static func work(_ notice: Notice, _ post: PostOffice, until stop: Stop) async throws {
        let parcel = try #require(try await post.prepare(notice))
        if stop == .prepared { return }
        let claimed = try #require(try await post.claim(notice))
        if stop == .claimed { return }
        let delivery = await post.carry(parcel)
        #expect(delivery == .accepted(id: nil))
        if stop == .carried { return }
        try await post.settle(claimed, delivery)
    }

    @Test(
        "A commit whose answer gets lost sends nothing twice, and what it was about stays to be seen",
        .enabled(if: engines.contains(.mariaDB)), arguments: MariaDBProxy.Loss.allCases, [Stop.claimed, .settled])
    func lostCommits(_ loss: MariaDBProxy.Loss, _ step: Stop) async throws {
        try await Self.open(.mariaDB, runsJobs: false) { shop, post, mail in
            let path = try await shop.buyByMail()
            guard case .mariaDB(let address) = try DatabaseLocation(shop.databaseLocation) else { return }
            let proxy = MariaDBProxy(to: address, folder: shop.folder)
            let database = try await SQLDatabase.open(proxy.location)
            let cut = PostOffice(
                shop: try Durability.door(of: shop, on: database, shop.client), ways: post.ways, compose: post.compose)
            let now = shop.clock.now
            let notice = try #require(
                try await shop.database.read { try $0.dueNotices(.letter, atMost: 1, at: now) }.first)
            let parcel = try #require(try await cut.prepare(notice))
            do {
                if step == .claimed { proxy.lose(loss) }
                if let claimed = try await cut.claim(notice) {
                    let delivery = await cut.carry(parcel)
                    if step == .settled { proxy.lose(loss) }
                    try await cut.settle(claimed, delivery)
                }
            } catch is DatabaseError {}
            for _ in 0..<5 {
                try await post.deliverDue()
                try await post.watch()
                shop.clock.advance(seconds: 100)
            }
            let told = try await shop.told(path)
            let letters = Self.letters(mail)
            let isSent = told == ["placed letter sent"] && letters == 1
            #expect(isSent || (told == ["placed letter unclear"] && letters <= 1), "\(told), \(letters) letters")
            #expect(proxy.count > 0, "something was lost")
            await database.close()
            proxy.stop()
        }
    }

    @Test("Two workers that see the same notice send it once", arguments: engines)
    func raced(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            for number in 0..<6 { _ = try await shop.buyByMail(phone: "071234560\(number)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await post.deliverDue() } }
                try await group.waitForAll()
            }
            #expect(Self.letters(mail) == 6)
        }
    }

    @Test(
        "Whoever comes back late writes down what the server said, and nobody's claim is taken over", arguments: engines
    )
    func lateAnswer(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, _ in
            let path = try await shop.buyByMail()
            let now = shop.clock.now
            let notice = try #require(
                try await shop.database.read { try $0.dueNotices(.letter, atMost: 1, at: now) }.first)
            let claimed = try #require(try await post.claim(notice))
            let second = try await post.claim(notice)
            #expect(second == nil, "claimed once")
            shop.clock.advance(seconds: 181)
            try await post.watch()
            #expect(try await shop.told(path) == ["placed letter unclear"])
            try await post.settle(claimed, .accepted(id: nil))
            #expect(try await shop.told(path) == ["placed letter sent"])
        }
    }

    @Test("What the server may have taken is unclear, and not sent again", arguments: engines)
    func unclear(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, runsJobs: false) { shop, post, mail in
            mail.play(.drop(.taken), .drop(.dot))
            let taken = try await shop.buyByMail(phone: "0712345601")
            try await post.deliverDue()
            let lost = try await shop.buyByMail(phone: "0712345602")
            try await post.deliverDue()
            for _ in 0..<30 {
                try await post.deliverDue()
                shop.clock.advance(seconds: 100)
            }
            #expect(try await shop.told(taken) == ["placed letter unclear"])
            #expect(try await shop.told(lost) == ["placed letter unclear"])
            #expect(Self.letters(mail) == 1 && mail.connections == 2)
        }
    }

    @Test("The program, killed while the server holds the final dot, sends nothing twice", arguments: engines)
    func programKilled(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            let mail = TestMailServer()
            mail.usually(.hold(.taken))
            let port = try Program.freePort()
            var environment = Program.environment(shop, port: port)
            environment["DUKA_SMTP_URL"] = mail.url
            environment["DUKA_MAIL_FROM"] = "shop@shop.example"
            environment["DUKA_PUBLIC_URL"] = shop.address
            let program = try await Program.start(environment, port: port, for: shop)
            try await shop.eventually("the program says that it has letters") {
                try await shop.shop.reachesCustomers()
            }
            let path = try await shop.buyByMail()
            try await shop.eventually("the server has the letter") { mail.isHolding }
            program.kill()
            mail.release()
            #expect(try await shop.told(path) == ["placed letter sending"])
            shop.clock.advance(seconds: 181)
            let post = try await shop.post(mail: mail)
            for _ in 0..<3 {
                try await post.watch()
                try await post.deliverDue()
            }
            #expect(try await shop.told(path) == ["placed letter unclear"])
            #expect(Self.letters(mail) == 1)
        }
    }
}
