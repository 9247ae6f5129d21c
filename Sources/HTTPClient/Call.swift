/// One attempt to send a request, from `send` to the loop and back.
struct Call: Sendable {
    /// Never given to another call: a cancellation that comes late finds nothing, not the transfer's next user.
    let id: UInt64
    let checked: CheckedRequest
    let deadline: ContinuousClock.Instant
    /// Whether a connection that was used before is out of the question.
    let onFreshConnection: Bool
    let continuation: CheckedContinuation<Result<OutboundResponse, OutboundError>, Never>

    func finish(_ result: Result<OutboundResponse, OutboundError>) {
        continuation.resume(returning: result)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up; at least 0, at most a day.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 86_400 else { return 86_400_000 }
        guard self > .zero else { return 0 }
        let rest = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return Int(seconds) * 1000 + Int(rest.quotient) + (rest.remainder > 0 ? 1 : 0)
    }
}
