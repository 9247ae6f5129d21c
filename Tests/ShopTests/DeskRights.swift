import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import Storage
import Testing

/// Who may do what at the desk, and that a form comes from the desk.
@Suite struct DeskRights {
    /// What the table of roles means, address by address: who gets in.
    private static let everybody: Set<StaffRole> = Set(StaffRole.allCases)
    private static let servers: Set<StaffRole> = [.owner, .manager, .fulfilment]
    private static let managers: Set<StaffRole> = [.owner, .manager]
    static let matrix: [(method: String, path: String, roles: Set<StaffRole>)] = [
        ("GET", "/admin", everybody), ("GET", "/admin/orders", everybody), ("GET", "/admin/orders/:number", everybody),
        ("GET", "/admin/money", everybody), ("GET", "/admin/me", everybody), ("GET", "/admin/staff", [.owner]),
        ("GET", "/admin/trail", managers), ("POST", "/admin/sign-out", everybody),
        ("POST", "/admin/orders/:number/ask", servers), ("POST", "/admin/orders/:number/prompt", servers),
        ("POST", "/admin/orders/:number/receipt", servers), ("POST", "/admin/orders/:number/hand-over", servers),
        ("POST", "/admin/orders/:number/cash", servers), ("POST", "/admin/orders/:number/rider", servers),
        ("POST", "/admin/orders/:number/rider-end", servers),
        ("POST", "/admin/orders/:number/hand-over-unpaid", managers),
        ("POST", "/admin/orders/:number/write-off", managers),
        ("POST", "/admin/orders/:number/write-off-undo", managers),
        ("POST", "/admin/orders/:number/note", servers), ("POST", "/admin/orders/:number/tell", servers),
        ("POST", "/admin/orders/:number/pack", servers), ("POST", "/admin/orders/:number/take-back", servers),
        ("POST", "/admin/orders/:number/cancel", managers), ("POST", "/admin/orders/:number/keep", managers),
        ("POST", "/admin/orders/:number/revive", managers), ("POST", "/admin/orders/:number/refund", managers),
        ("POST", "/admin/items", managers), ("POST", "/admin/money/assign", managers),
        ("POST", "/admin/money/check", servers), ("POST", "/admin/refunds/:ticket", managers),
        ("POST", "/admin/payouts/:ticket", managers), ("GET", "/admin/payouts", managers),
        ("POST", "/admin/payouts", managers), ("GET", "/admin/reconcile", everybody),
        ("POST", "/admin/reconcile", managers), ("GET", "/admin/reconcile/:comparison", everybody),
        ("GET", "/admin/reconcile/:comparison/refused.csv", everybody),
        ("GET", "/admin/statements", everybody), ("POST", "/admin/statements", managers),
        ("GET", "/admin/balances", managers), ("POST", "/admin/balances", managers),
        ("GET", "/admin/messages", managers), ("POST", "/admin/messages/:id", managers),
        ("GET", "/admin/notices", managers), ("POST", "/admin/notices/:id", servers),
        ("GET", "/admin/jobs", managers), ("POST", "/admin/jobs", managers),
        ("GET", "/admin/figures.csv", everybody),
        ("GET", "/admin/figures", everybody), ("GET", "/admin/goods", everybody),
        ("GET", "/admin/goods/:slug", managers), ("GET", "/admin/goods.csv", managers),
        ("POST", "/admin/goods.csv", managers),
        ("POST", "/admin/goods/:slug", managers), ("POST", "/admin/goods/:slug/photo", managers),
        ("POST", "/admin/delivery", managers),
        ("GET", "/admin/settings", [.owner]), ("POST", "/admin/settings", [.owner]),
        ("GET", "/admin/webhooks", [.owner]), ("POST", "/admin/webhooks", [.owner]),
        ("GET", "/admin/webhooks/:receiver", [.owner]), ("POST", "/admin/webhooks/:receiver", [.owner]),
        ("POST", "/admin/webhooks/:receiver/:message", [.owner]),
        ("GET", "/admin/setup", [.owner]), ("POST", "/admin/setup/address", [.owner]),
        ("POST", "/admin/setup/own", [.owner]),
        ("GET", "/admin/ways", [.owner]), ("POST", "/admin/ways/:way/offer", [.owner]),
        ("GET", "/admin/ways/:way", [.owner]), ("POST", "/admin/ways/:way", [.owner]),
        ("POST", "/admin/ways/:way/test", [.owner]), ("POST", "/admin/ways/:way/prompt", [.owner]),
        ("POST", "/admin/ways/:way/register", [.owner]), ("POST", "/admin/me/password", everybody),
        ("POST", "/admin/me/codes", everybody),
        ("POST", "/admin/me/codes/on", everybody), ("POST", "/admin/me/codes/off", everybody),
        ("POST", "/admin/me/confirm/ask", everybody), ("POST", "/admin/me/confirm", everybody),
        ("POST", "/admin/me/passkeys/ask", everybody), ("POST", "/admin/me/passkeys", everybody),
        ("POST", "/admin/me/passkeys/:id", everybody), ("POST", "/admin/settings/chat", [.owner]),
        ("POST", "/admin/me/alerts", managers), ("POST", "/admin/me/alerts/:id", managers),
        ("POST", "/admin/me/sessions/:id", everybody), ("POST", "/admin/staff", [.owner]),
        ("POST", "/admin/staff/:name", [.owner]), ("GET", "/admin/orders.csv", managers),
        ("POST", "/admin/orders/views", everybody), ("GET", "/admin/privacy", [.owner]),
        ("POST", "/admin/privacy/export", [.owner]), ("POST", "/admin/privacy/erase", [.owner]),
    ]

    @Test("Every address of the desk lets in the roles of the table and nobody else")
    func matrix() async throws {
        try await TestShop.open(.sqlite) { shop in
            // A line of the program's own table that is missing here would be an address that nobody looks at.
            let known = Set(Self.matrix.map { "\($0.method) \($0.path)" })
            #expect(Set(shop.staffAddresses) == known)

            let order = try await shop.order(try await shop.buy()).number.text
            let comparison = try await shop.shop.askComparison(of: "mpesa", from: nil, to: nil, by: "test").text
            _ = try await shop.shop.addWebhook(named: "Books", at: "https://books.example/in", by: "test")
            let receiver = try #require(try await shop.shop.webhooks().first).receiver.id.text
            func real(_ path: String) -> String {
                path.replacing(":receiver", with: receiver).replacing(":message", with: "nothing").replacing(
                    ":number", with: order
                ).replacing(":ticket", with: "RAAAAAAAA")
                    .replacing(":comparison", with: comparison)
                    .replacing(":id", with: "nothing").replacing(":name", with: "nobody").replacing(
                        ":slug", with: "mug"
                    ).replacing(":way", with: "mpesa")
            }
            for line in Self.matrix {
                let path = real(line.path)
                let stranger = try await shop.send(line.method, path, form: line.method == "GET" ? nil : [])
                #expect(stranger.status == 303, "\(line.method) \(line.path) for a stranger")
                #expect(stranger.header("location")?.hasPrefix("/admin/sign-in") == true)
            }
            for role in StaffRole.allCases {
                let staff = try await TestStaff.join(shop, "\(role.rawValue)one", as: role)
                for line in Self.matrix where line.path != "/admin/sign-out" {
                    // Without a token nothing is done; whether one is asked for tells whether the role gets that far.
                    let path = real(line.path)
                    let isLook = line.method == "GET"
                    let status = try await isLook ? staff.get(path).status : staff.post(path, []).status
                    let expected = !line.roles.contains(role) ? 403 : isLook ? 200 : 303
                    #expect(status == expected, "\(role.rawValue): \(line.method) \(line.path)")
                }
            }
        }
    }

    @Test("A form of the desk counts with its session's token, from our own pages, and with no other")
    func crossSite() async throws {
        try await TestShop.open(.sqlite) { shop in
            let order = try await shop.order(try await shop.buy()).number.text
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            let path = "/admin/orders/\(order)/note"
            let page = try await amina.page("/admin/orders/\(order)")
            let token = try TestShop.field("form_token", in: page)
            let seen = try TestShop.field("seen", in: page)
            let foreign = try TestShop.field("form_token", in: try await otieno.page("/admin/orders/\(order)"))
            let checkout = try await shop.formToken()
            func notes() async throws -> Int {
                let number = try #require(OrderNumber(order))
                return try #require(try await shop.shop.orderFile(number)).history
                    .filter { $0.event.kind == "staff_note" }.count
            }
            let fields = [("reason", "hello"), ("seen", seen), ("back", "/admin")]
            for wrong in ["", foreign, checkout, String(token.reversed())] {
                _ = try await amina.post(path, fields + [("form_token", wrong)])
            }
            for (name, value) in [
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"),
            ] {
                let answer = try await amina.post(
                    path, fields + [("form_token", token)], headers: [(name: name, value: value)])
                #expect(answer.status == 403, "\(name): \(value)")
            }
            #expect(try await notes() == 0)
            // Both pressed it; one note.
            for _ in 0..<2 { _ = try await amina.post(path, fields + [("form_token", token)]) }
            #expect(try await notes() == 1)
            // Where to go afterwards is only ever the desk.
            for back in ["https://evil.example", "//evil.example", "/admin\\evil", "/orders/x"] {
                let answer = try await amina.post("/admin/items", [("form_token", "wrong"), ("back", back)])
                #expect(answer.header("location")?.hasPrefix("/admin?draft=") == true, "\(back)")
            }
        }
    }

    @Test("Names, numbers and places are shortened for who only looks")
    func people() async throws {
        try await TestShop.open(.sqlite) { shop in
            let path = try await shop.buy(phone: "0712345678")
            let order = try await shop.order(path).number.text
            let viewer = try await TestStaff.join(shop, "viewer", as: .viewer)
            let manager = try await TestStaff.join(shop, "manager", as: .manager)
            for page in ["/admin", "/admin/orders", "/admin/orders/\(order)"] {
                let seen = try await viewer.page(page)
                #expect(seen.contains("Asha W.") && seen.contains("0712 ••• 678"), "\(page)")
                #expect(!seen.contains("Wanjiru") && !seen.contains("345 678") && !seen.contains("254712345678"))
                let whole = try await manager.page(page)
                #expect(whole.contains("Asha Wanjiru") && whole.contains("0712 345 678"), "\(page)")
            }
        }
    }

    @Test("The password counts as typed for ten minutes; then what moves money wants it again")
    func confirmation() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.state == "paid" }
            let number = try await shop.order(path).number
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let desk = "/admin/orders/\(number.text)"
            func refund(_ password: String?) async throws -> String {
                let answer = try await amina.press(
                    "\(desk)/refund", on: desk,
                    [("way", "reversal"), ("reason", "broken"), ("form", "refund")]
                        + (password.map { [("password", $0)] } ?? []))
                return try await amina.follow(answer)
            }
            func refunds() async throws -> Int { try #require(try await shop.shop.orderFile(number)).refunds.count }
            shop.clock.advance(seconds: 601)
            #expect(try await amina.page(desk).contains("name=\"password\""))
            #expect(try await refund(nil).contains("Type your password"))
            let wrong = try await refund("three brown boats")
            #expect(wrong.contains("password or the code is not right"))
            #expect(wrong.contains("value=\"broken\""), "what was typed stays")
            #expect(try await refunds() == 0)
            #expect(try await refund(TestStaff.password).contains("waits to be approved"))
            #expect(try await refunds() == 1)
            #expect(try await !amina.page(desk).contains("name=\"password\""))
        }
    }

    @Test("In a live shop money and rights want one-time codes, which the password turns on at any time")
    func live() async throws {
        var options = TestShop.Options()
        options.isPractice = false
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.state == "paid" }
            let desk = "/admin/orders/\(try await shop.order(path).number.text)"
            let owner = try await TestStaff.join(shop, "njeri", as: .owner)
            let refund = [("way", "reversal"), ("reason", "broken"), ("form", "refund")]
            let refused = try await owner.follow(try await owner.press("\(desk)/refund", on: desk, refund))
            #expect(refused.contains("Turn on one-time codes first"))
            shop.clock.advance(seconds: 601)
            let password = [("password", TestStaff.password)]
            func me(_ path: String, _ fields: [(String, String)]) async throws -> String {
                try await owner.follow(try await owner.press("/admin/me\(path)", on: "/admin/me", fields))
            }
            #expect(
                try await me("/codes", [("password", "three brown boats"), ("form", "begin")]).contains("not right"))
            #expect(try await me("/codes", password + [("form", "begin")]).contains("otpauth://totp/"))
            #expect(try await me("/password", [("new_password", "four brown goats")]).contains("is changed"))
            // A new shop is begun by its machine, not by whoever comes first.
            #expect(try await shop.page("/admin/sign-in").contains("/admin/first") == false)
        }
    }
}
