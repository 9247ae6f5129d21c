import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// A rider's button for another prompt: the form first, then the question about the last one, then the prompt.
@Suite struct DoorPrompts {
    /// A door whose prompts close without any news after 150 seconds and are asked about by nobody else.
    private static func open(_ engine: SQLDatabase.Engine, _ body: (DoorShop) async throws -> Void) async throws {
        var options = TestShop.Options()
        options.rules.querySeconds = []
        options.rules.attemptSeconds = 150
        try await DoorShop.open(engine, options) { door in
            door.shop.daraja.choose(try door.shop.story("stuck"))
            try await body(door)
        }
    }

    /// Sends a rider's form for a prompt.
    private static func press(_ door: DoorShop, _ form: [(String, String)], phone: String = "") async throws -> String {
        let answer = try await door.shop.send("POST", "\(door.rider)/prompt", form: form + [("phone", phone)])
        #expect(answer.status == 303)
        return try await door.shop.page(try #require(answer.header("location")))
    }

    /// Waits until the last prompt is out, and then until nobody knows how it ended and the pause after it is over.
    private static func lapse(_ door: DoorShop, prompts: Int) async throws {
        let shop = door.shop
        try await shop.eventually("the prompt is out") { shop.pushes.count == prompts }
        try await shop.status(door.customer) { $0.attempt?.state == "prompt_sent" }
        shop.clock.advance(seconds: 181)
        try await shop.eventually("its time is over") { try await shop.order(door.customer).liveTicket == nil }
    }

    @Test(
        "The same form sent twice asks the provider no second time and sends no second prompt",
        arguments: TestDatabase.engines)
    func usedForm(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            let first = try await door.fields("prompt")
            _ = try await Self.press(door, first)
            try await Self.lapse(door, prompts: 1)
            #expect(shop.pushes.map(\.queries.count) == [0])
            _ = try await Self.press(door, first)
            #expect(shop.pushes.map(\.queries.count) == [0], "a used form asks nobody")

            let second = try await door.fields("prompt")
            _ = try await Self.press(door, second)
            try await Self.lapse(door, prompts: 2)
            #expect(shop.pushes.map(\.queries.count) == [1, 0], "another form asks about the last prompt, once")
            for form in [second, first] { _ = try await Self.press(door, form) }
            #expect(shop.pushes.map(\.queries.count) == [1, 0])
            #expect(try await door.history().count { $0 == "prompted_by" } == 2)
        }
    }

    @Test(
        "What cannot be a number, and a form of another link, ask the provider nothing", arguments: TestDatabase.engines
    )
    func wrongForm(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            _ = try await Self.press(door, try await door.fields("prompt"))
            try await Self.lapse(door, prompts: 1)
            let form = try await door.fields("prompt")
            #expect(try await Self.press(door, form, phone: "12345").contains("id=\"phone-error\""))
            let other = try await DoorShop.order(in: door.shop, of: door.amina)
            let foreign = try await door.shop.send(
                "POST", "\(door.rider)/prompt", form: try await other.fields("prompt") + [("phone", "")])
            #expect(foreign.status == 422)
            #expect(door.shop.pushes.map(\.queries.count) == [0])
            // The form that was refused was not used.
            _ = try await Self.press(door, form)
            try await Self.lapse(door, prompts: 2)
            #expect(door.shop.pushes.map(\.queries.count) == [1, 0])
        }
    }
}
