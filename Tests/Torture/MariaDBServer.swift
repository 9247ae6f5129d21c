import Database
import Foundation
import Glibc

/// A MariaDB server of this run's own, which can be killed.
struct MariaDBServer: Sendable {
    private let run: Run
    private let folder: String
    private let log: String

    /// Runs `body` beside a fresh server, which is gone afterwards.
    static func with(_ run: Run, _ body: (MariaDBServer) async throws -> Void) async throws {
        let server = MariaDBServer(run)
        try server.start()
        do { try await body(server) } catch {
            try server.stop()
            throw error
        }
        try server.stop()
    }

    private init(_ run: Run) {
        self.run = run
        folder = "\(run.folder)/mariadb"
        log = "\(run.folder)/mariadb.log"
    }

    /// Starts it and waits until it answers.
    func start() throws {
        let script = try Child(
            "\(run.repository)/scripts/mariadb-for-tests", ["start", folder], [:], in: run.folder, log: log)
        guard script.wait() == "exit 0" else { throw Trouble("MariaDB does not start; see mariadb.log.") }
    }

    /// Where its database is, as the script says.
    func location() throws -> String {
        let text = try String(contentsOfFile: log, encoding: .utf8)
        guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("mariadb://") }) else {
            throw Trouble("MariaDB's script names no database; see mariadb.log.")
        }
        return String(line)
    }

    /// Ends it as a power cut would.
    func kill() throws {
        let text = try String(contentsOfFile: "\(folder)/mysqld.pid", encoding: .utf8)
        guard let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Trouble("MariaDB's number does not read.")
        }
        Glibc.kill(number, SIGKILL)
        while Glibc.kill(number, 0) == 0 { usleep(5_000) }
    }

    private func stop() throws {
        let script = try Child(
            "\(run.repository)/scripts/mariadb-for-tests", ["stop", folder], [:], in: run.folder, log: log)
        _ = script.wait()
    }
}
