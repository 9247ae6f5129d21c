internal import CCurl

/// libcurl's multi handle: many transfers on one thread.
///
/// `@unchecked Sendable`: `curl_multi_wakeup` may be called by any thread while the handle lives (its manual says so),
/// and `Mailbox` sees to that; everything else is called by the loop's thread alone.
@safe final class Multi: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    /// How many idle connections are kept for requests that ask.
    private static let maxIdleConnections = 16

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() {
        precondition(Multi.isLibraryReady, "libcurl cannot start.")
        guard let handle = unsafe curl_multi_init() else { preconditionFailure("libcurl has no memory.") }
        unsafe self.handle = unsafe handle
        Multi.check(unsafe shim_multi_set_long(handle, CURLMOPT_MAXCONNECTS, Multi.maxIdleConnections))
    }

    deinit { unsafe curl_multi_cleanup(handle) }

    /// Ends the current or the next `poll`.
    func wakeUp() {
        Multi.check(unsafe curl_multi_wakeup(handle))
    }

    func add(_ transfer: Transfer) {
        Multi.check(unsafe curl_multi_add_handle(handle, transfer.handle))
    }

    /// Takes the transfer out at once; if it was under way, its connection is closed.
    func remove(_ transfer: Transfer) {
        Multi.check(unsafe curl_multi_remove_handle(handle, transfer.handle))
    }

    /// Does all that can be done without waiting.
    func perform() {
        var runningCount: Int32 = 0
        Multi.check(unsafe curl_multi_perform(handle, &runningCount))
    }

    /// - Returns: A transfer that is done and its code, each once; `nil` when there is none.
    func nextFinished() -> (transfer: Transfer, code: CURLcode)? {
        var restCount: Int32 = 0
        while let message = unsafe curl_multi_info_read(handle, &restCount) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            let code = unsafe shim_message_result(message)
            var pointer: UnsafeMutableRawPointer?
            guard unsafe shim_get_private(easy, &pointer) == CURLE_OK, let pointer = unsafe pointer else { continue }
            // The loop holds every transfer that it has added.
            return (unsafe Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue(), code)
        }
        return nil
    }

    /// Waits until there is something to do, for `wakeUp`, or for the time given.
    func poll(milliseconds: Int) {
        Multi.check(unsafe curl_multi_poll(handle, nil, 0, Int32(clamping: milliseconds), nil))
    }

    private static func check(_ code: CURLMcode) {
        precondition(code == CURLM_OK, "libcurl's loop is broken: error \(code.rawValue).")
    }
}
