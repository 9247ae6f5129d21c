import Commerce
import Cryptography
import Database
import Storage

/// Why staff were not changed. Nothing was.
package enum StaffRefusal: Error, Sendable, Hashable {
    case badName, noSuchMember
    /// Somebody would have to repair the shop from its machine.
    case lastOwner
    /// Rights come from somebody else.
    case oneself
    case linkIsOld
    case password(PasswordRule.Problem)
    case wrongCode, codesAreOn
    case passkey(PasskeyRefusal)
    /// More people sign in at this moment than this machine hashes passwords for.
    case busy
}

extension Shop {
    /// Hours for which an invitation is good.
    package static let invitationHours = 48

    /// Whether anybody can sign in. A shop where nobody can is new.
    package func hasOwner() async throws -> Bool { try await database.read { try $0.ownerCount() > 0 } }

    /// Everybody who ever could sign in, by name.
    package func staff() async throws -> [StaffMember] {
        try await database.read { [vault] in try $0.staff(vault) }
    }

    /// Makes a link with which somebody new chooses a password; for somebody who is there already, a new one, and
    /// then also a new app for codes and new passkeys.
    ///
    /// - Parameter person: Who asks: a member's name, or what runs on the shop's own machine.
    /// - Returns: The secret of the link, which is told once.
    package func invite(_ typed: String, as role: StaffRole?, by person: String) async throws -> String {
        guard let name = StaffName(typed) else { throw StaffRefusal.badName }
        guard name.text != person else { throw StaffRefusal.oneself }
        let now = now()
        let secret = Base64URL.encode(SecureRandom.bytes(32))
        guard let key = Self.sessionKey(secret) else { preconditionFailure("A link's secret is 43 characters.") }
        try await database.transaction { [vault] transaction in
            let member: StaffMember
            if let known = try transaction.staffMember(named: name, vault) {
                member = known.disabled(at: nil).with(role: role ?? known.role)
                if known.role == .owner, member.role != .owner { try transaction.keepAnOwner(without: known) }
                try transaction.save(member, vault)
            } else {
                member = StaffMember(name: name, role: role ?? .viewer, at: now)
                guard try transaction.insert(member) else { throw StaleWrite() }
            }
            try transaction.invite(member.id, key, until: now.adding(seconds: Self.invitationHours * 3_600))
            try transaction.append(AuditEntry(person, "invited", name.text, member.role.rawValue), at: now)
        }
        return secret
    }

    /// Whose password a link lets choose.
    package func invited(_ secret: String) async throws -> StaffMember? {
        guard let key = Self.sessionKey(secret) else { return nil }
        let now = now()
        return try await database.read { [vault] reading in
            try reading.invited(key, at: now).flatMap { try reading.staffMember($0, vault) }
        }
    }

    /// Uses a link: the password is set, older sessions, codes and passkeys end.
    ///
    /// - Returns: The secret for the browser's cookie.
    package func accept(_ secret: String, password: String, from place: StaffPlace) async throws -> String {
        guard let member = try await invited(secret), let key = Self.sessionKey(secret) else {
            throw StaffRefusal.linkIsOld
        }
        let stored = try await hash(password, of: member.name)
        let now = now()
        let next = try await database.transaction { [vault] transaction in
            // Read again: two people with one link.
            guard let id = try transaction.invited(key, at: now),
                var member = try transaction.staffMember(id, vault), member.disabledAt == nil
            else { throw StaffRefusal.linkIsOld }
            member.password = stored
            (member.codeKey, member.codeConfirmedAt, member.codeStep) = (nil, nil, 0)
            try transaction.save(member, vault)
            try transaction.replaceRecoveryCodes(of: id, with: [])
            try transaction.removePasskeys(of: id)
            try transaction.removePushSubscriptions(of: id)
            try transaction.forgetInvitations(of: id)
            try transaction.endStaffSessions(of: id)
            try transaction.append(AuditEntry(member.name.text, "password_set", member.name.text), at: now)
            return member
        }
        return try await begin(next, awaitsCode: false, place)
    }

    private func hash(_ password: String, of name: StaffName) async throws -> StoredPassword {
        if let problem = PasswordRule.problem(with: password, names: [name.text, self.name]) {
            throw StaffRefusal.password(problem)
        }
        do { return try await passwords.store(password) } catch is PasswordHashes.TooManyWait {
            throw StaffRefusal.busy
        }
    }

    /// Changes one's own password, which was confirmed; the other sessions end.
    package func changePassword(_ visitor: SignedIn, to password: String) async throws {
        let stored = try await hash(password, of: visitor.member.name)
        try await change(visitor.member.id, "password_changed", by: visitor.name) { transaction, member in
            member.password = stored
            try transaction.endStaffSessions(of: member.id, except: visitor.key)
        }
    }

    /// Gives somebody else another role.
    package func setRole(_ role: StaffRole, of typed: String, by visitor: SignedIn) async throws {
        try await changeOther(typed, "role_changed", role.rawValue, by: visitor) { transaction, member in
            if member.role == .owner, role != .owner { try transaction.keepAnOwner(without: member) }
            member = member.with(role: role)
        }
    }

    /// Signs somebody out everywhere, for good. An invitation brings them back.
    package func disable(_ typed: String, by visitor: SignedIn) async throws {
        let now = now()
        try await changeOther(typed, "disabled", "", by: visitor) { transaction, member in
            if member.role == .owner { try transaction.keepAnOwner(without: member) }
            member = member.disabled(at: now)
            try transaction.removePasskeys(of: member.id)
            try transaction.removePushSubscriptions(of: member.id)
            try transaction.forgetInvitations(of: member.id)
            try transaction.endStaffSessions(of: member.id)
        }
    }

    // MARK: One-time codes

    /// Makes a key for an authenticator app; codes are asked for once the first one was right.
    ///
    /// - Returns: The key in base32.
    package func beginCodes(_ visitor: SignedIn) async throws -> String {
        let key = SecureRandom.bytes(20)
        try await change(visitor.member.id, "codes_begun", by: visitor.name) { _, member in
            guard !member.asksForCode else { throw StaffRefusal.codesAreOn }
            (member.codeKey, member.codeConfirmedAt, member.codeStep) = (key, nil, 0)
        }
        return Base32.encode(key)
    }

    /// The key that waits for its first code; nil when there is none, or the password was not typed lately.
    package func waitingCodeKey(_ visitor: SignedIn) -> String? {
        guard visitor.member.codeConfirmedAt == nil, isConfirmed(visitor) else { return nil }
        return visitor.member.codeKey.map(Base32.encode)
    }

    /// Turns codes on with the first one of the app.
    ///
    /// - Returns: Recovery codes, which are told once.
    package func confirmCodes(_ visitor: SignedIn, code: String) async throws -> [String] {
        let now = now()
        let codes = (0..<8).map { _ in RecoveryCode.make() }
        try await change(visitor.member.id, "codes_on", by: visitor.name) { transaction, member in
            guard let key = member.codeKey, member.codeConfirmedAt == nil,
                let step = OneTimeCodes(key: key).step(
                    of: code, secondsSince1970: now.milliseconds / 1_000, after: member.codeStep)
            else { throw StaffRefusal.wrongCode }
            (member.codeConfirmedAt, member.codeStep) = (now, step)
            // Whoever sits there with the password alone did not show a code.
            try transaction.endStaffSessions(of: member.id, except: visitor.key)
            try transaction.replaceRecoveryCodes(of: member.id, with: codes.map(RecoveryCode.key))
        }
        return codes
    }

    /// Turns one's own codes off; recovery codes end too.
    package func stopCodes(_ visitor: SignedIn) async throws {
        try await change(visitor.member.id, "codes_off", by: visitor.name) { transaction, member in
            (member.codeKey, member.codeConfirmedAt, member.codeStep) = (nil, nil, 0)
            try transaction.replaceRecoveryCodes(of: member.id, with: [])
        }
    }

    private func changeOther(
        _ typed: String, _ action: String, _ detail: String, by visitor: SignedIn,
        _ body: @escaping @Sendable (Transaction, inout StaffMember) throws -> Void
    ) async throws {
        guard let name = StaffName(typed) else { throw StaffRefusal.noSuchMember }
        guard name != visitor.member.name else { throw StaffRefusal.oneself }
        let id = try await database.read { [vault] in try $0.staffMember(named: name, vault)?.id }
        guard let id else { throw StaffRefusal.noSuchMember }
        try await change(id, action, detail, by: visitor.name, body)
    }

    private func change(
        _ id: ID<StaffMember>, _ action: String, _ detail: String = "", by person: String,
        _ body: @escaping @Sendable (Transaction, inout StaffMember) throws -> Void
    ) async throws {
        let now = now()
        try await database.transaction { [vault] transaction in
            guard var member = try transaction.staffMember(id, vault) else { throw StaffRefusal.noSuchMember }
            try body(transaction, &member)
            try transaction.save(member, vault)
            try transaction.append(AuditEntry(person, action, member.name.text, detail), at: now)
        }
    }
}

extension Transaction {
    /// Reads the owners in the transaction that changes one. On MariaDB two that go at once would both see the other;
    /// the trail's next number, which both want, sends one of them around again.
    fileprivate func keepAnOwner(without member: StaffMember) throws {
        guard member.password != nil, member.disabledAt == nil else { return }
        guard try ownerCount() > 1 else { throw StaffRefusal.lastOwner }
    }
}
