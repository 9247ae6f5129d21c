import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// When nobody knows whether the customer has paid, nobody takes money at the door.
@Suite struct DoorDoubts {
    @Test(
        "While a receipt that the customer shows is looked for, no prompt is sent and no cash is written down",
        arguments: TestDatabase.engines)
    func receipt(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            let (cash, prompt) = (try await door.fields("cash"), try await door.fields("prompt"))
            let order = try await shop.order(door.customer).id
            let lookup = Lookup(
                ticket: Ticket("LOOKUP01"), order: order, instance: "mpesa", receipt: "UKL7XGW8F1", state: .review,
                askedAt: shop.clock.now)
            try await shop.database.transaction { try $0.insert(lookup) }
            let page = try await shop.page(door.rider)
            #expect(page.contains("Still checking") && !page.contains("<form"))
            for (form, fields) in [("cash", cash + [("amount", "250")]), ("prompt", prompt)] {
                let answer = try await shop.send("POST", "\(door.rider)/\(form)", form: fields)
                #expect(answer.status == 303, "\(form)")
            }
            await #expect(throws: CashRefusal.promptIsLive) {
                try await shop.shop.takeCash(door.number, Money(whole: 250, .kes), by: "amina")
            }
            await #expect(throws: ServeRefusal.start(.stillOpen)) {
                try await shop.shop.promptAgain(
                    door.number, phone: "", by: "amina", from: Caller(network: "10.0.0.9", family: .ipv4))
            }
            #expect(try await shop.captures(door.customer).isEmpty && shop.pushes.isEmpty)
        }
    }

    @Test("Goods that are out and not paid are asked about each week, for as long as it takes")
    func weeks() async throws {
        try await DoorShop.open(.sqlite) { door in
            let shop = door.shop
            for week in 1...4 {
                for _ in 0..<60 {
                    shop.clock.advance(seconds: 3 * 3_600)
                    try await shop.shop.runDueWork()
                }
                #expect(try await door.history().count { $0 == "review_opened" } == week, "week \(week)")
                #expect(try await door.file().status == .pending, "never expired: its goods are out")
            }
            #expect(try await shop.reviews(door.customer) == ["goods_out"])
        }
    }

    @Test("Who knows both numbers of an order on its way, as a rider does, is not shown its code")
    func finding() async throws {
        try await DoorShop.open(.sqlite) { door in
            let shop = door.shop
            func find() async throws -> (location: String?, text: String) {
                let token = try TestShop.field("form_token", in: try await shop.page("/orders/find"))
                let answer = try await shop.send(
                    "POST", "/orders/find",
                    form: [("form_token", token), ("number", door.number.text), ("phone", "0712345678")])
                let location = answer.header("location")
                return (location, try await shop.page(try #require(location)))
            }
            #expect(try await find().location == door.customer, "nothing is secret before it is paid")
            _ = try await shop.shop.takeCash(door.number, Money(whole: 250, .kes), by: "amina")
            let found = try await find()
            #expect(found.location != door.customer && found.text.contains("This order is on its way to you."))
            #expect(!found.text.contains(try await door.code()))
            try await door.send("code", [("code", try await door.code())])
            #expect(try await find().location == door.customer)
        }
    }

    @Test("What was paid since the page was shown is not handed over as unpaid")
    func paidMeanwhile() async throws {
        try await DoorShop.open(.sqlite) { door in
            _ = try await door.shop.shop.takeCash(door.number, Money(whole: 250, .kes), by: "amina")
            await #expect(throws: ServeRefusal.stepMeanwhile) {
                try await door.shop.shop.handOverUnpaid(door.number, by: "amina", because: "pays on Friday")
            }
        }
    }
}
