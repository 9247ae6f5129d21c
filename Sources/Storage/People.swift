import Commerce
import Cryptography
import Database
import PaymentKit

/// What is known under a telephone number, found by its look-up values; what has none is opened.
extension SQLReading {
    /// Their orders, the oldest first.
    package func orders(ofPerson phone: PhoneNumber, _ vault: Vault) throws -> [ID<Order>] {
        try query("SELECT id FROM orders WHERE phone_index IN (\(list: vault.indexes(of: phone))) ORDER BY id").map {
            ID(stored: try $0.text(0))
        }
    }

    /// Prompts to their phone, the oldest first.
    package func prompts(toPerson phone: PhoneNumber, _ vault: Vault) throws -> [Attempt] {
        try query(
            """
            \(Self.attemptColumns) WHERE phone_index IN (\(list: vault.indexes(of: phone))) ORDER BY started_at, ticket
            """
        ).map { try Self.attempt($0, vault) }
    }

    /// Money that came from their phone, where the provider named its payer, the oldest first.
    package func payments(fromPerson phone: PhoneNumber, _ vault: Vault) throws -> [Capture] {
        try query(
            """
            SELECT id FROM captures WHERE payer_key IN (\(list: vault.exactPayerKeys(of: phone)))
            ORDER BY recorded_at, id
            """
        ).compactMap { try capture(ID(stored: try $0.text(0))) }
    }

    /// Payouts after `last` that went to their phone.
    ///
    /// - Returns: And the last one that was looked at; nil when there are no more.
    package func payouts(
        toPerson phone: PhoneNumber, after last: Ticket?, atMost count: Int, _ vault: Vault
    ) throws -> (found: [PersonalData.Payout], last: Ticket?) {
        let rows = try query(
            """
            SELECT ticket, payee_sealed, amount_minor, currency, requested_at, state FROM payouts
            WHERE ticket > \(last?.value ?? "") ORDER BY ticket LIMIT \(count)
            """)
        let marks = PersonMarks(phone, emails: [])
        let found = try rows.compactMap { row -> PersonalData.Payout? in
            let ticket = try row.text(0)
            let payee: String
            do {
                payee = try vault.openTextIfKept(try row.blob(1), "payouts.payee \(ticket)")
            } catch is CryptographyError { return nil }
            guard marks.stand(in: Array(payee.utf8)) else { return nil }
            return PersonalData.Payout(
                ticket: Ticket(ticket), amount: Money(minor: try row.int64(2), Currency(rawValue: try row.text(3))),
                at: Timestamp(milliseconds: try row.int64(4)),
                isOpen: ["requested", "approved", "unknown", "submitted"].contains(try row.text(5)))
        }
        return (found, try rows.last.map { Ticket(try $0.text(0)) })
    }

    /// Messages of providers after `last` that name somebody or are about a payment of theirs; what does not open names
    /// nobody.
    ///
    /// - Parameter tickets: Of the payments and refunds that are theirs.
    /// - Returns: And the last one that was looked at; nil when there are no more.
    package func messages(
        naming marks: PersonMarks, about tickets: Set<Ticket>, after last: String, atMost count: Int, _ vault: Vault
    ) throws -> (found: [PersonalData.Message], last: String?) {
        let rows = try query(
            """
            SELECT id, ticket, route, body_sealed, received_at, state FROM inbox WHERE id > \(last)
            ORDER BY id LIMIT \(count)
            """)
        guard let end = try rows.last?.text(0) else { return ([], nil) }
        let subjects = try subjects(ofMessagesAfter: last, upTo: end)
        let found = try rows.compactMap { row -> PersonalData.Message? in
            let (id, ticket, state) = (try row.text(0), try row.text(1), try row.text(5))
            let about = subjects[id, default: []].union([Ticket(ticket)])
            if about.isDisjoint(with: tickets) {
                do {
                    guard marks.stand(in: try vault.open(try row.blob(3), "inbox \(ticket)")) else { return nil }
                } catch is CryptographyError { return nil }
            }
            let waits =
                try first(
                    "SELECT 1 FROM reviews WHERE subject IN (\(id), \(ticket)) AND closed_at IS NULL LIMIT 1") != nil
            return PersonalData.Message(
                id: id, route: try row.text(2), about: about,
                receivedAt: Timestamp(milliseconds: try row.int64(4)),
                isOpen: state == "new" || waits)
        }
        return (found, end)
    }
}

/// How somebody stands in texts of others: the last nine digits of their number, whatever is before them, its hash, or
/// one of their e-mail addresses, in whatever case.
package struct PersonMarks: Sendable {
    private let marks: [[UInt8]]

    package init(_ phone: PhoneNumber, emails: Set<String>) {
        let hash = Hex.encode(SHA256.hash(Array(phone.digits.utf8)))
        marks = [Array(phone.digits.utf8.suffix(9)), Array(hash.utf8)] + emails.map { Self.lowercased(Array($0.utf8)) }
    }

    func stand(in text: [UInt8]) -> Bool {
        let text = Self.lowercased(text)
        return marks.contains { mark in
            guard let first = mark.first, text.count >= mark.count else { return false }
            return (0...(text.count - mark.count)).contains { start in
                text[start] == first && text[start..<start + mark.count].elementsEqual(mark)
            }
        }
    }

    /// Of ASCII letters.
    private static func lowercased(_ text: [UInt8]) -> [UInt8] {
        text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
