import Commerce
import Cryptography
import Database
import Storage

/// What came of a name and a password, or of a code.
package enum SignInResult: Sendable {
    /// The secret for the browser's cookie.
    case signedIn(secret: String)
    /// The password was right; the secret opens nothing until a one-time code follows.
    case needsCode(secret: String)
    /// Which of the two was wrong is not told.
    case wrong
    case tooMany(until: Timestamp)
    /// More people sign in at this moment than this machine hashes passwords for.
    case busy
}

/// A browser that somebody is signed in with.
package struct SignedIn: Sendable {
    package let member: StaffMember
    package let session: StaffSession
    let key: [UInt8]

    package var name: String { member.name.text }
    /// Whether the role includes it.
    package func may(_ right: StaffRight) -> Bool { member.role.rights.contains(right) }
}

/// Where a request of staff comes from, as their list of sessions shows it.
package struct StaffPlace: Sendable {
    package let network, browser: String
    package init(network: String, browser: String) {
        self.network = network
        self.browser = browser
    }
}

extension Shop {
    /// Minutes without a request after which a session is over, and hours after which it is over in any case (S11).
    package static let staffIdleSeconds = 15 * 60, staffSessionSeconds = 8 * 3_600
    /// How long a typed password counts for what needs it fresh.
    package static let confirmedSeconds = 10 * 60
    private static let codeSeconds = 5 * 60
    /// From one place, so that a stranger elsewhere cannot keep somebody out; from everywhere, so that many places
    /// together cannot guess; and from one place under any name.
    private static let triesPerNameHere = RateLimit(count: 10, seconds: 900)
    private static let triesPerName = RateLimit(count: 100, seconds: 900)
    private static let triesPerNetwork = RateLimit(count: 30, seconds: 900)

    /// Checks a name and a password.
    package func signIn(name typed: String, password: String, from place: StaffPlace) async throws -> SignInResult {
        let now = now()
        let name = StaffName(typed)
        if let until = try await countTry("name \(name?.text ?? "-")", at: place, now) { return .tooMany(until: until) }
        let member = try await database.read { [vault] reading in
            try name.flatMap { try reading.staffMember(named: $0, vault) }
        }
        let isRight: Bool
        do {
            isRight = try await passwords.isRight(String(password.prefix(1_000)), member?.password)
        } catch is PasswordHashes.TooManyWait { return .busy }
        guard isRight, let member, member.disabledAt == nil else {
            try await database.transaction {
                // What nobody is called may be a password in the wrong field.
                try $0.append(AuditEntry(member?.name.text ?? "-", "sign_in_refused", place.network), at: now)
            }
            return .wrong
        }
        let secret = try await begin(member, awaitsCode: member.asksForCode, place)
        return member.asksForCode ? .needsCode(secret: secret) : .signedIn(secret: secret)
    }

    /// Checks the one-time code, or a recovery code, that follows a password. The secret is another one afterwards.
    package func enterCode(_ code: String, secret: String, from place: StaffPlace) async throws -> SignInResult {
        let now = now()
        guard let key = Self.sessionKey(secret) else { return .wrong }
        let session = try await database.read { try $0.staffSession(key) }
        guard let session, session.awaitsCode, now < session.beganAt.adding(seconds: Self.codeSeconds) else {
            return .wrong
        }
        if let until = try await countTry("code \(session.member.text)", at: place, now) {
            return .tooMany(until: until)
        }
        let member: StaffMember? = try await database.transaction { [vault] transaction in
            guard let member = try transaction.staffMember(session.member, vault), member.disabledAt == nil,
                let next = try transaction.use(code, of: member, at: now, vault),
                try transaction.endStaffSession(key)
            else { return nil }
            return next
        }
        guard let member else {
            // Somebody has this person's password.
            try await database.transaction { [vault] transaction in
                let name = try transaction.staffMember(session.member, vault)?.name.text ?? "-"
                try transaction.append(AuditEntry(name, "code_refused", place.network), at: now)
            }
            return .wrong
        }
        return .signedIn(secret: try await begin(member, awaitsCode: false, place))
    }

    func countTry(_ who: String, at place: StaffPlace, _ now: Timestamp) async throws -> Timestamp? {
        struct Refused: Error { let until: Timestamp }
        do {
            try await database.transaction { transaction in
                let until =
                    try transaction.count("staff \(who) \(place.network)", [Self.triesPerNameHere], at: now)
                    ?? transaction.count("staff \(who)", [Self.triesPerName], at: now)
                    ?? transaction.count("staff network \(place.network)", [Self.triesPerNetwork], at: now)
                if let until { throw Refused(until: until) }
            }
            return nil
        } catch let refused as Refused { return refused.until }
    }

    /// - Parameter passkey: The name of the passkey that was used.
    func begin(
        _ member: StaffMember, awaitsCode: Bool, passkey: String? = nil, _ place: StaffPlace
    ) async throws -> String {
        let now = now()
        let secret = Base64URL.encode(SecureRandom.bytes(32))
        guard let key = Self.sessionKey(secret) else { preconditionFailure("A session's secret is 43 characters.") }
        let session = StaffSession(
            member: member.id, awaitsCode: awaitsCode, byPasskey: passkey != nil, at: now, network: place.network,
            browser: place.browser)
        let detail = passkey.map { "with the passkey \($0)" } ?? ""
        try await database.transaction { transaction in
            try transaction.insert(session, key)
            guard !awaitsCode else { return }
            try transaction.append(AuditEntry(member.name.text, "signed_in", place.network, detail), at: now)
        }
        return secret
    }

    static func sessionKey(_ secret: String) -> [UInt8]? {
        guard secret.utf8.count == 43 else { return nil }
        return SHA256.hash(Array(secret.utf8))
    }

    /// Who a cookie's secret belongs to; nil when nobody is signed in with it, or not any more.
    package func signedIn(_ secret: String) async throws -> SignedIn? {
        let now = now()
        guard let key = Self.sessionKey(secret) else { return nil }
        let found: (StaffSession, StaffMember)? = try await database.read { [vault] reading in
            guard let session = try reading.staffSession(key),
                let member = try reading.staffMember(session.member, vault)
            else { return nil }
            return (session, member)
        }
        guard let (session, member) = found, !session.awaitsCode, member.disabledAt == nil,
            now < session.seenAt.adding(seconds: Self.staffIdleSeconds),
            now < session.beganAt.adding(seconds: Self.staffSessionSeconds)
        else { return nil }
        if now >= session.seenAt.adding(seconds: 30) {
            try await database.transaction { try $0.noteSeen(key, at: now) }
        }
        return SignedIn(member: member, session: session, key: key)
    }

    /// Whether a secret waits for its one-time code, and still may.
    package func awaitsCode(_ secret: String) async throws -> Bool {
        guard let key = Self.sessionKey(secret), let session = try await database.read({ try $0.staffSession(key) })
        else { return false }
        return session.awaitsCode && now() < session.beganAt.adding(seconds: Self.codeSeconds)
    }

    /// Whether two factors said lately who sits there: a password and a code, or a passkey.
    package func hasTwoFactors(_ visitor: SignedIn) -> Bool {
        visitor.member.asksForCode || (visitor.session.byPasskey && isConfirmed(visitor))
    }

    /// Whether the password was typed, or a passkey used, so lately that it need not be done again.
    package func isConfirmed(_ visitor: SignedIn) -> Bool {
        now() < visitor.session.confirmedAt.adding(seconds: Self.confirmedSeconds)
    }

    /// The password once more, and the code where one is used, for what moves money or rights (S12).
    package func confirm(
        _ visitor: SignedIn, password: String, code: String, from place: StaffPlace
    ) async throws -> SignInResult {
        let now = now()
        if let until = try await countTry("name \(visitor.name)", at: place, now) { return .tooMany(until: until) }
        let isRight: Bool
        do {
            isRight = try await passwords.isRight(String(password.prefix(1_000)), visitor.member.password)
        } catch is PasswordHashes.TooManyWait { return .busy }
        let isGood = try await database.transaction { [vault] transaction in
            guard isRight, let member = try transaction.staffMember(visitor.member.id, vault),
                try !member.asksForCode || transaction.use(code, of: member, at: now, vault) != nil
            else {
                try transaction.append(AuditEntry(visitor.name, "password_refused", place.network), at: now)
                return false
            }
            try transaction.noteConfirmed(visitor.key, byPasskey: false, at: now)
            return true
        }
        return isGood ? .signedIn(secret: "") : .wrong
    }

    /// Ends this session.
    package func signOut(_ visitor: SignedIn) async throws {
        let now = now()
        try await database.transaction { transaction in
            if try transaction.endStaffSession(visitor.key) {
                try transaction.append(AuditEntry(visitor.name, "signed_out", visitor.session.network), at: now)
            }
        }
    }

    /// One's own sessions that are not over, the newest first.
    package func staffSessions(of visitor: SignedIn) async throws -> [StaffSession] {
        let now = now()
        return try await database.read { try $0.staffSessions(of: visitor.member.id) }.filter {
            now < $0.seenAt.adding(seconds: Self.staffIdleSeconds)
                && now < $0.beganAt.adding(seconds: Self.staffSessionSeconds)
        }
    }

    /// Ends another of one's own sessions.
    package func endSession(_ id: String, of visitor: SignedIn) async throws {
        let now = now()
        try await database.transaction { transaction in
            if try transaction.endStaffSession(ID(stored: id), of: visitor.member.id) {
                try transaction.append(AuditEntry(visitor.name, "session_ended", id), at: now)
            }
        }
    }
}

extension Transaction {
    /// Uses up a one-time code or a recovery code.
    ///
    /// - Returns: The member afterwards; nil when the code is not good.
    fileprivate func use(
        _ code: String, of member: StaffMember, at now: Timestamp, _ vault: Vault
    ) throws -> StaffMember? {
        guard let key = member.codeKey else { return nil }
        let seconds = now.milliseconds / 1_000
        if let step = OneTimeCodes(key: key).step(of: code, secondsSince1970: seconds, after: member.codeStep) {
            var next = member
            next.codeStep = step
            try save(next, vault)
            return next
        }
        return try useRecoveryCode(of: member.id, RecoveryCode.key(code)) ? member : nil
    }
}

/// Sixteen letters and digits for whoever has lost the phone.
enum RecoveryCode {
    static func make() -> String {
        let text = Base32.encode(SecureRandom.bytes(10)).lowercased()
        return "\(text.prefix(8))-\(text.suffix(8))"
    }

    /// Eighty random bits need no slow hash.
    static func key(_ typed: String) -> [UInt8] {
        SHA256.hash(Array(typed.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }))
    }
}
