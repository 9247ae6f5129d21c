internal import Blocking

/// Sends requests to providers and other servers, all on one thread of its own.
///
/// Certificates and host names are always verified, redirects are answers, and nothing of the environment (proxies,
/// `.netrc`, cookies) is used. When the last reference goes away, calls under way are cut off.
package final class OutboundClient: Sendable {
    private let configuration: ClientConfiguration
    private let mailbox: Mailbox

    /// Starts the thread; it ends with `shutdown` or with the client.
    package init(_ configuration: ClientConfiguration = ClientConfiguration()) {
        self.configuration = configuration
        let mailbox = Mailbox(maxUnfinished: configuration.maxInFlight + configuration.maxWaiting)
        self.mailbox = mailbox
        startThread {
            TransferLoop.runUntilStopped(mailbox: mailbox, configuration: configuration)
            mailbox.noteEnded()
        }
    }

    deinit { mailbox.stop() }

    /// Sends `request` and waits for the whole answer.
    ///
    /// A request that acts is sent at most once. One that asks may reuse a connection; libcurl sends it again when that
    /// connection turns out to be dead, and it is tried once more when nothing of it left. Cancelling the task ends the
    /// transfer at once.
    ///
    /// - Throws: An error whose `mayHaveArrived` says whether the request may have been carried out.
    package func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundResponse {
        let deadline = ContinuousClock.now + request.timeout
        let checked = try CheckedRequest(request, configuration)
        switch request.effect {
        case .acts:
            return try await attempt(checked, by: deadline, onFreshConnection: true).get()
        case .asks:
            let first = await attempt(checked, by: deadline, onFreshConnection: false)
            guard case .failure(let error) = first, error.mayWorkOnFreshConnection else { return try first.get() }
            return try await attempt(checked, by: deadline, onFreshConnection: true).get()
        }
    }

    /// Cuts off all calls, refuses new ones, and returns when the thread has closed its connections.
    package func shutdown() async {
        mailbox.stop()
        await mailbox.waitForEnd()
    }

    private func attempt(
        _ checked: CheckedRequest, by deadline: ContinuousClock.Instant, onFreshConnection: Bool
    ) async -> Result<OutboundResponse, OutboundError> {
        // Without this, the loop might have begun before it reads of the cancellation.
        guard !Task.isCancelled else { return .failure(TransferLoop.cancelledBeforeSending) }
        let id = mailbox.nextID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                mailbox.start(
                    Call(
                        id: id, checked: checked, deadline: deadline, onFreshConnection: onFreshConnection,
                        continuation: continuation))
                // The handler below may have run before the call was known to the loop.
                if Task.isCancelled { mailbox.cancel(id: id) }
            }
        } onCancel: {
            mailbox.cancel(id: id)
        }
    }
}
