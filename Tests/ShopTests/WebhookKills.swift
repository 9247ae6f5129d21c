@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import Storage
import Testing

/// No message to another program is lost, whoever is killed and whenever.
@Suite struct WebhookKills {
    /// Where a worker stops as if its process had been killed.
    enum Stop: CaseIterable, Sendable { case written, claimed, carried, settled }

    @Test("Killed at any step, no message is lost", arguments: TestDatabase.engines, Stop.allCases)
    func killed(_ engine: SQLDatabase.Engine, _ stop: Stop) async throws {
        try await Webhooks.open(engine) { shop, sender, receiver, _ in
            _ = try await shop.buy()
            let message = try #require(try await shop.webhookLog().first).message
            if stop != .written {
                let parcel = try #require(try await sender.claim(message))
                #expect(try await sender.claim(message) == nil, "claimed once")
                if stop != .claimed {
                    let outcome = try await sender.carry(parcel)
                    if stop != .carried { try await sender.settle(parcel.message, outcome) }
                }
            }
            // Another worker starts, and time passes.
            for _ in 0..<3 {
                try await sender.deliverDue()
                shop.clock.advance(seconds: 100)
            }
            let tries = try #require(try await shop.webhookLog().first).tries.map(\.result)
            #expect(tries.last == .answered(204))
            switch stop {
            case .written, .settled: #expect(receiver.messages.count == 1 && tries.count == 1)
            case .claimed: #expect(receiver.messages.count == 1 && tries.first == .problem(.stopped, code: 0))
            case .carried: #expect(receiver.messages.count == 2 && tries.first == .problem(.stopped, code: 0))
            }
            #expect(Set(receiver.messages.map(\.id)).count == 1)
        }
    }

    @Test(
        "Workers that see the same messages send each once; one that comes back late changes nothing",
        arguments: TestDatabase.engines)
    func raced(_ engine: SQLDatabase.Engine) async throws {
        try await Webhooks.open(engine) { shop, sender, receiver, _ in
            for number in 0..<6 { _ = try await shop.buy(phone: "071234560\(number)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await sender.deliverDue() } }
                try await group.waitForAll()
            }
            #expect(receiver.messages.count == 6)
            #expect(Set(receiver.messages.map(\.id)).count == 6)

            receiver.next(.status(500))
            _ = try await shop.buy(phone: "0712345699")
            let message = try #require(try await shop.webhookLog().last).message
            let late = try #require(try await sender.claim(message))
            let outcome = try await sender.carry(late)
            shop.clock.advance(seconds: WebhookSender.claimSeconds + 1)
            try await sender.deliverDue()
            try await sender.settle(late.message, outcome)
            #expect(try await shop.toldWebhooks().last == "order.placed delivered 2")
        }
    }

    @Test("The program, killed while a receiver holds its answer, tells it again", arguments: TestDatabase.engines)
    func programKilled(_ engine: SQLDatabase.Engine) async throws {
        try await Webhooks.open(engine) { shop, _, receiver, secret in
            receiver.next(.hang)
            shop.daraja.choose(.manual)
            let port = try Program.freePort()
            let environment = Program.environment(shop, port: port)
            var program = try await Program.start(environment, port: port, for: shop)
            _ = try await shop.buy()
            try await shop.eventually("it arrives") { receiver.messages.count == 1 }
            program.kill()
            #expect(try await shop.toldWebhooks() == ["order.placed sending 0"])
            // The program's clock is the real one: as if it had been killed some minutes ago.
            try await shop.database.transaction {
                try $0.execute("UPDATE webhook_messages SET claimed_at = claimed_at - 600000")
            }
            program = try await Program.start(environment, port: port, for: shop)
            try await shop.eventually("it is told again") {
                try await shop.toldWebhooks() == ["order.placed delivered 2"]
            }
            program.kill()
            #expect(receiver.messages.count == 2 && Set(receiver.messages.map(\.id)).count == 1)
            #expect(receiver.messages.allSatisfy { isSigned($0, by: secret) })
        }
    }
}
