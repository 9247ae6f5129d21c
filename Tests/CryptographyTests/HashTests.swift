@testable import Cryptography
import Testing

@Suite("Hashes and keyed hashes")
struct HashTests {
    static let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

    @Test(
        "SHA-256 gives the hashes of FIPS 180-4's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        ])
    func sha256(text: String, hash: String) {
        #expect(Hex.encode(SHA256.hash(Array(text.utf8))) == hash)
    }

    @Test("SHA-256 of a million times a is FIPS 180-4's third example")
    func sha256Long() {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(Hex.encode(SHA256.hash(bytes)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("SHA-512 gives the hash of FIPS 180-4's example")
    func sha512() {
        let hash =
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        #expect(Hex.encode(SHA512.hash(Array("abc".utf8))) == hash)
    }

    struct KeyedVector: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let sha256: String
        let sha512: String
    }

    /// RFC 4231, test cases 1, 2, 3, 6 and 7.
    static let keyedVectors = [
        KeyedVector(
            key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
            sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            sha512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"),
        KeyedVector(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            sha512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"),
        KeyedVector(
            key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
            sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            sha512: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                + "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"),
        KeyedVector(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            sha512: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"),
        KeyedVector(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            sha256: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            sha512: "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
                + "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"),
    ]

    @Test("HMAC gives the codes of RFC 4231, also when a key is used again", arguments: keyedVectors)
    func hmac(vector: KeyedVector) {
        let key = HMACKey(vector.key)
        for _ in 0..<2 {
            #expect(Hex.encode(key.sha256(vector.message)) == vector.sha256)
            #expect(Hex.encode(key.sha512(vector.message)) == vector.sha512)
        }
    }

    @Test("One HMAC key serves many threads at once")
    func hmacConcurrently() async {
        let vector = HashTests.keyedVectors[1]
        let key = HMACKey(vector.key)
        let codes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<200 { group.addTask { Hex.encode(key.sha256(vector.message)) } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(codes == [vector.sha256])
    }

    @Test("HKDF gives the keys of RFC 5869's first case, with salt and info")
    func hkdf() {
        let keys = HKDF(keyMaterial: [UInt8](repeating: 0x0B, count: 22), salt: Array(0x00...0x0C))
        #expect(
            Hex.encode(keys.key(for: Array(0xF0...0xF9), count: 42))
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    }

    @Test("HKDF gives the keys of RFC 5869's second case, over several blocks")
    func hkdfLong() {
        let keys = HKDF(keyMaterial: Array(0x00...0x4F), salt: Array(0x60...0xAF))
        #expect(
            Hex.encode(keys.key(for: Array(0xB0...0xFF), count: 82))
                == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")
    }

    @Test("HKDF gives the keys of RFC 5869's third case, without salt and info")
    func hkdfWithoutSalt() {
        let keys = HKDF(keyMaterial: [UInt8](repeating: 0x0B, count: 22))
        #expect(
            Hex.encode(keys.key(for: [], count: 42))
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test("HKDF gives up to 8160 bytes, each length the start of the longest", arguments: [1, 31, 32, 33, 8159, 8160])
    func hkdfLengths(count: Int) {
        let keys = HKDF(keyMaterial: [1])
        let longest = keys.key(for: [2], count: 8160)
        #expect(keys.key(for: [2], count: count) == Array(longest.prefix(count)))
    }

    @Test("Comparing in constant time agrees with comparing")
    func comparing() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([0, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
        #expect(!constantTimeEqual([], [0]))
    }

    @Test("Random bytes come in the asked number and do not repeat")
    func random() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(Set((0..<1000).map { _ in SecureRandom.bytes(16) }).count == 1000)
    }

    /// RFC 7914, section 12.
    @Test(
        "scrypt gives the hashes of RFC 7914",
        arguments: [
            (
                "", "", Scrypt.Cost(logN: 4, blockSize: 1),
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                    + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            ),
            (
                "password", "NaCl", Scrypt.Cost(logN: 10, rounds: 16),
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                    + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
            (
                "pleaseletmein", "SodiumChloride", Scrypt.Cost(logN: 14),
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                    + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ),
        ])
    func scrypt(password: String, salt: String, cost: Scrypt.Cost, hash: String) throws {
        let result = try Scrypt.hash(
            password: Array(password.utf8), salt: Array(salt.utf8), cost: cost, byteCount: 64)
        #expect(Hex.encode(result) == hash)
    }

    @Test("scrypt takes the memory that passwords of people need", arguments: [Scrypt.Cost.password, .init(logN: 16)])
    func scryptMemory(cost: Scrypt.Cost) throws {
        #expect(try Scrypt.hash(password: [1], salt: [UInt8](repeating: 2, count: 16), cost: cost).count == 32)
    }

    @Test(
        "scrypt refuses a cost out of range",
        arguments: [
            Scrypt.Cost(logN: 0), .init(logN: 21), .init(logN: 14, blockSize: 0), .init(logN: 14, blockSize: 33),
            .init(logN: 14, rounds: 0), .init(logN: 14, rounds: 17),
        ])
    func scryptLimits(cost: Scrypt.Cost) throws {
        let error = #expect(throws: CryptographyError.self) { try Scrypt.hash(password: [], salt: [], cost: cost) }
        #expect(error?.kind == .malformed)
    }
}
