internal import CCurl

/// Why there is no answer, and above all whether the request may have been carried out.
package struct OutboundError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The cases that callers answer differently.
    package enum Kind: Sendable, Equatable {
        /// Nothing of the request left: no address, no connection, no trust, no place, or cancelled before. libcurl's
        /// callback before the first byte of a request did not run.
        case notSent
        /// The request, or a part of it, may have arrived; the outcome is unknown.
        case maySent
        /// The request is not allowed or not well-formed; nothing left.
        case forbidden
        /// The answer is longer than allowed. The request arrived; the outcome is unknown.
        case tooLarge
        /// The task was cancelled, or the client shut down, after the request had begun to leave: unknown as well.
        case cancelled
    }

    /// What is known about the request.
    package let kind: Kind
    /// Whether time ran out.
    package let timedOut: Bool
    /// libcurl's code (`CURLE_…`), or 0 when the refusal is ours.
    package let code: Int
    /// libcurl's own words at the call, or ours. Never holds the address's path or query, a header or a body.
    package let message: String

    /// - Parameters: See the properties.
    package init(kind: Kind, timedOut: Bool = false, code: Int = 0, message: String) {
        self.kind = kind
        self.timedOut = timedOut
        self.code = code
        self.message = message
    }

    /// Whether the other party may have seen the request: then it must be asked about and never be sent again blindly.
    package var mayHaveArrived: Bool {
        switch kind {
        case .notSent, .forbidden: false
        case .maySent, .tooLarge, .cancelled: true
        }
    }

    /// For the log: the message, and libcurl's code if there is one.
    package var description: String {
        code == 0 ? message : "\(message) (libcurl error \(code))"
    }

    /// Whether nothing left for a reason that a second try on a new connection may not meet again.
    var mayWorkOnFreshConnection: Bool {
        kind == .notSent && !timedOut && code != 0 && code != Int(CURLE_PEER_FAILED_VERIFICATION.rawValue)
    }
}
