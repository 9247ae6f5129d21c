/// Where the database is: `sqlite:var/duka.db`, `mariadb://user:password@host:3306/name`, or with a Unix socket
/// `mariadb://user:password@localhost/name?socket=/run/mysqld/mysqld.sock`.
package enum DatabaseLocation: Sendable, Equatable, CustomStringConvertible {
    /// A file; a relative path starts at the working directory.
    case sqlite(path: String)
    case mariaDB(MariaDBAddress)

    /// - Throws: ``InvalidDatabaseLocation`` with a sentence for the operator.
    package init(_ text: String) throws(InvalidDatabaseLocation) {
        if let path = text.removingPrefix("sqlite:") {
            guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("//"), !path.utf8.contains(0) else {
                throw InvalidDatabaseLocation("expected a file after sqlite:, as in sqlite:var/duka.db")
            }
            self = .sqlite(path: path)
        } else if let rest = text.removingPrefix("mariadb://") {
            self = .mariaDB(try MariaDBAddress(rest))
        } else {
            throw InvalidDatabaseLocation("expected sqlite:<file> or mariadb://user:password@host/name")
        }
    }

    /// Without the password.
    package var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .mariaDB(let address): address.description
        }
    }
}

/// A MariaDB server, database and account.
package struct MariaDBAddress: Sendable, Equatable, CustomStringConvertible {
    package var host = "localhost"
    /// TCP port, unused with a socket.
    package var port: UInt16 = 3306
    /// Path of a Unix socket, which is faster than TCP on one machine.
    package var socket: String?
    package var user: String
    package var password: Password
    /// The name of the database.
    package var database: String

    /// A secret that no description, dump or mirror shows.
    package struct Password: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
        CustomReflectable
    {
        let text: String

        package init(_ text: String) {
            self.text = text
        }

        package var description: String { "…" }
        package var debugDescription: String { "…" }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    package init(user: String, password: Password, database: String) {
        self.user = user
        self.password = password
        self.database = database
    }

    /// - Parameter text: `user:password@host:port/name?socket=path`, each part percent-encoded where it must be.
    init(_ text: String) throws(InvalidDatabaseLocation) {
        let (address, query) = text.split(atFirst: "?")
        let (authority, name) = address.split(atFirst: "/")
        guard let at = authority.lastIndex(of: "@") else {
            throw InvalidDatabaseLocation("expected user:password@ before the host")
        }
        let (user, password) = String(authority[..<at]).split(atFirst: ":")
        self.init(
            user: try Self.decoded(user, "user"), password: Password(try Self.decoded(password ?? "", "password")),
            database: try Self.decoded(name ?? "", "name of the database"))
        guard !self.user.isEmpty else { throw InvalidDatabaseLocation("the user is missing") }
        guard !database.isEmpty else { throw InvalidDatabaseLocation("the name of the database is missing") }
        try readHost(String(authority[authority.index(after: at)...]))
        for part in (query ?? "").split(separator: "&") {
            let (key, value) = String(part).split(atFirst: "=")
            guard key == "socket", let value, !value.isEmpty else {
                throw InvalidDatabaseLocation("only ?socket=<path> may follow the name")
            }
            socket = try Self.decoded(value, "socket")
        }
    }

    /// Without the password.
    package var description: String {
        let place = host.contains(":") ? "[\(host)]" : host
        return "mariadb://\(user)@\(place):\(port)/\(database)" + (socket.map { "?socket=\($0)" } ?? "")
    }

    private mutating func readHost(_ text: String) throws(InvalidDatabaseLocation) {
        var name = text[...]
        var digits: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty { digits = rest.hasPrefix(":") ? rest.dropFirst() : "" }
        } else if let colon = text.firstIndex(of: ":") {
            name = text[..<colon]
            digits = text[text.index(after: colon)...]
        }
        host = try Self.decoded(String(name), "host")
        guard !host.isEmpty else { throw InvalidDatabaseLocation("the host is missing") }
        guard let digits else { return }
        guard let port = UInt16(digits), port > 0 else {
            throw InvalidDatabaseLocation("the port must be from 1 to 65535")
        }
        self.port = port
    }

    private static func decoded(_ text: String, _ what: String) throws(InvalidDatabaseLocation) -> String {
        guard let decoded = text.percentDecoded else {
            throw InvalidDatabaseLocation("the \(what) is not percent-encoded UTF-8")
        }
        return decoded
    }
}

/// A location that cannot be used; the reason never repeats the text, which may hold a password.
package struct InvalidDatabaseLocation: Error, Equatable, CustomStringConvertible {
    package let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { "The database's location cannot be used: \(reason)." }
}

extension String {
    fileprivate func removingPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    fileprivate func split(atFirst separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }

    /// `nil` when a `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8 or hold a NUL.
    fileprivate var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, rest.prefix(2).allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
}
