import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import Storage
import Testing

/// Goods that leave the shop unpaid, and the rider who brings them, takes the money and closes the order.
@Suite struct DoorStories {
    @Test(
        "The rider prompts, both pages say paid, and the customer's code closes the order",
        arguments: TestDatabase.engines)
    func byPrompt(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            #expect(try await door.file().order.fulfilment == .sentOut)
            #expect(try await shop.page(door.customer).contains("Your order is on its way to you"))
            let page = try await shop.page(door.rider)
            for text in ["Still to take: KSh 250", "1 × Mug", "<dd>Asha</dd>", "ends in 678", "By phone", "In cash"] {
                #expect(page.contains(text), "\(text)")
            }
            for text in ["Wanjiru", "254712345678", "Brian", "Handed over<"] {
                #expect(!page.contains(text), "\(text)")
            }
            #expect(page.components(separatedBy: "345 678").count == 2, "an example stands there, and no number")
            #expect(try await shop.page("\(door.rider)?lang=sw").contains("Bado kupokea: KSh 250"))

            shop.daraja.choose(.manual)
            let asked = try await door.send("prompt")
            #expect(asked.contains("phone is asked for KSh 250") && !asked.contains("/cash\""))
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: DoorShop.phone) != nil }
            #expect(!(try await shop.page(door.customer)).contains("Your code for the rider"))
            shop.daraja.approve(DoorShop.phone)
            try await shop.status(door.customer) { $0.state == "paid" }
            #expect(try await shop.status(door.rider).state == "paid")
            #expect(try await shop.status(door.rider).receipt == nil, "a rider needs no receipt")
            #expect(try await shop.page(door.customer).contains("Paid. Thank you"))
            #expect(try await shop.page(door.rider).contains("<h1 id=\"state\" tabindex=\"-1\">Paid</h1>"))

            let code = try await door.code()
            #expect(code.count == 5 && code.allSatisfy(\.isNumber))
            let wrong = try await door.send("code", [("code", DoorShop.wrong(code))])
            #expect(wrong.contains("not the customer’s code. Tries left: 4.") && wrong.contains("id=\"code-error\""))
            let done = try await door.send("code", [("code", " \(code) ")])
            #expect(done.contains("Handed over") && !done.contains("Asha") && !done.contains("<form"))
            let file = try await door.file()
            #expect(file.order.fulfilment == .handedOver && file.contact.takenBy == "Brian Otieno")
            let kinds = ["given_to_rider", "prompted_by", "wrong_code", "handed_over_by_rider"]
            #expect(file.history.map(\.event.kind).filter(kinds.contains) == kinds)
            #expect(file.history.last?.event.actor == .staff("rider 1"))
            let clear = try await shop.database.read {
                try $0.query("SELECT detail FROM events").map { try $0.text(0) }
                    + $0.query("SELECT detail FROM audit_trail").map { try $0.text(0) }
            }
            #expect(!clear.contains { $0.contains("Brian") }, "both are kept in clear and for ever")
            let trail = try await shop.shop.auditTrail(about: door.number.text).map {
                "\($0.entry.staff) \($0.entry.action)"
            }
            #expect(trail.contains("rider 1 prompted_done") && trail.contains("rider 1 handed_over_done"))
            #expect(try await shop.page(door.customer).contains("Your order was handed over"))
            #expect(shop.pushes.count == 1)
            try await shop.checkBooks(door.customer)
        }
    }

    @Test("The rider takes cash, a part first; each press counts once", arguments: TestDatabase.engines)
    func byCash(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            for amount in ["251", "0", "-5", "many"] {
                let page = try await door.send("cash", [("amount", amount)])
                #expect(page.contains("id=\"amount-error\"") && page.contains("not above KSh 250"), "\(amount)")
            }
            let form = try await door.fields("cash")
            for _ in 0..<2 {
                let answer = try await shop.send("POST", "\(door.rider)/cash", form: form + [("amount", "100")])
                #expect(answer.status == 303)
            }
            #expect(try await shop.status(door.customer).state == "partially_paid")
            #expect(try await shop.order(door.customer).received == Money(whole: 100, .kes), "one press, one part")
            // The page of before says that 250 is left: somebody might give twice.
            let old =
                try await door.fields("cash").filter { $0.0 == "form_token" } + [("left", "250.00"), ("amount", "150")]
            let answer = try await shop.send("POST", "\(door.rider)/cash", form: old)
            #expect(try await shop.page(try #require(answer.header("location"))).contains("Something was paid since"))
            #expect(try await door.send("cash", [("amount", "150")]).contains("Paid"))
            try await shop.status(door.customer) { $0.state == "paid" }
            #expect(
                try await shop.captures(door.customer).map(\.receipt) == [
                    "\(door.number.text)-C1", "\(door.number.text)-C2",
                ])
            let history = try await door.file().history.filter { $0.event.kind == "cash_taken_by" }
            #expect(history.map(\.event.detail) == ["rider 1: 100.00", "rider 1: 150.00"])
            #expect(try await door.send("code", [("code", try await door.code())]).contains("Handed over"))
            try await shop.checkBooks(door.customer)
        }
    }

    @Test("While a prompt may be alive no cash is taken at the door", arguments: TestDatabase.engines)
    func noCashMeanwhile(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            let cash = try await door.fields("cash")
            shop.daraja.choose(.manual)
            try await door.send("prompt", [("phone", "0722 000 111")])
            try await shop.eventually("the prompt is out") { shop.daraja.prompt(on: "254722000111") != nil }
            let answer = try await shop.send("POST", "\(door.rider)/cash", form: cash + [("amount", "250")])
            #expect(try await shop.page(try #require(answer.header("location"))).contains("might pay twice"))
            #expect(try await shop.order(door.customer).received.minor == 0)
            shop.daraja.cancel("254722000111")
            try await shop.status(door.customer) { $0.attempt?.state == "cancelled" }
            #expect(try await shop.page(door.rider).contains("The customer cancelled on the phone"))
            try await door.send("cash", [("amount", "250")])
            #expect(try await shop.status(door.customer).state == "paid")
            #expect(shop.pushes.map(\.phone) == ["254722000111"])
        }
    }

    @Test("After five wrong codes only the desk hands over", arguments: TestDatabase.engines)
    func wrongCodes(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            var door = door
            try await door.send("cash", [("amount", "250")])
            let code = try await door.code()
            #expect(try await door.send("code", [("code", "12")]).contains("Type the 5 digits"), "not counted")
            for left in [4, 3, 2] {
                #expect(try await door.send("code", [("code", DoorShop.wrong(code))]).contains("Tries left: \(left)."))
            }
            // Another rider's link gives no other tries.
            door.rider = try await door.give(to: "Kamau")
            #expect(try await door.send("code", [("code", DoorShop.wrong(code))]).contains("Tries left: 1."))
            let form = try await door.fields("code")
            #expect(try await door.send("code", [("code", DoorShop.wrong(code))]).contains("Too many wrong codes"))
            let page = try await door.shop.page(door.rider)
            #expect(page.contains("Too many wrong codes") && !page.contains("<form"))
            _ = try await door.shop.send("POST", "\(door.rider)/code", form: form + [("code", code)])
            #expect(try await door.file().order.fulfilment == .sentOut, "the right one comes too late")
            #expect(try await door.history().count { $0 == "wrong_code" } == 5)
            #expect(try await door.press("hand-over").contains("Handed over."))
            #expect(try await door.file().order.fulfilment == .handedOver)
        }
    }

    @Test(
        "A link that was taken back, replaced, is too old or never was, opens nothing", arguments: TestDatabase.engines)
    func ended(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            var door = door
            let shop = door.shop
            func isDead(_ path: String, _ form: [(String, String)]) async throws {
                for (method, part) in [
                    ("GET", ""), ("GET", "/status"), ("GET", "/events"), ("POST", "/prompt"), ("POST", "/cash"),
                    ("POST", "/code"),
                ] {
                    let typed = method == "GET" ? nil : form + [("amount", "250"), ("code", "12345")]
                    let answer = try await shop.send(method, path + part, form: typed)
                    #expect(answer.status == 404, "\(method) \(part)")
                    #expect(!String(decoding: answer.body, as: UTF8.self).contains(door.number.text))
                }
            }
            let old = (path: door.rider, form: try await door.fields("cash"))
            door.rider = try await door.give(to: "Kamau")
            try await isDead(old.path, old.form)
            let replaced = (path: door.rider, form: try await door.fields("cash"))
            #expect(try await door.press("rider-end").contains("works no more"))
            try await isDead(replaced.path, replaced.form)
            #expect(try await door.press("rider-end").contains("No rider has a link"))
            door.rider = try await door.give(to: "Brian Otieno")
            let form = try await door.fields("cash")
            shop.clock.advance(seconds: 24 * 3_600 - 1)
            #expect(try await shop.send("GET", door.rider).status == 200)
            shop.clock.advance(seconds: 1)
            try await isDead(door.rider, form)
            try await isDead("/rider/AAAAAAAAAAAAAAAAAAAAAA", form)
            #expect(try await shop.order(door.customer).received.minor == 0 && shop.pushes.isEmpty)
            #expect(try await shop.page(old.path).contains("This link does not work any more"))
        }
    }

    @Test("What is meant for one order does nothing to another", arguments: TestDatabase.engines)
    func another(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { one in
            let other = try await DoorShop.order(in: one.shop, of: one.amina)
            let foreign = try await other.fields("cash")
            let answer = try await one.shop.send("POST", "\(one.rider)/cash", form: foreign + [("amount", "250")])
            #expect(answer.status == 422, "a form of another link cannot even be kept")
            #expect(try await one.shop.order(one.customer).received.minor == 0)
            for door in [one, other] { try await door.send("cash", [("amount", "250")]) }
            let code = try await other.code()
            #expect(try await one.code() != code)
            #expect(try await one.send("code", [("code", code)]).contains("not the customer’s code"))
            #expect(try await one.file().order.fulfilment == .sentOut)
        }
    }

    @Test("Two riders press at the same moment: one prompt, and the money once", arguments: TestDatabase.engines)
    func atOnce(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            func together(_ part: String, _ typed: [(String, String)]) async throws {
                let forms = [try await door.fields(part), try await door.fields(part), try await door.fields(part)]
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for form in forms {
                        group.addTask {
                            try await shop.send("POST", "\(door.rider)/\(part)", form: form + typed).status
                        }
                    }
                    for try await status in group { #expect(status == 303, "\(shop.log.all)") }
                }
            }
            shop.daraja.choose(.manual)
            try await together("prompt", [])
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: DoorShop.phone) != nil }
            shop.daraja.cancel(DoorShop.phone)
            try await shop.status(door.customer) { $0.attempt?.state == "cancelled" }
            #expect(shop.pushes.count == 1)
            try await together("cash", [("amount", "100")])
            #expect(try await shop.order(door.customer).received == Money(whole: 100, .kes))
            try await shop.checkBooks(door.customer)
        }
    }

    @Test("Killed after the press: the prompt leaves once when the shop is back", arguments: TestDatabase.engines)
    func killed(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await DoorShop.open(engine, options) { door in
            let shop = door.shop
            let form = try await door.fields("prompt")
            for _ in 0..<2 { _ = try await shop.send("POST", "\(door.rider)/prompt", form: form) }
            #expect(shop.pushes.isEmpty, "the intent is kept, and nothing has left")
            #expect(try await shop.page(door.rider).contains("phone is asked for"))
            shop.daraja.choose(try shop.story("success"))
            for _ in 0..<3 { try await shop.shop.runDueWork() }
            try await shop.eventually("it is paid") {
                try await shop.shop.runDueWork()
                return try await shop.order(door.customer).standing.remainder.minor == 0
            }
            #expect(shop.pushes.count == 1)
        }
    }
}
