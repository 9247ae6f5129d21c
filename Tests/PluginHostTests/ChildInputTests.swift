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

    private func child(_ script: String, _ heard: Heard) -> ChildProcess {
        ChildProcess(
            ChildProcess.Launch(command: ["sh", "-c", script], folder: "/"), lineBytes: 1 << 20, onStart: { _ in },
            onLine: { heard.add($0) }, onEnd: { heard.end($0) })
    }

    /// Far more than the socket holds, so that some of it is written at once, some of it waits, and some lines are
    /// written in two parts.
    @Test("Lines arrive whole and in order at a child that reads late, and slowly")
    func slowReader() async throws {
        let heard = Heard()
        let child = child("sleep 0.3; while read -r line; do echo \"$line\"; done", heard)
        var told: [String] = []
        for number in 0..<240 {
            let line = "\(number) " + String(repeating: "x", count: 4_000)
            told.append(line)
            #expect(child.send(Data((line + "\n").utf8)))
            if number % 10 == 0 { try await Task.sleep(for: .milliseconds(7)) }
        }
        child.closeInput()
        let end = try await heard.ended()
        #expect(end.reason == .exited(0))
        #expect(heard.lines == told)
    }

    @Test("Many threads tell a child at once: no line is cut by another")
    func manyTellers() async throws {
        let heard = Heard()
        let child = child("cat", heard)
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

    @Test("One that never reads is told no more after a while; one that is gone, nothing at all")
    func deafChild() async throws {
        let heard = Heard()
        let child = child("sleep 60", heard)
        let line = Data((String(repeating: "z", count: 4_000) + "\n").utf8)
        var taken = 0
        while taken < 1_000, child.send(line) { taken += 1 }
        #expect((256..<1_000).contains(taken))
        child.kill()
        #expect(try await heard.ended().reason == .signalled(9))
        #expect(!child.send(line))
    }
}
