import Cryptography
import Foundation
import Testing

@Suite("Passkeys")
struct PasskeyTests {
    private static let place = PasskeyPlace(host: "example.org", origin: "https://example.org")

    private static func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    private static let madeChallenge = "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130"
    private static let madeClient =
        "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d50743455787847545374"
        + "6e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578"
        + "616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e744461"
        + "74614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865"
        + "206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d"
    private static let madeAttestation =
        "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd4"
        + "6592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579b"
        + "a6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f"
        + "26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220"
    private static let usedChallenge = "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408"
    private static let usedClient =
        "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a"
        + "5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d70"
        + "6c652e6f7267222c2263726f73734f726967696e223a66616c73657d"
    private static let usedData = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000"
    private static let usedSignature =
        "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf"
        + "11a1dd5d78c6e486013f937295ea13653e331e87"

    /// Web Authentication Level 3, section 16.2. Nobody was verified in that example, which is not enough here.
    @Test("The published example without attestation reads, its signature fits, and nobody was verified")
    func published() throws {
        let client = try PasskeyClient(json: Self.bytes(Self.madeClient))
        #expect(client.challenge == (try Self.bytes(Self.madeChallenge)))
        let object = try CBOR.readAll(Self.bytes(Self.madeAttestation))
        let data = try AuthenticatorData(try #require(object[.text("authData")]?.asBytes))
        let made = try #require(data.made)
        #expect(Hex.encode(made.id) == "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4")
        #expect(data.isPresent && !data.isVerified && data.counter == 0)
        #expect(throws: PasskeyProblem.notVerified) {
            try MadePasskey(attestation: Self.bytes(Self.madeAttestation), client: client, at: Self.place)
        }

        let used = try PasskeyClient(json: Self.bytes(Self.usedClient))
        #expect(used.challenge == (try Self.bytes(Self.usedChallenge)))
        let signed = try Self.bytes(Self.usedData) + SHA256.hash(Self.bytes(Self.usedClient))
        #expect(made.key.isSigned(signed, by: try Self.bytes(Self.usedSignature)))
        #expect(!made.key.isSigned(signed + [0], by: try Self.bytes(Self.usedSignature)))
        let answer = UsedPasskey(
            id: made.id, user: nil, client: used, authenticatorData: try Self.bytes(Self.usedData),
            signature: try Self.bytes(Self.usedSignature))
        #expect(throws: PasskeyProblem.notVerified) { try answer.check(with: made.key, at: Self.place, counted: 0) }
    }

    private static let selfClient =
        "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b"
        + "336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578"
        + "616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e744461"
        + "74614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865"
        + "206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d"
    private static let selfAttestation =
        "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120"
        + "031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d6861"
        + "7574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6a"
        + "fbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca501020326200121"
        + "5820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f"
        + "61f13bfd44119c325d5896e183fee484f2"

    /// Web Authentication Level 3, section 16.3: the user was verified.
    @Test("The published example that attests itself is a passkey, and with one bit changed it is none")
    func publishedSelf() throws {
        let client = try PasskeyClient(json: Self.bytes(Self.selfClient))
        let attestation = try Self.bytes(Self.selfAttestation)
        let made = try MadePasskey(attestation: attestation, client: client, at: Self.place)
        #expect(Hex.encode(made.id) == "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c")
        #expect(made.counter == 0 && made.key.der.count == 91)
        #expect(try SignatureKey(der: made.key.der).der == made.key.der)
        var changed = attestation
        changed[50] ^= 1
        #expect(throws: PasskeyProblem.wrongSignature) {
            try MadePasskey(attestation: changed, client: client, at: Self.place)
        }
        for place in [
            PasskeyPlace(host: "example.com", origin: "https://example.org"),
            PasskeyPlace(host: "example.org", origin: "https://example.org:8443"),
        ] {
            #expect(throws: PasskeyProblem.self) {
                try MadePasskey(attestation: attestation, client: client, at: place)
            }
        }
        // Cut anywhere, it is no attestation, and nothing breaks.
        for count in 0..<attestation.count {
            #expect(throws: PasskeyProblem.malformed) {
                try MadePasskey(attestation: Array(attestation.prefix(count)), client: client, at: Self.place)
            }
        }
    }

    @Test("Keys count only upwards, but for those that never count")
    func counter() throws {
        let key = P256Key()
        let client = try PasskeyClient(
            json: Array(#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://example.org"}"#.utf8))
        func check(_ counter: UInt32, after last: UInt32) throws -> UInt32 {
            let number = (0..<4).reversed().map { UInt8(truncatingIfNeeded: counter >> (8 * $0)) }
            let data = SHA256.hash(Array("example.org".utf8)) + [0x05] + number
            let answer = UsedPasskey(
                id: [1], user: nil, client: client, authenticatorData: data,
                signature: key.sign(data + SHA256.hash(client.signedBytes)))
            return try answer.check(with: SignatureKey(point: key.point), at: Self.place, counted: last)
        }
        #expect(try check(0, after: 0) == 0)
        #expect(try check(1, after: 0) == 1)
        #expect(try check(.max, after: .max - 1) == .max)
        for (counter, last) in [(0, 1), (1, 1), (4, 5)] as [(UInt32, UInt32)] {
            #expect(throws: PasskeyProblem.counterWentBack) { try check(counter, after: last) }
        }
    }

    @Test(
        "Where passkeys belong, as browsers see it",
        arguments: [
            ("https://shop.example", "shop.example", "https://shop.example"),
            ("https://Shop.Example:443", "shop.example", "https://shop.example"),
            ("https://shop.example:8443", "shop.example", "https://shop.example:8443"),
            ("http://127.0.0.1:8080", "localhost", "http://localhost:8080"),
            ("http://[::1]:8080", "localhost", "http://localhost:8080"),
            ("http://localhost:80", "localhost", "http://localhost"),
            ("http://shop.example", nil, nil), ("https://192.0.2.7", nil, nil), ("https://[2001:db8::1]", nil, nil),
            ("", nil, nil), ("shop.example", nil, nil),
        ] as [(String, String?, String?)])
    func places(_ address: String, _ host: String?, _ origin: String?) {
        let place = PasskeyPlace(address: address)
        #expect(place?.host == host && place?.origin == origin)
    }
}

@Suite("CBOR, as authenticators write it")
struct CBORTests {
    @Test(
        "Examples of RFC 8949, appendix A",
        arguments: [
            ("00", .integer(0)), ("17", .integer(23)), ("1818", .integer(24)), ("1903e8", .integer(1_000)),
            ("1a000f4240", .integer(1_000_000)), ("1b000000e8d4a51000", .integer(1_000_000_000_000)),
            ("20", .integer(-1)), ("3903e7", .integer(-1_000)), ("f4", .flag(false)), ("f5", .flag(true)),
            ("f6", .nothing), ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")),
            ("62c3bc", .text("\u{fc}")), ("80", .list([])),
            (
                "8301820203820405",
                .list([.integer(1), .list([.integer(2), .integer(3)]), .list([.integer(4), .integer(5)])])
            ),
            ("a0", .map([])),
        ] as [(String, CBOR)])
    func examples(_ hex: String, _ value: CBOR) throws {
        #expect(try CBOR.readAll(try #require(Hex.decode(hex))) == value)
    }

    @Test(
        "What can be read in two ways, or not at all, is refused",
        arguments: [
            "", "18", "1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "1bffffffffffffffff", "1c", "1f", "41",
            "5f", "61ff", "7f", "82", "9f", "a1", "a101", "a2010101ff", "a201010102", "bf", "c000", "f7", "f90000",
            "fb0000000000000000", "ff", "0000", "8181818181818100", "9841", "5b7fffffffffffffff",
        ])
    func refused(_ hex: String) throws {
        let bytes = try #require(Hex.decode(hex))
        let error = #expect(throws: CryptographyError.self) { try CBOR.readAll(bytes) }
        #expect(error?.kind == .malformed)
    }
}
