@testable import Checkout
import Commerce
import Database
import DukaTesting
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// What could go wrong with money that the provider reports by itself, told to the rules piece by piece.
@Suite struct MoneyMistakes {
    @Test("Known money under another amount changes nothing and is for a person")
    func otherAmount() async throws {
        try await RefundMistakes.open { desk in
            let account = desk.number.text
            let id = try await desk.order.id
            #expect(try await desk.hears(of: "UKL1111111", account: account) == .booked(id))
            let more = desk.report("UKL1111111", account, shillings: 9_000)
            #expect(try await desk.shop.shop.receive(more) == .contradicted)
            #expect(try await desk.capture.amount == RefundMistakes.price)
            #expect(try await desk.shop.reviews(desk.path).contains("contradiction"))
        }
    }

    @Test("A message about money counts nothing before the provider's own word: from elsewhere, or over much money")
    func heard() async throws {
        try await RefundMistakes.open { desk in
            let shop = desk.shop
            let account = desk.number.text
            let foreign = try await desk.isTold(desk.report("UKL2222222", account), isListed: false)
            #expect(foreign == nil)
            #expect(try await desk.isTold(desk.report("UKL3333333", account, shillings: 10_000), isListed: true) == nil)
            // Held without an account, then named by a stranger.
            #expect(try await desk.hears(of: "UKL1111111") == .unmatched)
            #expect(try await desk.isTold(desk.report("UKL1111111", account), isListed: false) == .known)
            #expect(try await shop.captures(desk.path).isEmpty)
        }
    }

    @Test("A receipt that stands for another amount is not a prompt's")
    func notThePrompts() async throws {
        try await RefundMistakes.open { desk in
            _ = try await desk.shop.shop.receive(desk.report("UKL1111111", "", shillings: 900))
            try await desk.isPaid()
            #expect(try await desk.order.flags.contains(.contradiction))
            #expect(try await desk.shop.captures(desk.path).isEmpty)
        }
    }

    @Test("A second receipt for one prompt is for a person")
    func secondReceipt() async throws {
        try await RefundMistakes.open { desk in
            try await desk.isPaid()
            try await desk.isPaid("UKL2222222")
            #expect(try await desk.order.flags.contains(.contradiction))
            #expect(try await desk.shop.captures(desk.path).map(\.receipt) == ["UKL1111111"])
        }
    }

    @Test("A prompt that is paid keeps its money when its receipt turns out to be another's")
    func receiptOfAnother() async throws {
        try await RefundMistakes.open { desk in
            let shop = desk.shop
            let no = Decline(.cancelledByPayer, retry: .sameMethod, code: "1032")
            try await desk.tell(.callback(isListed: true), .declined(no))
            let (id, now, rules) = (try await desk.order.id, shop.clock.now, shop.shop.rules)
            try await shop.database.transaction { [vault = shop.vault] transaction in
                let books = SQLBooks(transaction: transaction, vault: vault, now: now)
                let order = try #require(try books.order(id))
                let phone = try #require(try transaction.attempts(of: id, vault)[0].phone)
                try Prompts.open(on: order, phone: phone, instance: "mpesa", events: [], books, rules)
            }
            let second = try await KnownMistakes.ticket(shop, desk.path)
            try await desk.tell(.startAnswer, .pending, [Reference("id", "p2")], about: second)
            try await desk.isPaid(nil, by: .query)
            #expect(try await desk.hears(of: "UKL1111111", account: desk.number.text) == .booked(id))
            let paid = Fact.paid(RefundMistakes.price, receipt: Receipt("UKL1111111"))
            try await desk.tell(.callback(isListed: true), paid, about: second)
            let captures = try await shop.captures(desk.path)
            #expect(Set(captures.map(\.ticket)) == [desk.prompt, second])
            #expect(try await shop.status(desk.path).flags == ["duplicate_payment"])
        }
    }

    @Test("A shown receipt gives the order nothing that does not fit it by itself")
    func shown() async throws {
        try await RefundMistakes.open { desk in
            let core = desk.shop.shop
            func paid(_ receipt: String, _ shillings: Int64 = 1_000, payer: String? = nil) -> PaymentKit.Outcome {
                Outcome(.paid(Money(whole: shillings, .kes), receipt: Receipt(receipt, payer: payer)))
            }
            let (id, now) = (try await desk.order.id, desk.shop.clock.now)
            func show(_ receipt: String) async throws -> Lookup {
                let lookup = Lookup(
                    ticket: Ticket("L\(OrderNumber().text)"), order: id, instance: "mpesa", receipt: receipt,
                    state: .asked, askedAt: now)
                try await desk.shop.database.transaction { try $0.insert(lookup) }
                return lookup
            }
            let other = try await desk.shop.buy(phone: "0722000000", cart: "rug:1")
            _ = try await desk.hears(of: "UKL5555555", account: try await desk.shop.order(other).number.text)
            for (typed, outcome, isListed) in [
                ("UKL1111111", paid("UKL2222222"), true), ("UKL1111111", paid("UKL1111111"), false),
                ("UKL3333333", paid("UKL3333333", 900), true),
                ("UKL4444444", paid("UKL4444444", payer: "254733999999"), true),
                ("UKL5555555", paid("UKL5555555"), true),
            ] {
                try await core.take(outcome, about: try await show(typed), isListed: isListed)
                #expect(try await desk.shop.captures(desk.path).isEmpty, "\(typed)")
            }
            #expect(try await desk.shop.captures(other).count == 1)
            try await core.take(paid("UKL6666666"), about: try await show("UKL6666666"), isListed: true)
            #expect(try await desk.shop.captures(desk.path).map(\.receipt) == ["UKL6666666"])
        }
    }

    @Test("A receipt is not called unknown before the provider's list can have it")
    func listLag() async throws {
        try await RefundMistakes.open { desk in
            let now = desk.shop.clock.now
            let lookup = Lookup(
                ticket: Ticket("LAAAAAAAA"), order: try await desk.order.id, instance: "mpesa", receipt: "UKL1111111",
                state: .asked, askedAt: now)
            try await desk.shop.database.transaction { try $0.insert(lookup) }
            for (seconds, state) in [(59, Lookup.State.asked), (60, .refused)] {
                _ = try await desk.shop.shop.refuseUnlisted("mpesa", readAt: now.adding(seconds: seconds))
                #expect(try await desk.shop.database.read { try $0.lookup(lookup.ticket)?.state } == state)
            }
        }
    }

    @Test("Money that leaves the account pays no order")
    func outgoing() async throws {
        try await RefundMistakes.open { desk in
            let line = StatementLine(
                .outgoing, Receipt("UKL1111111"), RefundMistakes.price, account: desk.number.text)
            _ = try await desk.shop.shop.readStatement([line], of: "mpesa")
            #expect(try await desk.shop.captures(desk.path).isEmpty)
        }
    }

    @Test("A list that could not be read is read again from where it was last read")
    func unreadList() async throws {
        try await RefundMistakes.open { desk in
            let shop = desk.shop
            _ = try await shop.shop.register("mpesa")
            try await shop.shop.readDueStatements()
            func readUntil() async throws -> Timestamp? {
                try await shop.database.read { try $0.dueStatements(at: shop.clock.now.adding(seconds: 86_400)) }.first?
                    .readUntil
            }
            let before = try await readUntil()
            #expect(before != nil)
            shop.daraja.choose(try shop.story("outage"))
            shop.clock.advance(seconds: 1_000)
            try await shop.shop.readDueStatements()
            #expect(try await readUntil() == before)
        }
    }
}
