import Commerce
import Checkout
import Foundation
import Synchronization

/// The real clock, moved forward by a test.
package final class TestClock: Sendable {
    private let offset = Mutex<Int64>(0)

    package var now: Timestamp {
        let moved = offset.withLock { $0 }
        return Timestamp(Date()).adding(milliseconds: moved)
    }

    package func advance(seconds: Int) { offset.withLock { $0 += Int64(seconds) * 1_000 } }
}
