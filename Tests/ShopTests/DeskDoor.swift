import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import Storage
import Testing

/// Getting into the desk, staying there, and going.
@Suite struct DeskDoor {
    private static let place = StaffPlace(network: "192.0.2.1", browser: "Test")

    @Test("A new shop is begun on its own machine, once", arguments: TestDatabase.engines)
    func first(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let page = try await shop.page("/admin/sign-in")
            #expect(page.contains("/admin/first"))
            let token = try TestShop.field("form_token", in: page)
            func begin(_ name: String, _ password: String) async throws -> OutboundResponse {
                try await shop.send(
                    "POST", "/admin/first",
                    form: [("form_token", token), ("name", name), ("new_password", password)])
            }
            for (name, password, problem) in [
                ("7", TestStaff.password, "staff_name_bad"), ("njeri", "short", "staff_pw_tooShort"),
                ("njeri", "1234567890", "staff_pw_common"), ("njeri", "aaaaaaaaaaaa", "staff_pw_common"),
                ("njeri", "njeri12345", "staff_pw_holdsName"),
                ("njeri", String(repeating: "ab", count: 101), "tooLong"),
            ] {
                let answer = try await begin(name, password)
                #expect(answer.header("location")?.contains(problem) == true, "\(answer.header("location") ?? "")")
                #expect(answer.header("set-cookie") == nil)
            }
            let answer = try await begin("Njeri ", TestStaff.password)
            let cookie = try #require(answer.header("set-cookie"))
            #expect(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Max-Age=28800"))
            #expect(try await begin("amina", TestStaff.password).status == 403)
            #expect(try await shop.shop.staff().map(\.name.text) == ["njeri"])
        }
    }

    @Test("Whoever is wrong is not told which of the two was wrong, and ten tries are enough")
    func wrong() async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await TestStaff.join(shop, "njeri", as: .owner)
            let wrongPassword = try await TestStaff.signIn(shop, "njeri", password: "three brown boats")
            let nobody = try await TestStaff.signIn(shop, "nobody", password: "three brown boats")
            #expect(wrongPassword.staff == nil && nobody.staff == nil)
            let answers = [wrongPassword.answer, nobody.answer].map { answer in
                answer.header("location")?.replacing("njeri", with: "").replacing("nobody", with: "")
            }
            #expect(answers[0] == answers[1])
            for _ in 0..<9 { _ = try await TestStaff.signIn(shop, "njeri", password: "wrong again") }
            let late = try await TestStaff.signIn(shop, "njeri")
            #expect(late.staff == nil)
            #expect(late.answer.header("location")?.contains("staff_too_many") == true)
            shop.clock.advance(seconds: 901)
            #expect(try await TestStaff.signIn(shop, "njeri").staff != nil)
        }
    }

    @Test("A session ends when idle, after eight hours, by its owner, by another and with the person")
    func sessions() async throws {
        try await TestShop.open(.sqlite) { shop in
            func isIn(_ staff: TestStaff) async throws -> Bool { try await staff.get("/admin").status == 200 }
            let owner = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await isIn(owner))
            shop.clock.advance(seconds: 14 * 60)
            #expect(try await isIn(owner))
            shop.clock.advance(seconds: 14 * 60)
            #expect(try await isIn(owner))
            shop.clock.advance(seconds: 16 * 60)
            #expect(try await !isIn(owner))

            let again = try #require(try await TestStaff.signIn(shop, "njeri").staff)
            #expect(again.cookie != owner.cookie)
            for _ in 0..<40 where try await isIn(again) { shop.clock.advance(seconds: 13 * 60) }
            #expect(try await !isIn(again))

            let one = try #require(try await TestStaff.signIn(shop, "njeri").staff)
            let two = try #require(try await TestStaff.signIn(shop, "njeri").staff)
            let secret = String(try #require(two.cookie.split(separator: "=").last))
            let id = try #require(try await shop.shop.signedIn(secret)?.session.id.text)
            _ = try await one.press("/admin/me/sessions/\(id)", on: "/admin/me")
            #expect(try await isIn(one))
            #expect(try await !isIn(two))
            _ = try await one.press("/admin/sign-out", on: "/admin/me")
            #expect(try await !isIn(one))

            let other = try await TestStaff.join(shop, "amina", as: .manager)
            let boss = try #require(try await TestStaff.signIn(shop, "njeri").staff)
            _ = try await boss.press("/admin/staff/amina", on: "/admin/staff", [("do", "disable")])
            #expect(try await !isIn(other))
            #expect(try await TestStaff.signIn(shop, "amina").staff == nil)
        }
    }

    @Test("One-time codes: asked for once they are on, good once, and a recovery code instead")
    func codes() async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await TestStaff.join(shop, "njeri", as: .owner)
            let secret = try #require(try await Self.signIn(shop))
            let visitor = try #require(try await shop.shop.signedIn(secret))
            let key = try #require(Self.bytes(base32: try await shop.shop.beginCodes(visitor)))
            let codes = OneTimeCodes(key: key)
            func code() -> String { codes.code(step: shop.clock.now.milliseconds / 30_000) }
            // Not on before the first code was right.
            #expect(try await Self.signIn(shop) != nil)
            let begun = try #require(try await shop.shop.signedIn(secret))
            await #expect(throws: StaffRefusal.wrongCode) { try await shop.shop.confirmCodes(begun, code: "123456") }
            let recovery = try await shop.shop.confirmCodes(begun, code: code())
            #expect(recovery.count == 8)

            guard
                case .needsCode(let waiting) = try await shop.shop.signIn(
                    name: "njeri", password: TestStaff.password, from: Self.place)
            else { throw Missing() }
            #expect(try await shop.shop.signedIn(waiting) == nil)
            // The code that turned them on was used.
            #expect(try await Self.isRefused(shop.shop.enterCode(code(), secret: waiting, from: Self.place)))
            shop.clock.advance(seconds: 30)
            let used = code()
            guard case .signedIn(let open) = try await shop.shop.enterCode(used, secret: waiting, from: Self.place)
            else { throw Missing() }
            #expect(try await shop.shop.signedIn(open) != nil)
            #expect(try await shop.shop.signedIn(waiting) == nil)
            for attempt in 0..<2 {
                guard
                    case .needsCode(let waiting) = try await shop.shop.signIn(
                        name: "njeri", password: TestStaff.password, from: Self.place)
                else { throw Missing() }
                #expect(try await Self.isRefused(shop.shop.enterCode(used, secret: waiting, from: Self.place)))
                let answer = try await shop.shop.enterCode(
                    recovery[0].uppercased(), secret: waiting, from: Self.place)
                #expect(Self.isRefused(answer) == (attempt == 1))
            }
        }
    }

    private struct Missing: Error {}

    private static func signIn(_ shop: TestShop) async throws -> String? {
        let result = try await shop.shop.signIn(name: "njeri", password: TestStaff.password, from: place)
        guard case .signedIn(let secret) = result else { return nil }
        return secret
    }

    private static func isRefused(_ result: SignInResult) -> Bool {
        if case .wrong = result { true } else { false }
    }

    private static func bytes(base32 text: String) -> [UInt8]? {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var (bytes, buffer, bits) = ([UInt8](), 0, 0)
        for letter in text.utf8 {
            guard let value = letters.firstIndex(of: letter) else { return nil }
            (buffer, bits) = ((buffer << 5 | value) & 0xFFFF, bits + 5)
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }

    @Test("A link works once, is replaced by the next, and a shop keeps an owner", arguments: TestDatabase.engines)
    func links(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let owner = try await TestStaff.join(shop, "njeri", as: .owner)
            let first = try await shop.shop.invite("amina", as: .manager, by: "njeri")
            let second = try await shop.shop.invite("amina", as: .manager, by: "njeri")
            await #expect(throws: StaffRefusal.linkIsOld) {
                try await shop.shop.accept(first, password: TestStaff.password, from: Self.place)
            }
            _ = try await shop.shop.accept(second, password: TestStaff.password, from: Self.place)
            await #expect(throws: StaffRefusal.linkIsOld) {
                try await shop.shop.accept(second, password: TestStaff.password, from: Self.place)
            }
            let third = try await shop.shop.invite("amina", as: nil, by: "njeri")
            shop.clock.advance(seconds: Shop.invitationHours * 3_600 + 1)
            await #expect(throws: StaffRefusal.linkIsOld) {
                try await shop.shop.accept(third, password: TestStaff.password, from: Self.place)
            }
            _ = owner
            let amina = try #require(try await TestStaff.signIn(shop, "amina").staff)
            #expect(try await amina.get("/admin/staff").status == 403)
            let secret = String(try #require(amina.cookie.split(separator: "=").last))
            let visitor = try #require(try await shop.shop.signedIn(secret))
            await #expect(throws: StaffRefusal.lastOwner) { try await shop.shop.disable("njeri", by: visitor) }
            await #expect(throws: StaffRefusal.lastOwner) {
                try await shop.shop.setRole(.viewer, of: "njeri", by: visitor)
            }
            await #expect(throws: StaffRefusal.oneself) { try await shop.shop.disable("amina", by: visitor) }
        }
    }

    @Test(
        "Entries that were written by other rules of masking stay as they were sealed", arguments: TestDatabase.engines)
    func oldEntries(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let old = AuditEntry(stored: "amina", "note", "K7M29QXD", "call 0712 345 678")
            let new = AuditEntry("amina", "note", "K7M29QXD", "call 0712\t345\t678, or\u{1F}her")
            #expect(new.detail == "call •••, or her")
            let now = shop.clock.now
            try await shop.database.transaction { transaction in
                try transaction.append(old, at: now)
                try transaction.append(new, at: now)
            }
            let (broken, entries) = try await shop.database.read {
                (try $0.brokenAuditEntries(), try $0.auditTrail(about: "K7M29QXD", atMost: 9).map(\.entry))
            }
            #expect(broken.isEmpty)
            #expect(entries == [new, old])
        }
    }

    @Test("The trail shows one flipped byte, a missing entry and a changed one", arguments: TestDatabase.engines)
    func trail(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.verifiesBooks = false
        try await TestShop.open(engine, options) { shop in
            for name in ["njeri", "amina", "otieno"] { _ = try await TestStaff.join(shop, name, as: .manager) }
            func broken() async throws -> [Int64] { try await shop.database.read { try $0.brokenAuditEntries() } }
            #expect(try await broken().isEmpty)
            let count = try await shop.shop.auditTrail(before: nil, atMost: 100).count
            #expect(count == 9)
            try await shop.database.transaction {
                try $0.execute("UPDATE audit_trail SET subject = 'Amina' WHERE number = 4")
            }
            #expect(try await broken() == [4])
            try await shop.database.transaction {
                try $0.execute("UPDATE audit_trail SET subject = 'amina' WHERE number = 4")
                try $0.execute("DELETE FROM audit_trail WHERE number = 6")
            }
            #expect(try await broken() == [7])
            try await shop.database.transaction { try $0.execute("DELETE FROM audit_trail WHERE number >= 6") }
            #expect(try await broken() == [6], "the end was cut off")
        }
    }
}
