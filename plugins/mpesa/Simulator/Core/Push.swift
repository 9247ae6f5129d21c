/// One push as it really went: a line of the ledger.
package struct Push: Sendable {
    /// Where a push stands.
    package enum Stage: Sendable, Equatable {
        /// Nothing was processed; the answer says why.
        case refused
        /// On its way to the phone.
        case sent
        /// The phone shows the prompt until this time.
        case prompting(until: Milliseconds)
        /// The person looked away; the prompt ends at this time.
        case ignored(until: Milliseconds)
        /// There will never be a result.
        case stuck
        /// There is a result, the last one of ``Push/results``.
        case ended
    }
    /// Its place in the ledger, from 0.
    package let number: Int
    /// When the request came, in milliseconds since 1970 UTC.
    package let receivedAt: Milliseconds
    /// The fields of the request as they came, without the password.
    package var fields: [JSON.Member] = []
    /// Whether the password was the right one.
    package var passwordMatches = false
    /// The phone asked to pay, 12 digits; empty if the request named none.
    package var phone = ""
    /// Whole KES asked for.
    package var amount = 0
    /// The AccountReference.
    package var reference = ""
    /// Where results go.
    package var callbackURL = ""
    /// The name the prompt shows, and the shortcode.
    package var merchant = (name: "", shortcode: "")
    /// The story in force.
    package var story = Story()
    /// Daraja's first id; empty if nothing was processed.
    package var merchantRequestID = ""
    /// Daraja's second id; empty if nothing was processed.
    package var checkoutRequestID = ""
    /// The status of the answer, and its code if it has one; `isLost` when the client never saw it whole.
    package var answer: (status: Int, code: String?, isLost: Bool) = (0, nil, false)
    /// Where it stands.
    package var stage = Stage.sent
    /// Results in the order they came true; more than one only in stories.
    package var results: [PushResult] = []
    /// Callbacks handed to the network, in order.
    package var callbacks: [CallbackRecord] = []
    /// Callbacks that a story suppressed.
    package var callbacksLost = 0
    /// Status queries and what they were told.
    package var queries: [QueryRecord] = []

    /// The result that counts, or `nil` while there is none.
    package var result: PushResult? { results.last }
    /// Whole KES that left the phone.
    package var debited: Int { results.reduce(0) { $0 + $1.debited } }
    /// The receipt of the money that moved.
    package var receipt: String? { results.last { $0.receipt != nil }?.receipt }
    /// Whether the phone is busy with it.
    package var isOpen: Bool {
        switch stage {
        case .sent, .prompting, .ignored: true
        case .refused, .stuck, .ended: false
        }
    }
}

/// How a push ended.
package struct PushResult: Sendable, Equatable {
    /// The result code as a string; `0` is success.
    package let code: String
    /// M-PESA's words for it.
    package let description: String
    /// When, in milliseconds since 1970 UTC.
    package let at: Milliseconds
    /// The receipt, when money moved.
    package let receipt: String?
    /// Whole KES that left the phone.
    package let debited: Int
}

/// A status query about a push.
package struct QueryRecord: Sendable, Equatable {
    /// When, in milliseconds since 1970 UTC.
    package let at: Milliseconds
    /// The status of the answer.
    package let status: Int
    /// Its result code or error code.
    package let code: String?
}
