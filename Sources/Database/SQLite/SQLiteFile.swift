internal import CSQLite
import Glibc

/// The file of a SQLite database, before SQLite opens it.
enum SQLiteFile {
    /// Creates the file, readable by its owner only (SQLite gives its WAL the same mode), and the folders above it.
    static func create(_ path: String) throws(DatabaseError) {
        let folder = folder(of: path)
        try createFolder(folder)
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return }
            throw failure("create", path)
        }
        _ = Glibc.close(file)
        // So that the name of the file survives a power cut as its content will.
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open", folder) }
        defer { _ = Glibc.close(directory) }
        guard fsync(directory) == 0 else { throw failure("sync", folder) }
    }

    /// Why commits may be lost although SQLite syncs: the file system forgets, or does not lock as SQLite needs it.
    static func durabilityProblems(of path: String) -> [String] {
        var facts = statfs()
        guard unsafe statfs(path, &facts) == 0 else { return ["The file system of \(path) cannot be examined."] }
        // The numbers are from Linux, include/uapi/linux/magic.h, and statfs(2).
        let name: String? =
            switch UInt32(truncatingIfNeeded: facts.f_type) {
            case 0x0102_1994, 0x8584_58f6: "in memory (tmpfs, ramfs)"
            case 0x6969, 0xff53_4d42, 0xfe53_4d42, 0x517b, 0x0102_1997: "on a network file system"
            default: nil
            }
        return name.map { ["\(path) lies \($0): a commit may be lost. Use a local disk."] } ?? []
    }

    private static func createFolder(_ path: String) throws(DatabaseError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != folder(of: path) else { throw failure("create", path) }
        try createFolder(folder(of: path))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("create", path) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ verb: String, _ path: String) -> DatabaseError {
        let code = errno
        let words = unsafe String(cString: strerror(code))
        return DatabaseError(.unavailable, code: Int(code), "Cannot \(verb) \(path): \(words).")
    }
}
