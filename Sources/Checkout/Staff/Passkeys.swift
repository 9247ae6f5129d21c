import Commerce
import Cryptography
import Database
import Storage

/// Why a passkey was not made or does not count. Nothing was changed but the trail.
package enum PasskeyRefusal: Sendable, Hashable {
    /// The question was answered before, or minutes ago, or never asked here.
    case tooOld
    /// The answer is not right, or the key is not this person's; the trail says more than the page.
    case notGood
    /// The key is somebody's already.
    case known
    /// One has as many as one may have.
    case tooMany
    /// Who has passkeys and no codes says with a passkey that it is they who change how they get in.
    case needed
}

/// What an authenticator is asked for.
package struct PasskeyQuestion: Sendable {
    /// Random bytes that come back signed.
    package let challenge: [UInt8]
    /// The keys that may answer, or for a new key those that there are already; empty for whichever there is.
    package let credentials: [[UInt8]]
    /// What the authenticator gives back with a key: the member's identity, which tells nothing about them.
    package let user: [UInt8]
}

/// Passkeys: keys on people's own phones and computers (Web Authentication, https://www.w3.org/TR/webauthn-3/). The
/// authenticator makes sure who holds it, so one is two factors; it answers to this shop's address alone, so nobody can
/// be talked out of it.
extension Shop {
    /// Seconds within which a question is answered; the recommended time of Web Authentication, section 15.1.
    package static let passkeySeconds = 5 * 60
    /// Keys that one person may have.
    package static let mostPasskeys = 20
    private static let questionsPerNetwork = RateLimit(count: 100, seconds: 900)

    /// A question for whoever wants to sign in; nil when this network has asked for too many.
    package func askToSignIn(from place: StaffPlace) async throws -> PasskeyQuestion? {
        let challenge = SecureRandom.bytes(32)
        let now = now()
        let isTooMany = try await database.transaction { transaction in
            let limits = [Self.questionsPerNetwork]
            guard try transaction.count("staff passkey questions \(place.network)", limits, at: now) == nil else {
                return true
            }
            try transaction.keepChallenge(challenge, for: Self.door, until: now.adding(seconds: Self.passkeySeconds))
            return false
        }
        return isTooMany ? nil : PasskeyQuestion(challenge: challenge, credentials: [], user: [])
    }

    /// A question for the visitor's own authenticators: to make a key, or to use one.
    package func askPasskey(_ visitor: SignedIn, toMake isNew: Bool) async throws -> PasskeyQuestion {
        let known = try await passkeys(of: visitor)
        guard !isNew || known.count < Self.mostPasskeys else { throw StaffRefusal.passkey(.tooMany) }
        let challenge = SecureRandom.bytes(32)
        let now = now()
        try await database.transaction { transaction in
            let purpose = Self.purpose(visitor, toMake: isNew)
            try transaction.keepChallenge(challenge, for: purpose, until: now.adding(seconds: Self.passkeySeconds))
        }
        return PasskeyQuestion(
            challenge: challenge, credentials: known.map(\.credential), user: Self.handle(visitor.member.id))
    }

    /// One's own keys, the oldest first.
    package func passkeys(of visitor: SignedIn) async throws -> [StaffPasskey] {
        try await database.read { try $0.passkeys(of: visitor.member.id) }
    }

    /// Whether somebody who has the visitor's password alone is stopped before money moves: by codes or a passkey.
    package func hasSecondFactor(_ visitor: SignedIn) async throws -> Bool {
        if visitor.member.asksForCode { return true }
        return try await !passkeys(of: visitor).isEmpty
    }

    /// Who has passkeys and no codes changes how they get in with a passkey only: else a password alone would do what
    /// two factors guard.
    package func maySetWaysIn(_ visitor: SignedIn) async throws -> Bool {
        if hasTwoFactors(visitor) { return true }
        return try await passkeys(of: visitor).isEmpty
    }

    /// Keeps a key that the visitor's authenticator made.
    ///
    /// - Parameter name: What its owner calls it, 1 to 60 characters.
    package func addPasskey(
        _ visitor: SignedIn, named name: String, attestation: [UInt8], client: [UInt8], at place: PasskeyPlace
    ) async throws {
        let now = now()
        let purpose = Self.purpose(visitor, toMake: true)
        let answer = Result<(PasskeyClient, MadePasskey), PasskeyProblem> { () throws(PasskeyProblem) in
            let client = try PasskeyClient(json: client)
            return (client, try MadePasskey(attestation: attestation, client: client, at: place))
        }
        let refusal: PasskeyRefusal? = try await database.transaction { transaction in
            func refused(_ refusal: PasskeyRefusal, _ why: String) throws -> PasskeyRefusal {
                try transaction.append(AuditEntry(visitor.name, "passkey_refused", visitor.name, why), at: now)
                return refusal
            }
            let made: MadePasskey
            switch answer {
            case .failure(let problem): return try refused(.notGood, problem.rawValue)
            case .success(let (client, passkey)):
                guard try transaction.useChallenge(client.challenge, for: purpose, at: now) else {
                    return try refused(.tooOld, "the question is old")
                }
                made = passkey
            }
            guard try transaction.passkeys(of: visitor.member.id).count < Self.mostPasskeys else { return .tooMany }
            let passkey = StaffPasskey(
                member: visitor.member.id, name: name, credential: made.id, publicKey: made.key.der,
                counter: made.counter, at: now)
            guard try transaction.insert(passkey) else { return try refused(.known, "the key is somebody's already") }
            try transaction.append(AuditEntry(visitor.name, "passkey_added", visitor.name, name), at: now)
            return nil
        }
        if let refusal { throw StaffRefusal.passkey(refusal) }
    }

    /// Removes one of one's own keys.
    ///
    /// - Returns: What it was called; nil when there is no such key.
    package func removePasskey(_ id: String, of visitor: SignedIn) async throws -> String? {
        let now = now()
        return try await database.transaction { transaction in
            guard let name = try transaction.removePasskey(ID(stored: id), of: visitor.member.id) else { return nil }
            try transaction.append(AuditEntry(visitor.name, "passkey_removed", visitor.name, name), at: now)
            return name
        }
    }

    /// Signs in whoever holds a key.
    package func signIn(
        passkey answer: UsedPasskey, at home: PasskeyPlace, from place: StaffPlace
    ) async throws -> SignInResult {
        let now = now()
        let who = "passkey \(Hex.encode(Array(SHA256.hash(answer.id).prefix(16))))"
        if let until = try await countTry(who, at: place, now) { return .tooMany(until: until) }
        let (passkey, member) = try await use(answer, for: Self.door, by: nil, at: home, from: place)
        return .signedIn(secret: try await begin(member, awaitsCode: false, passkey: passkey.name, place))
    }

    /// A passkey in the place of the password and the code, for what moves money or rights (S12).
    ///
    /// - Returns: When tries begin again; nil when it is confirmed.
    package func confirm(
        _ visitor: SignedIn, passkey answer: UsedPasskey, at home: PasskeyPlace, from place: StaffPlace
    ) async throws -> Timestamp? {
        if let until = try await countTry("name \(visitor.name)", at: place, now()) { return until }
        _ = try await use(
            answer, for: Self.purpose(visitor, toMake: false), by: visitor, at: home, from: place)
        return nil
    }

    /// Uses the question up and checks the answer to it; what is refused stands in the trail.
    private func use(
        _ answer: UsedPasskey, for purpose: String, by visitor: SignedIn?, at home: PasskeyPlace, from place: StaffPlace
    ) async throws -> (StaffPasskey, StaffMember) {
        let now = now()
        let used = try await database.transaction { [vault] transaction -> Result<Known, Refused> in
            let known = try transaction.passkey(answer.id)
            let member = try known.flatMap { try transaction.staffMember($0.member, vault) }
            func refused(_ refusal: PasskeyRefusal, _ why: String) throws -> Result<Known, Refused> {
                let name = visitor?.name ?? member?.name.text ?? "-"
                try transaction.append(AuditEntry(name, "passkey_refused", place.network, why), at: now)
                return .failure(Refused(refusal: refusal))
            }
            guard try transaction.useChallenge(answer.client.challenge, for: purpose, at: now) else {
                return try refused(.tooOld, "the question is old")
            }
            guard let known, let member, member.disabledAt == nil else {
                return try refused(.notGood, "nobody has this key")
            }
            // At the door nobody has said a name: the key must say whose it is.
            let isTheirs = visitor.map { $0.member.id == member.id } ?? (answer.user != nil)
            guard isTheirs, answer.user == nil || answer.user == Self.handle(member.id) else {
                return try refused(.notGood, "the key is somebody else's")
            }
            let counter: UInt32
            let key = try SignatureKey(der: known.publicKey)
            do throws(PasskeyProblem) { counter = try answer.check(with: key, at: home, counted: known.counter) } catch
            {
                return try refused(.notGood, "\(known.name): \(error.rawValue)")
            }
            try transaction.noteUsed(known, counter: counter, at: now)
            if let visitor {
                try transaction.noteConfirmed(visitor.key, byPasskey: true, at: now)
                try transaction.append(
                    AuditEntry(visitor.name, "confirmed", place.network, "with the passkey \(known.name)"), at: now)
            }
            return .success(Known(passkey: known, member: member))
        }
        switch used {
        case .success(let known): return (known.passkey, known.member)
        case .failure(let refused): throw StaffRefusal.passkey(refused.refusal)
        }
    }

    private struct Known: Sendable {
        let passkey: StaffPasskey
        let member: StaffMember
    }

    private struct Refused: Error { let refusal: PasskeyRefusal }

    private static let door = "door"

    private static func purpose(_ visitor: SignedIn, toMake isNew: Bool) -> String {
        "\(isNew ? "make" : "confirm") \(visitor.session.id.text)"
    }

    private static func handle(_ member: ID<StaffMember>) -> [UInt8] { Array(member.text.utf8) }
}
