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

    /// Does something once, however often its button is pressed.
    ///
    /// - Parameters:
    ///   - entry: What the trail says of its beginning: with the press or not at all, so that what cannot be written
    ///     down is not begun and may be pressed again.
    ///   - refusal: What an error means, in a sentence, when nothing was changed; then the button may be pressed again.
    ///     Nil for a fault, after which nobody knows: the button stays pressed.
    ///   - body: Does it and says in a sentence what came of it.
    package func once(
        _ press: [UInt8], entry: AuditEntry? = nil, refusal: (any Error) -> String?,
        _ body: () async throws -> String
    ) async throws -> Deed {
        let now = now()
        let isNew = try await database.transaction { transaction in
            guard try transaction.press(press, at: now) else { return false }
            if let entry { try transaction.append(entry, at: now) }
            return true
        }
        guard isNew else { return .repeated(try await database.read { try $0.pressAnswer(press) }) }
        let answer: String
        do { answer = try await body() } catch {
            if refusal(error) != nil { try await database.transaction { try $0.forgetPress(press) } }
            throw error
        }
        do { try await database.transaction { try $0.answerPress(press, answer) } } catch {
            // It is done all the same.
            log.error("What came of a button was not kept", metadata: ["error": "\(Self.summary(of: error))"])
        }
        return .done(answer)
    }

    /// Does something as ``once(_:refusal:_:)`` does, and writes down who did it before it is begun and what came of it
    /// afterwards. A beginning without an end in the trail is a shop that was stopped between the two.
    ///
    /// - Parameter entry: What is done; the detail is the reason that was given.
    package func act(
        _ entry: AuditEntry, press: [UInt8], refusal: (any Error) -> String?, _ body: () async throws -> String
    ) async throws -> Deed {
        try await once(press, entry: entry, refusal: refusal) {
            let answer: String
            do { answer = try await body() } catch {
                let (ending, words) = refusal(error).map { ("refused", $0) } ?? ("unknown", Self.summary(of: error))
                try await note(AuditEntry(entry.staff, "\(entry.action)_\(ending)", entry.subject, words))
                throw error
            }
            do { try await note(AuditEntry(entry.staff, "\(entry.action)_done", entry.subject, answer)) } catch {
                log.error("The end of a deed was not kept", metadata: ["error": "\(Self.summary(of: error))"])
            }
            return answer
        }
    }

    /// Appends to the trail.
    package func note(_ entry: AuditEntry) async throws {
        let now = now()
        try await database.transaction { try $0.append(entry, at: now) }
    }

    /// What staff did, the newest first.
    package func auditTrail(before number: Int64?, atMost count: Int) async throws -> [StoredAuditEntry] {
        try await database.read { try $0.auditTrail(before: number, atMost: count) }
    }

    /// What staff did to something, the newest first.
    package func auditTrail(about subject: String, atMost count: Int = 20) async throws -> [StoredAuditEntry] {
        try await database.read { try $0.auditTrail(about: subject, atMost: count) }
    }

    /// The number of the newest entry; 0 when there is none.
    package func auditEnd() async throws -> Int64 {
        try await database.read { try $0.auditTrail(atMost: 1).first?.number ?? 0 }
    }

    /// Forgets sessions that are over, questions to passkeys that are too old, and buttons that nobody can press any
    /// more.
    func forgetStaffLeavings() async throws {
        let now = now()
        try await database.transaction { transaction in
            try transaction.forgetStaffSessions(
                seenBefore: now.adding(seconds: -Self.staffIdleSeconds),
                begunBefore: now.adding(seconds: -Self.staffSessionSeconds))
            try transaction.forgetChallenges(expiredBefore: now)
            try transaction.forgetPresses(before: now.adding(seconds: -2 * AddressTokens.formSeconds))
        }
    }
}

extension SignedIn {
    /// What the forms of this session are made for.
    package var formPurpose: FormPurpose { .staff(session: session.id.text) }
}
