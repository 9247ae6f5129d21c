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
            guard marks.phone(standsIn: Array(payee.utf8)) else { return nil }
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
    /// An e-mail address may be shared: it counts where the message is not about somebody else.
    ///
    /// - Parameter theirs: What of theirs messages speak of.
    /// - Returns: And the last one that was looked at; nil when there are no more.
    package func messages(
        naming marks: PersonMarks, about theirs: Set<MessageSubject>, after last: String, atMost count: Int,
        _ vault: Vault
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
            let own = MessageSubject.ticket(Ticket(ticket))
            let about = subjects[id, default: []].union(try order(of: own) == nil ? [] : [own])
            if about.isDisjoint(with: theirs) {
                do {
                    let body = try vault.open(try row.blob(3), "inbox \(ticket)")
                    guard marks.phone(standsIn: body) || (about.isEmpty && marks.email(standsIn: body)) else {
                        return nil
                    }
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

/// How somebody stands in texts of others: the last nine digits of their number, whatever is before them, or its hash;
/// and their e-mail addresses, in whatever case.
package struct PersonMarks: Sendable {
    private let phone: [[UInt8]]
    private let emails: [[UInt8]]

    package init(_ number: PhoneNumber, emails: Set<String>) {
        let hash = Hex.encode(SHA256.hash(Array(number.digits.utf8)))
        phone = [Array(number.digits.utf8.suffix(9)), Array(hash.utf8)]
        self.emails = emails.map { Self.lowercased(Array($0.utf8)) }
    }

    func phone(standsIn text: [UInt8]) -> Bool {
        let text = Self.lowercased(text)
        return phone.contains { mark in !Self.places(of: mark, in: text).isEmpty }
    }

    /// As a whole: not the end of a longer name, nor the beginning of a longer host.
    func email(standsIn text: [UInt8]) -> Bool {
        let text = Self.lowercased(text)
        return emails.contains { mark in
            Self.places(of: mark, in: text).contains { start in
                let end = start + mark.count
                func isName(_ place: Int) -> Bool { text.indices.contains(place) && Self.isOfName(text[place]) }
                func isDot(_ place: Int) -> Bool { text.indices.contains(place) && text[place] == UInt8(ascii: ".") }
                return !isName(start - 1) && !isDot(start - 1) && !isName(end) && !(isDot(end) && isName(end + 1))
            }
        }
    }

    private static func places(of mark: [UInt8], in text: [UInt8]) -> [Int] {
        guard let first = mark.first, text.count >= mark.count else { return [] }
        return (0...(text.count - mark.count)).filter { start in
            text[start] == first && text[start..<start + mark.count].elementsEqual(mark)
        }
    }

    /// What stands in names of mailboxes and hosts, beside dots.
    private static func isOfName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "!#$%&'*+/=?^_`{|}~-".utf8.contains(byte)
    }

    /// Of ASCII letters.
    private static func lowercased(_ text: [UInt8]) -> [UInt8] {
        text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
