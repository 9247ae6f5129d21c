import Synchronization

/// Bytes that are sent as they lie in memory, to one client or to thousands; compressed once, when first asked for.
package final class SharedBytes: Sendable {
    /// The bytes.
    package let bytes: [UInt8]
    private let compressed = Mutex<Compressed>(.notTried)
    /// Whether the bytes have been sent before: most pages are sent once, and need not be prepared.
    let wasSent = Atomic(false)

    private enum Compressed {
        case notTried
        case bytes(SharedBytes)
        case larger
    }

    /// Holds `bytes`.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A strong entity tag made from the bytes; tells versions apart, protects from nobody.
    package var etag: String {
        var hash = ContentHash()
        hash.add(bytes)
        return hash.etag
    }

    /// The bytes in gzip's format, `nil` when that would not be shorter.
    package var gzipped: SharedBytes? {
        compressed.withLock { compressed in
            switch compressed {
            case .bytes(let shorter): return shorter
            case .larger: return nil
            case .notTried:
                guard let shorter = Gzip.compress(bytes) else {
                    compressed = .larger
                    return nil
                }
                let shared = SharedBytes(shorter)
                compressed = .bytes(shared)
                return shared
            }
        }
    }
}

/// FNV-1a of 64 bits and the length.
struct ContentHash {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private var length = 0

    /// Adds what follows.
    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        length += bytes.count
    }

    /// The hash as letters and digits.
    var text: String { String(hash, radix: 36) + "-" + String(length, radix: 36) }

    /// The hash as a strong entity tag.
    var etag: String { "\"\(text)\"" }
}
