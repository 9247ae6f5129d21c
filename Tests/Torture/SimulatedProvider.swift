import Foundation
import HTTPClient

/// The simulated provider as a process that outlives every shop.
struct SimulatedProvider: Sendable {
    let port: UInt16
    private let child: Child
    private let client: OutboundClient

    static func start(_ run: Run, _ client: OutboundClient) async throws -> SimulatedProvider {
        let port = try freePort()
        let child = try Child(
            run.options.program,
            ["simulate-daraja", "--port", "\(port)", "--seed", "\(run.seed)", "--callback-retries", "1"], [:],
            in: run.folder, log: "\(run.folder)/provider.log")
        let provider = SimulatedProvider(port: port, child: child, client: client)
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            if await provider.answers() { return provider }
            try await Task.sleep(for: .milliseconds(30))
        }
        child.kill()
        throw Trouble("The simulator does not start; see provider.log.")
    }

    private func answers() async -> Bool {
        do { return try await send("GET", "/simulator/stories").status == 200 } catch { return false }
    }

    /// Chooses what happens to the next pushes to a phone.
    func choose(_ story: String, for phone: String) async throws {
        let answer = try await send("POST", "/simulator/story", json: #"{"phone":"\#(phone)","story":\#(story)}"#)
        guard answer.status == 200 else { throw Trouble("The simulator refuses the story \(story).") }
    }

    func forget(_ phone: String) async throws { try await choose("\"none\"", for: phone) }

    func ledger(keptIn file: String) async throws -> Ledger {
        let answer = try await send("GET", "/simulator/ledger")
        guard answer.status == 200 else { throw Trouble("The simulator does not tell its ledger.") }
        try Data(answer.body).write(to: URL(filePath: file))
        return try JSONDecoder().decode(Ledger.self, from: Data(answer.body))
    }

    func stop() { child.kill() }

    private func send(_ method: String, _ path: String, json: String? = nil) async throws -> OutboundResponse {
        try await client.send(
            OutboundRequest(
                method: method, url: "http://127.0.0.1:\(port)\(path)",
                headers: json == nil ? [] : [(name: "Content-Type", value: "application/json")],
                body: Array((json ?? "").utf8), timeout: .seconds(60), effect: .asks, maxResponseBytes: 1 << 30))
    }
}
