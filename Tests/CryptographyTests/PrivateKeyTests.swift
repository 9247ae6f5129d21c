import Cryptography
import Foundation
import Testing

/// What is decrypted was encrypted by the openssl program, and by our own ``Certificate``.
@Suite("Private keys")
struct PrivateKeyTests {
    @Test("The owner reads what the openssl program encrypted for it", arguments: [0, 1, 16, 245])
    func decrypting(count: Int) throws {
        let pair = try KeyPair("rsa:2048")
        let message = SecureRandom.bytes(count)
        let key = try PrivateKey(pem: String(decoding: try pair.read("key.pem"), as: UTF8.self))
        try Data(message).write(to: pair.folder.appending(path: "plain"))
        try pair.openssl(
            "pkeyutl", "-encrypt", "-certin", "-inkey", "certificate.pem", "-in", "plain", "-out", "encrypted")

        #expect(try key.decrypt(pair.read("encrypted")) == message)
        #expect(try key.decrypt(Certificate(pem: pair.certificatePEM).encrypt(message)) == message)
    }

    @Test(
        "What was encrypted for somebody else, with OAEP, or cut short is not read",
        arguments: ["other", "oaep", "cut"])
    func wrong(way: String) throws {
        let pair = try KeyPair("rsa:2048")
        let key = try PrivateKey(pem: String(decoding: try pair.read("key.pem"), as: UTF8.self))
        let message: [UInt8] = Array("Simulator#2026".utf8)
        let encrypted: [UInt8]
        switch way {
        case "other": encrypted = try Certificate(pem: KeyPair("rsa:2048").certificatePEM).encrypt(message)
        case "oaep":
            try Data(message).write(to: pair.folder.appending(path: "plain"))
            try pair.openssl(
                "pkeyutl", "-encrypt", "-certin", "-inkey", "certificate.pem", "-in", "plain", "-out", "encrypted",
                "-pkeyopt", "rsa_padding_mode:oaep")
            encrypted = try pair.read("encrypted")
        default: encrypted = Array(try Certificate(pem: pair.certificatePEM).encrypt(message).dropLast())
        }

        // OpenSSL 3.2 and later give meaningless bytes for wrong padding, earlier ones an error.
        do throws(CryptographyError) {
            #expect(try key.decrypt(encrypted) != message)
        } catch {
            #expect(error.kind == .library)
        }
    }

    @Test("Keys that are weak, not for RSA, or encrypted are refused", arguments: ["rsa:1024", "ed25519"])
    func otherKeys(algorithm: String) throws {
        let pem = String(decoding: try KeyPair(algorithm).read("key.pem"), as: UTF8.self)
        let error = #expect(throws: CryptographyError.self) { try PrivateKey(pem: pem) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains("RSA") == true)
    }

    @Test("What is no private key is refused, and nobody is asked for a password")
    func notAKey() throws {
        let pair = try KeyPair("rsa:2048")
        try pair.openssl("pkey", "-in", "key.pem", "-aes256", "-passout", "pass:secret", "-out", "locked.pem")
        let locked = String(decoding: try pair.read("locked.pem"), as: UTF8.self)
        for text in ["", "hello", pair.certificatePEM, locked, String(repeating: "\n", count: 65_537)] {
            let error = #expect(throws: CryptographyError.self) { try PrivateKey(pem: text) }
            #expect(error?.kind == .malformed)
        }
    }
}
