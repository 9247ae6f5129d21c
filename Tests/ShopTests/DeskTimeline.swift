@testable import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// One line of time for an order, and the letters and SMS that the shop sent.
@Suite struct DeskTimeline {
    /// The texts of a page's line of time, in its order.
    private static func moments(_ page: String) throws -> [String] {
        let list = try #require(page.range(of: "<ol class=\"events time\">"))
        let end = try #require(page.range(of: "</ol>", range: list.upperBound..<page.endIndex))
        return page[list.upperBound..<end.lowerBound].components(separatedBy: "<li ").dropFirst().map { item in
            item.replacing(try! Regex("<[^>]*>"), with: " ").split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
        }
    }

    @Test(
        "Order, prompt, message, question, money, letter and staff stand in the order in which they happened",
        arguments: TestDatabase.engines)
    func together(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let mail = TestMailServer()
            let post = try await shop.post(mail: mail)
            shop.daraja.choose(.manual)
            let path = try await shop.buyByMail()
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
            let number = try await shop.order(path).number
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let viewer = try await TestStaff.join(shop, "vero", as: .viewer)
            let desk = "/admin/orders/\(number.text)"
            _ = try await amina.press("\(desk)/ask", on: desk)
            try await shop.eventually("the provider was asked") {
                try await !shop.shop.questions(of: number, atMost: 9).isEmpty
            }
            shop.clock.advance(seconds: 5)
            shop.daraja.approve("254712345678")
            try await shop.status(path) { $0.state == "paid" }
            shop.clock.advance(seconds: 5)
            try await post.deliverDue()
            _ = try await amina.press("\(desk)/note", on: desk, [("reason", "rides at noon")])

            let page = try await amina.page(desk)
            let moments = try Self.moments(page)
            func place(_ words: String...) throws -> Int {
                try #require(
                    moments.firstIndex { moment in words.allSatisfy { moment.contains($0) } }, "\(words): \(moments)")
            }
            let order = try [
                place("order", "Customer", "The order was placed"), place("prompt", "A request left"),
                place("staff", "amina", "The provider was asked again"),
                place("question", "was asked about \(number.text)-1"), place("money", "Money was booked"),
                place("told", "paid by e-mail", "•••@example.com", "sent"), place("staff", "amina", "rides at noon"),
            ]
            #expect(order == order.sorted(), "\(moments)")
            _ = try place("message", "A message arrived", "recorded")
            _ = try place("money", "M-PESA", "reported under the receipt", "message about the prompt")
            // The reason why it is paid or not stays on top.
            let why = try #require(page.range(of: "id=\"why\""))
            let time = try #require(page.range(of: "id=\"history\""))
            #expect(why.lowerBound < time.lowerBound)

            // In Swahili, and masked for whoever may not see people.
            let swahili = try await viewer.page("\(desk)?lang=sw")
            let theirs = try Self.moments(swahili)
            #expect(theirs.contains { $0.contains("agizo") && $0.contains("Agizo limewekwa") }, "\(theirs)")
            #expect(theirs.contains { $0.contains("swali") && $0.contains("Mtoa huduma ameulizwa") })
            #expect(!swahili.contains("0712 345 678") && !swahili.contains("asha@example.com"))
        }
    }

    @Test("What was refused stands in the line of time, and what was done stands there once")
    func deeds() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(.manual)
            let path = try await shop.buy()
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
            let desk = "/admin/orders/\(try await shop.order(path).number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            _ = try await amina.press("\(desk)/hand-over", on: desk)
            _ = try await amina.press("\(desk)/note", on: desk, [("reason", "rides at noon")])
            let moments = try Self.moments(try await amina.page(desk))
            #expect(moments.count { $0.contains("handed over refused") } == 1, "\(moments)")
            #expect(moments.count { $0.contains("rides at noon") } == 1, "\(moments)")
        }
    }

    // MARK: Letters and SMS

    @Test(
        "A letter that was refused for good is sent again once, with a reason that the trail keeps",
        arguments: TestDatabase.engines)
    func sendAgain(_ engine: SQLDatabase.Engine) async throws {
        try await Letters.open(engine) { shop, post, mail in
            mail.usually(.reply(.recipient, "550 unknown"))
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buyByMail()
            try await shop.status(path) { $0.state == "paid" }
            try await post.deliverDue()
            #expect(try await shop.told(path).filter { $0.hasSuffix("failed") }.isEmpty == false)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let page = try await amina.page("/admin/notices?state=failed")
            #expect(page.contains("•••@example.com") && !page.contains("asha@example.com"))
            #expect(page.contains("550") && page.contains("Send again") && page.contains("tries: 1"))
            let failed = try await shop.shop.noticeLog(.failed, atMost: 9)
            let lost = try #require(failed.first { $0.notice.kind == .paid })
            mail.usually(.accept)
            let address = "/admin/notices/\(lost.notice.id.text)"
            let form = ("form", "notice-\(lost.notice.id.text)")
            let without = try await amina.follow(try await amina.press(address, on: "/admin/notices", [form]))
            #expect(without.contains("Say why"))
            let said = try await amina.follow(
                try await amina.press(address, on: "/admin/notices", [("reason", "the address is right"), form]))
            #expect(said.contains("a new message is on its way"))
            // Twice by two people would be two letters.
            let again = try await amina.follow(
                try await amina.press(address, on: "/admin/notices", [("reason", "once more"), form]))
            #expect(
                again.contains("problem") || again.contains("cannot be reached") || again.contains("role=\"alert\""))
            let before = mail.taken.count
            try await post.deliverDue()
            #expect(mail.taken.count == before + 1)
            #expect(mail.taken.last?.to == "RCPT TO:<asha@example.com>")
            #expect(
                try await shop.shop.noticeLog(atMost: 9).contains { $0.notice.id == lost.notice.id && $0.isSentAgain })
            let trail = try await shop.shop.auditTrail(about: lost.notice.id.text)
            #expect(
                trail.contains { $0.entry.action == "notice_sent_again" && $0.entry.detail == "the address is right" })
            let sent = try #require(try await shop.shop.noticeLog(.sent, atMost: 9).first)
            await #expect(throws: ResendRefusal.notLost) {
                try await shop.shop.sendAgain(sent.notice.id, by: "amina", because: "why not")
            }
        }
    }
}
