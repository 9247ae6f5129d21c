import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// Orders whose money comes without any request: by a bank, or in cash when the goods change hands.
@Suite struct OfflineOrderTests {
    @Test("An order that is promised keeps its goods, asks nobody, and is not paid", arguments: TestDatabase.engines)
    func promised(_ engine: SQLDatabase.Engine) async throws {
        try await OfflineShop.open(engine) { shop in
            let path = try await OfflineShop.order(shop, by: "cash")
            #expect(try await OfflineShop.stock(shop) == 49)
            let status = try await shop.status(path)
            #expect(status.state == "pending" && status.attempt == nil && status.receipt == nil)
            let page = try await shop.page(path)
            #expect(page.contains("You pay when you get your order") && page.contains("Cash on delivery"))
            #expect(page.contains("Nothing is paid yet") && !page.contains("Paid. Thank you"))
            #expect(shop.daraja.ledger.isEmpty)
            // An hour is no time for a rider.
            shop.clock.advance(seconds: 6 * 86_400)
            try await shop.shop.runDueWork()
            #expect(try await shop.status(path).state == "pending")
            shop.clock.advance(seconds: 2 * 86_400)
            try await shop.status(path) { $0.state == "expired" }
            try await shop.eventually("the goods are back") { try await OfflineShop.stock(shop) == 50 }
        }
    }

    @Test("Cash counts when staff say so, once, with their name and the exact amount", arguments: TestDatabase.engines)
    func taken(_ engine: SQLDatabase.Engine) async throws {
        try await OfflineShop.open(engine) { shop in
            let path = try await OfflineShop.order(shop, by: "cash")
            let number = try await shop.order(path).number
            for amount in [Money(whole: 251, .kes), Money(whole: 0, .kes), Money(minor: -100, .kes)] {
                await #expect(throws: CashRefusal.amount(left: Money(whole: 250, .kes))) {
                    try await shop.shop.takeCash(number, amount, by: "Asha")
                }
            }
            #expect(
                try await shop.shop.takeCash(number, Money(whole: 100, .kes), by: "Asha") == Money(whole: 150, .kes))
            #expect(try await shop.status(path).state == "partially_paid")
            #expect(try await shop.shop.takeCash(number, Money(whole: 150, .kes), by: "Juma") == Money(minor: 0, .kes))
            #expect(try await shop.status(path).state == "paid")
            await #expect(throws: CashRefusal.isPaid) {
                try await shop.shop.takeCash(number, Money(whole: 150, .kes), by: "Juma")
            }
            let captures = try await shop.captures(path)
            #expect(captures.map(\.instance) == ["cash", "cash"])
            #expect(captures.map(\.receipt) == ["\(number.text)-C1", "\(number.text)-C2"])
            let file = try #require(try await shop.shop.orderFile(number))
            let history = file.history.map { $0.event.sentence }.joined(separator: " ")
            #expect(history.contains("Money was taken with the goods by: Asha: 100"))
            #expect(file.payments.flatMap(\.evidence).allSatisfy { $0.road == .staff })
            try await shop.checkBooks(path)
        }
    }

    @Test("Cash is not written down for other ways, ended orders, and while a prompt may be alive")
    func refused() async throws {
        try await OfflineShop.open(.sqlite) { shop in
            let amount = Money(whole: 250, .kes)
            let byBank = try await shop.order(try await OfflineShop.order(shop, by: "bank")).number
            await #expect(throws: CashRefusal.notPromised) { try await shop.shop.takeCash(byBank, amount, by: "Asha") }
            let gone = try await shop.order(try await OfflineShop.order(shop, by: "cash")).number
            try await shop.shop.cancelOrder(gone, by: "Asha", because: "Nobody there")
            await #expect(throws: CashRefusal.hasEnded) { try await shop.shop.takeCash(gone, amount, by: "Asha") }
            shop.daraja.choose(.manual)
            let path = try await OfflineShop.order(shop, by: "cash")
            let number = try await shop.order(path).number
            try await shop.shop.promptAgain(
                number, phone: "0722000111", by: "Asha", from: Caller(network: "192.0.2.1", family: .ipv4))
            try await shop.eventually("the prompt is out") { shop.daraja.prompt(on: "254722000111") != nil }
            await #expect(throws: CashRefusal.promptIsLive) { try await shop.shop.takeCash(number, amount, by: "Asha") }
        }
    }

    @Test(
        "At the door a prompt may take the place of cash, to the number that is given", arguments: TestDatabase.engines)
    func promptAtTheDoor(_ engine: SQLDatabase.Engine) async throws {
        try await OfflineShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await OfflineShop.order(shop, by: "cash")
            let number = try await shop.order(path).number
            try await shop.shop.promptAgain(
                number, phone: "0722000111", by: "Asha", from: Caller(network: "192.0.2.1", family: .ipv4))
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.map(\.phone) == ["254722000111"])
            try await shop.shop.handOver(number, by: "Asha")
            try await shop.checkBooks(path)
        }
    }

    @Test("A transfer is found in the bank's statement by the order's number", arguments: TestDatabase.engines)
    func transfer(_ engine: SQLDatabase.Engine) async throws {
        try await OfflineShop.open(engine) { shop in
            let path = try await OfflineShop.order(shop, by: "bank")
            let order = try await shop.order(path)
            let page = try await shop.page(path)
            #expect(page.contains("Bank transfer") && page.contains("data-value=\"0123456789012\""))
            #expect(page.contains("data-value=\"\(order.number.text)\"") && page.contains("Equity Bank"))
            #expect(!page.contains("M-PESA’s message came"), "nobody has a receipt that could be asked about")
            #expect(order.expiresAt.seconds(since: order.placedAt) == 5 * 86_400)
            let file = """
                Date,Description,Reference,Amount
                05/01/2026,"TRF JANE \(order.number.text.lowercased())",FT1,250.00
                05/01/2026,SOMEBODY ELSE,FT2,70.00
                """
            for _ in 0..<2 {
                _ = try await shop.shop.takeStatement(Array(file.utf8), called: "jan.csv", of: "bank", by: "Njeri")
                try await shop.eventually("it is read") {
                    try await shop.shop.comparisons().allSatisfy { !$0.state.isOpen }
                }
            }
            let status = try await shop.status(path) { $0.state == "paid" }
            #expect(status.receipt == "FT1")
            #expect(try await shop.captures(path).count == 1, "the same file again counts nothing again")
            #expect(try await shop.shop.comparisons().map(\.problem) == [nil, nil])
        }
    }

    @Test("A transfer that comes after the order's end is late money and not lost")
    func lateTransfer() async throws {
        try await OfflineShop.open(.sqlite) { shop in
            let path = try await OfflineShop.order(shop, by: "bank")
            let number = try await shop.order(path).number.text
            shop.clock.advance(seconds: 6 * 86_400)
            try await shop.status(path) { $0.state == "expired" }
            let file = "Date,Description,Reference,Amount\n05/01/2026,\(number),FT1,250.00\n"
            _ = try await shop.shop.takeStatement(Array(file.utf8), called: "jan.csv", of: "bank", by: "Njeri")
            try await shop.status(path) { $0.state == "paid" || $0.state == "manual_review" }
            try await shop.checkBooks(path)
        }
    }

    @Test("The checkout orders instead of paying where some pay later, in both languages")
    func checkout() async throws {
        try await OfflineShop.open(.sqlite) { shop in
            let english = try await shop.page("/checkout?c=mug:1")
            #expect(english.contains("Cash on delivery") && english.contains("Bank transfer"))
            #expect(english.contains(">Order now · KSh 250<"))
            let swahili = try await shop.page("/checkout?c=mug:1&lang=sw")
            #expect(swahili.contains("Pesa taslimu unapopokea") && swahili.contains(">Agiza sasa · KSh 250<"))
        }
    }
}
