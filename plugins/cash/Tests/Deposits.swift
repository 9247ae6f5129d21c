import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// A part is paid by phone before the goods leave, the rest at the door.
@Suite struct Deposits {
    private static func open(
        _ engine: SQLDatabase.Engine, percent: Int = 30, _ body: (TestShop) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.rules.depositPercent = percent
        try await OfflineShop.open(engine, options, body)
    }

    private static func kes(_ whole: Int64) -> Money { Money(whole: whole, .kes) }

    @Test(
        "The deposit is asked for at once; when it is here the goods may leave, and the rider asks for the rest",
        arguments: TestDatabase.engines)
    func story(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            let checkout = try await shop.page("/checkout?c=mug:1")
            #expect(checkout.contains("Cash on delivery <small>30 % is paid first, on your phone."))
            #expect(checkout.components(separatedBy: "30 % is paid first").count == 2, "of this way alone")
            shop.daraja.choose(.manual)
            let path = try await OfflineShop.order(shop, by: "cash")
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: DoorShop.phone) != nil }
            let asked = try await shop.order(path)
            #expect(asked.due == Self.kes(75) && asked.deposit?.amount == Self.kes(75))
            #expect(asked.expiresAt < asked.placedAt.adding(seconds: 86_400), "unpaid it is kept like any other")
            try await shop.eventually("the page asks for it") {
                try await shop.page(path).contains("<b>KSh 75</b>")
            }
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.pack(asked.number, by: "otieno") }
            await #expect(throws: CashRefusal.promptIsLive) {
                try await shop.shop.takeCash(asked.number, Self.kes(250), by: "otieno")
            }
            shop.daraja.approve(DoorShop.phone)
            try await shop.status(path) { $0.state == "partially_paid" }
            let page = try await shop.page(path)
            #expect(
                page.contains("We received KSh 75. It is safe. You pay the rest, KSh 175, when you get your order."))
            #expect(page.contains("You pay when you get your order"))
            let kept = try await shop.order(path)
            #expect(kept.expiresAt == kept.deposit?.keptUntil && kept.due == Self.kes(175))
            #expect(kept.expiresAt > kept.placedAt.adding(seconds: 6 * 86_400))

            // Two days later the goods go out, and the rest is asked for at the door.
            shop.clock.advance(seconds: 2 * 86_400)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let desk = try await amina.page("/admin/orders/\(kept.number.text)")
            #expect(desk.contains("Deposit") && desk.contains("KSh 75"))
            var door = DoorShop(shop: shop, customer: path, rider: "", number: kept.number, amina: amina)
            door.rider = try await door.give(to: "Brian Otieno")
            #expect(try await shop.page(door.rider).contains("Still to take: KSh 175"))
            _ = try await door.send("prompt")
            try await shop.eventually("the second prompt appears") { shop.daraja.prompt(on: DoorShop.phone) != nil }
            shop.daraja.approve(DoorShop.phone)
            try await shop.status(path) { $0.state == "paid" }
            #expect(try await door.send("code", [("code", try await door.code())]).contains("Handed over"))
            #expect(shop.pushes.count == 2)
            #expect(try await shop.captures(path).map(\.amount.minor).sorted() == [7_500, 17_500])
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "Without its deposit nothing leaves; another try asks for the deposit alone, and an order without it ends",
        arguments: TestDatabase.engines)
    func missing(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let path = try await OfflineShop.order(shop, by: "cash")
            try await shop.status(path) { $0.attempt?.state == "cancelled" }
            let order = try await shop.order(path)
            #expect(try await shop.page(path).contains("KSh 75"))
            await #expect(throws: ServeRefusal.notPaid) {
                try await shop.shop.giveToRider(order.number, named: "Brian", by: "otieno")
            }
            shop.daraja.choose(try shop.story("success"))
            _ = try await shop.retry(path, phone: "0712345678")
            try await shop.status(path) { $0.state == "partially_paid" }
            #expect(try await shop.captures(path).map(\.amount) == [Self.kes(75)])
            try await shop.shop.pack(order.number, by: "otieno")

            shop.daraja.choose(try shop.story("cancelled"))
            let stock = try await OfflineShop.stock(shop)
            let forgotten = try await OfflineShop.order(shop, by: "cash", cart: "mug:2")
            try await shop.status(forgotten) { $0.attempt?.state == "cancelled" }
            shop.clock.advance(seconds: 2 * 3_600)
            try await shop.status(forgotten) { $0.state == "expired" }
            try await shop.eventually("its goods are on the shelf again") {
                try await OfflineShop.stock(shop) == stock
            }
            #expect(try await shop.status(path).state == "partially_paid", "the one with a deposit is kept")
            try await shop.checkBooks(path)
        }
    }

    @Test("Letter and SMS say that the deposit is here, and that the rest has time", arguments: TestDatabase.engines)
    func told(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            try await TestSMSService.open { service in
                let mail = TestMailServer()
                let post = try await shop.post(mail: mail, sms: service)
                shop.daraja.choose(try shop.story("success"))
                let answer = try await shop.checkOut(
                    phone: "0712345678", email: "asha@example.com", provider: "cash")
                let path = try #require(answer.header("location"))
                try await shop.status(path) { $0.state == "partially_paid" }
                for _ in 0..<3 { try await post.deliverDue() }
                let letter = try #require(mail.taken.first { $0.text.contains("KSh 75") })
                #expect(letter.text.contains("We have received KSh 75 of KSh 250. You pay the rest, KSh 175, when you"))
                let message = try #require(service.messages.first { $0.text.contains("KSh 75") })
                #expect(message.text.contains("You pay KSh 175 when you get it:"))
                #expect(ShortText.length(message.text) <= 160)
            }
        }
    }

    @Test("Who pays all of it in the shop needs no deposit, and a part in cash counts towards it")
    func inCash() async throws {
        try await Self.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let path = try await OfflineShop.order(shop, by: "cash")
            try await shop.status(path) { $0.attempt?.state == "cancelled" }
            let number = try await shop.order(path).number
            _ = try await shop.shop.takeCash(number, Self.kes(70), by: "otieno")
            #expect(try await shop.order(path).due == Self.kes(5))
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.pack(number, by: "otieno") }
            _ = try await shop.shop.takeCash(number, Self.kes(180), by: "otieno")
            try await shop.shop.handOver(number, by: "otieno")
        }
    }

    @Test("It is a percentage in whole shillings, rounded up, and never all of an order; the owner sets it at the desk")
    func amount() async throws {
        var rules = ShopRules()
        #expect(rules.deposit(of: Self.kes(250)) == nil)
        for (percent, total, deposit) in [(30, 250, 75), (33, 250, 83), (1, 1, 0), (1, 2, 1), (90, 10, 9), (90, 9, 0)] {
            rules.depositPercent = percent
            #expect(
                rules.deposit(of: Self.kes(Int64(total))) == (deposit == 0 ? nil : Self.kes(Int64(deposit))),
                "\(percent) % of \(total)")
        }
        try await Self.open(.sqlite, percent: 0) { shop in
            let plain = try await OfflineShop.order(shop, by: "cash")
            #expect(try await shop.order(plain).deposit == nil && shop.pushes.isEmpty)
            try await shop.shop.set([.depositPercent: "40"])
            await #expect(throws: SettingsRefusal.value(.depositPercent)) {
                try await shop.shop.set([.depositPercent: "91"])
            }
            let path = try await OfflineShop.order(shop, by: "cash", cart: "tea:1")
            #expect(try await shop.order(path).deposit?.amount == Self.kes(400))
            // Ways that nobody's phone rings for, and those that are paid before, ask for none.
            let bank = try await OfflineShop.order(shop, by: "bank", cart: "tea:2")
            #expect(try await shop.order(bank).deposit == nil)
        }
    }
}
