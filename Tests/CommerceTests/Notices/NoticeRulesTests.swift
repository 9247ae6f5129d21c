import Commerce
import PaymentKit
import Testing

@Suite("What customers and the owner are told")
struct NoticeRulesTests {
    private static let now = Timestamp(milliseconds: 1_795_260_920_000)

    private static func order(_ change: (inout Order) -> Void = { _ in }) -> Order {
        let money = Money(whole: 250, .kes)
        let zero = Money(whole: 0, .kes)
        var order = Order(
            id: ID(at: now), number: OrderNumber(), version: 1, lastHash: [], status: .pending, flags: [],
            language: .english, deliveryCode: "pickup", deliveryName: Words(english: "", swahili: ""), goods: money,
            delivery: zero, vat: zero, total: money, applied: zero, received: zero, returned: zero, stockHeld: true,
            attemptsMade: 1, liveTicket: nil, placedAt: now, expiresAt: now.adding(seconds: 3_600), changedAt: now,
            cancelledAt: nil, paidAt: nil)
        change(&order)
        return order
    }

    private static func paid(_ order: inout Order) {
        order.applied = order.total
        order.received = order.total
        order.paidAt = now
    }

    private static func told(_ order: Order, _ events: OrderEvent...) -> [Telling] {
        Telling.about(order, events, at: now)
    }

    @Test("Each thing that happens is told as what it is, and the rest is not told")
    func table() {
        let ticket = Ticket("K7M29QXD-1")
        #expect(
            Self.told(Self.order(), OrderEvent("order_placed"), OrderEvent("attempt_started", ticket))
                == [Telling(.placed)])
        #expect(Self.told(Self.order(Self.paid), OrderEvent("captured", ticket, "250")) == [Telling(.paid)])
        let later = Self.order { order in
            Self.paid(&order)
            order.paidAt = Self.now.adding(seconds: -60)
        }
        #expect(Self.told(later, OrderEvent("confirmed", ticket)).isEmpty, "paid a minute ago, told then")
        #expect(Self.told(Self.order(), OrderEvent("expired", ticket, "deadline")) == [Telling(.notPaid)])
        #expect(Self.told(Self.order(), OrderEvent("failed", ticket, "1037")) == [Telling(.notPaid)])
        #expect(Self.told(Self.order(), OrderEvent("cancelled", ticket)).isEmpty, "they did it themselves")
        #expect(Self.told(Self.order(Self.paid), OrderEvent("failed", ticket)) == [Telling(.paid)], "paid beats failed")
        let part = Self.order { order in
            order.applied = Money(whole: 100, .kes)
            order.received = Money(whole: 100, .kes)
        }
        #expect(Self.told(part, OrderEvent("money_received")) == [Telling(.partPaid, "10000")])
        #expect(Self.told(Self.order(), OrderEvent("expired")) == [Telling(.expired)])
        #expect(Self.told(Self.order(), OrderEvent("cancelled_by", nil, "asha: no")) == [Telling(.cancelled)])
        #expect(
            Self.told(Self.order(), OrderEvent("refund_succeeded", Ticket("R1"), "250"))
                == [Telling(.refunded, "R1", "250")])
        for (flag, kind) in [("duplicate_payment", Notice.Kind.paidTwice), ("overpaid", .overpaid)] {
            let twice = OrderEvent("review_opened", nil, "\(flag): money to give back")
            #expect(Self.told(Self.order(), twice, twice) == [Telling(kind, "0")], "once")
        }
        #expect(Self.told(Self.order(), OrderEvent("review_opened", nil, "late_money: x")) == [Telling(.held, "late")])
        #expect(Self.told(Self.order(), OrderEvent("expired_part_paid")) == [Telling(.held, "part")])
        for quiet in ["staff_note", "act_begun", "queued", "prompt_sent", "handed_over", "told_again_by"] {
            #expect(Self.told(Self.order(), OrderEvent(quiet)).isEmpty, "\(quiet)")
        }
    }

    @Test("What stopped being true is not said any more")
    func fits() {
        let paid = Self.order(Self.paid)
        let ended = Self.order { $0.expiresAt = Self.now }
        #expect(Notice.Kind.paid.fits(paid, at: Self.now) && !Notice.Kind.paid.fits(Self.order(), at: Self.now))
        #expect(!Notice.Kind.notPaid.fits(paid, at: Self.now) && Notice.Kind.notPaid.fits(Self.order(), at: Self.now))
        #expect(Notice.Kind.expired.fits(ended, at: Self.now) && !Notice.Kind.expired.fits(paid, at: Self.now))
        #expect(!Notice.Kind.placed.fits(ended, at: Self.now) && Notice.Kind.placed.fits(paid, at: Self.now))
        #expect(Notice.Kind.current(of: paid, at: Self.now) == .paid)
        #expect(Notice.Kind.current(of: ended, at: Self.now) == .expired)
        for kind in Notice.Kind.allCases where !kind.isForOwner {
            let orders = [paid, ended, Self.order()]
            #expect(orders.contains { kind.fits($0, at: Self.now) == false }, "\(kind) is not always true")
        }
    }

    private static func notice(
        _ kind: Notice.Kind, _ channel: Notice.Channel, tries: Int = 1, age: Int = 0
    ) -> Notice {
        Notice(
            id: ID(at: now), order: nil, kind: kind, occurrence: "", channel: channel, language: .english, detail: "",
            tries: tries, writtenAt: now.adding(seconds: -age), dueAt: now)
    }

    @Test("A refusal for now is tried again, ever more seldom, for a day")
    func backOff() {
        let pauses = (1...7).map { tries in
            Self.notice(.paid, .letter, tries: tries).nextTry(after: Self.now)?.seconds(since: Self.now)
        }
        #expect(pauses == [60, 300, 900, 1_800, 3_600, 3_600, 3_600])
        #expect(Self.notice(.paid, .letter, tries: 9, age: 86_400 - 3_601).nextTry(after: Self.now) != nil)
        #expect(Self.notice(.paid, .letter, tries: 9, age: 86_400 - 3_600).nextTry(after: Self.now) == nil)
    }

    @Test("At night only what somebody just did is told by SMS; letters never disturb")
    func night() {
        for kind in Notice.Kind.allCases {
            #expect(Self.notice(kind, .letter).mayDisturb(at: Self.now))
            let isAnswer = kind == .placed || kind == .paid
            #expect(Self.notice(kind, .sms, age: 599).mayDisturb(at: Self.now) == isAnswer, "\(kind)")
            #expect(!Self.notice(kind, .sms, age: 600).mayDisturb(at: Self.now), "\(kind), ten minutes later")
        }
    }
}

@Suite("Alerts for the owner")
struct AlertRulesTests {
    private static func found(_ open: Set<String> = [], _ change: (inout AlertFigures) -> Void) -> [String] {
        var figures = AlertFigures()
        figures.providers = [AlertFigures.Provider(name: "p")]
        figures.channels = [AlertFigures.Channel(name: "letter")]
        change(&figures)
        return AlertRules().findings(figures, open: open).map { "\($0.kind.rawValue) \($0.subject)" }
    }

    @Test("A quiet shop has none")
    func quiet() { #expect(Self.found { _ in }.isEmpty) }

    @Test("Payments that only asking finds, from the fifth on")
    func silence() {
        #expect(Self.found { $0.providers[0].paid = 4 }.isEmpty)
        #expect(Self.found { $0.providers[0].paid = 5 } == ["callbacks_silent p"])
        #expect(Self.found { ($0.providers[0].paid, $0.providers[0].paidByCallback) = (50, 1) }.isEmpty)
        let open: Set = ["callbacks_silent p"]
        #expect(Self.found(open) { $0.providers[0].paid = 1 } == ["callbacks_silent p"], "still, with few payments")
        #expect(Self.found(open) { _ in }.isEmpty, "a day without payments ends it")
        #expect(Self.found(open) { ($0.providers[0].paid, $0.providers[0].paidByCallback) = (9, 1) }.isEmpty)
    }

    @Test("Half of the week's success, not less evidence than that, and over at three quarters")
    func drop() {
        func hour(_ paid: Int, of prompts: Int, open: Set<String> = [], week: Int = 100) -> [String] {
            Self.found(open) { figures in
                figures.providers[0].prompts = prompts
                figures.providers[0].promptsPaid = paid
                figures.providers[0].weekPrompts = week
                figures.providers[0].weekPromptsPaid = week * 8 / 10
            }
        }
        #expect(hour(7, of: 20) == ["success_dropped p"], "35 of 100, the week had 80")
        #expect(hour(8, of: 20).isEmpty, "40 is half of it, not less")
        #expect(hour(0, of: 19).isEmpty && hour(0, of: 20, week: 99).isEmpty, "too few to say")
        #expect(hour(11, of: 20, open: ["success_dropped p"]) == ["success_dropped p"])
        #expect(hour(12, of: 20, open: ["success_dropped p"]).isEmpty)
    }

    @Test("Late work, missing tokens, silent prompts, a wrong clock")
    func machinery() {
        #expect(Self.found { $0.jobDelaySeconds = 120 }.isEmpty)
        #expect(Self.found { $0.jobDelaySeconds = 121 } == ["jobs_late "])
        #expect(Self.found(["jobs_late "]) { $0.jobDelaySeconds = 31 } == ["jobs_late "])
        #expect(Self.found(["jobs_late "]) { $0.jobDelaySeconds = 30 }.isEmpty)
        #expect(Self.found { $0.providers[0].tokenFailures = 2 }.isEmpty)
        #expect(Self.found { $0.providers[0].tokenFailures = 3 } == ["token_failing p"])
        #expect(Self.found(["token_failing p"]) { $0.providers[0].tokenFailures = 0 }.isEmpty)
        #expect(Self.found { $0.providers[0].isUnanswered = true } == ["prompts_unanswered p"])
        for seconds in [121, -121] {
            #expect(Self.found { $0.providers[0].clockAheadSeconds = seconds } == ["clock_drift p"])
        }
        #expect(Self.found { $0.providers[0].clockAheadSeconds = -120 }.isEmpty)
    }

    @Test("Letters that fail: three lost in a day, or one stuck for an hour")
    func letters() {
        #expect(Self.found { ($0.channels[0].failed, $0.channels[0].unclear) = (1, 1) }.isEmpty)
        #expect(Self.found { ($0.channels[0].failed, $0.channels[0].unclear) = (2, 1) } == ["letters_failing letter"])
        #expect(Self.found { $0.channels[0].stuckSeconds = 3_600 }.isEmpty)
        #expect(Self.found { $0.channels[0].stuckSeconds = 3_601 } == ["letters_failing letter"])
        #expect(Self.found(["letters_failing letter"]) { $0.channels[0].stuckSeconds = 0 }.isEmpty)
    }
    @Test("Another program that takes nothing: one message given up, or one stuck for an hour")
    func webhooks() {
        func found(_ open: Set<String> = [], failed: Int = 0, stuck: Int = 0) -> [String] {
            Self.found(open) { figures in
                var one = AlertFigures.Receiver(name: "Books")
                (one.failed, one.stuckSeconds) = (failed, stuck)
                figures.receivers = [one]
            }
        }
        #expect(found().isEmpty && found(stuck: 3_600).isEmpty)
        #expect(found(failed: 1) == ["webhooks_failing Books"] && found(stuck: 3_601) == ["webhooks_failing Books"])
        let open: Set<String> = ["webhooks_failing Books"]
        #expect(found(open, stuck: 1) == ["webhooks_failing Books"] && found(open).isEmpty)
    }
}
