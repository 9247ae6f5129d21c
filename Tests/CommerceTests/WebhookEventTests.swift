import Commerce
import PaymentKit
import Testing

@Suite("What other programs are told of an order")
struct WebhookEventTests {
    private static func told(_ old: OrderStatus, _ new: OrderStatus, _ kinds: String...) -> [WebhookEvent] {
        WebhookEvent.about(from: old, to: new, kinds.map { OrderEvent($0) })
    }

    @Test("Each change of an order's standing is told as what it is, and a prompt is not told")
    func standing() {
        #expect(Self.told(.pending, .promptSent, "order_placed", "attempt_started") == [.placed])
        #expect(Self.told(.promptSent, .pending, "cancelled").isEmpty)
        #expect(Self.told(.pending, .promptSent, "attempt_started").isEmpty)
        #expect(Self.told(.promptSent, .paid, "captured") == [.paid])
        #expect(Self.told(.pending, .partiallyPaid, "money_received") == [.partlyPaid])
        #expect(Self.told(.pending, .expired, "expired") == [.expired])
        #expect(Self.told(.pending, .cancelled, "cancelled_by") == [.cancelled])
        #expect(Self.told(.expired, .manualReview, "money_received", "review_opened") == [.manualReview])
        #expect(Self.told(.partiallyPaid, .manualReview, "expired_part_paid") == [.manualReview])
        #expect(Self.told(.manualReview, .paid, "revived_by") == [.paid])
        for old in [OrderStatus.expired, .cancelled, .manualReview, .reversed] {
            #expect(Self.told(old, .pending, "kept") == [.reopened])
        }
        #expect(Self.told(.paid, .paid, "confirmed", "staff_note").isEmpty)
    }

    @Test("Further money and money that goes back are told, also where the standing stays")
    func money() {
        #expect(Self.told(.partiallyPaid, .partiallyPaid, "money_received") == [.partlyPaid])
        #expect(Self.told(.paid, .paid, "captured") == [.overpaid])
        #expect(Self.told(.manualReview, .manualReview, "money_assigned") == [.manualReview])
        #expect(Self.told(.paid, .paid, "refund_succeeded") == [.partRefunded])
        #expect(Self.told(.paid, .paid, "returned_elsewhere") == [.partRefunded])
        #expect(Self.told(.paid, .reversed, "refund_succeeded") == [.refunded])
        #expect(Self.told(.paid, .paid, "refund_requested", "refund_approved").isEmpty)
    }

    @Test("Each step of the goods is told, and a step back")
    func goods() {
        #expect(Self.told(.paid, .paid, "packed") == [.packed])
        #expect(Self.told(.paid, .paid, "handed_over") == [.handedOver])
        #expect(Self.told(.paid, .paid, "unpacked") == [.fulfilmentUndone])
        #expect(Self.told(.paid, .paid, "hand_over_undone") == [.fulfilmentUndone])
        #expect(Self.told(.pending, .pending, "given_to_rider") == [.sentOut])
        #expect(Self.told(.pending, .pending, "sending_undone") == [.fulfilmentUndone])
        #expect(Self.told(.pending, .pending, "handed_over_unpaid") == [.handedOver])
        #expect(Self.told(.paid, .paid, "handed_over_by_rider") == [.handedOver])
        #expect(Self.told(.pending, .pending, "written_off") == [.writtenOff])
        #expect(Self.told(.pending, .pending, "write_off_undone") == [.writeOffUndone])
    }

    private static func message(_ tries: Int) -> WebhookMessage {
        let now = Timestamp(milliseconds: 0)
        return WebhookMessage(
            id: ID(at: now), receiver: ID(at: now), event: .ping, order: nil, orderVersion: 0, happenedAt: now,
            tries: tries, dueAt: now)
    }

    @Test("It is tried for more than three days with growing pauses, and no receiver puts it off for long")
    func pauses() {
        let now = Timestamp(milliseconds: 0)
        let pauses = (1...12).map { Self.message($0).nextTry(after: now)?.seconds(since: now) }
        #expect(pauses == [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 108_000, nil])
        #expect(pauses.compactMap(\.self).reduce(0, +) >= 75 * 3_600)
        func wanted(_ seconds: Int, tries: Int = 2) -> Int? {
            Self.message(tries).nextTry(after: now, wanted: seconds)?.seconds(since: now)
        }
        #expect(wanted(0) == 30 && wanted(29) == 30 && wanted(31) == 31)
        #expect(wanted(43_200) == 43_200 && wanted(43_201) == 43_200 && wanted(.max) == 43_200)
        #expect(wanted(10, tries: 12) == nil)
    }
}
