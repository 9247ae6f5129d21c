/// What a password must be. Length is what counts (NIST SP 800-63B, 5.1.1.2): no rules about kinds of letters.
package enum PasswordRule {
    /// Why a password may not be used.
    package enum Problem: Hashable, Sendable {
        case tooShort, tooLong
        /// Everybody tries it first.
        case common
        /// It holds the person's own name or the shop's.
        case holdsName
    }

    /// In characters.
    package static let shortest = 10
    /// In bytes.
    package static let longest = 200

    /// - Parameter names: The person's and the shop's.
    /// - Returns: Nil when it may be used.
    package static func problem(with password: String, names: [String]) -> Problem? {
        if password.count < shortest { return .tooShort }
        if password.utf8.count > longest { return .tooLong }
        let plain = password.lowercased()
        let isMonotonous = Set(plain).count <= 3
        if isMonotonous || CommonPasswords.all.contains(plain) { return .common }
        let holdsName = names.contains { name in
            let name = name.lowercased()
            return name.count >= 4 && plain.contains(name) && plain.count < name.count + shortest
        }
        return holdsName ? .holdsName : nil
    }
}
