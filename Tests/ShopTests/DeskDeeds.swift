import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// What staff do at the desk: once, with a reason, seen by the others.
@Suite struct DeskDeeds {
    private static func file(_ shop: TestShop, _ number: OrderNumber) async throws -> OrderFile {
        try #require(try await shop.shop.orderFile(number))
    }

    private static func paidOrder(_ shop: TestShop) async throws -> OrderNumber {
        shop.daraja.choose(try shop.story("success"))
        let path = try await shop.buy()
        try await shop.status(path) { $0.state == "paid" }
        return try await shop.order(path).number
    }

    private static func unpaidOrder(_ shop: TestShop) async throws -> (path: String, OrderNumber) {
        shop.daraja.choose(try shop.story("cancelled"))
        let path = try await shop.buy()
        try await shop.status(path) { $0.attempt?.state == "cancelled" }
        return (path, try await shop.order(path).number)
    }

    @Test("Ten presses of one button, and presses of two people at once, are one deed", arguments: TestDatabase.engines)
    func once(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            var forms: [(TestStaff, [(String, String)])] = []
            for staff in [amina, otieno] {
                let page = try await staff.page(desk)
                forms.append(
                    (
                        staff,
                        [
                            ("form_token", try TestShop.field("form_token", in: page)), ("back", desk),
                            ("seen", try TestShop.field("seen", in: page)), ("way", "reversal"),
                            ("reason", "broken"), ("form", "refund"),
                        ]
                    ))
            }
            let pages = try await withThrowingTaskGroup(of: String.self) { group in
                for (staff, fields) in forms {
                    for _ in 0..<5 {
                        group.addTask { try await staff.follow(try await staff.post("\(desk)/refund", fields)) }
                    }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(try await Self.file(shop, number).refunds.count == 1)
            // Whoever was second is told what the first press came to, or who was first.
            let told = ["waits to be approved", "pressed already", "is not ended", "was first"]
            #expect(pages.allSatisfy { page in told.contains { page.contains($0) } })
            let begun = try await shop.shop.auditTrail(about: number.text)
                .filter { $0.entry.action == "refund_requested" }
            #expect((1...2).contains(begun.count), "one entry for each person at most")
        }
    }

    @Test("Whoever comes second is told who was first and does nothing (U46)")
    func somebodyWasFirst() async throws {
        try await TestShop.open(.sqlite) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            let page = try await otieno.page(desk)
            let fields = [
                ("form_token", try TestShop.field("form_token", in: page)), ("back", desk),
                ("seen", try TestShop.field("seen", in: page)),
            ]
            _ = try await amina.press("\(desk)/hand-over", on: desk)
            shop.clock.advance(seconds: 12)
            let seen = try await otieno.follow(try await otieno.post("\(desk)/hand-over", fields))
            #expect(seen.contains("amina was first: handed over, 12 s ago"), "\(seen)")
            let handed = try await Self.file(shop, number).history.filter { $0.event.kind == "handed_over" }
            #expect(handed.count == 1)
        }
    }

    @Test("Money out: asked for, approved by another above the limit, in the trail from beginning to end")
    func secondPerson() async throws {
        var options = TestShop.Options()
        options.rules.secondPersonFrom = Money(whole: 100, .kes)
        try await TestShop.open(.sqlite, options) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            _ = try await amina.press("\(desk)/refund", on: desk, [("way", "reversal"), ("reason", "broken")])
            let ticket = try #require(try await Self.file(shop, number).refunds.first).ticket.value
            func decide(_ staff: TestStaff) async throws -> String {
                try await staff.follow(
                    try await staff.press("/admin/refunds/\(ticket)", on: desk, [("do", "approve"), ("form", ticket)]))
            }
            #expect(try await decide(amina).contains("somebody else than the one who asked"))
            #expect(try await Self.file(shop, number).refunds.first?.state == .requested)
            #expect(try await decide(otieno).contains("is on its way back"))
            try await shop.eventually("the money went back") {
                try await Self.file(shop, number).refunds.first?.state == .succeeded
            }
            let trail = try await shop.shop.auditTrail(about: ticket).reversed().map {
                "\($0.entry.staff) \($0.entry.action)"
            }
            #expect(
                trail == [
                    "amina refund_approved", "amina refund_approved_refused", "otieno refund_approved",
                    "otieno refund_approved_done",
                ])
        }
    }

    @Test(
        "Approved money waits some seconds in which it can be stopped; what has left cannot",
        arguments: TestDatabase.engines)
    func stopped(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.undoSeconds = 5
        try await TestShop.open(engine, options) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            func ask() async throws -> String {
                _ = try await amina.press("\(desk)/refund", on: desk, [("way", "reversal"), ("reason", "broken")])
                let open = try await Self.file(shop, number).refunds.first { $0.state == .requested }
                return try #require(open).ticket.value
            }
            func decide(_ ticket: String, _ what: String) async throws -> String {
                try await amina.follow(
                    try await amina.press(
                        "/admin/refunds/\(ticket)", on: desk, [("do", what), ("form", ticket), ("reason", "no, wait")]))
            }
            func refund(_ ticket: String) async throws -> Refund? {
                try await Self.file(shop, number).refunds.first { $0.ticket.value == ticket }
            }
            let first = try await ask()
            #expect(try await decide(first, "approve").contains("Stop it: KSh"))
            try await shop.shop.runDueWork()
            #expect(try await refund(first)?.state == .approved, "it waits")
            _ = try await decide(first, "reject")
            #expect(try await refund(first)?.state.decline?.code == "rejected")
            shop.clock.advance(seconds: 10)
            try await shop.shop.runDueWork()
            #expect(try await refund(first)?.sentAt == nil, "nothing left")

            let second = try await ask()
            _ = try await decide(second, "approve")
            shop.clock.advance(seconds: 6)
            try await shop.eventually("the money went back") { try await refund(second)?.state == .succeeded }
            #expect(try await decide(second, "reject").contains("decided"))
            #expect(try await refund(second)?.state == .succeeded)
        }
    }

    @Test("An unpaid order is cancelled, its goods come back, and money that comes later waits for a person")
    func cancelled() async throws {
        try await TestShop.open(.sqlite) { shop in
            let (_, number) = try await Self.unpaidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            func stock() async throws -> Int? {
                try await shop.database.read { try $0.products().first { $0.slug == "mug" }?.stock }
            }
            let before = try #require(try await stock())
            let without = try await amina.follow(
                try await amina.press("\(desk)/cancel", on: desk, [("form", "cancel")]))
            #expect(without.contains("Say why"))
            let number07 = try await amina.follow(
                try await amina.press("\(desk)/cancel", on: desk, [("reason", "call 0712345678"), ("form", "cancel")]))
            #expect(number07.contains("Leave phone numbers out"))
            let trail = try await shop.shop.auditTrail(before: nil, atMost: 100).map(\.entry.detail)
            #expect(!trail.contains { $0.contains("0712345678") })
            _ = try await amina.press("\(desk)/cancel", on: desk, [("reason", "changed her mind")])
            #expect(try await Self.file(shop, number).status == .cancelled)
            #expect(try await stock() == before + 1)
            let again = try await amina.follow(try await amina.press("\(desk)/prompt", on: desk))
            #expect(again.contains("role=\"alert\""))
            shop.clock.advance(seconds: 7_200)
            try await shop.shop.runDueWork()
            #expect(try await Self.file(shop, number).status == .cancelled)
            #expect(try await stock() == before + 1, "goods come back once")
        }
    }

    @Test("A prompt that may be alive keeps an order from being cancelled, and a second prompt from being sent")
    func livePrompt() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(Story.manual)
            let path = try await shop.buy()
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            let number = try await shop.order(path).number
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let cancelled = try await amina.follow(
                try await amina.press("\(desk)/cancel", on: desk, [("reason", "too slow")]))
            #expect(cancelled.contains("A prompt may be on the customer"))
            _ = try await amina.press("\(desk)/prompt", on: desk)
            try await shop.shop.runDueWork()
            #expect(shop.pushes.count == 1)
            let asked = try await amina.follow(try await amina.press("\(desk)/ask", on: desk))
            #expect(asked.contains("on their way to the provider"))
            #expect(try await Self.file(shop, number).status == .promptSent)
        }
    }

    @Test("Staff send a prompt to another phone, and hand the paid goods over once")
    func promptAndHandOver() async throws {
        try await TestShop.open(.sqlite) { shop in
            let (path, number) = try await Self.unpaidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let otieno = try await TestStaff.join(shop, "otieno", as: .fulfilment)
            let early = try await otieno.follow(try await otieno.press("\(desk)/hand-over", on: desk))
            #expect(early.contains("Not paid"))
            let bad = try await otieno.follow(
                try await otieno.press("\(desk)/prompt", on: desk, [("phone", "0712 99"), ("form", "prompt")]))
            #expect(bad.contains("value=\"0712 99\""))
            shop.daraja.choose(try shop.story("success-at-once"))
            _ = try await otieno.press("\(desk)/prompt", on: desk, [("phone", "0712 345 679")])
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.last?.phone == "254712345679")
            _ = try await otieno.press("\(desk)/hand-over", on: desk)
            let file = try await Self.file(shop, number)
            #expect(file.order.handedOverAt != nil)
            #expect(file.history.contains { $0.event.kind == "prompted_by" && $0.event.detail == "otieno" })
        }
    }

    @Test("What was refused may be pressed again with what is corrected, and the trail says why it was refused")
    func corrected() async throws {
        try await TestShop.open(.sqlite) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let page = try await amina.page(desk)
            let fields = [
                ("form_token", try TestShop.field("form_token", in: page)), ("back", desk),
                ("seen", try TestShop.field("seen", in: page)), ("way", "reversal"), ("form", "refund"),
            ]
            let refused = try await amina.follow(
                try await amina.post("\(desk)/refund", fields + [("amount", "100"), ("reason", "a part")]))
            #expect(refused.contains("whole payments only") && refused.contains("value=\"a part\""))
            let second = try await amina.follow(try await amina.post("\(desk)/refund", fields + [("reason", "all")]))
            #expect(second.contains("waits to be approved"))
            let third = try await amina.follow(try await amina.post("\(desk)/refund", fields + [("reason", "all")]))
            #expect(third.contains("pressed already") && third.contains("waits to be approved"))
            let trail = try await shop.shop.auditTrail(about: number.text)
            let why = try #require(trail.last { $0.entry.action == "refund_requested_refused" })
            #expect(why.entry.detail.contains("whole payments only"))
        }
    }

    @Test("Goods stay while the money goes back; a second person hears who decided")
    func refundAndHandOver() async throws {
        try await TestShop.open(.sqlite) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            _ = try await amina.press("\(desk)/refund", on: desk, [("way", "reversal"), ("reason", "broken")])
            let kept = try await otieno.follow(try await otieno.press("\(desk)/hand-over", on: desk))
            #expect(kept.contains("keep the goods"))
            let ticket = try #require(try await Self.file(shop, number).refunds.first).ticket.value
            let page = try await otieno.page(desk)
            let fields = [
                ("form_token", try TestShop.field("form_token", in: page)), ("back", desk), ("form", ticket),
                ("seen", try TestShop.field("seen", in: page)), ("do", "approve"),
            ]
            _ = try await amina.press("/admin/refunds/\(ticket)", on: desk, [("do", "reject"), ("reason", "no")])
            let late = try await otieno.follow(try await otieno.post("/admin/refunds/\(ticket)", fields))
            #expect(late.contains("amina was first: refund rejected"))
            _ = try await otieno.press("\(desk)/hand-over", on: desk)
            #expect(try await Self.file(shop, number).order.handedOverAt != nil)
        }
    }

    @Test("A receipt that the customer shows becomes the order's payment once the provider confirms it")
    func receiptShown() async throws {
        try await TestShop.open(.sqlite) { shop in
            let (_, number) = try await Self.unpaidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let otieno = try await TestStaff.join(shop, "otieno", as: .fulfilment)
            let forged = try await otieno.follow(
                try await otieno.press("\(desk)/receipt", on: desk, [("receipt", "UKL7XGW8F1"), ("form", "receipt")]))
            #expect(forged.contains("not real") || forged.contains("asked about"), "\(forged)")
            let phone = try await otieno.follow(
                try await otieno.press("\(desk)/receipt", on: desk, [("receipt", "0712345678"), ("form", "receipt")]))
            #expect(phone.contains("id=\"receipt-receipt-error\""))
        }
    }

    @Test("The owner's figures count what came and what went back, on its day", arguments: TestDatabase.engines)
    func figures(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let number = try await Self.paidOrder(shop)
            let refund = try await shop.shop.requestRefund(
                RefundRequest(order: number, way: .reversal, reason: "broken", by: "amina"))
            _ = try await shop.shop.approveRefund(refund.ticket, by: "otieno")
            try await shop.eventually("the money went back") {
                try await Self.file(shop, number).refunds.first?.state == .succeeded
            }
            shop.daraja.choose(try shop.story("wrong-pin"))
            let unpaid = try await shop.buy(phone: "0712345679")
            try await shop.status(unpaid) { $0.attempt?.state == "failed" }
            let trends = try await shop.shop.trends()
            #expect(trends.days.count == 14)
            #expect(trends.days.last?.received.minor == 25_000 && trends.days.last?.returned.minor == 25_000)
            #expect(trends.days.dropLast().allSatisfy { $0.received.minor == 0 && $0.returned.minor == 0 })
            #expect(trends.placed == 2 && trends.prompted == 2 && trends.paid == 1)
            #expect(trends.prompts == 2 && trends.promptsPaid == 1)
            #expect(trends.reasons.map(\.reason) == [.wrongPIN])
        }
    }
}
