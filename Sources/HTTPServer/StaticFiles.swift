import Glibc

/// The files of one directory, read once when the server starts; names are looked up, never opened.
package struct StaticFiles: Sendable {
    /// Larger files stay on disk and are sent by the kernel.
    package static let memoryBytes = 1024 * 1024
    /// Most files and most bytes held in memory; more is a wrong directory.
    package static let fileLimit = 4096, totalBytes = 64 * 1024 * 1024

    private struct File {
        let body: Response.Body
        let type: String
        let hash: ContentHash
    }
    private var files: [String: File] = [:]

    /// Reads `directory` and the directories in it; names that begin with a dot are left out.
    ///
    /// - Throws: ``StaticFilesError`` when something cannot be read or there is too much of it.
    package init(directory: String) throws {
        var held = 0
        var pending = [""]
        while let folder = pending.popLast() {
            for name in try Disk.names(in: directory + "/" + folder) where !name.hasPrefix(".") {
                let relative = folder.isEmpty ? name : folder + "/" + name
                let path = directory + "/" + relative
                if try Disk.isDirectory(path) {
                    pending.append(relative)
                    continue
                }
                let file = try Self.read(path, name: name)
                if case .bytes(let shared) = file.body { held += shared.bytes.count }
                files[relative] = file
                guard files.count <= Self.fileLimit, held <= Self.totalBytes else {
                    throw StaticFilesError(path: directory, problem: "holds more than a shop's files")
                }
            }
        }
    }

    /// The answer to a request for the file called `name`, such as `css/shop.css`; `nil` when there is none.
    ///
    /// An address with the right ``version(of:)`` as `v` may be kept for a year, any other for five minutes.
    package func response(for name: String, request: Request) -> Response? {
        guard let file = files[name] else { return nil }
        let isVersioned = request.query["v"] == file.hash.text
        let caching = isVersioned ? "public, max-age=31536000, immutable" : "public, max-age=300"
        var response = Response.notModified(file.hash.etag)
        if !request.alreadyHas(etag: file.hash.etag) {
            response.status = 200
            response.headers.append(("Content-Type", file.type))
            response.body = file.body
        }
        response.headers.append(("Cache-Control", caching))
        return response
    }

    /// What to add to the file's address as `?v=`, so that browsers fetch it once and again when it changes.
    package func version(of name: String) -> String? {
        files[name]?.hash.text
    }

    private static func read(_ path: String, name: String) throws -> File {
        var hash = ContentHash()
        var content: [UInt8] = []
        var length = 0
        try Disk.read(path) { chunk in
            hash.add(chunk)
            length += chunk.count
            if length <= memoryBytes { content += chunk }
        }
        let body = length <= memoryBytes ? Response.Body.bytes(SharedBytes(content)) : .file(path: path, length: length)
        return File(body: body, type: contentType(of: name), hash: hash)
    }

    private static func contentType(of name: String) -> String {
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        switch name[dot...].lowercased() {
        case ".html": return "text/html; charset=utf-8"
        case ".css": return "text/css; charset=utf-8"
        case ".js", ".mjs": return "text/javascript; charset=utf-8"
        case ".txt": return "text/plain; charset=utf-8"
        case ".json", ".map": return "application/json"
        case ".webmanifest": return "application/manifest+json"
        case ".xml": return "application/xml"
        case ".svg": return "image/svg+xml"
        case ".png": return "image/png"
        case ".jpg", ".jpeg": return "image/jpeg"
        case ".webp": return "image/webp"
        case ".avif": return "image/avif"
        case ".gif": return "image/gif"
        case ".ico": return "image/x-icon"
        case ".woff2": return "font/woff2"
        case ".woff": return "font/woff"
        case ".pdf": return "application/pdf"
        default: return "application/octet-stream"
        }
    }
}

/// A directory of static files that cannot be served.
package struct StaticFilesError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file or directory.
    package let path: String
    /// What is wrong with it, in the system's words where they are its.
    package let problem: String

    /// One line for the operator.
    package var description: String { "\(path) \(problem)" }
}
