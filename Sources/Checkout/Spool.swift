import Commerce
import Cryptography
import Foundation
import PaymentKit
import Storage

/// Keeps messages on disk while the database is away: one sealed file each, synced before the provider is answered.
struct Spool: Sendable {
    private let folder: URL
    private let keys: KeyRing

    init(folder: String, keys: KeyRing) {
        self.folder = URL(filePath: folder, directoryHint: .isDirectory)
        self.keys = keys
    }

    private struct Record: Codable {
        var id, instance, ticket, route, source: String
        var isListed: Bool
        var body: Data
        var receivedAt: Int64
    }

    /// Stores a message so that it survives a power cut.
    ///
    /// - Throws: When it could not be stored; then the provider must not be told that it was.
    func append(_ message: InboxMessage) throws {
        let record = Record(
            id: message.id.text, instance: message.instance, ticket: message.ticket.value, route: message.route,
            source: message.source, isListed: message.isListed, body: Data(message.body),
            receivedAt: message.receivedAt.milliseconds)
        let sealed = keys.seal(Array(try JSONEncoder().encode(record)), context: "spool")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let part = folder.appending(path: "\(message.id.text).part")
        guard FileManager.default.createFile(atPath: part.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        let file = try FileHandle(forWritingTo: part)
        try file.write(contentsOf: Data(sealed))
        try file.synchronize()
        try file.close()
        try FileManager.default.moveItem(at: part, to: folder.appending(path: "\(message.id.text).message"))
        let directory = try FileHandle(forReadingFrom: folder)
        try directory.synchronize()
        try directory.close()
    }

    /// The files that wait, oldest first; none when there is no spool.
    func waiting() -> [URL] {
        let files = (FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? [])
        return files.compactMap { $0 as? URL }.filter { $0.pathExtension == "message" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// - Throws: When the file is damaged or was sealed with a key that is gone.
    func read(_ file: URL) throws -> InboxMessage {
        let opened = try keys.open(Array(try Data(contentsOf: file)), context: "spool")
        let record = try JSONDecoder().decode(Record.self, from: Data(opened))
        return InboxMessage(
            id: ID(stored: record.id), instance: record.instance, ticket: Ticket(record.ticket), route: record.route,
            body: Array(record.body), source: record.source, isListed: record.isListed,
            receivedAt: Timestamp(milliseconds: record.receivedAt))
    }

    func remove(_ file: URL) throws { try FileManager.default.removeItem(at: file) }

    /// Puts a file that does not read aside for a person.
    func setAside(_ file: URL) throws {
        try FileManager.default.moveItem(at: file, to: file.deletingPathExtension().appendingPathExtension("damaged"))
    }
}
