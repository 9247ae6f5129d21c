import Commerce
import Cryptography
import Database
import Storage

extension Shop {
    /// What pressing a button of staff came to.
    package enum Deed: Sendable {
        case done(String)
        /// The button was pressed before; this is what came of it, or nil while it is still being done.
        case repeated(String?)
    }

    /// The key of a button's press; nil when the form is not of this session, or too old.
    ///
    /// - Parameter button: Tells it from the other buttons of its page.
    package func press(formToken token: String, of visitor: SignedIn, button: String) -> [UInt8]? {
        tokens.verify(formToken: token, for: visitor.formPurpose.text, at: now()).map { key in
            SHA256.hash(key + Array(button.utf8))
        }
    }

    /// Does something once, however often its button is pressed, and writes down who did it before it is begun and what
    /// came of it afterwards. A beginning without an end in the trail is a shop that was stopped between the two.
    ///
    /// - Parameters:
    ///   - entry: What is done; the detail is the reason that was given.
    ///   - body: Does it and says in a sentence what came of it. What it throws is written down too.
    package func act(
        _ entry: AuditEntry, press: [UInt8], _ body: () async throws -> String
    ) async throws -> Deed {
        let now = now()
        let isFirst = try await database.transaction { transaction in
            guard try transaction.press(press, at: now) else { return false }
            try transaction.append(entry, at: now)
            return true
        }
        guard isFirst else { return .repeated(try await database.read { try $0.pressAnswer(press) }) }
        do {
            let answer = try await body()
            try await end(entry, press: press, "\(entry.action)_done", answer)
            return .done(answer)
        } catch {
            try await end(entry, press: press, "\(entry.action)_refused", "\(Self.summary(of: error))")
            throw error
        }
    }

    private func end(_ entry: AuditEntry, press: [UInt8], _ action: String, _ answer: String) async throws {
        let now = now()
        try await database.transaction { transaction in
            try transaction.answerPress(press, answer)
            try transaction.append(AuditEntry(entry.staff, action, entry.subject, answer), at: now)
        }
    }

    /// What staff did, the newest first.
    package func auditTrail(before number: Int64?, atMost count: Int) async throws -> [StoredAuditEntry] {
        try await database.read { try $0.auditTrail(before: number, atMost: count) }
    }

    /// What staff did to something, the newest first.
    package func auditTrail(about subject: String, atMost count: Int = 20) async throws -> [StoredAuditEntry] {
        try await database.read { try $0.auditTrail(about: subject, atMost: count) }
    }

    /// Forgets sessions that are over and buttons that nobody can press any more.
    func forgetStaffLeavings() async throws {
        let now = now()
        try await database.transaction { transaction in
            try transaction.forgetStaffSessions(
                seenBefore: now.adding(seconds: -Self.staffIdleSeconds),
                begunBefore: now.adding(seconds: -Self.staffSessionSeconds))
            try transaction.forgetPresses(before: now.adding(seconds: -2 * AddressTokens.formSeconds))
        }
    }
}

extension SignedIn {
    /// What the forms of this session are made for.
    package var formPurpose: FormPurpose { .staff(session: session.id.text) }
}
