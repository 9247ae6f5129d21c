import Glibc

/// A value behind a lock, for a few fields touched for a few lines, which threads can also wait on.
///
/// It stands on pthread and not on `Synchronization.Mutex`, because ThreadSanitizer reports every use of `Mutex` on
/// Linux as a race (Swift 6.3).
@safe package final class Locked<Value>: @unchecked Sendable {  // Every method takes the mutex first.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value
    private var waiting = 0

    package init(_ value: sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
        self.value = value
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` alone with the value; a thread that waits for a condition then looks again.
    ///
    /// `body` must not wait for anything.
    package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            if waiting > 0 { unsafe pthread_cond_broadcast(changed) }
            unsafe pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Blocks the calling thread until `condition` holds, then runs `body` alone with the value.
    ///
    /// Only for threads that may block: never on Swift's own, except for moments (a reader that is about to be free).
    package func withLock<Result>(
        when condition: (borrowing Value) -> Bool, _ body: (inout sending Value) -> sending Result
    ) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        while !condition(value) {
            waiting += 1
            unsafe pthread_cond_wait(changed, mutex)
            waiting -= 1
        }
        defer {
            if waiting > 0 { unsafe pthread_cond_broadcast(changed) }
            unsafe pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }
}
