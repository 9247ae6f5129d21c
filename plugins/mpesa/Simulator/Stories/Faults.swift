/// What goes wrong with the push request itself.
package struct PushFault: Codable, Sendable, Equatable {
    /// The ways to go wrong.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// Nothing but the delay of `holdMilliseconds`.
        case none
        /// The connection is closed; no answer is complete.
        case answerLost
        /// The answer stops in the middle of its JSON.
        case truncated
        /// 403 with an HTML page of the network's edge.
        case forbiddenPage
        /// 503 with an HTML page of the gateway.
        case unavailablePage
        /// 500.003.02, Spike Arrest Violation.
        case spikeArrest
        /// 500.003.02, System is busy.
        case busy
        /// 500.003.03, Quota Violation.
        case quota
        /// A SOAP fault turned into JSON, without an error code.
        case soapFault
        /// 500.003.1001, Internal Server Error.
        case internalError
        /// 00.002.1001, under maintenance.
        case maintenance
        /// Every token is cancelled and the push is answered 404.001.03.
        case tokenCancelled
        /// 401.003.01, no apiproduct match found.
        case noProduct
        /// 500.001.1001, Unable to lock subscriber.
        case subscriberLocked
        /// HTTP 200 with a ResponseCode that is not 0.
        case refused
    }

    /// What goes wrong.
    package var kind: Kind
    /// Whether the prompt is sent all the same, although the answer does not say so.
    package var isProcessed: Bool
    /// Milliseconds by which the answer comes late, up to five minutes.
    package var holdMilliseconds: Milliseconds
    /// How many pushes it hits; `nil` for all.
    package var times: Int?

    /// - Parameters: See the properties.
    package init(_ kind: Kind, isProcessed: Bool = false, holdMilliseconds: Milliseconds = 0, times: Int? = nil) {
        self.kind = kind
        self.isProcessed = isProcessed
        self.holdMilliseconds = holdMilliseconds
        self.times = times
    }

    /// The fields of the JSON form.
    private enum CodingKeys: String, CodingKey { case kind, isProcessed, holdMilliseconds, times }

    /// Reads the JSON form; what is left out keeps its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        kind = try fields.decodeIfPresent(Kind.self, forKey: .kind) ?? .none
        isProcessed = try fields.decodeIfPresent(Bool.self, forKey: .isProcessed) ?? false
        holdMilliseconds = try fields.decodeIfPresent(Milliseconds.self, forKey: .holdMilliseconds) ?? 0
        times = try fields.decodeIfPresent(Int.self, forKey: .times)
    }
}

/// How status queries about a push are answered.
package struct QueryPlan: Codable, Sendable, Equatable {
    /// How "pending" is said.
    package enum PendingForm: String, Codable, Sendable, CaseIterable {
        /// HTTP 500 with 500.001.1001 "The transaction is being processed".
        case error
        /// HTTP 200 with ResultCode 4999.
        case code4999
        /// HTTP 200 with ResultCode 1 and a text that says otherwise.
        case code1
    }

    /// What the query says instead of the truth.
    package enum Fault: String, Codable, Sendable, CaseIterable {
        /// 503 with an HTML page.
        case unavailable
        /// The connection is closed.
        case closed
        /// 500.003.02, Spike Arrest Violation.
        case spikeArrest
        /// 500.003.1001, Internal Server Error.
        case internalError
        /// Pending, even when there is a result.
        case pending
        /// 500.001.1001 "The transaction does not Exist".
        case unknown
    }

    /// How "pending" is said.
    package var pendingForm = PendingForm.error
    /// What is said instead of the truth; `nil` for the truth.
    package var fault: Fault?
    /// Whether `ResultCode` is a number.
    package var hasNumericCode = false

    /// The truth, with the classic form of "pending".
    package init() {}

    /// The fields of the JSON form.
    private enum CodingKeys: String, CodingKey { case pendingForm, fault, hasNumericCode }

    /// Reads the JSON form; what is left out keeps its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        pendingForm = try fields.decodeIfPresent(PendingForm.self, forKey: .pendingForm) ?? .error
        fault = try fields.decodeIfPresent(Fault.self, forKey: .fault)
        hasNumericCode = try fields.decodeIfPresent(Bool.self, forKey: .hasNumericCode) ?? false
    }
}
