import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import Storage
import Testing

/// Goods that leave the shop before their money comes: who may let them go, and what keeps them from being lost.
@Suite struct UnpaidGoods {
    @Test(
        "They are packed and sent out unpaid, and handed over only when they are paid", arguments: TestDatabase.engines)
    func guards(_ engine: SQLDatabase.Engine) async throws {
        try await OfflineShop.open(engine) { shop in
            let path = try await OfflineShop.order(shop, by: "cash")
            let number = try await shop.order(path).number
            try await shop.shop.pack(number, by: "otieno")
            #expect(try await shop.page(path).contains("Your order is packed"))
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.handOver(number, by: "otieno") }
            for name in ["", "rider 0712345678"] {
                await #expect(throws: ServeRefusal.self) {
                    try await shop.shop.giveToRider(number, named: name, by: "otieno")
                }
            }
            try await shop.shop.giveToRider(number, named: "Brian", by: "otieno")
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.handOver(number, by: "otieno") }
            _ = try await shop.shop.takeCash(number, Money(whole: 250, .kes), by: "otieno")
            try await shop.shop.handOver(number, to: "Asha", by: "otieno")
            // A way to pay that is no promise keeps its goods.
            let bank = try await shop.order(try await OfflineShop.order(shop, by: "bank")).number
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.pack(bank, by: "otieno") }
            await #expect(throws: ServeRefusal.notPaid) {
                try await shop.shop.giveToRider(bank, named: "Brian", by: "otieno")
            }
            await #expect(throws: ServeRefusal.notPaid) {
                try await shop.shop.handOverUnpaid(bank, by: "amina", because: "a friend")
            }
        }
    }

    @Test("A manager hands over unpaid, with a reason; nobody else does", arguments: TestDatabase.engines)
    func unpaid(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let otieno = try await TestStaff.join(door.shop, "otieno", as: .fulfilment)
            let refused = try await otieno.press("\(door.desk)/hand-over-unpaid", on: door.desk, [("reason", "friend")])
            #expect(refused.status == 403)
            #expect(try await !otieno.page(door.desk).contains("Hand over unpaid"))
            #expect(try await door.press("hand-over-unpaid").contains("id=\"hand-over-unpaid-reason-error\""))
            #expect(
                try await door.press("hand-over-unpaid", [("reason", "pays on Friday")]).contains("Handed over unpaid.")
            )
            let file = try await door.file()
            #expect(file.order.fulfilment == .handedOver && file.status == .pending)
            #expect(file.history.last?.event == OrderEvent("handed_over_unpaid", nil, "amina: pays on Friday"))
            let page = try await door.shop.page(door.rider)
            #expect(page.contains("This order is closed") && !page.contains("<form"))
            _ = try await door.shop.shop.takeCash(door.number, Money(whole: 250, .kes), by: "amina")
            #expect(try await door.shop.status(door.customer).state == "paid")
        }
    }

    @Test(
        "Goods that are out are not put back on the shelf by time or by a cancellation", arguments: TestDatabase.engines
    )
    func out(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            #expect(try await OfflineShop.stock(shop) == 49)
            await #expect(throws: ServeRefusal.goodsAreOut) {
                try await shop.shop.cancelOrder(door.number, by: "amina", because: "nobody there")
            }
            #expect(try await !door.amina.page(door.desk).contains("\(door.desk)/cancel"))
            shop.clock.advance(seconds: 7 * 86_400 + 1)
            try await shop.eventually("a person is told") {
                try await shop.reviews(door.customer) == ["goods_out"]
            }
            #expect(try await OfflineShop.stock(shop) == 49)
            #expect(try await shop.status(door.customer).state == "pending", "it can still be paid")
            try await shop.shop.takeBack(.sentOut, of: door.number, by: "amina", because: "nobody there")
            #expect(try await door.file().order.fulfilment == .packed)
            #expect(try await shop.reviews(door.customer).isEmpty)
            #expect(try await shop.send("GET", door.rider).status == 404)
            try await shop.shop.cancelOrder(door.number, by: "amina", because: "nobody there")
            #expect(try await OfflineShop.stock(shop) == 50)
            #expect(try await shop.page(door.customer).contains("on its way") == false)
        }
    }

    @Test(
        "A part that was paid at the door is no money without goods: the order stays open",
        arguments: TestDatabase.engines)
    func partPaid(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            try await door.send("cash", [("amount", "100")])
            door.shop.clock.advance(seconds: 7 * 86_400 + 1)
            try await door.shop.eventually("a person is told") {
                try await door.shop.reviews(door.customer) == ["goods_out"]
            }
            #expect(try await door.shop.status(door.customer).state == "partially_paid")
            _ = try await door.shop.shop.takeCash(door.number, Money(whole: 150, .kes), by: "amina")
            #expect(try await door.shop.status(door.customer).state == "paid")
            #expect(try await door.shop.reviews(door.customer).isEmpty, "its money closes it")
            try await door.shop.checkBooks(door.customer)
        }
    }

    @Test("A paid order goes out with a rider too, who only needs the code")
    func paidBefore() async throws {
        try await OfflineShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.state == "paid" }
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let number = try await shop.order(path).number
            var door = DoorShop(shop: shop, customer: path, rider: "", number: number, amina: amina)
            #expect(try await !shop.page(path).contains("Your code for the rider"))
            door.rider = try await door.give(to: "Brian")
            let page = try await shop.page(door.rider)
            #expect(!page.contains("In cash") && !page.contains("By phone") && page.contains("<dd>KSh 0</dd>"))
            #expect(try await door.send("code", [("code", try await door.code())]).contains("Handed over"))
        }
    }

    @Test("The customer's code closes nothing while money is on its way back", arguments: TestDatabase.engines)
    func moneyGoesBack(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            try await door.send("cash", [("amount", "250")])
            let code = try await door.code()
            let form = try await door.fields("code")
            var request = RefundRequest(order: door.number, way: .byHand, reason: "torn", by: "amina")
            request.proof = "voucher 7"
            _ = try await door.shop.shop.requestRefund(request)
            let page = try await door.shop.page(door.rider)
            #expect(page.contains("Keep the goods") && !page.contains("<form"))
            let answer = try await door.shop.send("POST", "\(door.rider)/code", form: form + [("code", code)])
            let told = try await door.shop.page(try #require(answer.header("location")))
            #expect(told.contains("waits for the shop. Keep the goods"))
            #expect(try await door.file().order.fulfilment == .sentOut)
        }
    }

    @Test("After a prompt of which nothing was heard, the rider is told to ask before taking cash")
    func silentPrompt() async throws {
        try await DoorShop.open(.sqlite) { door in
            let shop = door.shop
            shop.daraja.choose(try shop.story("stuck"))
            try await door.send("prompt")
            try await shop.status(door.customer) { $0.attempt?.state == "prompt_sent" }
            shop.clock.advance(seconds: 80)
            let checking = try await shop.page(door.rider)
            #expect(checking.contains("Still checking") && !checking.contains("<form"))
            shop.clock.advance(seconds: 120)
            try await shop.eventually("it is over") { try await shop.order(door.customer).liveTicket == nil }
            let page = try await shop.page(door.rider)
            #expect(page.contains("/cash\"") && page.contains("no message about a payment"))
        }
    }

    @Test("The rider's page is nobody's copy, counts wrong secrets, and takes no form from elsewhere")
    func closed() async throws {
        var options = TestShop.Options()
        options.rules.wrongTokens = RateLimit(count: 3, seconds: 60)
        try await DoorShop.open(.sqlite, options) { door in
            let shop = door.shop
            let answer = try await shop.send("GET", door.rider)
            #expect(answer.header("cache-control") == "no-store" && answer.header("referrer-policy") == "no-referrer")
            #expect(answer.header("x-robots-tag") == "noindex, nofollow")
            let form = try await door.fields("cash") + [("amount", "250")]
            for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
                let foreign = try await shop.send(
                    "POST", "\(door.rider)/cash", form: form, headers: [(name: name, value: value)])
                #expect(foreign.status == 403, "\(name)")
            }
            let token = ("form_token", try await shop.formToken())
            let wrong = try await shop.send("POST", "\(door.rider)/cash", form: form.dropFirst() + [token])
            #expect(wrong.status == 422)
            #expect(try await shop.order(door.customer).received.minor == 0)
            let viewer = try await TestStaff.join(shop, "vero", as: .viewer)
            let seen = try await viewer.page(door.desk)
            #expect(seen.contains("Rider 1: Brian O.") && !seen.contains("/rider/"), "who only looks gets no link")
            var statuses: [Int] = []
            for _ in 0..<5 { statuses.append(try await shop.send("GET", "/rider/AAAAAAAAAAAAAAAAAAAAAA").status) }
            #expect(statuses.contains(429))
            let secret = try #require(door.rider.split(separator: "/").last)
            #expect(!shop.log.all.joined().contains(secret))
            let stored = try await shop.database.read {
                try $0.query("SELECT link_sealed FROM riders").map { try $0.blob(0) }
            }
            #expect(!stored.contains { String(decoding: $0, as: UTF8.self).contains(secret) })
        }
    }

    @Test("The SMS about the payment brings the code, and fits one message", arguments: TestDatabase.engines)
    func codeByMessage(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            try await TestSMSService.open { service in
                let post = try await door.shop.post(sms: service)
                try await door.send("cash", [("amount", "250")])
                try await post.deliverDue()
                let code = try await door.code()
                let text = try #require(service.messages.last?.text)
                #expect(text.contains("Order \(door.number.text) is paid. Code \(code):"))
                #expect(text.hasSuffix(door.customer) && ShortText.length(text) <= ShortText.longest)
            }
        }
    }

    @Test("Who carried it is forgotten with the customer")
    func forgotten() async throws {
        try await DoorShop.open(.sqlite) { door in
            let (shop, vault, now) = (door.shop, door.shop.vault, door.shop.clock.now)
            let order = try await shop.order(door.customer)
            try await shop.database.transaction { try $0.forgetPeople(of: order, because: "asked", vault, at: now) }
            #expect(try await door.file().riders.map(\.name) == [""])
            #expect(try await shop.send("GET", door.rider).status == 404)
        }
    }
}
