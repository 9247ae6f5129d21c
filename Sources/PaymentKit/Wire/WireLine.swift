import FoundationEssentials
import Synchronization

/// One line that was written by a plugin in another process, or by the shop, read as JSON once: what it is is known at
/// once, and what it holds is made when somebody knows what that should be.
package final class WireLine: Sendable {
    private enum Key: String, CodingKey { case jsonrpc, id, method, error, params, result }
    private struct Read: Decodable {
        let box: KeyedDecodingContainer<Key>
        init(from decoder: any Decoder) throws { box = try decoder.container(keyedBy: Key.self) }
    }

    package let id: Int?
    /// Of a request or a notification; nil in an answer.
    package let method: String?
    package let error: WireError?
    private let box: Mutex<KeyedDecodingContainer<Key>>

    /// - Throws: `DecodingError` for anything that is no JSON-RPC 2.0.
    package init(_ line: Data) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let box = try decoder.decode(Read.self, from: line).box
        (id, method, error) = try Self.read {
            let version = try box.decode(String.self, forKey: .jsonrpc)
            try WireLimits.require(version == "2.0", box, .jsonrpc, "2.0")
            let id = try box.decodeIfPresent(Int.self, forKey: .id)
            let method = try box.decodeIfPresent(String.self, forKey: .method)
            try WireLimits.require(id != nil || method != nil, box, .id, "an id, a method, or both")
            return (id, method, try box.decodeIfPresent(WireError.self, forKey: .error))
        }
        self.box = Mutex(box)
    }

    /// What a request or a notification is about.
    ///
    /// - Throws: `DecodingError`.
    package func params<Value: Decodable & Sendable>(_: Value.Type = Value.self) throws -> Value {
        try box.withLock { box in try Self.read { try box.decode(Value.self, forKey: .params) } }
    }

    /// What a request was answered with.
    ///
    /// - Throws: `DecodingError`.
    package func result<Value: Decodable & Sendable>(_: Value.Type = Value.self) throws -> Value {
        try box.withLock { box in try Self.read { try box.decode(Value.self, forKey: .result) } }
    }

    /// The decoder turns its own errors into `DecodingError` only while it reads a whole line.
    private static func read<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as DecodingError { throw error } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "a value does not fit", underlyingError: error))
        }
    }
}
