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
        let marks = PersonMarks(phone)
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

    /// Messages of providers after `last` that name the number; what does not open names nobody.
    ///
    /// - Returns: And the last one that was looked at; nil when there are no more.
    package func messages(
        namingPerson phone: PhoneNumber, after last: String, atMost count: Int, _ vault: Vault
    ) throws -> (found: [PersonalData.Message], last: String?) {
        let rows = try query(
            """
            SELECT id, ticket, route, body_sealed, received_at, state FROM inbox WHERE id > \(last)
            ORDER BY id LIMIT \(count)
            """)
        let marks = PersonMarks(phone)
        let found = try rows.compactMap { row -> PersonalData.Message? in
            let (id, ticket, state) = (try row.text(0), try row.text(1), try row.text(5))
            do {
                guard marks.stand(in: try vault.open(try row.blob(3), "inbox \(ticket)")) else { return nil }
            } catch is CryptographyError { return nil }
            let waits =
                try first(
                    "SELECT 1 FROM reviews WHERE subject IN (\(id), \(ticket)) AND closed_at IS NULL LIMIT 1") != nil
            return PersonalData.Message(
                id: id, route: try row.text(2), ticket: Ticket(ticket),
                receivedAt: Timestamp(milliseconds: try row.int64(4)),
                isOpen: state == "new" || waits)
        }
        return (found, try rows.last?.text(0))
    }
}

/// How a number stands in texts of others: its last nine digits, whatever is before them, or its hash.
private struct PersonMarks {
    private let marks: [[UInt8]]

    init(_ phone: PhoneNumber) {
        let hash = Hex.encode(SHA256.hash(Array(phone.digits.utf8)))
        marks = [Array(phone.digits.utf8.suffix(9)), Array(hash.utf8), Array(hash.uppercased().utf8)]
    }

    func stand(in text: [UInt8]) -> Bool {
        marks.contains { mark in
            guard let first = mark.first, text.count >= mark.count else { return false }
            return (0...(text.count - mark.count)).contains { start in
                text[start] == first && text[start..<start + mark.count].elementsEqual(mark)
            }
        }
    }
}
