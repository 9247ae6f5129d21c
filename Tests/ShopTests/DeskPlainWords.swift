import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import Testing

/// What the desk says, and what it shows first.
@Suite struct DeskPlainWords {
    @Test("The desk tells amounts as people write them, and the shop's own reasons in the reader's language")
    func reasons() async throws {
        try await RefundStories.open(.sqlite) { shop, path, number in
            _ = try await shop.shop.register("mpesa")
            _ = try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number.text)
            try await shop.status(path) { $0.flags == ["duplicate_payment"] }
            let staff = try await TestStaff.join(shop, "njeri", as: .owner)
            let desk = "/admin/orders/\(number.text)"
            _ = try await staff.press("\(desk)/note", on: desk, [("reason", "she paid twice, 1000.00")])

            let english = try await staff.page(desk)
            #expect(english.contains("The order was placed: KSh 1,000.") && english.contains("KSh 1,000: paid twice"))
            #expect(english.contains("Money was booked: KSh 1,000.") && english.contains("duka: paid twice"))
            let swahili = try await staff.page("\(desk)?lang=sw")
            #expect(swahili.contains("KSh 1,000: imelipwa mara mbili") && swahili.contains("duka: imelipwa mara mbili"))
            for page in [english, swahili] {
                #expect(page.contains("she paid twice, 1000.00"), "a person's words stay")
                let rest = page.replacing("she paid twice, 1000.00", with: "")
                #expect(!rest.contains("1000.00"), "no amount as the books write it")
            }
            let start = try await staff.page("/admin?lang=sw")
            #expect(start.contains("KSh 1,000: imelipwa mara mbili"))
        }
    }

    @Test("Orders come before their filters, which are open where they are used")
    func filters() async throws {
        try await TestShop.open(.sqlite) { shop in
            let staff = try await TestStaff.join(shop, "njeri", as: .owner)
            for (query, isOpen) in [
                ("", false), ("?q=", false), ("?needs=me", false), ("?status=&from=&least=", false),
                ("?status=paid", true), ("?from=2026-01-01", true), ("?to=never", true), ("?flag=overpaid", true),
                ("?least=5", true),
            ] {
                let page = try await staff.page("/admin/orders\(query)")
                #expect(page.contains("<details class=\"small\" open>") == isOpen, "\(query)")
                #expect(page.contains("<details class=\"small\">") != isOpen, "\(query)")
            }
        }
    }

    @Test("A way to pay that is not offered has no good sign")
    func ways() async throws {
        try await TestShop.open(.sqlite) { shop in
            let staff = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await staff.page("/admin/ways/mpesa").contains("<span class=\"chip paid\">Offered"))
            _ = try await staff.press("/admin/ways/mpesa/offer", on: "/admin/ways", [("do", "stop")])
            #expect(try await staff.page("/admin/ways/mpesa").contains("<span class=\"chip\">Not offered"))
        }
    }

    @Test("Who pays out in Swahili fills a form in Swahili")
    func payouts() async throws {
        try await TestShop.open(.sqlite) { shop in
            let staff = try await TestStaff.join(shop, "njeri", as: .owner)
            let page = try await staff.page("/admin/payouts?lang=sw")
            #expect(page.contains("Nambari ya M-PESA") && page.contains("Mpokeaji"))
            #expect(!page.contains("M-PESA number") && !page.contains("Pay to"))
        }
    }
}
