import DukaTesting
import Foundation
import HTTPServer
import Synchronization
import Testing

/// The real program beside a folder of plugins that changes while it runs.
@Suite struct PluginsHot {
    /// The provider of the example in Python, as far as these tests need it: every ring is paid when it is asked about.
    final class Jirani: Sendable {
        private struct State {
            var keys: [String] = []
            var isHeld = false
            var held: [CheckedContinuation<Void, Never>] = []
        }
        private let state: Shared
        private let server: Server
        var address: String { "http://127.0.0.1:\(server.port)" }
        /// The keys with which rings were asked for, in their order.
        var keys: [String] { state.value.withLock { $0.keys } }

        private final class Shared: Sendable {
            let value = Mutex(State())
        }

        init() throws {
            var configuration = ServerConfiguration()
            configuration.port = 0
            let state = Shared()
            self.state = state
            server = Server(configuration) { await Self.answer($0, state) }
            try server.start()
        }

        private static func answer(_ request: Request, _ state: Shared) async -> Response {
            guard request.method == .post else {
                let ticket = request.path.split(separator: "/").last.map(String.init) ?? ""
                return json(
                    200,
                    #"{"ring":"R-\#(ticket)","reference":"\#(ticket)","state":"paid","shillings":250,"#
                        + #""receipt":"JT\#(ticket.filter(\.isASCII).prefix(8))"}"#)
            }
            let body = String(decoding: request.body, as: UTF8.self)
            let ticket = body.firstRange(of: "\"reference\":").map { body[$0.upperBound...].split(separator: "\"")[1] }
            await withCheckedContinuation { continuation in
                let goes = state.value.withLock { state in
                    state.keys.append(String((request.header("authorization") ?? "").dropFirst("Bearer ".count)))
                    if state.isHeld { state.held.append(continuation) }
                    return !state.isHeld
                }
                if goes { continuation.resume() }
            }
            return json(201, #"{"ring":"R-\#(ticket.map(String.init)?.trimmingCharacters(in: .whitespaces) ?? "")"}"#)
        }

        private static func json(_ status: Int, _ text: String) -> Response {
            Response(
                status: status, headers: [("Content-Type", "application/json")],
                body: .bytes(SharedBytes(Array(text.utf8))))
        }

        func hold() { state.value.withLock { $0.isHeld = true } }

        func release() {
            let held = state.value.withLock { state in
                state.isHeld = false
                defer { state.held = [] }
                return state.held
            }
            for continuation in held { continuation.resume() }
        }

        func close() async {
            release()
            await server.stop()
        }
    }

    /// The shop that the program serves, with what stands in its folder.
    struct Served {
        let shop: TestShop
        let jirani: Jirani
        let address: String

        func write(_ text: String, _ file: String) throws {
            let place = URL(filePath: "\(shop.folder)/\(file)")
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: place, options: .atomic)
        }

        func configure(_ name: String = "till", key: String = #"{"env": "JIRANI_KEY"}"#) throws {
            try write(
                """
                {"program": ["/usr/bin/python3", "plugin.py"], "folder": "../acme",
                 "settings": {"till": "48210", "api_key": \(key), "base_url": "\(jirani.address)"}}
                """, "plugins.d/\(name).json")
        }

        func offers(_ name: String = "till") async throws -> Bool {
            try await shop.page("\(address)/checkout?c=mug:1").contains("value=\"\(name)\"")
        }

        /// - Returns: The path of the order's page.
        func buy(with name: String = "till") async throws -> String {
            let token = try TestShop.field("form_token", in: try await shop.page("\(address)/checkout?c=mug:1"))
            let answer = try await shop.send(
                "POST", "\(address)/checkout",
                form: [
                    ("name", "Asha"), ("phone", "0712345678"), ("email", ""), ("delivery", "pickup"), ("place", ""),
                    ("provider", name), ("form_token", token), ("c", "mug:1"), ("use_anyway", "yes"),
                ])
            return try #require(answer.header("location"))
        }

        func isPaid(_ order: String) async throws -> Bool { try await shop.status(order).state == "paid" }
    }

    static func serve(_ body: (Served) async throws -> Void) async throws {
        var options = TestShop.Options()
        // The program works on the same database.
        options.runsJobs = false
        try await TestShop.open(.sqlite, options) { shop in
            let jirani = try Jirani()
            _ = try await OperatorCommands.good(shop, "plugin", "new", "acme", "--into", shop.folder)
            let port = try Program.freePort()
            var environment = Program.environment(shop, port: port)
            for limit in ["PHONE", "PHONE_AMOUNT", "IPV4"] { environment["DUKA_LIMITS_\(limit)"] = "off" }
            environment["DUKA_LIMITS_PHONES_IPV4"] = "off"
            let program = try await Program.start(environment, port: port, for: shop)
            defer { program.kill() }
            try await body(Served(shop: shop, jirani: jirani, address: "http://127.0.0.1:\(port)"))
            await jirani.close()
        }
    }

    @Test("A running shop takes up a new plugin and another key; a call under way ends with the one it began with")
    func changes() async throws {
        try await Self.serve { served in
            let (shop, jirani) = (served.shop, served.jirani)
            #expect(try await !served.offers())
            try served.write("JIRANI_KEY=the-first-key-0001\n", "duka.env")
            try served.configure()
            _ = try await OperatorCommands.good(shop, "plugin", "enable", "till")
            try await shop.eventually("it is offered") { try await served.offers() }
            let first = try await served.buy()
            try await shop.eventually("the first is paid") { try await served.isPaid(first) }
            #expect(jirani.keys == ["the-first-key-0001"])

            // Another key while a call runs: that call ends with the one it began with. A second copy of the same
            // program, with a key of its own, is the sign that all was read again.
            jirani.hold()
            let second = try await served.buy()
            try await shop.eventually("the second is asked for") { jirani.keys.count == 2 }
            try served.write("JIRANI_KEY=the-other-key-0002\n", "duka.env")
            try served.configure("kiosk", key: "\"the-kiosks-key-0003\"")
            _ = try await OperatorCommands.good(shop, "plugin", "enable", "kiosk")
            try await shop.eventually("both are offered") {
                let (till, kiosk) = (try await served.offers(), try await served.offers("kiosk"))
                return till && kiosk
            }
            let (third, fourth) = (try await served.buy(), try await served.buy(with: "kiosk"))
            try await shop.eventually("both are asked for") { jirani.keys.count == 4 }
            #expect(Set(jirani.keys.suffix(2)) == ["the-other-key-0002", "the-kiosks-key-0003"])
            #expect(try await !served.isPaid(second), "nobody has answered it yet")
            jirani.release()
            for order in [second, third, fourth] {
                try await shop.eventually("it is paid") { try await served.isPaid(order) }
            }
            let ends = try await shop.page("\(served.address)/metrics")
            #expect(ends.contains("duka_plugin_ends_total{provider=\"till\"} 0"), "nobody was cut off")

        }
    }

    @Test("A new version is used once it is enabled; a copy whose file is taken away is let go of")
    func ends() async throws {
        try await Self.serve { served in
            let (shop, jirani) = (served.shop, served.jirani)
            for (name, key) in [("till", "the-first-key-0001"), ("kiosk", "the-kiosks-key-0003")] {
                try served.configure(name, key: "\"\(key)\"")
                _ = try await OperatorCommands.good(shop, "plugin", "enable", name)
            }
            try await shop.eventually("both are offered") {
                let (till, kiosk) = (try await served.offers(), try await served.offers("kiosk"))
                return till && kiosk
            }
            let first = try await served.buy()
            try await shop.eventually("the first is paid") { try await served.isPaid(first) }
            let file = URL(filePath: "\(shop.folder)/acme/plugin.py")
            let next = try String(contentsOf: file, encoding: .utf8).replacing("\"1.0.0\"", with: "\"1.0.1\"")
            try Data(next.utf8).write(to: file)
            _ = try await OperatorCommands.good(shop, "plugin", "enable", "till")
            let count = jirani.keys.count
            let second = try await served.buy()
            try await shop.eventually("the second is paid") { try await served.isPaid(second) }
            #expect(jirani.keys.count == count + 1)

            _ = try await OperatorCommands.good(shop, "plugin", "disable", "kiosk")
            try await shop.eventually("it is not offered") { try await !served.offers("kiosk") }
            try FileManager.default.removeItem(atPath: "\(shop.folder)/plugins.d/till.json")
            try await shop.eventually("it is gone") { try await !served.offers() }
            let metrics = try await shop.page("\(served.address)/metrics")
            #expect(!metrics.contains("provider=\"till\"") && metrics.contains("provider=\"kiosk\""))
            #expect(try await shop.page("\(served.address)\(first)").contains("Acme"), "its name is still known")
        }
    }

    @Test("A plugin's file that does not read leaves the running shop as it was")
    func unreadable() async throws {
        try await Self.serve { served in
            let shop = served.shop
            try served.configure(key: "\"the-first-key-0001\"")
            _ = try await OperatorCommands.good(shop, "plugin", "enable", "till")
            try await shop.eventually("it is offered") { try await served.offers() }
            try served.write("{\"program\": [", "plugins.d/till.json")
            // A copy that comes after it is the sign that the folder was read again.
            try served.configure("kiosk", key: "\"the-kiosks-key-0003\"")
            _ = try await OperatorCommands.good(shop, "plugin", "enable", "kiosk")
            try await shop.eventually("the other one is offered") { try await served.offers("kiosk") }
            #expect(try await served.offers())
            let order = try await served.buy()
            try await shop.eventually("it is paid") { try await served.isPaid(order) }
        }
    }
}
