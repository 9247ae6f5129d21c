import Foundation

/// Where passkeys are made and used: what browsers bind them to.
package struct PasskeyPlace: Sendable, Equatable {
    /// The host that a key belongs to, such as `shop.example`; never an address of numbers.
    package let host: String
    /// The scheme, host and port of the pages, as browsers write them: `https://shop.example`.
    package let origin: String

    package init(host: String, origin: String) {
        self.host = host
        self.origin = origin
    }

    /// The place of pages at an address without a path; nil where browsers give no passkeys: without TLS, and at an
    /// address of numbers. This machine's own (`127.0.0.1`) goes by its name, `localhost`.
    package init?(address: String) {
        guard let parts = URLComponents(string: address.lowercased()), let scheme = parts.scheme,
            var host = parts.host, !host.isEmpty
        else { return nil }
        if host == "[::1]" || host.hasPrefix("127.") { host = "localhost" }
        let isNumber = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        guard !isNumber, scheme == "https" || (scheme == "http" && host == "localhost") else { return nil }
        let port = parts.port.map { $0 == (scheme == "https" ? 443 : 80) ? "" : ":\($0)" } ?? ""
        self.init(host: host, origin: "\(scheme)://\(host)\(port)")
    }
}

/// Why an answer of an authenticator does not count.
package enum PasskeyProblem: String, Error, Sendable {
    case malformed = "the answer does not read"
    case otherDeed = "the answer is to another question"
    case otherOrigin = "the page was another site's"
    case otherPlace = "the key is another site's"
    case nobodyPresent = "nobody was present"
    case notVerified = "nobody was verified"
    case wrongSignature = "the signature does not fit"
    case counterWentBack = "the counter went back: the key may have been copied"
}

/// What the browser adds to an answer, and the authenticator signs with it: which question was answered, and on whose
/// page; Web Authentication Level 3, section 5.8.1.
package struct PasskeyClient: Sendable {
    /// What the answer is to.
    package enum Deed: String, Sendable {
        case make = "webauthn.create"
        case use = "webauthn.get"
    }
    /// The question: as many random bytes as were asked with.
    package let challenge: [UInt8]
    /// The text as it came: the authenticator signs its hash.
    package let signedBytes: [UInt8]
    private let type, origin: String
    private let crossOrigin: Bool

    private struct Stored: Decodable {
        var type, challenge, origin: String
        var crossOrigin: Bool?
        var topOrigin: String?
    }

    /// - Parameter json: As it came: what is signed is its hash.
    package init(json: [UInt8]) throws(PasskeyProblem) {
        guard json.count <= 4_096 else { throw .malformed }
        let stored: Stored
        do { stored = try JSONDecoder().decode(Stored.self, from: Data(json)) } catch { throw .malformed }
        guard let challenge = Base64URL.decode(stored.challenge) else { throw .malformed }
        signedBytes = json
        self.challenge = challenge
        (type, origin) = (stored.type, stored.origin)
        crossOrigin = stored.crossOrigin == true || stored.topOrigin != nil
    }

    fileprivate func check(_ deed: Deed, _ place: PasskeyPlace) throws(PasskeyProblem) {
        guard type == deed.rawValue else { throw .otherDeed }
        guard origin == place.origin, !crossOrigin else { throw .otherOrigin }
    }
}

extension AuthenticatorData {
    fileprivate func check(_ place: PasskeyPlace) throws(PasskeyProblem) {
        guard placeHash == SHA256.hash(Array(place.host.utf8)) else { throw .otherPlace }
        guard isPresent else { throw .nobodyPresent }
        // A key counts as two factors only where the authenticator knows who holds it.
        guard isVerified else { throw .notVerified }
    }
}

/// An authenticator's answer when a key was made; Web Authentication Level 3, section 7.1.
package struct MadePasskey: Sendable {
    private let made: AuthenticatorData.MadeKey
    /// What the authenticator calls the key: 1 to 1023 bytes.
    package var id: [UInt8] { made.id }
    package var key: SignatureKey { made.key }
    package let counter: UInt32

    /// Checks the answer; whether its challenge was asked is for the caller to say. Who made the authenticator is not
    /// asked for and not believed: the statement is empty, or the key's own signature.
    package init(attestation: [UInt8], client: PasskeyClient, at place: PasskeyPlace) throws(PasskeyProblem) {
        try client.check(.make, place)
        guard attestation.count <= 16_384 else { throw .malformed }
        let (statement, format, bytes): (CBOR, CBOR, [UInt8])
        let data: AuthenticatorData
        do throws(CryptographyError) {
            let object = try CBOR.readAll(attestation)
            guard let given = object[.text("fmt")], let said = object[.text("attStmt")],
                let raw = object[.text("authData")]?.asBytes
            else { throw CryptographyError(.malformed, "The attestation has not its three parts.") }
            (statement, format, bytes) = (said, given, raw)
            data = try AuthenticatorData(bytes)
        } catch { throw .malformed }
        try data.check(place)
        guard let made = data.made else { throw .malformed }
        switch format {
        case .text("none"): guard statement == .map([]) else { throw .malformed }
        case .text("packed"):
            guard statement[.text("x5c")] == nil, let signature = statement[.text("sig")]?.asBytes,
                statement[.text("alg")] == .integer(made.isES256 ? -7 : -257)
            else { throw .malformed }
            guard made.key.isSigned(bytes + SHA256.hash(client.signedBytes), by: signature) else {
                throw .wrongSignature
            }
        default: throw .malformed
        }
        self.made = made
        counter = data.counter
    }
}

/// An authenticator's answer when a key was used; Web Authentication Level 3, section 7.2.
package struct UsedPasskey: Sendable {
    /// What the authenticator calls the key.
    package let id: [UInt8]
    /// Whose key it is, as the authenticator was told when it was made; nil when it does not say.
    package let user: [UInt8]?
    package let client: PasskeyClient
    private let data, signature: [UInt8]

    /// The parts as they came from the browser.
    package init(
        id: [UInt8], user: [UInt8]?, client: PasskeyClient, authenticatorData: [UInt8], signature: [UInt8]
    ) {
        self.id = id
        self.user = user
        self.client = client
        data = authenticatorData
        self.signature = signature
    }

    /// Checks that `key` answered, here, for somebody it verified; whether the challenge was asked is for the caller to
    /// say.
    ///
    /// - Parameter last: The counter of the time before. Where keys count it must grow, or somebody has a copy.
    /// - Returns: The counter to keep.
    package func check(
        with key: SignatureKey, at place: PasskeyPlace, counted last: UInt32
    ) throws(PasskeyProblem) -> UInt32 {
        try client.check(.use, place)
        let said: AuthenticatorData
        do { said = try AuthenticatorData(data) } catch { throw .malformed }
        guard said.made == nil else { throw .malformed }
        try said.check(place)
        guard key.isSigned(data + SHA256.hash(client.signedBytes), by: signature) else { throw .wrongSignature }
        guard said.counter > last || (said.counter == 0 && last == 0) else { throw .counterWentBack }
        return said.counter
    }
}
