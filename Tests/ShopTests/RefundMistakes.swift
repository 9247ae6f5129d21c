@testable import Checkout
import Commerce
import Database
import DukaTesting
import PaymentKit
import Storage
import Testing

/// What could go wrong with money on its way back, told to the rules piece by piece.
@Suite struct RefundMistakes {
    static let price = Money(whole: 1_000, .kes)

    /// A shop that does nothing by itself, with an order over KES 1,000.
    struct Desk {
        let shop: TestShop
        let path: String
        let number: OrderNumber
        /// Of the order's prompt.
        let prompt: Ticket

        var order: Order { get async throws { try await shop.order(path) } }
        var capture: Capture { get async throws { try #require(try await shop.captures(path).first) } }
        var refunds: [Refund] {
            get async throws {
                let id = try await order.id
                return try await shop.database.read { try $0.refunds(of: id) }
            }
        }

        @discardableResult
        func tell(_ source: News.Source, _ fact: Fact, _ ids: [Reference] = [], about ticket: Ticket? = nil)
            async throws
            -> Shop.Recorded
        {
            try await shop.shop.record(
                News(source, Outcome(fact, references: ids)), about: ticket ?? prompt, instance: "mpesa")
        }

        func isPaid(
            _ receipt: String? = "UKL1111111", by source: News.Source = .callback(isListed: true)
        ) async throws {
            try await tell(source, .paid(RefundMistakes.price, receipt: receipt.map { Receipt($0) }))
        }

        func hears(of receipt: String, account: String = "") async throws -> MoneyRecorded {
            try await shop.shop.receive(report(receipt, account))
        }

        func report(_ receipt: String, _ account: String, shillings: Int64 = 1_000) -> MoneyReport {
            MoneyReport(
                instance: "mpesa", receipt: Receipt(receipt), amount: Money(whole: shillings, .kes), account: account,
                road: .statement, level: .confirmed)
        }

        func isTold(_ report: MoneyReport, isListed: Bool) async throws -> MoneyRecorded? {
            let now = shop.clock.now
            return try await shop.database.transaction { [vault = shop.vault, rules = shop.shop.rules] transaction in
                let books = SQLBooks(transaction: transaction, vault: vault, now: now)
                return try ReceivedMoney.hear(report, isListed: isListed, books, rules)
            }
        }

        func goesBack(_ shillings: Int64 = 1_000, of receipt: String = "UKL1111111") async throws {
            try await shop.shop.takeReturn(
                Money(whole: shillings, .kes), receipt: Receipt("UKL9999999"), of: receipt, instance: "mpesa",
                road: .statement)
        }

        func ask(_ way: Refund.Way = .reversal, shillings: Int64? = nil) async throws -> Refund {
            try await RefundStories.ask(shop, number, way: way) {
                $0.amount = shillings.map { Money(whole: $0, .kes) }
                $0.proof = "cash"
                $0.payee = ["kind": "phone", "phone": "0712345678"]
            }
        }

        /// Asked for, approved, and taken by the provider as `c1`.
        func submitted(_ way: Refund.Way = .reversal, shillings: Int64? = nil) async throws -> Ticket {
            let ticket = try await ask(way, shillings: shillings).ticket
            _ = try await shop.shop.approveRefund(ticket, by: "Njeri")
            try await tell(.startAnswer, .pending, [Reference("ConversationID", "c1")], about: ticket)
            #expect(try await RefundStories.refund(shop, ticket).state == .submitted)
            return ticket
        }

        func byHand(_ shillings: Int64) async throws {
            _ = try await shop.shop.approveRefund(try await ask(.byHand, shillings: shillings).ticket, by: "Njeri")
        }
    }

    static func open(_ body: @escaping (Desk) async throws -> Void) async throws {
        for engine in TestDatabase.engines {
            try await KnownMistakes.open(engine) { options in
                options.products = [
                    TestShop.Options.product("tea", shillings: 1_000, stock: 1),
                    TestShop.Options.product("rug", shillings: 1_000, stock: 5),
                ]
            } _: { shop in
                let path = try await shop.buy(cart: "tea:1")
                let order = try await shop.order(path)
                let desk = Desk(
                    shop: shop, path: path, number: order.number, prompt: try await KnownMistakes.ticket(shop, path))
                try await desk.tell(.startAnswer, .pending, [Reference("id", "p1")])
                try await body(desk)
            }
        }
    }

    @Test("What is not the refund's own result ends nothing")
    func foreign() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let ticket = try await desk.submitted()
            let decline = Fact.declined(Decline(.other, retry: .never, code: "1"))
            let half = Fact.returned(Money(whole: 500, .kes), receipt: nil, .reversal)
            let whole = Fact.returned(Self.price, receipt: nil, .reversal)
            let other = [Reference("ConversationID", "c2")]
            for (source, fact, ids) in [
                (News.Source.callback(isListed: false), decline, []), (.callback(isListed: true), decline, other),
                (.callback(isListed: false), whole, []), (.callback(isListed: true), whole, other), (.query, half, []),
            ] as [(News.Source, Fact, [Reference])] {
                try await desk.tell(source, fact, ids, about: ticket)
                #expect(try await RefundStories.refund(desk.shop, ticket).state == .submitted)
            }
            #expect(try await desk.capture.returned.minor == 0)
            let reviews = try await desk.shop.reviews(desk.path)
            #expect(reviews.contains("id_mismatch") && reviews.contains("contradiction"))
        }
    }

    @Test("A refund that failed and succeeded after all counts once, and in full")
    func afterAll() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let ticket = try await desk.submitted()
            try await desk.tell(.query, .declined(Decline(.other, retry: .never, code: "1")), about: ticket)
            #expect(try await desk.capture.returning.minor == 0, "free for another way")
            try await desk.tell(.query, .returned(Self.price, receipt: nil, .reversal), about: ticket)
            let capture = try await desk.capture
            #expect(capture.returned == Self.price && capture.returning == Self.price)
            #expect(try await desk.shop.status(desk.path).state == "reversed")
        }
    }

    @Test("A refund that is in the journal when its worker dies is unknown, and is not sent again")
    func worker() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let ticket = try await desk.ask().ticket
            _ = try await desk.shop.shop.approveRefund(ticket, by: "Njeri")
            let now = desk.shop.clock.now
            _ = try await desk.shop.database.transaction { try $0.beginAct(ticket, at: now) }
            try await desk.shop.shop.runDueWork()
            #expect(try await RefundStories.refund(desk.shop, ticket).state == .unknown)
            #expect(desk.shop.daraja.operations.isEmpty)
        }
    }

    @Test("One refund of a payment is open at a time, is decided once, and a decided one is not decided again")
    func decidedOnce() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let first = try await desk.ask(.byHand, shillings: 300).ticket
            await #expect(throws: RefundRefusal.alreadyOpen(first)) { try await desk.ask(.byHand, shillings: 300) }
            await #expect(throws: RefundRefusal.notWaiting(state: "requested")) {
                try await desk.shop.shop.resolveRefund(first, hasGoneBack: true, by: "Njeri", reason: "seen")
            }
            _ = try await desk.shop.shop.approveRefund(first, by: "Njeri")
            await #expect(throws: RefundRefusal.notWaiting(state: "succeeded")) {
                try await desk.shop.shop.approveRefund(first, by: "Njeri")
            }
            #expect(try await desk.capture.returned == Money(whole: 300, .kes))
        }
    }

    @Test("A return on the provider's list is our own refund's answer")
    func ownReturn() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let ticket = try await desk.submitted()
            try await desk.goesBack()
            let refunds = try await desk.refunds
            #expect(refunds.map(\.ticket) == [ticket] && refunds.map(\.state) == [.succeeded])
            #expect(refunds.first?.receipt == "UKL9999999")
        }
    }

    @Test("A return that leaves enough for a refund on its way does not end it")
    func returnBeside() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let ticket = try await desk.submitted(.payout, shillings: 300)
            try await desk.goesBack(600)
            #expect(try await RefundStories.refund(desk.shop, ticket).state == .submitted)
            #expect(try await desk.capture.returning == Money(whole: 900, .kes))
        }
    }

    @Test("More cannot go back than was paid: a person is told")
    func tooMuch() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            try await desk.byHand(700)
            try await desk.goesBack()
            #expect(try await desk.capture.returned == Money(whole: 700, .kes))
            #expect(try await desk.shop.reviews(desk.path).contains("contradiction"))
        }
    }

    @Test("Whatever a provider answers to a refund's request, it counts as sent, and somebody finds out")
    func strangeAnswers() async throws {
        try await Self.open { desk in
            try await desk.isPaid()
            let half = Money(whole: 500, .kes)
            let answers: [Fact] = [
                .notFound, .balance([]), .paid(half, receipt: nil), .authorized(half, until: nil),
                .returned(half, receipt: nil, .reversal), .unclear(code: "9999", detail: ""), .needsReview("odd"),
            ]
            for answer in answers {
                let ticket = try await desk.ask().ticket
                _ = try await desk.shop.shop.approveRefund(ticket, by: "Njeri")
                try await desk.tell(.startAnswer, answer, about: ticket)
                #expect(try await RefundStories.refund(desk.shop, ticket).state == .unknown, "\(answer)")
                let isAsked = try await desk.shop.database.read {
                    try $0.first("SELECT 1 FROM jobs WHERE id = \("refund_query \(ticket.value)")") != nil
                }
                let isForPerson = if case .needsReview = answer { true } else { false }
                #expect(isAsked != isForPerson, "\(answer)")
                if isForPerson {
                    #expect(try await desk.shop.reviews(desk.path).contains("provider_unsure"))
                }
                let decline = Fact.declined(Decline(.other, retry: .never, code: "1"))
                try await desk.tell(.query, decline, about: ticket)
            }
        }
    }

    @Test("Of two who change money that belongs to no order, one looks again")
    func unmatchedAtOnce() async throws {
        try await Self.open { desk in
            let shop = desk.shop
            #expect(try await desk.hears(of: "UKL1111111") == .unmatched)
            let seen = try #require(try await shop.shop.unmatchedMoney().first).capture
            try await desk.goesBack(400)
            var late = seen
            late.returning = Money(whole: 300, .kes)
            late.returned = late.returning
            await #expect(throws: StaleWrite.self) {
                try await shop.database.transaction { [late, vault = shop.vault] in
                    try $0.save(late, payer: nil, vault)
                }
            }
            #expect(try await shop.shop.unmatchedMoney().first?.capture.returned == Money(whole: 400, .kes))
        }
    }

    @Test("Two rows that turn out to be one payment keep its refund")
    func mergedRefund() async throws {
        try await Self.open { desk in
            try await desk.isPaid(nil, by: .query)
            try await desk.byHand(400)
            #expect(try await desk.hears(of: "UKL1111111") == .unmatched)
            try await desk.isPaid()
            let capture = try await desk.capture
            #expect(capture.receipt == "UKL1111111" && capture.returned == Money(whole: 400, .kes))
            #expect(try await desk.shop.captures(desk.path).count == 1)
            #expect(try await desk.refunds.map(\.capture) == [capture.id])
        }
    }

    @Test("One payment that was sent back under two names is for a person")
    func sentBackTwice() async throws {
        try await Self.open { desk in
            try await desk.isPaid(nil, by: .query)
            try await desk.byHand(1_000)
            #expect(try await desk.hears(of: "UKL1111111") == .unmatched)
            try await desk.goesBack()
            try await desk.isPaid()
            #expect(try await desk.shop.reviews(desk.path).contains("contradiction"))
        }
    }

    @Test("Goods are not held again for money that went back")
    func noGoodsForReturned() async throws {
        try await Self.open { desk in
            let shop = desk.shop
            try await desk.tell(
                .callback(isListed: true), .declined(Decline(.cancelledByPayer, retry: .sameMethod, code: "1032")))
            shop.clock.advance(seconds: 3_700)
            try await shop.shop.runDueWork()
            #expect(try await !desk.order.stockHeld)
            _ = try await shop.buy(phone: "0722000000", cart: "tea:1")
            let id = try await desk.order.id
            #expect(try await desk.hears(of: "UKL1111111", account: desk.number.text) == .booked(id))
            let proposed = try #require(try await desk.refunds.first)
            #expect(proposed.requestedBy == "duka" && proposed.way == .reversal)
            // The goods are back on the shelf when the money goes back.
            try await shop.database.transaction { try $0.execute("UPDATE products SET stock = stock + 1") }
            try await desk.goesBack()
            #expect(try await desk.order.stockHeld == false)
            #expect(try await shop.database.read { try $0.products().first { $0.slug == "tea" }?.stock } == 1)
            #expect(try await shop.status(desk.path).state == "reversed")
        }
    }
}
