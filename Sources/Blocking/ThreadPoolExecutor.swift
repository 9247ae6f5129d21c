import Dispatch
import Synchronization

/// A few threads of their own for code that may block or never come back, such as a provider's.
///
/// Its threads live as long as the process. When all of them are stuck, what was enqueued waits; nobody else does.
package final class ThreadPoolExecutor: TaskExecutor {
    private let waiting = Mutex<[UnownedJob]>([])
    private let available = DispatchSemaphore(value: 0)

    /// - Parameter threads: How many calls may block at a time.
    package init(threads: Int) {
        for _ in 0..<threads {
            startThread { [self] in
                while true {
                    available.wait()
                    let job = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                    if let job { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
                }
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        waiting.withLock { $0.append(job) }
        available.signal()
    }
}
