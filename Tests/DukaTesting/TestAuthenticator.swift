import Cryptography
import Foundation
import HTTPClient
import Testing

/// A phone or computer that holds a passkey and does what the test says, also what no honest one does.
package struct TestAuthenticator: Sendable {
    package var key = P256Key()
    package var id = SecureRandom.bytes(32)
    /// Whose key it is, as it was told when the key was made.
    package var user: [UInt8] = []
    package var counter: UInt32 = 0
    package var origin, host: String
    /// Somebody is there, and it was made sure who.
    package var flags: UInt8 = 0x05
    package var madeType = "webauthn.create", usedType = "webauthn.get"
    package var crossOrigin = false

    package init(at shop: TestShop) {
        self.init(origin: shop.address.replacing("127.0.0.1", with: "localhost"), host: "localhost")
    }

    package init(origin: String, host: String) {
        self.origin = origin
        self.host = host
    }

    package func client(_ type: String, _ challenge: [UInt8]) -> [UInt8] {
        let text = Base64URL.encode(challenge)
        return Array(
            "{\"type\":\"\(type)\",\"challenge\":\"\(text)\",\"origin\":\"\(origin)\",\"crossOrigin\":\(crossOrigin)}"
                .utf8)
    }

    private func data(_ flags: UInt8) -> [UInt8] {
        SHA256.hash(Array(host.utf8)) + [flags]
            + (0..<4).reversed().map { UInt8(truncatingIfNeeded: counter >> (8 * $0)) }
    }

    /// What it answers when it is asked to make a key: the client's data, and the attestation.
    package func made(for challenge: [UInt8]) -> (client: [UInt8], attestation: [UInt8]) {
        let (x, y) = (Array(key.point[1..<33]), Array(key.point[33...]))
        let cose: [UInt8] = [0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32] + x + [0x22, 0x58, 32] + y
        let named = [UInt8](repeating: 0, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 255)] + id
        let data = data(flags | 0x40) + named + cose
        let attestation: [UInt8] =
            [0xA3, 0x63] + Array("fmt".utf8) + [0x64] + Array("none".utf8) + [0x67] + Array("attStmt".utf8) + [
                0xA0, 0x68,
            ]
            + Array("authData".utf8) + [0x58, UInt8(data.count)] + data
        return (client(madeType, challenge), attestation)
    }

    /// What it answers when it is asked to use its key: the fields of a form.
    package func used(for challenge: [UInt8], flip: Bool = false) -> [(String, String)] {
        let (client, data) = (client(usedType, challenge), data(flags))
        var signature = key.sign(data + SHA256.hash(client))
        // In the middle of a number, so that the signature is still well-formed.
        if flip { signature[20] ^= 1 }
        return [
            ("passkey_id", Base64URL.encode(id)), ("passkey_client", Base64URL.encode(client)),
            ("passkey_data", Base64URL.encode(data)), ("passkey_signature", Base64URL.encode(signature)),
            ("passkey_user", Base64URL.encode(user)),
        ]
    }
}

/// What the page's script is told.
package struct PasskeyAnswerSeen: Decodable, Sendable {
    package struct User: Decodable, Sendable {
        package var id, name: String
    }
    package var challenge, host, problem: String?
    package var credentials: [String]?
    package var user: User?
    package var confirmed: Bool?

    package init(_ answer: OutboundResponse) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(answer.body))
    }

    package func question(sourceLocation: SourceLocation = #_sourceLocation) throws -> [UInt8] {
        try #require(challenge.flatMap(Base64URL.decode), "\(problem ?? "")", sourceLocation: sourceLocation)
    }
}

extension TestStaff {
    /// Makes a passkey as the page and its script do.
    ///
    /// - Returns: The page that follows, and the key.
    package func makePasskey(
        _ authenticator: TestAuthenticator, named name: String = "", password: String? = nil
    ) async throws -> (page: String, key: TestAuthenticator) {
        var made = authenticator
        let fields = [("passkey_name", name), ("form", "passkey")] + (password.map { [("password", $0)] } ?? [])
        let question = try PasskeyAnswerSeen(try await press("/admin/me/passkeys/ask", on: "/admin/me", fields))
        made.user = try #require(question.user.flatMap { Base64URL.decode($0.id) })
        let answer = made.made(for: try question.question())
        let response = try await press(
            "/admin/me/passkeys", on: "/admin/me",
            fields + [
                ("passkey_client", Base64URL.encode(answer.client)),
                ("passkey_attestation", Base64URL.encode(answer.attestation)),
            ])
        return (try await follow(response), made)
    }

    /// Asks at the door, as the page's script does.
    package static func doorQuestion(_ shop: TestShop) async throws -> (token: String, challenge: [UInt8]) {
        let token = try TestShop.field("form_token", in: try await shop.page("/admin/sign-in"))
        let answer = try await shop.send("POST", "/admin/passkey/ask", form: [("form_token", token)])
        return (token, try PasskeyAnswerSeen(answer).question())
    }

    /// Signs in with a passkey over the wire.
    ///
    /// - Returns: Nil when that is refused.
    package static func signIn(
        _ shop: TestShop, _ name: String, with key: TestAuthenticator
    ) async throws -> (staff: TestStaff?, answer: OutboundResponse) {
        let (token, challenge) = try await doorQuestion(shop)
        return try await arrive(shop, name, [("form_token", token)] + key.used(for: challenge))
    }

    /// Sends an answer to the door's question.
    package static func arrive(
        _ shop: TestShop, _ name: String, _ fields: [(String, String)]
    ) async throws -> (staff: TestStaff?, answer: OutboundResponse) {
        let answer = try await shop.send("POST", "/admin/passkey", form: fields)
        let cookie = answer.header("set-cookie").map { String($0.prefix { $0 != ";" }) }
        return (cookie.map { TestStaff(name, shop, cookie: $0) }, answer)
    }

    /// Confirms with a passkey that it is they, as the page's script does.
    package func confirm(with key: TestAuthenticator) async throws -> PasskeyAnswerSeen {
        let question = try PasskeyAnswerSeen(try await press("/admin/me/confirm/ask", on: "/admin/me")).question()
        return try PasskeyAnswerSeen(
            try await press("/admin/me/confirm", on: "/admin/me", key.used(for: question)))
    }
}
