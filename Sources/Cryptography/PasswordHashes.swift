import Blocking
import Synchronization

/// Hashes passwords on two threads of its own: each hash takes 32 MiB, so a crowd at the door waits in line (S10).
package final class PasswordHashes: Sendable {
    /// More wait than would be served in a few seconds.
    package struct TooManyWait: Error {}
    /// A stored password asks for more work than this program ever does.
    struct TooCostly: Error {}

    package init() {}

    private static let most = 40
    /// The process has two, however many shops it holds.
    private static let threads = ThreadPoolExecutor(threads: 2)
    private let waiting = Mutex(0)

    /// Makes what is kept of a password.
    package func store(_ password: String) async throws -> StoredPassword {
        let salt = SecureRandom.bytes(16)
        return StoredPassword(
            cost: .password, salt: salt, hash: try await hash(password, salt: salt, cost: .password))
    }

    /// Whether the password is the stored one. Takes as long when there is none.
    package func isRight(_ password: String, _ stored: StoredPassword?) async throws -> Bool {
        guard let stored else {
            _ = try await hash(password, salt: Self.nobodysSalt, cost: .password)
            return false
        }
        return constantTimeEqual(try await hash(password, salt: stored.salt, cost: stored.cost), stored.hash)
    }

    private static let nobodysSalt = SecureRandom.bytes(16)

    private func hash(_ password: String, salt: [UInt8], cost: Scrypt.Cost) async throws -> [UInt8] {
        let mayWait = waiting.withLock { waiting in
            guard waiting < Self.most else { return false }
            waiting += 1
            return true
        }
        guard mayWait else { throw TooManyWait() }
        defer { waiting.withLock { $0 -= 1 } }
        // A cost from the database: what a damaged row says must not take all memory.
        guard cost.logN <= 17 else { throw TooCostly() }
        return try await withTaskExecutorPreference(Self.threads) {
            try Scrypt.hash(password: Array(password.utf8), salt: salt, cost: cost)
        }
    }
}

/// A password as it is kept: `scrypt:logN:r:p:salt:hash`, the last two in base64.
package struct StoredPassword: Sendable {
    package let cost: Scrypt.Cost
    package let salt, hash: [UInt8]

    package init(cost: Scrypt.Cost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// - Returns: Nil for text that is not written so.
    package init?(_ text: String) {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 6, parts[0] == "scrypt", let logN = Int(parts[1]), let size = Int(parts[2]),
            let rounds = Int(parts[3]), let salt = Base64.decode(parts[4]), let hash = Base64.decode(parts[5])
        else { return nil }
        self.init(cost: Scrypt.Cost(logN: logN, blockSize: size, rounds: rounds), salt: salt, hash: hash)
    }

    /// What is stored.
    package var text: String {
        "scrypt:\(cost.logN):\(cost.blockSize):\(cost.rounds):\(Base64.encode(salt)):\(Base64.encode(hash))"
    }
}
