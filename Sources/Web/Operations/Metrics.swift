import Synchronization

/// What this node has counted since it started.
final class Metrics: Sendable {
    private let requestCount = Atomic<Int64>(0)
    private let orderCount = Atomic<Int64>(0)
    private let callbackCount = Atomic<Int64>(0)
    private let wrongCallbackCount = Atomic<Int64>(0)
    var requests: Int64 { requestCount.load(ordering: .relaxed) }
    var orders: Int64 { orderCount.load(ordering: .relaxed) }
    var callbacks: Int64 { callbackCount.load(ordering: .relaxed) }
    var wrongCallbacks: Int64 { wrongCallbackCount.load(ordering: .relaxed) }

    func countRequest() { requestCount.add(1, ordering: .relaxed) }
    func countOrder() { orderCount.add(1, ordering: .relaxed) }
    func countCallback() { callbackCount.add(1, ordering: .relaxed) }
    func countWrongCallback() { wrongCallbackCount.add(1, ordering: .relaxed) }
}
