/// An answer of Daraja: what would be on the wire.
package struct Answer: Sendable, Equatable {
    /// The HTTP status.
    package var status: Int
    /// `nil` when there is no such header.
    package var contentType: String?
    /// The body as sent.
    package var body: [UInt8]

    /// The `errorCode` or `ResponseCode` of a JSON body, for the ledger.
    package var code: String? {
        guard let json = JSON(orNil: body) else { return nil }
        return (json["errorCode"] ?? json["ResponseCode"])?.text
    }

    static func json(_ json: JSON, status: Int = 200) -> Answer {
        Answer(status: status, contentType: "application/json", body: json.bytes)
    }

    static func page(_ status: Int, _ html: String) -> Answer {
        Answer(status: status, contentType: "text/html", body: Array(html.utf8))
    }

    static let forbiddenPage = page(
        403,
        "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>")
    static let unavailablePage = page(503, "<html><body><h1>503 Service Unavailable</h1></body></html>")
    static let wrongConsumer = Answer(status: 400, contentType: nil, body: [])

    static let soapFault = json(
        [
            "Envelope": [
                "encodingStyle": "http://schemas.xmlsoap.org/soap/encoding/",
                "Body": [
                    "Fault": [
                        "faultcode": "soap:Server",
                        "faultstring": .string(
                            "Execution of ServiceCallout SC-SearchURL failed. "
                                + "Reason: ResponseCode 503 is treated as error"),
                        "faultactor": [:],
                        "detail": ["source": ["errorcode": "steps.servicecallout.ExecutionFailed"]],
                    ]
                ],
            ]
        ], status: 500)
}

/// A refusal in Daraja's shape: `requestId`, `errorCode`, `errorMessage`; reference, sections 3.2 and 19.1.
struct Refusal: Error, Equatable {
    let status: Int
    let code: String
    let message: String

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    func answer(requestID: String) -> Answer {
        .json(
            ["requestId": .string(requestID), "errorCode": .string(code), "errorMessage": .string(message)],
            status: status)
    }

    static func invalid(_ field: String) -> Refusal { Refusal(400, "400.002.02", "Bad Request - Invalid \(field)") }

    static let payload = Refusal(400, "400.002.05", "Invalid Request Payload")
    static let authentication = Refusal(400, "400.008.01", "Invalid Authentication passed")
    static let grantType = Refusal(400, "400.008.02", "Invalid grant type passed")
    static let noProduct = Refusal(
        401, "401.003.01", "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found")
    static let noResource = Refusal(404, "404.001.01", "Resource not found")
    static func token(_ service: DarajaService, _ token: String) -> Refusal {
        let echo = "Error Occurred - Invalid Access Token - \(token)"
        return switch service {
        case .stk, .reversal: Refusal(404, "404.001.03", "Invalid Access Token")
        case .c2b, .status: Refusal(400, "400.003.01", "Invalid Access Token")
        case .b2c, .balance: Refusal(401, "401.002.01", echo)
        case .b2b, .qr: Refusal(401, "401.003.01", echo)
        case .pull: Refusal(401, "401.001", "Invalid Access Token")
        }
    }
    static let authenticationHeader = Refusal(404, "404.001.04", "Invalid Authentication Header")
    static let method = Refusal(405, "405.001", "Method Not Allowed")
    static let credentials = Refusal(500, "500.001.1001", "[MerchantValidate] - Wrong credentials")
    static let noMerchant = Refusal(500, "500.001.1001", "Merchant does not exist")
    static let locked = Refusal(
        500, "500.001.1001",
        "Unable to lock subscriber, a transaction is already in process for the current subscriber")
    static let isProcessed = Refusal(500, "500.001.1001", "The transaction is being processed")
    static let noTransaction = Refusal(500, "500.001.1001", "The transaction does not Exist")
    static let spikeArrest = Refusal(500, "500.003.02", "Error Occurred: Spike Arrest Violation")
    static let busy = Refusal(500, "500.003.02", "System is busy. Please try again in few minutes.")
    static let quota = Refusal(500, "500.003.03", "Error Occurred: Quota Violation")
    static func internalError(_ service: DarajaService) -> Refusal {
        switch service {
        case .reversal: Refusal(500, "500.001.1001", "Internal Server Error")
        case .b2c: Refusal(500, "500.002.1001", "System internal error.")
        case .stk, .c2b, .b2b, .status, .balance, .pull, .qr: Refusal(500, "500.003.1001", "Internal Server Error")
        }
    }
    static let alreadyRegistered = Refusal(500, "500.003.1001", "Urls are already registered.")
    static let duplicate = Refusal(500, "500.002.1001", "Duplicate OriginatorConversationID.")
    static let pullShortcode = Refusal(400, "400.001", "Invalid ShortCode")
    static let pulledNothing = Refusal(
        500, "500",
        "Failed to retrieve transactions. The short code does not have any available transactions.")
    static let maintenance = Refusal(
        503, "00.002.1001", "Service is currently under maintenance. Please try again later")
}

/// What the server does with a request: an answer, and how it travels.
package struct Reply: Sendable {
    /// How the bytes reach the client.
    package enum Transport: Sendable, Equatable {
        /// All of them.
        case whole
        /// The connection is closed before there is a complete answer.
        case dropped
    }
    /// The answer; with ``Transport/dropped`` nobody sees it.
    package var answer: Answer
    /// How it travels.
    package var transport = Transport.whole
    /// Milliseconds to wait before answering.
    package var holdMilliseconds: Milliseconds = 0
    /// Callbacks to send, in this order, before answering.
    package var callbacksFirst: [Delivery] = []
}

/// A request as far as Daraja looks at it.
package struct DarajaRequest: Sendable {
    /// The method in capital letters.
    package var method: String
    /// The decoded path.
    package var path: String
    /// The `grant_type` of the query.
    package var grantType: String?
    /// The `Authorization` header.
    package var authorization: String?
    /// The `Content-Type` header.
    package var contentType: String?
    /// The body.
    package var body: [UInt8]

    /// - Parameters: See the properties.
    package init(
        method: String, path: String, grantType: String? = nil, authorization: String? = nil,
        contentType: String? = "application/json", body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.grantType = grantType
        self.authorization = authorization
        self.contentType = contentType
        self.body = body
    }
}
