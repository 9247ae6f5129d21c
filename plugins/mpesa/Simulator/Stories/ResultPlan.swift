/// How the result of a reversal, payment, status or balance request is told; reference, sections 3.3 and 3.4.
package struct ResultPlan: Codable, Sendable, Equatable {
    /// The body of a call to the `QueueTimeOutURL`; nothing about it is documented.
    package enum TimeoutForm: String, Codable, Sendable, CaseIterable {
        /// A result envelope with ResultCode 1.
        case envelope
        /// The two conversation ids alone.
        case ids
        /// An empty object.
        case empty
    }

    /// How the body differs from the usual one.
    package var forms: [ResultForm] = []
    /// The call to the `QueueTimeOutURL` that is made while there is no result; `nil` for none.
    package var timeout: TimeoutForm?
    /// `TransactionStatus` that a status request is told instead of the truth, such as `Initiated`.
    package var transactionStatus: String?

    /// As usual.
    package init() {}

    /// The fields of the JSON form.
    private enum CodingKeys: String, CodingKey { case forms, timeout, transactionStatus }

    /// Reads the JSON form; what is left out keeps its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        forms = try fields.decodeIfPresent([ResultForm].self, forKey: .forms) ?? []
        timeout = try fields.decodeIfPresent(TimeoutForm.self, forKey: .timeout)
        transactionStatus = try fields.decodeIfPresent(String.self, forKey: .transactionStatus)
    }
}

/// A way in which the body of a result differs; each stands in a sample of the portal or was captured live.
package enum ResultForm: String, Codable, Sendable, CaseIterable {
    /// `ResultType` and `ResultCode` are strings.
    case stringCodes
    /// `ResultCode` is a string and `ResultType` is not.
    case stringCode
    /// `ResultType` and `ResultCode` are numbers where they can be.
    case numericCodes
    /// Every value of a parameter is a string.
    case stringValues
    /// Every value that reads as a number is one.
    case numericValues
    /// There is one parameter only, an object instead of an array.
    case singleParameter
    /// There are no `ResultParameters`.
    case withoutParameters
    /// `ReferenceItem` is an array.
    case referenceArray
    /// `ReferenceItem` is one object.
    case referenceObject
    /// There is no `ReferenceData`.
    case withoutReference
    /// `Conversation ID` and `Originator Conversation ID`, with spaces.
    case spacedKeys
    /// `DebitPartyName` stands for the credit party too.
    case repeatedKey
    /// Of a payment to a business only currency and balances are told.
    case sparse
    /// The parameters come in another order.
    case reordered
}

/// A way in which the pull API's answers differ; each was documented or seen.
package enum PullForm: String, Codable, Sendable, CaseIterable {
    /// `Response` is an array of rows, not an array in an array.
    case flat
    /// `RequestID` instead of `ResponseRefID`.
    case requestID
    /// `Response Status` and `Response Description`, with spaces.
    case spacedKeys
    /// Nothing found is `"Transaction": "[[]]"`.
    case emptyText
    /// Nothing found is HTTP 500.
    case emptyError
    /// The payers' numbers are masked.
    case maskedPayers
}
