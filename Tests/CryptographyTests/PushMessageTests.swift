import Cryptography
import Foundation
import Testing

@Suite("Push messages")
struct PushMessageTests {
    private static func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.decode(text)) }

    /// RFC 8291, section 5 and appendix A.
    @Test("The published example comes out byte for byte, and the browser reads it")
    func published() throws {
        let sender = try P256Key(
            secret: Self.bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
            point: Self.bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")
        )
        let browser = try P256Key(
            secret: Self.bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
            point: Self.bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
        )
        let secret = try Self.bytes("BTBZMqHH6r4Tts7J_aSIgg")
        #expect(
            try Base64URL.encode(sender.agree(with: browser.point)) == "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs")
        let text = Array("When I grow up, I want to be a watermelon".utf8)
        let body = try PushMessage.encrypt(
            text, for: (browser.point, secret), with: sender, salt: Self.bytes("DGv6ra1nlYgDCS1FRnbzlw"))
        let published =
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
            + "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        #expect(Base64URL.encode(body) == published)
        #expect(try PushMessage.decrypt(body, with: browser, secret: secret) == text)
    }

    @Test("Each message is another one, and nobody else reads it", arguments: [0, 1, 300, PushMessage.mostBytes])
    func others(count: Int) throws {
        let (browser, secret) = (P256Key(), SecureRandom.bytes(16))
        let text = SecureRandom.bytes(count)
        let body = try PushMessage.encrypt(text, for: (browser.point, secret))
        #expect(try PushMessage.encrypt(text, for: (browser.point, secret)) != body)
        #expect(body.count <= 4_096)
        #expect(try PushMessage.decrypt(body, with: browser, secret: secret) == text)
        #expect(throws: CryptographyError.self) { try PushMessage.decrypt(body, with: P256Key(), secret: secret) }
        #expect(throws: CryptographyError.self) {
            try PushMessage.decrypt(body, with: browser, secret: SecureRandom.bytes(16))
        }
        var altered = body
        altered[body.count - 1] ^= 1
        #expect(throws: CryptographyError.self) { try PushMessage.decrypt(altered, with: browser, secret: secret) }
    }

    @Test("What is too long, or for no browser, is refused")
    func refused() throws {
        let (browser, secret) = (P256Key(), SecureRandom.bytes(16))
        let long = [UInt8](repeating: 1, count: PushMessage.mostBytes + 1)
        #expect(throws: CryptographyError.self) { try PushMessage.encrypt(long, for: (browser.point, secret)) }
        #expect(throws: CryptographyError.self) { try PushMessage.encrypt([1], for: ([4, 5], secret)) }
        #expect(throws: CryptographyError.self) { try PushMessage.encrypt([1], for: (browser.point, [1])) }
        #expect(throws: CryptographyError.self) { try PushMessage.decrypt([1, 2, 3], with: browser, secret: secret) }
    }
}
