import Dispatch
import Glibc

/// The executor of an actor whose calls may wait in C: a serial queue, so that Swift's own threads never block.
package final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// - Parameter label: What a debugger shows, for example `"duka.mariadb.3"`.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// Starts a thread of its own for `body`, which may wait in C for as long as it likes.
///
/// The thread ends when `body` returns; nobody joins it. Running out of threads is a programmer's mistake (every caller
/// starts a fixed, small number), so it stops the process.
package func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let start = unsafe Unmanaged.passRetained(Start(body))
    let code = unsafe pthread_create(
        &thread, nil,
        { pointer in
            // Balances the `passRetained` above: pthread_create calls this exactly once.
            guard let pointer = unsafe pointer else { return nil }
            unsafe Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue().body()
            return nil
        }, start.toOpaque())
    precondition(code == 0, "No thread: error \(code).")
    _ = pthread_detach(thread)
}
