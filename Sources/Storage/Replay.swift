import Commerce
import Database
import PaymentKit

/// Messages that a person hands to their plugin once more.
extension SQLReading {
    /// A message, whatever became of it; nil when there is none of that identity, or it was forgotten.
    package func inboxMessage(_ id: String, _ vault: Vault) throws -> (message: InboxMessage, verdict: MessageVerdict)?
    {
        try query("\(Self.replayed) WHERE id = \(id)").first.map { try replayed($0, vault) }
    }

    /// Messages of a provider that came to nothing, or wait to be looked at: the oldest first.
    package func unreadMessages(
        of instance: String, since: Timestamp, atMost count: Int, _ vault: Vault
    ) throws -> [(message: InboxMessage, verdict: MessageVerdict)] {
        let states = MessageVerdict.allCases.filter { $0 != .done }.map(\.rawValue)
        return try query(
            """
            \(Self.replayed) WHERE state IN (\(list: states)) AND instance = \(instance)
                AND received_at >= \(since.milliseconds) ORDER BY id LIMIT \(count)
            """
        ).map { try replayed($0, vault) }
    }

    private static var replayed: SQL {
        """
        SELECT id, instance, ticket, route, body_sealed, source, listed, received_at, tries, state FROM inbox
        """
    }

    private func replayed(_ row: Row, _ vault: Vault) throws -> (message: InboxMessage, verdict: MessageVerdict) {
        guard let verdict = MessageVerdict(rawValue: try row.text(9)) else {
            throw CorruptRow(column: "state", reason: "is not a known word")
        }
        return (try inboxMessage(row, vault), verdict)
    }
}
