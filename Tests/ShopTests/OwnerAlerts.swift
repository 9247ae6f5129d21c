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

/// The owner hears of what is wrong, once, and the desk shows it until it is over.
@Suite struct OwnerAlerts {
    private static func idle(_ change: (inout TestShop.Options) -> Void = { _ in }) -> TestShop.Options {
        var options = TestShop.Options()
        options.runsJobs = false
        options.verifiesBooks = false
        change(&options)
        return options
    }

    @Test(
        "Work that is late is told once by letter and SMS, stands on every page of the desk, and goes away",
        arguments: TestDatabase.engines)
    func lateWork(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            try await TestSMSService.open { service in
                let mail = TestMailServer()
                let post = try await shop.post(mail: mail, sms: service, ownerPhone: "0722000000")
                let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                try await post.watch()
                #expect(try await shop.shop.openAlerts().isEmpty)
                #expect(try await !njeri.page("/admin").contains("Something is wrong"))

                _ = try await shop.buy()
                shop.clock.advance(seconds: 122)
                for _ in 0..<3 {
                    try await post.watch()
                    try await post.deliverDue()
                }
                #expect(try await shop.shop.openAlerts().map(\.kind) == [.jobsLate])
                #expect(mail.taken.count == 1 && mail.taken.first?.to == "RCPT TO:<owner@example.com>")
                #expect(mail.taken.first?.text.contains("Work waits that should have been done") == true)
                let alarms = service.messages.filter { $0.to == "+254722000000" }
                #expect(alarms.count == 1 && alarms.allSatisfy { ShortText.length($0.text) <= 160 })
                for path in ["/admin", "/admin/orders", "/admin/money", "/admin/goods", "/admin/me"] {
                    let page = try await njeri.page(path)
                    #expect(page.contains("href=\"/admin#wrong\"") && page.contains("Work waits"), "\(path)")
                }
                #expect(try await njeri.page("/admin").contains("id=\"wrong\""))
                #expect(try await njeri.page("/admin?lang=sw").contains("Kuna tatizo"))

                try await shop.shop.runDueWork()
                try await post.watch()
                #expect(try await shop.shop.openAlerts().isEmpty)
                #expect(try await !njeri.page("/admin").contains("Something is wrong"))
            }
        }
    }

    @Test("What comes back within half an hour is shown again and not told again", arguments: TestDatabase.engines)
    func flapping(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            let mail = TestMailServer()
            let post = try await shop.post(mail: mail)
            func comesAndGoes(isTold: Bool = true) async throws {
                _ = try await shop.buy(phone: "0712345\(Int.random(in: 100...999))")
                shop.clock.advance(seconds: 130)
                try await post.watch()
                #expect(try await shop.shop.openAlerts().count == 1)
                if isTold { try await post.deliverDue() }
                try await shop.shop.runDueWork()
                try await post.watch()
                #expect(try await shop.shop.openAlerts().isEmpty)
                try await post.deliverDue()
            }
            try await comesAndGoes()
            try await comesAndGoes()
            #expect(mail.taken.count == 1)
            shop.clock.advance(seconds: 1_801)
            try await shop.shop.runDueWork()
            try await comesAndGoes()
            #expect(mail.taken.count == 2)
            shop.clock.advance(seconds: 1_801)
            try await shop.shop.runDueWork()
            try await comesAndGoes(isTold: false)
            #expect(mail.taken.count == 2, "over before it was told: no news")
            try await comesAndGoes()
            #expect(mail.taken.count == 3, "back within half an hour, and nobody has heard of it yet")
        }
    }

    @Test("A provider that gives no token is noticed, and that it gives one again too", arguments: TestDatabase.engines)
    func tokens(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            let post = try await shop.post(mail: TestMailServer())
            let (now, vault) = (shop.clock.now, shop.vault)
            let account = try shop.account(of: "mpesa")
            let former = ProviderAccount("mpesa", settings: ["key": "of before"], hosts: [], vault)
            func fail(_ account: ProviderAccount) async throws {
                try await shop.database.transaction { transaction in
                    _ = try transaction.claimRefresh("oauth", of: account, after: 0, forSeconds: 20, at: now)
                    for _ in 0..<3 { try transaction.releaseRefresh("oauth", of: account, generation: 0) }
                }
            }
            try await fail(former)
            try await post.watch()
            #expect(try await shop.shop.openAlerts().isEmpty, "nobody has that key any more")
            try await fail(account)
            try await post.watch()
            #expect(try await shop.shop.openAlerts().map(\.kind) == [.tokenFailing])
            try await shop.database.transaction {
                try $0.storeToken(
                    Secret("a-fresh-token"), "oauth", of: account, after: 0, expiresAt: now.adding(seconds: 60),
                    vault)
            }
            try await post.watch()
            #expect(try await shop.shop.openAlerts().isEmpty)
        }
    }

    @Test(
        "Payments that only asking finds are noticed, and letters that do not get away", arguments: TestDatabase.engines
    )
    func silence(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.querySeconds = [2, 3, 4, 6, 8, 10, 15, 20]
        try await TestShop.open(engine, options) { shop in
            let mail = TestMailServer()
            mail.usually(.reply(.recipient, "550 no"))
            let post = try await shop.post(mail: mail)
            shop.daraja.choose(try shop.story("callback-lost"))
            for number in 0..<5 {
                let path = try await shop.buyByMail(phone: "071234560\(number)")
                shop.clock.advance(seconds: 10)
                try await shop.status(path) { $0.state == "paid" }
            }
            try await post.deliverDue()
            shop.clock.advance(seconds: 6)
            try await post.watch()
            let kinds = Set(try await shop.shop.openAlerts().map(\.kind))
            #expect(kinds.isSuperset(of: [.callbacksSilent, .lettersFailing]), "\(kinds)")
        }
    }

    @Test(
        "When the provider's list and the books differ, the owner gets one letter a day",
        arguments: TestDatabase.engines)
    func mismatch(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine, Self.idle()) { shop in
            let mail = TestMailServer()
            let post = try await shop.post(mail: mail)
            let now = shop.clock.now
            let lines = [
                StatementLine(
                    .incoming, Receipt("UKL7XGW8F1", at: now.adding(seconds: -3_600).date), Money(whole: 250, .kes),
                    account: "")
            ]
            for _ in 0..<2 { _ = try await shop.shop.reconcile("mpesa", file: lines, from: nil) }
            try await post.deliverDue()
            let letters = mail.taken.filter { $0.text.contains("the books differ") }
            #expect(letters.count == 1, "\(mail.taken.map(\.text))")
            #expect(letters.first?.text.contains("1 in the provider's list and not in the books") == true)
            #expect(letters.first?.text.contains("UKL7XGW8F1") == false)
        }
    }
}
