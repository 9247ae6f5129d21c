import Database
import DukaTesting
import Foundation
import Glibc
import Testing

/// The program `duka` as a process of its own.
struct Program {
    private let process: Process

    /// Where the build put it.
    static let path =
        ProcessInfo.processInfo.environment["DUKA_PROGRAM"] ?? "\(TestDatabase.repository)/.build/debug/duka"

    /// A port that nobody listens on.
    static func freePort() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        try #require(bound)
        return UInt16(bigEndian: address.sin_port)
    }

    /// Settings of a program on a test shop's own database and provider.
    static func environment(_ shop: TestShop, port: UInt16) -> [String: String] {
        let root = TestDatabase.repository
        var environment = ProcessInfo.processInfo.environment
        environment["DUKA_LISTEN"] = "127.0.0.1:\(port)"
        environment["DUKA_DATABASE"] = shop.databaseLocation
        environment["DUKA_SECRET_KEY"] = String(repeating: "07", count: 32)
        environment["DUKA_TEMPLATES"] = "\(root)/templates"
        environment["DUKA_FILES"] = "\(root)/public"
        environment["DUKA_MIGRATIONS"] = "\(root)/migrations"
        environment["DUKA_SPOOL"] = "\(shop.folder)/spool"
        environment["MPESA_BASE_URL"] = "http://127.0.0.1:\(shop.simulatorPort)"
        environment["DUKA_QUERY_SECONDS"] = "2,4,6,8,10,15,20,30"
        return environment
    }

    static func start(_ environment: [String: String], port: UInt16, for shop: TestShop) async throws -> Program {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["serve"]
        process.environment = environment
        // Its settings' file and its plugins lie there.
        process.currentDirectoryURL = URL(filePath: shop.folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let program = Program(process: process)
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            if await answers(port, shop) { return program }
            try await Task.sleep(for: .milliseconds(30))
        }
        program.kill()
        throw Failed()
    }

    /// Asked by the shop's own client, which no proxy of the environment misleads.
    private static func answers(_ port: UInt16, _ shop: TestShop) async -> Bool {
        do {
            return try await shop.send("GET", "http://127.0.0.1:\(port)/health/live").status == 200
        } catch { return false }
    }

    struct Failed: Error {}

    /// Ends it as a power cut would.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
