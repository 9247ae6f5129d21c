import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import Testing

/// Stored messages that are handed to their plugin once more, by a command.
@Suite struct PluginReplays {
    @Test(
        "What a plugin reads in a message is told without people and with its receipt in part; nothing is recorded",
        arguments: TestDatabase.engines)
    func dryRun(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            let receipt = try #require(try await shop.captures(path).first?.receipt)
            try await shop.eventually("the message is done with") {
                try await shop.shop.messages(.done, atMost: 2).count == 1
            }
            let message = try #require(try await shop.shop.messages(atMost: 1).first)
            let told = try await OperatorCommands.good(shop, "plugin", "replay", message.id, "--dry-run")
            #expect(told.output.contains("\(number.text)-1: paid (1000.00, receipt •••\(receipt.suffix(3)))"))
            for secret in [receipt, "254712345678", "712345678"] { #expect(!told.output.contains(secret)) }
            let json = try await OperatorCommands.good(shop, "plugin", "replay", message.id, "--dry-run", "--json").json
            let read = try #require((json.first?["reads"] as? [[String: Any]])?.first)
            #expect(read["fact"] as? String == "paid" && read["amount"] as? String == "1000.00")
            #expect(json.first?["verdict"] as? String == "done")
            #expect(try await shop.shop.messages(atMost: 1).first?.verdict == .done, "it is left as it is")
            #expect(try await shop.shop.auditTrail(about: message.id).isEmpty)
        }
    }

    @Test(
        "Messages that came to nothing are read again by the running shop, and money counts once",
        arguments: TestDatabase.engines)
    func again(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            try await shop.eventually("the message is done with") {
                try await shop.shop.messages(.done, atMost: 2).count == 1
            }
            let message = try #require(try await shop.shop.messages(atMost: 1).first)
            let now = shop.clock.now
            try await shop.database.transaction { transaction in
                try transaction.execute("UPDATE inbox SET state = 'parked', tries = 3")
                try transaction.openReview(
                    "parked_message", subject: message.id, order: nil, detail: "it stopped", at: now)
            }
            let waiting = try await OperatorCommands.good(shop, "plugin", "replay", "--instance", "mpesa", "--dry-run")
            #expect(waiting.output.contains(message.id), "it is among those that are not done with")
            for _ in 0..<2 {
                try await shop.shop.noteAlive("test")
                let done = try await OperatorCommands.good(shop, "plugin", "replay", message.id, "--by", "njeri")
                #expect(done.output.contains("What it says is recorded."), "\(done)")
            }
            #expect(try await shop.shop.openItems().isEmpty, "its item ends with that")
            #expect(try await shop.captures(path).count == 1)
            let trail = try await shop.shop.auditTrail(about: message.id).map(\.entry.action)
            #expect(trail == ["message_read_again", "message_read_again"])
            #expect(
                try await OperatorCommands.good(shop, "plugin", "replay", "--instance", "mpesa").output
                    .contains("nothing to read again"))
            try await shop.checkBooks(path)
        }
    }

    @Test("What is wrong with such a command is told in one sentence")
    func mistakes() async throws {
        try await TestShop.open(.sqlite) { shop in
            try await OperatorCommands.bad(shop, 1, "Say which", "plugin", "replay")
            try await OperatorCommands.bad(shop, 1, "Say which", "plugin", "replay", "x", "--instance", "mpesa")
            try await OperatorCommands.bad(shop, 1, "There is no such message", "plugin", "replay", "x")
            try await OperatorCommands.bad(shop, 1, "no way to pay till", "plugin", "replay", "--instance", "till")
            try await OperatorCommands.bad(
                shop, 1, "--since is", "plugin", "replay", "--instance", "mpesa", "--since", "soon")
            try await OperatorCommands.bad(shop, 1, "--since goes with", "plugin", "replay", "x", "--since", "2d")
        }
    }
}
