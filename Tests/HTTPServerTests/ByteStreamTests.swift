import Foundation
import HTTPServer
import Synchronization
import Testing

@Suite("Answers that are made while they are sent")
struct ByteStreamTests {
    private static func answer(_ stream: ByteStream) -> Response {
        Response(headers: [("Content-Type", "text/plain")], body: .stream(stream))
    }

    @Test("Everything arrives, in order and with an end")
    func whole() async throws {
        let pieces = (0..<500).map { "piece \($0) " + String(repeating: "x", count: $0 * 3) + "\n" }
        let answer = try await serving(handler: { _ in
            Self.answer(ByteStream { stream in for piece in pieces { try await stream.write(Array(piece.utf8)) } })
        }) { port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            // Reads up to the last chunk, which says that it is complete.
            return try client.readAnswer()
        }
        #expect(answer.headers["transfer-encoding"] == "chunked")
        #expect(answer.text == pieces.joined())
    }

    @Test("Whoever writes waits for a client that does not read, and is told when it leaves")
    func backPressure() async throws {
        let written = Atomic<Int>(0)
        let ended = Gate()
        try await serving(handler: { _ in
            Self.answer(
                ByteStream { stream in
                    defer { ended.open() }
                    while true {
                        try await stream.write([UInt8](repeating: 120, count: 10_000))
                        written.wrappingAdd(10_000, ordering: .relaxed)
                    }
                })
        }) { port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try client.read(until: "xxxx")
            // What the kernel's buffers take, and then no more, however long one waits.
            var last = -1
            while last != written.load(ordering: .relaxed) {
                last = written.load(ordering: .relaxed)
                Thread.sleep(forTimeInterval: 0.3)
            }
            #expect(last < 32 << 20)
        }
        await ended.wait()
    }

    @Test("An answer that fails half-way does not end like one that is complete")
    func failure() async throws {
        struct Broken: Error {}
        try await serving(handler: { _ in
            Self.answer(
                ByteStream { stream in
                    try await stream.write(Array("half".utf8))
                    throw Broken()
                })
        }) { port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(throws: RawClient.Closed.self) { try client.readAnswer() }
        }
    }

    @Test("Nothing is made for a request that wants the head alone")
    func head() async throws {
        let answer = try await serving(handler: { _ in
            Self.answer(ByteStream { _ in Issue.record("It was made.") })
        }) { port in
            let client = try RawClient(port: port)
            client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            return try client.readAnswer(isHead: true)
        }
        #expect(answer.status == 200)
    }
}
