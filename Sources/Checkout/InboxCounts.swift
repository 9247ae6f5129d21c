import PaymentKit
import Synchronization

/// How many messages of an attempt this node knows to be stored: a bounded memory that saves a question to the
/// database.
final class InboxCounts: Sendable {
    private static let mostTickets = 20_000
    private let counts = Mutex<[Ticket: Int]>([:])
    private let arrivals = Mutex(0)

    /// Notes that a message was stored.
    func countArrival() { arrivals.withLock { $0 += 1 } }

    /// How many messages were stored since this was last asked.
    func takeArrivals() -> Int {
        arrivals.withLock { arrivals in
            defer { arrivals = 0 }
            return arrivals
        }
    }

    /// - Returns: False when nothing is known about the ticket, or when it has had its share: then ask the database.
    func countsOneMore(of ticket: Ticket, atMost limit: Int) -> Bool {
        counts.withLock { counts in
            guard let count = counts[ticket], count < limit else { return false }
            counts[ticket] = count + 1
            return true
        }
    }

    func learn(_ count: Int, of ticket: Ticket) {
        counts.withLock { counts in
            if counts.count >= Self.mostTickets { counts.removeAll(keepingCapacity: true) }
            counts[ticket] = count
        }
    }
}
