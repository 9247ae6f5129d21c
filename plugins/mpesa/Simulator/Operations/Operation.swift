/// A request of an initiator whose result comes later: a reversal, a payment, a status or a balance.
package struct Operation: Sendable {
    /// What came of comparing the operator's name and password.
    package enum Credential: String, Sendable {
        /// They are right.
        case right
        /// They are not, or not encrypted for ``PracticeKey``.
        case wrong
        /// Too many were wrong; now nothing is compared.
        case locked
    }
    /// Its place in the list, from 0.
    package let number: Int
    /// What kind of request.
    package let service: DarajaService
    /// When it came, in milliseconds since 1970 UTC.
    package let receivedAt: Milliseconds
    /// The fields as they came, without the security credential.
    package var fields: [JSON.Member] = []
    /// What came of the credential.
    package var credential = Credential.wrong
    /// The phone it is about, or nothing.
    package var phone = ""
    /// Whole KES it is about, or 0.
    package var amount = 0
    /// The story in force.
    package var story = Story()
    /// The merchant's id or M-PESA's; empty if nothing was processed.
    package var originatorConversationID = ""
    /// M-PESA's id; empty if nothing was processed.
    package var conversationID = ""
    /// The status of the answer, and its code if it has one; `isLost` when the client never saw it whole.
    package var answer: (status: Int, code: String?, isLost: Bool) = (0, nil, false)
    /// What is to be done; `nil` if nothing was processed.
    var instruction: Instruction?
    /// The transaction that it began, in ``Daraja/transactions``.
    package var transaction: Int?
    /// Whether the same id was given before.
    var isDuplicate = false
    /// Its end, or nil.
    package var result: OperationResult?
    /// What was sent to the ResultURL and the QueueTimeOutURL, in order.
    package var messages: [CallbackRecord] = []
    /// Results that a story suppressed.
    package var messagesLost = 0
}

/// How an operation ended.
package struct OperationResult: Sendable, Equatable {
    /// The result code; `0` is success.
    package let code: String
    /// M-PESA's words for it.
    package let description: String
    /// When, in milliseconds since 1970 UTC.
    package let at: Milliseconds
    /// The receipt, when money moved.
    package let receipt: String?
}

/// What M-PESA says with a result code of an initiator's request; reference, section 20.2.
enum OperationText {
    static func of(_ code: String, _ service: DarajaService) -> String {
        if code == "SFC_IC0003", service == .b2b { return "Receiver party is invalid" }
        return texts[code] ?? ResultText.of(code)
    }

    private static let texts = [
        "0": "The service request is processed successfully.",
        "2": "Declined due to limit rule",
        "11": "The DebitParty is in an invalid state.",
        "15": "Duplicate detected",
        "17": "Internal failure.",
        "18": "Initiator Credential Check Failure",
        "21": "The initiator is not allowed to initiate this request",
        "25": "The format of parameter null is invalid.",
        "26": "System busy. The transaction is rejected.",
        "2040":
            "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
        "8006": "The security credential is locked",
        "R000001": "The transaction has already been reversed.",
        "R000002": "The OriginalTransactionID is invalid.",
        "100000000": "Request was cached, waiting for resending",
        "SFC_IC0003": "The operator does not exist.",
    ]
}
