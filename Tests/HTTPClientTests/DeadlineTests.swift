import Glibc
import HTTPClient
import Synchronization
import Testing

@Suite("Deadlines, cancelling and limits", .timeLimit(.minutes(1)))
struct DeadlineTests {
    @Test("A server that does not answer is given up at the time asked for")
    func slowAnswer() async throws {
        let server = RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let client = localClient()
        let start = ContinuousClock.now
        let error = try await client.failure(request(server.url, timeout: .milliseconds(300)))
        let elapsed = ContinuousClock.now - start
        #expect(error.kind == .maySent)
        #expect(error.timedOut)
        #expect(error.code == 28)
        #expect(elapsed >= .milliseconds(299) && elapsed < .seconds(5))
        await server.wait { $0.closedCount == 1 }
        #expect(server.log.requests.count == 1)
    }

    @Test("A server that answers byte by byte is given up at the time asked for")
    func drippingAnswer() async throws {
        let server = RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while !connection.isReadable(withinMilliseconds: 20) { connection.write("a") }
        }
        let start = ContinuousClock.now
        let error = try await localClient().failure(request(server.url, timeout: .milliseconds(300)))
        #expect(error.kind == .maySent)
        #expect(error.timedOut)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("A server that does not finish connecting is given up sooner, and nothing was sent")
    func slowHandshake() async throws {
        let server = RawServer { connection in connection.waitForClose() }
        let start = ContinuousClock.now
        let error = try await localClient(connectTimeout: .milliseconds(200))
            .failure(request("https://127.0.0.1:\(server.port)", effect: .asks))
        #expect(error.kind == .notSent)
        #expect(error.timedOut)
        #expect(ContinuousClock.now - start < .seconds(5))
        await server.wait { $0.closedCount == 1 }
        #expect(server.log.connectionCount == 1)
    }

    @Test("Without any time nothing is sent", arguments: [Duration.zero, .seconds(-1), .seconds(Int64.min / 2)])
    func noTime(timeout: Duration) async throws {
        let server = RawServer { connection in _ = connection.readRequest() }
        let error = try await localClient().failure(request(server.url, timeout: timeout))
        #expect(error.kind == .notSent)
        #expect(error.timedOut)
        #expect(server.log.connectionCount == 0)
    }

    @Test("Cancelling the task closes the connection at once and frees its place")
    func cancelling() async throws {
        let server = RawServer { connection in
            guard let request = connection.readRequest() else { return }
            if request.contains("/slow") { connection.waitForClose() } else { connection.answer() }
        }
        let client = localClient(maxInFlight: 1)
        let task = Task { try await client.failure(request(server.url + "/slow")) }
        await server.wait { $0.requests.count == 1 }
        task.cancel()
        let error = try await task.value
        #expect(error.kind == .cancelled)
        #expect(error.mayHaveArrived)
        await server.wait { $0.closedCount == 1 }
        #expect(try await client.post(server.url).status == 200)
    }

    @Test("A task that was cancelled before sends nothing")
    func cancelledBefore() async throws {
        let server = RawServer { connection in _ = connection.readRequest() }
        let client = localClient()
        let task = Task {
            // Ends at once when the task is cancelled.
            try? await Task.sleep(for: .seconds(60))
            return try await client.failure(request(server.url))
        }
        task.cancel()
        let error = try await task.value
        #expect(error.kind == .notSent)
        #expect(!error.timedOut)
        #expect(server.log.connectionCount == 0)
    }

    @Test("Who waits for a place can be cancelled or run out of time, and has sent nothing")
    func waiting() async throws {
        let server = RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let client = localClient(maxInFlight: 1)
        let first = Task { try await client.failure(request(server.url)) }
        await server.wait { $0.requests.count == 1 }

        let late = try await client.failure(request(server.url, timeout: .milliseconds(100)))
        #expect(late.kind == .notSent)
        #expect(late.timedOut)
        #expect(late.message == "Time ran out while waiting for other requests to end.")

        let cancelled = Task { try await client.failure(request(server.url)) }
        cancelled.cancel()
        #expect(try await cancelled.value.kind == .notSent)

        first.cancel()
        #expect(try await first.value.kind == .cancelled)
        #expect(server.log.requests.count == 1)
    }

    @Test("One request too many is refused at once")
    func tooManyWaiting() async throws {
        let server = RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let client = localClient(maxInFlight: 1, maxWaiting: 0)
        let first = Task { try await client.failure(request(server.url)) }
        await server.wait { $0.requests.count == 1 }
        let error = try await client.failure(request(server.url))
        #expect(error.kind == .notSent)
        #expect(error.message == "Too many requests are waiting.")
        first.cancel()
        _ = try await first.value
    }

    @Test("Two hundred requests at once never use more than the places there are, and all are answered")
    func bounded() async throws {
        let gauge = Gauge(gate: 8)
        let server = RawServer { connection in
            while connection.readRequest() != nil {
                gauge.enter()
                gauge.leave()
                connection.answer()
            }
        }
        let client = localClient(maxInFlight: 8)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask { try await client.post(server.url, effect: number % 2 == 0 ? .asks : .acts).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 200, count: 200))
        #expect(gauge.highest == 8)
        #expect(server.log.requests.count == 200)
    }

    @Test("Requests that wait are sent in the order they came")
    func order() async throws {
        let server = RawServer { connection in
            while let request = connection.readRequest() {
                if request.contains("/0") { connection.waitForClose() } else { connection.answer() }
            }
        }
        let client = localClient(maxInFlight: 1)
        let first = Task { try await client.failure(request(server.url + "/0")) }
        await server.wait { $0.requests.count == 1 }
        // Started one after the other on this task, so that each is in line before the next one is made.
        var rest: [Task<Int, any Error>] = []
        for number in 1...5 {
            rest.append(Task.immediate { try await client.post(server.url + "/\(number)").status })
        }
        first.cancel()
        _ = try await first.value
        for task in rest { #expect(try await task.value == 200) }
        #expect(server.log.requests.compactMap { Int($0.split(separator: " ")[1].dropFirst()) } == [0, 1, 2, 3, 4, 5])
    }

    @Test("Cancelling some of many requests never ends another one")
    func cancelStorm() async throws {
        let server = RawServer { connection in
            while let request = connection.readRequest() {
                if request.contains("/slow") { connection.waitForClose() } else { connection.answer() }
            }
        }
        let client = localClient(maxInFlight: 4)
        for round in 0..<50 {
            let kept = (0..<4).map { _ in Task { try await client.post(server.url, effect: .asks).status } }
            let dropped = (0..<4).map { number in
                let path = number % 2 == 0 ? "/slow" : "/\(round)"
                return Task { try? await client.post(server.url + path, effect: .asks).status }
            }
            for task in dropped { task.cancel() }
            for task in kept { #expect(try await task.value == 200) }
            for task in dropped { _ = await task.value }
        }
    }

    @Test("Shutting down cuts off what is under way, refuses what comes, and closes idle connections")
    func shutdown() async throws {
        let server = RawServer { connection in
            while let request = connection.readRequest() {
                if request.contains("/slow") { connection.waitForClose(); return }
                connection.answer()
            }
        }
        let client = localClient(maxInFlight: 1)
        _ = try await client.post(server.url, effect: .asks)
        let slow = Task { try await client.failure(request(server.url + "/slow")) }
        await server.wait { $0.requests.count == 2 }
        let waiting = Task.immediate { try await client.failure(request(server.url)) }
        await client.shutdown()
        #expect(try await slow.value.kind == .cancelled)
        #expect(try await waiting.value.kind == .notSent)
        await server.wait { $0.closedCount == 2 }
        let error = try await client.failure(request(server.url))
        #expect(error.kind == .notSent)
        #expect(error.message == "The client is shut down.")
        await client.shutdown()
        #expect(server.log.requests.count == 2)
    }

    @Test("A client that nobody holds any more closes its connections")
    func letGo() async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        _ = try await localClient().post(server.url, effect: .asks)
        await server.wait { $0.closedCount == 1 }
    }
}

/// Counts how many are inside at once; the first ones wait until `gate` of them are.
private final class Gauge: Sendable {
    private let state = Mutex((current: 0, highest: 0))
    private let gate: Int

    init(gate: Int) { self.gate = gate }

    var highest: Int { state.withLock { $0.highest } }

    func enter() {
        state.withLock { state in
            state.current += 1
            state.highest = max(state.highest, state.current)
        }
        while highest < gate { sched_yield() }
    }

    func leave() { state.withLock { $0.current -= 1 } }
}
