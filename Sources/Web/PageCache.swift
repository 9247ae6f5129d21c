import Commerce
import HTTPServer
import Synchronization

/// Rendered pages, kept by all they were made from. A bounded memory of bytes; nothing true lives here.
final class PageCache<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        let page: SharedBytes
        let until: Timestamp
    }
    private let limit: Int
    private let entries = Mutex<[Key: Entry]>([:])

    init(limit: Int) { self.limit = limit }

    func page(for key: Key, at now: Timestamp) -> SharedBytes? {
        entries.withLock { entries in
            guard let entry = entries[key], entry.until > now else { return nil }
            return entry.page
        }
    }

    /// - Parameter until: When the page would look different although nothing was stored.
    func keep(_ page: SharedBytes, for key: Key, until: Timestamp) {
        entries.withLock { entries in
            // Simpler than counting uses: when it is full, start anew.
            if entries.count >= limit { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(page: page, until: until)
        }
    }
}
