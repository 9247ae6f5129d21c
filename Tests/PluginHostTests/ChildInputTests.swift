import Foundation
import Processes
import Synchronization
import Testing

@Suite("What a child is told") struct ChildInputTests {
    /// What a child has written, and whether it has ended.
    private final class Heard: Sendable {
        private struct State {
            var lines: [String] = []
            var end: ChildProcess.End?
        }
        private let state = Mutex(State())
        var lines: [String] { state.withLock { $0.lines } }
        func add(_ line: Data) { state.withLock { $0.lines.append(String(decoding: line, as: UTF8.self)) } }
        func end(_ end: ChildProcess.End) { state.withLock { $0.end = end } }
        func ended() async throws -> ChildProcess.End {
            while true {
                if let end = state.withLock({ $0.end }) { return end }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// A child that runs already, so that it is told at once what it takes.
    private func child(_ script: String, _ heard: Heard) async -> ChildProcess {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let child = ChildProcess(
            ChildProcess.Launch(command: ["sh", "-c", script], folder: "/"), lineBytes: 1 << 20,
            onStart: { _ in start.finish() }, onLine: { heard.add($0) }, onEnd: { heard.end($0) })
        for await _ in started {}
        return child
    }

    /// Told for longer than it sleeps, and some lines are longer than the socket holds: some are written at once, some
    /// wait, some are written in parts, and in the end it takes them at once again.
    @Test("Lines arrive whole and in order at a child that reads late, and slowly", .timeLimit(.minutes(1)))
    func slowReader() async throws {
        let heard = Heard()
        let child = await child("sleep 0.3; cat", heard)
        var told: [String] = []
        for number in 0..<120 {
            let line = "\(number) " + String(repeating: "x", count: number % 7 == 0 ? 300_000 : 4_000)
            told.append(line)
            #expect(child.send(Data((line + "\n").utf8)))
            try await Task.sleep(for: .milliseconds(6))
        }
        child.closeInput()
        let end = try await heard.ended()
        #expect(end.reason == .exited(0))
        #expect(heard.lines == told)
    }

    @Test("Many threads tell a child at once: no line is cut by another", .timeLimit(.minutes(1)))
    func manyTellers() async throws {
        let heard = Heard()
        let child = await child("cat", heard)
        await withTaskGroup(of: Void.self) { group in
            for teller in 0..<8 {
                group.addTask {
                    for number in 0..<25 {
                        let line = "\(teller) \(number) " + String(repeating: "y", count: 3_000) + "\n"
                        #expect(child.send(Data(line.utf8)))
                    }
                }
            }
        }
        child.closeInput()
        #expect(try await heard.ended().reason == .exited(0))
        #expect(heard.lines.count == 200)
        for teller in 0..<8 {
            let numbers = heard.lines.filter { $0.hasPrefix("\(teller) ") }.map { $0.split(separator: " ")[1] }
            #expect(numbers == (0..<25).map { "\($0)" })
        }
        #expect(heard.lines.allSatisfy { $0.hasSuffix(String(repeating: "y", count: 3_000)) })
    }

    @Test(
        "One that never reads is told no more after a while; one that is gone, nothing at all",
        .timeLimit(.minutes(1)), arguments: [4_000, 900_000])
    func deafChild(_ bytes: Int) async throws {
        let heard = Heard()
        let child = await child("exec sleep 60", heard)
        let line = Data((String(repeating: "z", count: bytes) + "\n").utf8)
        var taken = 0
        while taken < 1_000, child.send(line) { taken += 1 }
        // 256 lines or 16 MiB wait, and the socket holds some.
        #expect((bytes == 4_000 ? 257..<1_000 : 18..<25).contains(taken))
        child.kill()
        #expect(try await heard.ended().reason == .signalled(9))
        #expect(!child.send(line))
    }

    @Test(
        "One whose own child holds its streams and never stops writing is done with all the same",
        .timeLimit(.minutes(1)))
    func leftBehind() async throws {
        let heard = Heard()
        let child = await child("setsid sh -c 'while :; do echo still here; done' & exit 3", heard)
        #expect(try await heard.ended().reason == .exited(3))
        #expect(!child.send(Data("anybody?\n".utf8)))
    }
}
