import Glibc

/// The few calls that read files; all of them block.
enum Disk {
    /// The names in `directory`, sorted, so that two starts see the same.
    static func names(in directory: String) throws(StaticFilesError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw failure(directory, "cannot be listed") }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // The name ends at its NUL inside the entry, which lives until the next readdir.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names.sorted()
    }

    /// Whether `path` is a directory.
    static func isDirectory(_ path: String) throws(StaticFilesError) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw failure(path, "cannot be read") }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// Reads the file at `path` and gives it to `body` in chunks.
    static func read(_ path: String, _ body: ([UInt8]) -> Void) throws(StaticFilesError) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(file) }
        while true {
            var count = 0
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, filled in
                count = unsafe Glibc.read(file, buffer.baseAddress, buffer.count)
                filled = max(count, 0)
            }
            guard count >= 0 else { throw failure(path, "cannot be read") }
            if count == 0 { return }
            body(chunk)
        }
    }

    private static func failure(_ path: String, _ problem: String) -> StaticFilesError {
        StaticFilesError(path: path, problem: "\(problem): \(unsafe String(cString: strerror(errno)))")
    }
}
