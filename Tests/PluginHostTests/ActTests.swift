import Foundation
import HTTPClient
import HTTPServer
import PaymentKit
import PluginHost
import Synchronization
import Testing

/// The journal decides what a plugin's word is worth.
@Suite struct ActTests {
    private static func pay(_ base: String, _ call: Call, path: String = "pay") async throws -> HTTPResponse {
        let url = try #require(URL(string: "\(base)/\(path)"))
        return try await call.http.send(.post(url, json: ["a": 1], timeout: 5))
    }

    private func bench(_ answer: @escaping @Sendable (String) -> Response = { _ in .json(Array("{}".utf8)) }) throws
        -> Bench
    {
        try Bench(answer)
    }

    @Test("An act is in the journal before the provider sees it, and its answer after")
    func order() async throws {
        let bench = try bench()
        let base = bench.base
        let result = try await bench.instance(
            Scripted(base) { call in
                _ = try await Self.pay(base, call)
                return Started(.pending, references: [Reference("id", "1")])
            }
        ).begin()
        guard case .answered = result else { return Self.wrong(result) }
        #expect(bench.lines == ["begin 1", "request /pay", "end 1 200"])
        await bench.close()
    }

    private static func wrong(_ result: ProviderInstance.Acted<Started>) { Issue.record("\(result)") }

    @Test("A lost answer is unknown, whatever the plugin makes of it, and is asked for once")
    func lost() async throws {
        let bench = try bench { _ in Response(body: .cut) }
        let base = bench.base
        let swallow: @Sendable (Call) async throws -> Started = { call in
            do { _ = try await Self.pay(base, call) } catch {}
            return Started(.declined(Decline(.other, retry: .sameMethod)))
        }
        let again: @Sendable (Call) async throws -> Started = { call in
            do { _ = try await Self.pay(base, call) } catch {}
            _ = try await Self.pay(base, call)
            return Started()
        }
        let claim: @Sendable (Call) async throws -> Started = { call in
            do { _ = try await Self.pay(base, call) } catch {}
            return Started(.paid(Money(whole: 100, .kes), receipt: nil))
        }
        for plugin in [swallow, again, claim] {
            let before = bench.lines.count { $0 == "request /pay" }
            guard case .unknown = try await bench.instance(Scripted(base, plugin)).begin() else {
                Issue.record("a lost answer was believed")
                continue
            }
            #expect(bench.lines.count { $0 == "request /pay" } == before + 1)
        }
        await bench.close()
    }

    @Test("Nothing leaves by a call that is over, whoever still holds it")
    func late() async throws {
        let bench = try bench()
        let base = bench.base
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let plugin = Scripted(base) { call in
            Task {
                do { _ = try await Self.pay(base, call) } catch {}
                end.finish()
            }
            for await _ in reached {}
            return Started()
        }
        let instance = bench.instance(Abilities(of: plugin)) {
            reach.finish()
            for await _ in opened {}
        }
        let result = try await instance.begin()
        guard case .answered = result else { return Self.wrong(result) }
        open.finish()
        for await _ in ended {}
        #expect(bench.lines == ["begin 1", "cancel 1"])
        await bench.close()
    }

    @Test("A refused connection takes its journal line back and means: not sent")
    func refused() async throws {
        let bench = try bench()
        let result = try await bench.instance(
            Scripted("http://127.0.0.1:1") { call in
                _ = try await Self.pay("http://127.0.0.1:1", call)
                return Started()
            }
        ).begin()
        guard case .notSent = result else { return Self.wrong(result) }
        #expect(bench.lines == ["begin 1", "cancel 1"])
        await bench.close()
    }

    @Test("A plugin's own error means unknown after an act, and not sent before one")
    func bugs() async throws {
        struct Bug: Error {}
        let bench = try bench()
        let base = bench.base
        let after = try await bench.instance(
            Scripted(base) { call in
                _ = try await Self.pay(base, call)
                throw Bug()
            }
        ).begin()
        guard case .unknown = after else { return Self.wrong(after) }
        let before = try await bench.instance(Scripted(base) { _ in throw Bug() }).begin()
        guard case .notSent = before else { return Self.wrong(before) }
        await bench.close()
    }

    @Test("A second act follows only a definite refusal of the first")
    func second() async throws {
        let bench = try bench { path in
            path == "/refused" ? .json(Array("{}".utf8), status: 404) : .json(Array("{}".utf8))
        }
        let base = bench.base
        let allowed = try await bench.instance(
            Scripted(base) { call in
                _ = try await Self.pay(base, call, path: "refused")
                _ = try await Self.pay(base, call)
                return Started(.pending, references: [Reference("id", "1")])
            }
        ).begin()
        guard case .answered = allowed else { return Self.wrong(allowed) }
        let forbidden = try await bench.instance(
            Scripted(base) { call in
                _ = try await Self.pay(base, call)
                _ = try await Self.pay(base, call, path: "twice")
                return Started()
            }
        ).begin()
        guard case .unknown = forbidden else { return Self.wrong(forbidden) }
        #expect(!bench.lines.contains("request /twice"))
        await bench.close()
    }

    @Test("A plugin talks to its own hosts only")
    func hosts() async throws {
        let bench = try bench()
        let base = bench.base
        let result = try await bench.instance(
            Scripted("http://elsewhere.example") { call in
                _ = try await Self.pay(base, call)
                return Started()
            }
        ).begin()
        guard case .misconfigured = result else { return Self.wrong(result) }
        #expect(bench.lines.isEmpty)
        await bench.close()
    }

    @Test("A copy that takes another's place takes its turns behind it, at the provider's rate; another rate is new")
    func onePace() async throws {
        let bench = try bench()
        let base = bench.base
        let plugin = Abilities(
            of: Scripted(base) { call in
                _ = try await Self.pay(base, call)
                return Started()
            })
        let lane = ProviderLane()
        // One turn in a quarter of an hour.
        let (old, new) = (
            bench.instance(plugin, requestsPerSecond: 0.001, lane: lane),
            bench.instance(plugin, requestsPerSecond: 0.001, lane: lane)
        )
        var ends = [try await old.begin(within: 60), try await new.begin(within: 60)]
        ends.append(try await bench.instance(plugin, requestsPerSecond: 0.002, lane: lane).begin(within: 60))
        guard case .answered = ends[0], case .busy = ends[1], case .answered = ends[2] else {
            Issue.record("\(ends)")
            return
        }
        #expect(bench.lines.count { $0 == "request /pay" } == 2)
        await bench.close()
    }

    @Test("After five failures in a row the provider is left alone for a while")
    func breaker() async throws {
        let bench = try bench()
        let instance = bench.instance(
            Scripted("http://127.0.0.1:1") { call in
                _ = try await Self.pay("http://127.0.0.1:1", call)
                return Started()
            })
        for _ in 0..<5 {
            let refused = try await instance.begin()
            guard case .notSent = refused else { return Self.wrong(refused) }
        }
        let closed = try await instance.begin()
        guard case .busy(_, let seconds) = closed else { return Self.wrong(closed) }
        #expect((1...10).contains(seconds))
        #expect(bench.lines.count { $0.hasPrefix("begin") } == 5)
        await bench.close()
    }

    @Test("Fifty calls on two nodes fetch one token, and a refused one is fetched anew once")
    func tokens() async throws {
        let bench = try bench { path in .json(Array("\"\(path)\"".utf8)) }
        let base = bench.base
        let refused = Refused()
        let plugin = Scripted(base) { call in
            let fetch: @Sendable () async throws -> (Secret, seconds: Double) = {
                let url = try #require(URL(string: "\(base)/token"))
                _ = try await call.http.send(.get(url))
                return (Secret("token-number-\(UInt32.random(in: .min ... .max))"), seconds: 3_000)
            }
            var token = try await call.tokens.token("oauth", fetch: fetch)
            if refused.has(token.reveal()) {
                try await call.tokens.invalidate("oauth", token)
                token = try await call.tokens.token("oauth", fetch: fetch)
            }
            return Started(.pending, references: [Reference("token", token.reveal())])
        }
        let nodes = [bench.instance(plugin), bench.instance(plugin)]
        func tokensSeen() async throws -> Set<String> {
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        guard case .answered(let started) = try await nodes[number % 2].begin() else { return "none" }
                        return started.outcome.references.first?.value ?? "none"
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
        }
        let first = try await tokensSeen()
        #expect(first.count == 1)
        #expect(bench.lines.count { $0 == "request /token" } == 1)
        refused.add(first)
        let second = try await tokensSeen()
        #expect(second.count == 1 && second.isDisjoint(with: first))
        #expect(bench.lines.count { $0 == "request /token" } == 2)
        await bench.close()
    }

    /// Tokens that the provider takes no longer.
    private final class Refused: Sendable {
        private let tokens = Mutex<Set<String>>([])
        func add(_ more: Set<String>) { tokens.withLock { $0.formUnion(more) } }
        func has(_ token: String) -> Bool { tokens.withLock { $0.contains(token) } }
    }
}
