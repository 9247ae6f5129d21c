import Cryptography
import Foundation
import Testing

/// Signatures and secrets, against the openssl program.
@Suite("Public keys")
struct PublicKeyTests {
    @Test("What the openssl program signed with RSA is good, and with one bit changed it is not")
    func rsa() throws {
        let pair = try KeyPair("rsa:2048")
        let message = SecureRandom.bytes(100)
        try Data(message).write(to: pair.folder.appending(path: "message"))
        try pair.openssl("dgst", "-sha256", "-sign", "key.pem", "-out", "signature", "message")
        try pair.openssl("rsa", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der")
        let der = try pair.read("public.der")
        // The modulus stands behind 33 bytes of header, the exponent behind two more.
        let key = try SignatureKey(modulus: Array(der[33..<289]), exponent: Array(der.suffix(3)))
        #expect(key.der == der)
        var signature = try pair.read("signature")
        #expect(key.isSigned(message, by: signature))
        signature[100] ^= 4
        #expect(!key.isSigned(message, by: signature))
        #expect(!key.isSigned(message, by: []))
    }

    @Test("Keys that are weak, of another curve or no keys are refused")
    func refused() throws {
        var point = P256Key().point
        point[40] ^= 1
        #expect(throws: CryptographyError.self) { try SignatureKey(point: point) }
        #expect(throws: CryptographyError.self) { try SignatureKey(point: [4]) }
        #expect(throws: CryptographyError.self) { try SignatureKey(der: [0x30, 0x00]) }
        #expect(throws: CryptographyError.self) {
            try SignatureKey(modulus: [UInt8](repeating: 0xC1, count: 128), exponent: [1, 0, 1])
        }
        let pair = try KeyPair("ed25519")
        try pair.openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der")
        #expect(throws: CryptographyError.self) { try SignatureKey(der: try pair.read("public.der")) }
    }

    @Test("A key of P-256 signs so that its point checks it, and is the same key when it was kept")
    func p256() throws {
        let key = P256Key()
        let kept = try P256Key(secret: key.secret, point: key.point)
        #expect(kept.point == key.point && kept.secret == key.secret)
        let (message, other) = (SecureRandom.bytes(50), P256Key())
        let shown = try SignatureKey(point: key.point)
        #expect(shown.isSigned(message, by: kept.sign(message)))
        #expect(!shown.isSigned(message, by: other.sign(message)))
        #expect(try key.agree(with: other.point) == other.agree(with: key.point))
        #expect(throws: CryptographyError.self) { try P256Key(secret: key.secret, point: other.point) }
        #expect(throws: CryptographyError.self) { try key.agree(with: [4] + [UInt8](repeating: 1, count: 64)) }
        // Short numbers are filled with zeros in front: one in 256 signatures has one.
        for _ in 0..<600 {
            let raw = key.signRaw(message)
            #expect(raw.count == 64)
            #expect(shown.isSigned(message, by: Self.der(raw)))
        }
    }

    private static func der(_ raw: [UInt8]) -> [UInt8] {
        let numbers = [raw.prefix(32), raw.suffix(32)].flatMap { number -> [UInt8] in
            let digits = Array(number.drop { $0 == 0 })
            let positive = digits[0] >= 0x80 ? [0] + digits : digits
            return [0x02, UInt8(positive.count)] + positive
        }
        return [0x30, UInt8(numbers.count)] + numbers
    }
}
