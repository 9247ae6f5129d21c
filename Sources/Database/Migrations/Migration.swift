import Glibc

/// One numbered step of the schema. Once released it is never changed: its checksum is kept in every database.
///
/// Statements end with a `;` at the end of a line. Lines that start with `--` are comments, and what only MariaDB shall
/// read stands in `/*! … */`, which is a comment to SQLite.
package struct Migration: Sendable, Equatable {
    /// From 1, increasing; gaps are allowed.
    package let number: Int
    package let name: String
    package let sql: String

    package init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// FNV-1a of the text, 64 bits in hexadecimal digits: it finds a changed file, not an attacker.
    package var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The statements in order, without comment lines and without their `;`.
    var statements: [String] {
        var statements: [String] = []
        var lines: [Substring] = []
        func end() {
            if lines.contains(where: { !$0.trimmed.isEmpty }) { statements.append(lines.joined(separator: "\n")) }
            lines = []
        }
        for line in sql.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let text = line.trimmed
            if text.hasPrefix("--") { continue }
            if text.hasSuffix(";") {
                lines.append(text.dropLast())
                end()
            } else {
                lines.append(line)
            }
        }
        end()
        return statements
    }

    /// What people read: `0003 refunds`.
    package var title: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + " " + name
    }
}

extension Migration {
    /// Reads all files of `folder` named like `0003_refunds.sql`, in the order of their numbers.
    ///
    /// - Throws: ``MigrationError`` when the folder or a file cannot be read, or a `.sql` file has another kind of
    ///   name.
    package static func read(folder: String) throws(MigrationError) -> [Migration] {
        guard let directory = unsafe opendir(folder) else { throw .unreadable(folder) }
        defer { unsafe closedir(directory) }
        var migrations: [Migration] = []
        while let entry = unsafe readdir(directory) {
            let file = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard file.hasSuffix(".sql") else { continue }
            let parts = file.dropLast(4).split(separator: "_", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[0]), number > 0 else {
                throw MigrationError("\(folder)/\(file) is not named like 0003_refunds.sql.")
            }
            let sql = try text(of: folder + "/" + file)
            migrations.append(Migration(number: number, name: String(parts[1]), sql: sql))
        }
        return migrations.sorted { $0.number < $1.number }
    }

    private static func text(of path: String) throws(MigrationError) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path) }
        defer { _ = close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &part, part.count)
            guard count >= 0 else { throw .unreadable(path) }
            if count == 0 { break }
            bytes += part.prefix(count)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw MigrationError("\(path) is not UTF-8.")
        }
        return text
    }
}

/// Why the schema cannot be brought up to date, in a sentence for the operator.
package struct MigrationError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    fileprivate static func unreadable(_ path: String) -> MigrationError {
        MigrationError("Cannot read \(path): \(unsafe String(cString: strerror(errno))).")
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }
}
