import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// The customer's code, when somebody else carries the order: who carried it before may have heard it.
@Suite struct DoorCodes {
    private static func isDead(_ path: String, _ form: [(String, String)], _ door: DoorShop) async throws {
        for (method, part) in [
            ("GET", ""), ("GET", "/status"), ("GET", "/events"), ("POST", "/prompt"), ("POST", "/cash"),
            ("POST", "/code"),
        ] {
            let answer = try await door.shop.send(
                method, path + part, form: method == "GET" ? nil : form + [("amount", "250"), ("code", "12345")])
            #expect(answer.status == 404, "\(method) \(part)")
        }
    }

    @Test(
        "After a hand-over was taken back the code is another one, and the rider's link of before is dead",
        arguments: TestDatabase.engines)
    func handedOver(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            var door = door
            let shop = door.shop
            try await door.send("cash", [("amount", "250")])
            let old = (path: door.rider, code: try await door.code(), form: try await door.fields("code"))
            #expect(!(try await shop.page(door.customer)).contains("This code is new"))
            #expect(try await door.send("code", [("code", old.code)]).contains("Handed over"))
            _ = try await door.press("take-back", [("step", "handed_over"), ("reason", "the wrong house")])
            #expect(try await door.file().order.fulfilment == .packed)
            try await Self.isDead(old.path, old.form + [("code", old.code)], door)
            #expect(!(try await shop.page(door.customer)).contains("Your code for the rider"))

            door.rider = try await door.give(to: "Kamau")
            try await Self.isDead(old.path, old.form + [("code", old.code)], door)
            let new = try await door.code()
            #expect(new != old.code)
            #expect(try await shop.page(door.customer).contains("This code is new"))
            let refused = try await door.send("code", [("code", old.code)])
            #expect(refused.contains("not the customer’s code. Tries left: 4."))
            #expect(try await door.history().count { $0 == "wrong_code" } == 1)
            #expect(try await door.file().order.fulfilment == .sentOut)
            #expect(try await door.send("code", [("code", new)]).contains("Handed over"))
            #expect(try await door.file().contact.takenBy == "Kamau")
            try await shop.checkBooks(door.customer)
        }
    }

    @Test(
        "Whatever was taken back and whoever gets the order next, no code of before counts; a longer day keeps it",
        arguments: TestDatabase.engines)
    func eachRider(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            var door = door
            let shop = door.shop
            try await door.send("cash", [("amount", "250")])
            var codes = [try await door.code()]
            // The same rider, whose day was not enough.
            shop.clock.advance(seconds: 24 * 3_600)
            // A day is longer than anybody is signed in.
            door = DoorShop(
                shop: shop, customer: door.customer, rider: "", number: door.number,
                amina: try #require(try await TestStaff.signIn(shop, "amina").staff))
            try await shop.shop.giveToRider(door.number, named: "Brian Otieno", by: "amina")
            door.rider = "/rider/" + (try #require(try await door.file().riders.last?.secret))
            #expect(try await door.code() == codes[0])
            let replaced = (path: door.rider, form: try await door.fields("code"))
            door.rider = try await door.give(to: "Kamau")
            try await Self.isDead(replaced.path, replaced.form, door)
            codes.append(try await door.code())

            _ = try await door.press("rider-end")
            door.rider = try await door.give(to: "Kamau")
            codes.append(try await door.code())

            let back = (path: door.rider, form: try await door.fields("code"))
            _ = try await door.press("take-back", [("step", "sent_out"), ("reason", "nobody there")])
            try await Self.isDead(back.path, back.form, door)
            door.rider = try await door.give(to: "Kamau")
            codes.append(try await door.code())

            #expect(Set(codes).count == 4, "\(codes)")
            for (number, code) in codes.dropLast().enumerated() {
                let page = try await door.send("code", [("code", code)])
                #expect(page.contains("Tries left: \(4 - number)."))
            }
            #expect(try await door.send("code", [("code", codes[3])]).contains("Handed over"))
        }
    }
}
