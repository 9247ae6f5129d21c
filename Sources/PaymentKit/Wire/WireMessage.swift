import FoundationEssentials

/// How one line between the shop and a plugin in another process is written: JSON-RPC 2.0. ``WireLine`` reads it.
package enum WireMessage {
    private struct Request<Params: Encodable>: Encodable {
        let jsonrpc = "2.0"
        var id: Int?
        var method: String
        var params: Params
    }
    private struct Answer<Result: Encodable>: Encodable {
        let jsonrpc = "2.0"
        var id: Int
        var result: Result
    }
    private struct Failure: Encodable {
        let jsonrpc = "2.0"
        var id: Int
        var error: WireError
    }

    /// A request, or without an id a notification.
    package static func request(_ id: Int?, _ method: String, _ params: some Encodable) throws -> Data {
        try line(Request(id: id, method: method, params: params))
    }

    /// The answer to a request.
    package static func answer(_ id: Int, _ result: some Encodable) throws -> Data {
        try line(Answer(id: id, result: result))
    }

    /// The answer to a request that could not be answered.
    package static func failure(_ id: Int, _ error: WireError) throws -> Data {
        try line(Failure(id: id, error: error))
    }

    /// - Throws: ``TooLong``.
    private static func line(_ message: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        // A line break in a text is escaped by JSON itself.
        encoder.outputFormatting = .withoutEscapingSlashes
        encoder.dateEncodingStrategy = .secondsSince1970
        var line = try encoder.encode(message)
        line.append(UInt8(ascii: "\n"))
        guard line.count <= WireLimits.lineBytes else { throw TooLong() }
        return line
    }

    /// A message would be longer than ``WireLimits/lineBytes``.
    package struct TooLong: Error {}
}

/// What went wrong, in a line: JSON-RPC's object with a ``PaymentError`` where it is one.
package struct WireError: Error, Codable, Sendable {
    /// -32601 for a method that is not known, -32000 for everything else.
    package var code: Int
    package var message: String
    package var data: Detail?

    /// A ``PaymentError``'s case and what it carries.
    package struct Detail: Codable, Sendable {
        /// The cases of ``PaymentError``.
        package enum Kind: String, Codable, Sendable, CaseIterable {
            case invalidInput, misconfigured, notSent, busy, unavailable, outcomeUnknown, unsupported
        }
        package var kind: Kind
        package var field: String?
        package var setting: String?
        package var retryAfter: Double?
    }

    package static let noMethod = -32_601

    package init(code: Int = -32_000, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ error: PaymentError) {
        code = -32_000
        switch error {
        case .invalidInput(let why, let field):
            message = why
            data = Detail(kind: .invalidInput, field: field)
        case .misconfigured(let why, let setting):
            message = why
            data = Detail(kind: .misconfigured, setting: setting)
        case .notSent(let why):
            message = why
            data = Detail(kind: .notSent)
        case .busy(let why, let seconds):
            message = why
            data = Detail(kind: .busy, retryAfter: seconds)
        case .unavailable(let why):
            message = why
            data = Detail(kind: .unavailable)
        case .outcomeUnknown(let why):
            message = why
            data = Detail(kind: .outcomeUnknown)
        case .unsupported(let why):
            message = why
            data = Detail(kind: .unsupported)
        }
    }

    /// Nil when it is a bug of whoever sent it rather than an answer.
    package var paymentError: PaymentError? {
        guard let data else { return nil }
        let why = String(message.prefix(500))
        return switch data.kind {
        case .invalidInput: .invalidInput(why, field: data.field)
        case .misconfigured: .misconfigured(why, setting: data.setting)
        case .notSent: .notSent(why)
        case .busy: .busy(why, retryAfter: data.retryAfter.map { min(max($0, 0), 86_400) })
        case .unavailable: .unavailable(why)
        case .outcomeUnknown: .outcomeUnknown(why)
        case .unsupported: .unsupported(why)
        }
    }
}
