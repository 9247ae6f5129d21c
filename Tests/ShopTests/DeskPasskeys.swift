import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import Storage
import Testing

/// Getting in with a passkey, and saying with one that it is still the same person.
@Suite struct DeskPasskeys {
    private static func trail(_ shop: TestShop) async throws -> [AuditEntry] {
        try await shop.shop.auditTrail(before: nil, atMost: 50).map(\.entry)
    }

    @Test("A passkey is made, signs its owner in, shows when it did, and is removed", arguments: TestDatabase.engines)
    func life(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await njeri.page("/admin/me").contains("You have none yet"))
            let (page, key) = try await njeri.makePasskey(TestAuthenticator(at: shop), named: "My phone")
            #expect(page.contains("“My phone” is ready") && page.contains("not used yet"))
            let home = try #require(PasskeyPlace(address: shop.address))
            #expect(page.contains("data-origin=\"\(home.origin)\""))

            let door = try await TestStaff.signIn(shop, "njeri", with: key)
            #expect(door.answer.header("location") == "/admin")
            let again = try #require(door.staff)
            #expect(try await again.get("/admin").status == 200)
            #expect(try await !again.page("/admin/me").contains("not used yet"))
            let entries = try await Self.trail(shop)
            #expect(entries.contains { $0.action == "passkey_added" && $0.detail == "My phone" })
            #expect(entries.contains { $0.action == "signed_in" && $0.detail == "with the passkey My phone" })

            let secret = String(try #require(again.cookie.split(separator: "=").last))
            let visitor = try #require(try await shop.shop.signedIn(secret))
            let id = try #require(try await shop.shop.passkeys(of: visitor).first).id.text
            let removed = try await again.follow(try await again.press("/admin/me/passkeys/\(id)", on: "/admin/me"))
            #expect(removed.contains("“My phone” is removed") && removed.contains("You have none yet"))
            let gone = try await TestStaff.signIn(shop, "njeri", with: key)
            #expect(gone.staff == nil)
            #expect(gone.answer.header("location")?.contains("staff_passkey_wrong") == true)
            #expect(try await Self.trail(shop).contains { $0.action == "passkey_removed" })
        }
    }

    @Test("Who is signed out for good has no passkey any more, also after they are asked back")
    func disabled() async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let (_, key) = try await amina.makePasskey(TestAuthenticator(at: shop), named: "My phone")
            #expect(try await TestStaff.signIn(shop, "amina", with: key).staff != nil)
            let secret = String(try #require(njeri.cookie.split(separator: "=").last))
            let owner = try #require(try await shop.shop.signedIn(secret))
            try await shop.shop.disable("amina", by: owner)
            #expect(try await TestStaff.signIn(shop, "amina", with: key).staff == nil)
            let left = try await shop.database.read { try $0.first("SELECT COUNT(*) FROM staff_passkeys")?.int(0) }
            #expect(left == 0)
        }
    }

    /// What may be wrong with an answer at the door, and what the trail says of it.
    enum Wrong: String, CaseIterable, Sendable {
        case otherOrigin = "the page was another site's"
        case frame = "a page inside another site's"
        case otherPlace = "the key is another site's"
        case otherDeed = "the answer is to another question"
        case flippedSignature = "the signature does not fit"
        case otherKey = "another key of the same name"
        case nobodyPresent = "nobody was present"
        case notVerified = "nobody was verified"
        case counterBack = "the counter went back"
        case counterSame = "the counter stands still"
        case stranger = "nobody has this key"
        case nameless = "the key does not say whose it is"
        case otherPerson = "the key is somebody else's"
        case twice = "answered twice"
        case late = "the question is old"
        case madeUp = "never asked"

        var trail: String {
            switch self {
            case .frame: Wrong.otherOrigin.rawValue
            case .otherKey: Wrong.flippedSignature.rawValue
            case .counterSame: Wrong.counterBack.rawValue
            case .nameless: Wrong.otherPerson.rawValue
            case .twice, .madeUp: Wrong.late.rawValue
            default: rawValue
            }
        }

        func change(_ key: inout TestAuthenticator) {
            switch self {
            case .otherOrigin: key.origin = "https://evil.example"
            case .frame: key.crossOrigin = true
            case .otherPlace: key.host = "evil.example"
            case .otherDeed: key.usedType = "webauthn.create"
            case .otherKey: key.key = P256Key()
            case .nobodyPresent: key.flags = 0x04
            case .notVerified: key.flags = 0x01
            case .counterBack: key.counter = 6
            case .counterSame: key.counter = 7
            case .stranger: key.id = SecureRandom.bytes(32)
            case .nameless: key.user = []
            case .otherPerson: key.user = Array("somebody".utf8)
            case .flippedSignature, .twice, .late, .madeUp: break
            }
        }
    }

    @Test("An answer that is wrong in one thing opens nothing and stands in the trail", arguments: Wrong.allCases)
    func refusals(_ wrong: Wrong) async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            var key = TestAuthenticator(at: shop)
            key.counter = 6
            key = try await njeri.makePasskey(key).key
            key.counter = 7
            #expect(try await TestStaff.signIn(shop, "njeri", with: key).staff != nil)

            var changed = key
            changed.counter = 8
            wrong.change(&changed)
            let (token, asked) = try await TestStaff.doorQuestion(shop)
            let challenge = wrong == .madeUp ? SecureRandom.bytes(32) : asked
            let fields =
                [("form_token", token)] + changed.used(for: challenge, flip: wrong == .flippedSignature)
            if wrong == .twice { #expect(try await TestStaff.arrive(shop, "njeri", fields).staff != nil) }
            if wrong == .late { shop.clock.advance(seconds: 301) }
            let door = try await TestStaff.arrive(shop, "njeri", fields)
            #expect(door.staff == nil)
            let location = try #require(door.answer.header("location"))
            #expect(location.hasPrefix("/admin/sign-in?problem=staff_passkey_"), "\(location)")
            let entry = try #require(try await Self.trail(shop).first)
            #expect(entry.action == "passkey_refused" && entry.detail.contains(wrong.trail), "\(entry)")
            #expect(try await shop.page(location).contains("There is a problem"))

            // A good answer is still good afterwards.
            key.counter = 9
            #expect(try await TestStaff.signIn(shop, "njeri", with: key).staff != nil)
        }
    }

    @Test(
        "A key is kept only for who was asked, once it is sure who that is, and once", arguments: TestDatabase.engines)
    func making(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            func ask(_ staff: TestStaff, _ password: String? = nil) async throws -> PasskeyAnswerSeen {
                try PasskeyAnswerSeen(
                    try await staff.press(
                        "/admin/me/passkeys/ask", on: "/admin/me", password.map { [("password", $0)] } ?? []))
            }
            func keep(_ key: TestAuthenticator, _ challenge: [UInt8], by staff: TestStaff) async throws -> String {
                let answer = key.made(for: challenge)
                return try await staff.follow(
                    try await staff.press(
                        "/admin/me/passkeys", on: "/admin/me",
                        [
                            ("passkey_client", Base64URL.encode(answer.client)),
                            ("passkey_attestation", Base64URL.encode(answer.attestation)),
                        ]))
            }
            let key = TestAuthenticator(at: shop)
            for change: (inout TestAuthenticator) -> Void in [
                { $0.origin = "https://evil.example" }, { $0.host = "evil.example" }, { $0.madeType = "webauthn.get" },
                { $0.flags = 0x01 }, { $0.flags = 0x04 }, { $0.id = [] },
            ] {
                var wrong = key
                change(&wrong)
                let page = try await keep(wrong, try await ask(njeri).question(), by: njeri)
                #expect(page.contains("not good here") && page.contains("You have none yet"))
            }
            #expect(try await keep(key, SecureRandom.bytes(32), by: njeri).contains("took too long"))
            #expect(try await keep(key, try await ask(amina).question(), by: njeri).contains("took too long"))
            let used = try await ask(njeri).question()
            #expect(try await keep(key, used, by: njeri).contains("is ready"))
            #expect(try await ask(njeri).problem?.contains("Use your passkey for this") == true)
            #expect(try await njeri.confirm(with: key).confirmed == true)
            let second = TestAuthenticator(at: shop)
            #expect(try await keep(second, used, by: njeri).contains("took too long"))
            // Nobody takes over somebody's key.
            #expect(try await keep(key, try await ask(amina).question(), by: amina).contains("has a passkey for you"))

            shop.clock.advance(seconds: 601)
            #expect(try await ask(amina).problem?.contains("Type your password") == true)
            #expect(try await ask(amina, "three brown boats").problem?.contains("not right") == true)
            #expect(try await ask(amina, TestStaff.password).challenge != nil)
        }
    }

    @Test("A passkey stands in for the password before a refund; somebody else's does not")
    func confirming() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.state == "paid" }
            let desk = "/admin/orders/\(try await shop.order(path).number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            let key = try await amina.makePasskey(TestAuthenticator(at: shop)).key
            var other = try await otieno.makePasskey(TestAuthenticator(at: shop)).key
            func refund() async throws -> String {
                try await amina.follow(
                    try await amina.press(
                        "\(desk)/refund", on: desk, [("way", "reversal"), ("reason", "broken"), ("form", "refund")]))
            }
            shop.clock.advance(seconds: 601)
            let asking = try await amina.page(desk)
            #expect(asking.contains("name=\"password\"") && asking.contains("data-passkey=\"confirm\""))
            #expect(try await refund().contains("Type your password"))
            #expect(try await amina.confirm(with: other).problem?.contains("not good here") == true)
            other.user = key.user
            #expect(try await amina.confirm(with: other).problem?.contains("not good here") == true)
            #expect(try await refund().contains("Type your password"))
            #expect(try await amina.confirm(with: key).confirmed == true)
            #expect(try await !amina.page(desk).contains("name=\"password\""))
            #expect(try await refund().contains("waits to be approved"))
            // The door's question and a deed's are not each other's.
            let (token, challenge) = try await TestStaff.doorQuestion(shop)
            let wrong = try PasskeyAnswerSeen(
                try await amina.press("/admin/me/confirm", on: "/admin/me", key.used(for: challenge)))
            #expect(wrong.problem?.contains("took too long") == true)
            let good = try await TestStaff.arrive(
                shop, "amina", [("form_token", token)] + key.used(for: challenge))
            #expect(good.staff != nil, "a wrong use does not use it up")
        }
    }

    @Test("In a live shop a passkey is both factors, and the password of who has one is not")
    func live() async throws {
        var options = TestShop.Options()
        options.isPractice = false
        try await TestShop.open(.sqlite, options) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            func invites(_ staff: TestStaff, _ name: String) async throws -> String {
                try await staff.follow(
                    try await staff.press("/admin/staff", on: "/admin/staff", [("name", name), ("role", "viewer")]))
            }
            #expect(try await invites(njeri, "otieno").contains("Turn on one-time codes first, or use a passkey"))
            let key = try await njeri.makePasskey(TestAuthenticator(at: shop)).key
            #expect(try await invites(njeri, "otieno").contains("Turn on one-time codes first, or use a passkey"))
            #expect(try await njeri.page("/admin/me").contains("data-passkey=\"confirm\""))
            let again = try #require(try await TestStaff.signIn(shop, "njeri", with: key).staff)
            #expect(try await invites(again, "otieno").contains("/admin/welcome/"))

            // Whoever has only the password cannot make a way in of their own.
            let thief = try #require(try await TestStaff.signIn(shop, "njeri").staff)
            for (path, fields) in [
                ("/admin/me/codes", [("form", "begin")]),
                ("/admin/me/password", [("new_password", "four brown goats"), ("form", "change")]),
            ] {
                let page = try await thief.follow(try await thief.press(path, on: "/admin/me", fields))
                #expect(page.contains("Use your passkey for this"), "\(path)")
            }
            #expect(try await thief.confirm(with: key).confirmed == true)
            #expect(try await invites(thief, "wanjiku").contains("/admin/welcome/"))

            // A new link, and the end of somebody, end their passkeys.
            let hers = try await amina.makePasskey(TestAuthenticator(at: shop)).key
            let link = try await shop.shop.invite("amina", as: nil, by: "test")
            _ = try await shop.shop.accept(
                link, password: TestStaff.password, from: StaffPlace(network: "192.0.2.1", browser: "Test"))
            #expect(try await TestStaff.signIn(shop, "amina", with: hers).staff == nil)
        }
    }

    @Test("Questions at the door are limited for each network, and those that nobody answered are forgotten")
    func manyQuestions() async throws {
        try await TestShop.open(.sqlite) { shop in
            let token = try TestShop.field("form_token", in: try await shop.page("/admin/sign-in"))
            func ask() async throws -> PasskeyAnswerSeen {
                try PasskeyAnswerSeen(
                    try await shop.send("POST", "/admin/passkey/ask", form: [("form_token", token)]))
            }
            for _ in 0..<100 { #expect(try await ask().challenge != nil) }
            #expect(try await ask().problem?.contains("Too many tries") == true)
            let foreign = try await shop.send("POST", "/admin/passkey/ask", form: [("form_token", "made up")])
            #expect(try PasskeyAnswerSeen(foreign).problem != nil)
        }
    }
}
