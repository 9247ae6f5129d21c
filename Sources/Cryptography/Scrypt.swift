internal import COpenSSL

/// The slow hash for passwords; RFC 7914.
package enum Scrypt {
    /// How much work one hash is. Store it with the hash: it will be raised one day.
    package struct Cost: Sendable, Equatable {
        /// N as a power of two: 15 means 32,768. 1 to 20.
        package let logN: Int
        /// r, 1 to 32. One hash takes 128 × N × r bytes of memory.
        package let blockSize: Int
        /// p, 1 to 16: how often it is done.
        package let rounds: Int

        /// - Parameters: See the properties; values outside of their ranges are refused by `hash`.
        package init(logN: Int, blockSize: Int = 8, rounds: Int = 1) {
            self.logN = logN
            self.blockSize = blockSize
            self.rounds = rounds
        }

        /// For passwords of people: N = 2^15, r = 8, p = 3, that is 32 MiB and about 0.2 seconds.
        package static let password = Cost(logN: 15, rounds: 3)
    }

    /// Hashes a password. Waits for as long as the cost says: call it on a `BlockingExecutor`, one or two at a time.
    ///
    /// - Parameters:
    ///   - salt: At least 16 random bytes for each password; a public value.
    ///   - byteCount: How long the hash will be, 1 to 1024 bytes.
    /// - Throws: `malformed` for a cost out of range, `library` when the memory is not there.
    package static func hash(
        password: [UInt8], salt: [UInt8], cost: Cost, byteCount: Int = 32
    ) throws(CryptographyError) -> [UInt8] {
        guard (1...20).contains(cost.logN), (1...32).contains(cost.blockSize), (1...16).contains(cost.rounds),
            (1...1024).contains(byteCount)
        else { throw CryptographyError(.malformed, "A cost of scrypt is out of range: \(cost).") }
        // OpenSSL refuses to use more than 32 MiB unless told what is expected: the table, the blocks and one spare.
        let memory = 128 * cost.blockSize * ((1 << cost.logN) + cost.rounds + 2)
        var hash = [UInt8](repeating: 0, count: byteCount)
        let code = unsafe password.withUnsafeBytes { password in
            unsafe EVP_PBE_scrypt(
                password.baseAddress, password.count, salt, salt.count, 1 << UInt64(cost.logN),
                UInt64(cost.blockSize), UInt64(cost.rounds), UInt64(memory), &hash, byteCount)
        }
        guard code == 1 else { throw .fromOpenSSL(tried: "hashing with scrypt") }
        return hash
    }
}
