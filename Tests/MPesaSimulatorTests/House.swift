import FoundationEssentials
import HTTPClient
import HTTPServer
import MPesaSimulator
import Synchronization

/// A clock that moves when the test says so.
final class HandClock: Sendable {
    /// 5 January 2026, 14:30:16.482 in Nairobi.
    static let start: Milliseconds = 1_767_612_616_482
    private let time = Mutex(HandClock.start)

    var now: Milliseconds { time.withLock { $0 } }

    func move(milliseconds: Milliseconds) { time.withLock { $0 += milliseconds } }
}

/// A simulator on a real socket, a shop that hears its callbacks on another, and a client for both.
final class House: Sendable {
    static let phone = "254708374149"
    static let passkey = DarajaConfiguration.sandboxPasskey

    let clock: HandClock
    let simulator: SimulatorServer
    let shop: Shop
    private let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))

    private init(_ change: (inout SimulatorConfiguration) -> Void) throws {
        let clock = HandClock()
        var configuration = SimulatorConfiguration(now: { clock.now })
        change(&configuration)
        self.clock = clock
        simulator = try SimulatorServer(configuration)
        shop = Shop()
        try simulator.start()
        try shop.start()
    }

    /// Runs `body` in a house that is torn down afterwards.
    static func with(
        _ change: (inout SimulatorConfiguration) -> Void = { _ in }, _ body: (House) async throws -> Void
    ) async throws {
        let house = try House(change)
        do {
            try await body(house)
        } catch {
            await house.close()
            throw error
        }
        await house.close()
    }

    private func close() async {
        await simulator.stop()
        await shop.stop()
        await client.shutdown()
    }

    /// Moves the clock and lets everything that became due happen.
    func wait(milliseconds: Milliseconds) async {
        clock.move(milliseconds: milliseconds)
        await simulator.settle()
    }

    /// The only push, or the last one.
    var push: Push {
        get throws {
            guard let push = simulator.daraja.ledger.last else { throw Missing() }
            return push
        }
    }

    struct Missing: Error {}

    // MARK: - Speaking HTTP

    func send(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(10)
    ) async throws(OutboundError) -> OutboundResponse {
        try await client.send(
            OutboundRequest(
                method: method, url: simulator.url + path, headers: headers, body: body,
                timeout: timeout, effect: .acts))
    }

    func token(key: String = "simulator-key", secret: String = "simulator-secret") async throws -> String {
        let response = try await tokenResponse(authorization: Self.basic(key, secret))
        guard let token = try JSON(parsing: response.body)["access_token"]?.text else { throw Missing() }
        return token
    }

    func tokenResponse(
        authorization: String?, query: String = "?grant_type=client_credentials"
    ) async throws -> OutboundResponse {
        let headers = authorization.map { [(name: "Authorization", value: $0)] } ?? []
        return try await send("GET", "/oauth/v1/generate\(query)", headers: headers)
    }

    static func basic(_ key: String, _ secret: String) -> String {
        "Basic " + Data("\(key):\(secret)".utf8).base64EncodedString()
    }

    /// Posts JSON with a fresh token, or with `token`.
    func post(
        _ path: String, _ json: JSON, token: String? = nil, timeout: Duration = .seconds(10)
    ) async throws -> OutboundResponse {
        let bearer = if let token { token } else { try await self.token() }
        return try await send(
            "POST", path,
            headers: [("Authorization", "Bearer \(bearer)"), ("Content-Type", "application/json")],
            body: json.bytes, timeout: timeout)
    }

    /// The fields of a push that is in order, with `changes` made; `nil` leaves a field out.
    func fields(_ changes: [String: JSON?] = [:]) -> JSON {
        Self.fields(callbackURL: shop.url, changes)
    }

    static func fields(callbackURL: String, _ changes: [String: JSON?] = [:]) -> JSON {
        let timestamp = "20260105143015"
        let shortcode = (changes["BusinessShortCode"] ?? "174379")?.text ?? ""
        let password = Data((shortcode + passkey + timestamp).utf8).base64EncodedString()
        let usual: [(String, JSON)] = [
            ("BusinessShortCode", "174379"), ("Password", .string(password)), ("Timestamp", .string(timestamp)),
            ("TransactionType", "CustomerPayBillOnline"), ("Amount", "1250"), ("PartyA", .string(phone)),
            ("PartyB", "174379"), ("PhoneNumber", .string(phone)), ("CallBackURL", .string(callbackURL)),
            ("AccountReference", "ORDER100042"), ("TransactionDesc", "Order 100042"),
        ]
        return .object(
            usual.compactMap { name, value in
                guard let change = changes[name] else { return JSON.Member(name: name, value: value) }
                return change.map { JSON.Member(name: name, value: $0) }
            })
    }

    func push(_ changes: [String: JSON?] = [:], timeout: Duration = .seconds(10)) async throws -> OutboundResponse {
        try await post("/mpesa/stkpush/v1/processrequest", fields(changes), timeout: timeout)
    }

    func query(_ checkout: JSON?, _ changes: [String: JSON?] = [:]) async throws -> OutboundResponse {
        guard case .object(let members) = fields(changes) else { throw Missing() }
        let id = checkout.map { [JSON.Member(name: "CheckoutRequestID", value: $0)] } ?? []
        return try await post("/mpesa/stkpushquery/v1/query", .object(members.prefix(3) + id))
    }

    /// Chooses the story called `name` for everybody.
    func choose(_ name: String, _ change: (inout Story) -> Void = { _ in }) throws {
        guard var story = StoryCatalogue.story(named: name) else { throw Missing() }
        change(&story)
        simulator.daraja.choose(story)
    }
}

/// The shop's end: keeps the callbacks in the order they arrive.
final class Shop: Sendable {
    struct Callback: Sendable {
        let json: JSON
        let text: String
        let contentType: String?
        /// The last part of the path.
        let route: String
    }
    private struct State {
        var callbacks: [Callback] = []
        var status = 200
        var body = ""
        /// Whether nothing is answered at all.
        var isSilent = false
        /// Answers wait until it ends.
        var gate: AsyncStream<Void>?
    }
    /// One element per callback, for whoever waits for the next one.
    let arrivals: AsyncStream<Void>
    private let state: SharedState
    private let server: Server

    private final class SharedState: Sendable { let mutex = Mutex(State()) }

    init() {
        let state = SharedState()
        let (arrivals, bell) = AsyncStream<Void>.makeStream()
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.loops = 1
        configuration.stopSeconds = 1
        server = Server(configuration) { request in
            let json = (try? JSON(parsing: request.body)) ?? nil
            let (status, body, isSilent, gate) = state.mutex.withLock { state in
                state.callbacks.append(
                    Callback(
                        json: json, text: String(decoding: request.body, as: UTF8.self),
                        contentType: request.header("Content-Type"),
                        route: request.path.split(separator: "/").last.map(String.init) ?? ""))
                return (state.status, state.body, state.isSilent, state.gate)
            }
            bell.yield()
            if let gate { for await _ in gate {} }
            return isSilent ? Response(body: .cut) : .text(body, status: status)
        }
        self.state = state
        self.arrivals = arrivals
    }

    var url: String { "http://127.0.0.1:\(server.port)/in/q7Zt2mX9" }

    func start() throws { try server.start() }
    func stop() async { await server.stop() }

    var callbacks: [Callback] { state.mutex.withLock { $0.callbacks } }
    func answer(status: Int) { state.mutex.withLock { $0.status = status } }
    func answer(_ body: String) { state.mutex.withLock { $0.body = body } }
    /// Answers nothing until the returned gate is opened with `finish()`.
    func hold() -> AsyncStream<Void>.Continuation {
        let (gate, opener) = AsyncStream<Void>.makeStream()
        state.mutex.withLock { $0.gate = gate }
        return opener
    }
    func fallSilent() { state.mutex.withLock { $0.isSilent = true } }

    /// What came to the addresses that end in `route`, in order.
    func heard(_ route: String) -> [JSON] { callbacks.filter { $0.route == route }.map(\.json) }

    /// The result codes heard, in order, spelt as on the wire.
    var codes: [String] {
        callbacks.map { String(decoding: ($0.json["Body"]?["stkCallback"]?["ResultCode"] ?? nil).bytes, as: UTF8.self) }
    }
    /// The amounts heard, in order, spelt as on the wire.
    var amounts: [String] {
        callbacks.compactMap { $0.json.item("Amount").map { String(decoding: $0.bytes, as: UTF8.self) } }
    }
}

extension JSON {
    /// A value of the callback's metadata.
    func item(_ name: String) -> JSON? {
        self["Body"]?["stkCallback"]?["CallbackMetadata"]?["Item"]?.elements
            .first { $0["Name"]?.text == name }?["Value"]
    }

    /// The value with everything that differs from one payment to the next struck out; names, their order, types and
    /// all other values stay.
    var essence: JSON {
        switch self {
        case .null, .bool, .number, .string: return self
        case .array(let elements): return .array(elements.map(\.essence))
        case .object(let members):
            let isDate = self["Name"]?.text == "TransactionDate"
            let isReceipt = self["Name"]?.text == "MpesaReceiptNumber"
            return .object(
                members.map { member in
                    let isOwn =
                        ["requestId", "MerchantRequestID", "CheckoutRequestID", "access_token"].contains(member.name)
                        || (isDate || isReceipt) && member.name == "Value"
                    return Member(name: member.name, value: isOwn ? member.value.struckOut : member.value.essence)
                })
        }
    }

    private var struckOut: JSON {
        switch self {
        case .number(let text): .number(String(repeating: "9", count: text.count))
        case .string: .string("…")
        case .null, .bool, .array, .object: self
        }
    }
}

extension OutboundResponse {
    var json: JSON { get throws { try JSON(parsing: body) } }
    var message: String? { get throws { try json["errorMessage"]?.text } }
}
