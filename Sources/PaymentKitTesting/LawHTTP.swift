import FoundationEssentials
import PaymentKit
import Synchronization

/// What can go wrong on the way to a provider, and what its front doors say when they are out of order.
enum Trouble: String, Sendable, CaseIterable {
    case refusedConnection, lostAnswer, emptyAnswer, emptyObject, loginPage, gatewayPage, serverError, otherShape
    case tooMany, forbidden

    /// The answer; nil when none comes.
    var answer: (status: Int, body: String)? {
        switch self {
        case .refusedConnection, .lostAnswer: nil
        case .emptyAnswer: (200, "")
        case .emptyObject: (200, "{}")
        case .loginPage: (200, "<!doctype html><title>Sign in</title><form action=/login></form>")
        case .gatewayPage: (502, "<html><body><h1>502 Bad Gateway</h1></body></html>")
        case .serverError: (500, #"{"error":"internal"}"#)
        case .otherShape: (200, "[[],null,17,\"paid\"]")
        case .tooMany: (429, #"{"error":"too many requests"}"#)
        case .forbidden: (401, #"{"error":"unauthorized"}"#)
        }
    }
}

/// The provider's side of a law: answers by the scenario, with trouble at one request, and remembers.
///
/// It keeps the contract of the core's client: only the plugin's own hosts, and the journal's words for what is lost.
final class LawHTTP: HTTPSending {
    private let answers: [Scenario.Answer]
    private let hosts: [String]
    private let trouble: (kind: Trouble, at: Int)?
    private let hangs: Bool
    private let state = Mutex((sent: [HTTPRequest](), foreign: [String]()))

    /// - Parameters:
    ///   - answers: The first that fits a request counts.
    ///   - trouble: What befalls the request of that place, from 0.
    init(_ answers: [Scenario.Answer], hosts: [String], trouble: (Trouble, at: Int)? = nil, hangs: Bool = false) {
        self.answers = answers
        self.hosts = hosts
        self.trouble = trouble.map { ($0.0, $0.at) }
        self.hangs = hangs
    }

    var sent: [HTTPRequest] { state.withLock { $0.sent } }
    var acts: [HTTPRequest] { sent.filter { $0.effect == .acts } }
    /// Hosts that were asked for although the plugin may not talk to them.
    var foreign: [String] { state.withLock { $0.foreign } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let host = [request.url.host(), request.url.port.map(String.init)].compactMap { $0 }.joined(separator: ":")
        guard hosts.contains(host) else {
            state.withLock { $0.foreign.append(host) }
            throw PaymentError.unsupported("the plugin may not talk to \(host)")
        }
        let place = state.withLock { state in
            state.sent.append(request)
            return state.sent.count - 1
        }
        if hangs { try await Task.sleep(for: .seconds(3_600)) }
        if let trouble, trouble.at == place {
            if trouble.kind == .refusedConnection { throw PaymentError.notSent("connection refused") }
            guard let answer = trouble.kind.answer else {
                let why = "no answer"
                throw request.effect == .acts ? PaymentError.outcomeUnknown(why) : PaymentError.unavailable(why)
            }
            return HTTPResponse(status: answer.status, body: Data(answer.body.utf8))
        }
        guard let answer = answers.first(where: { $0.fits(request) }) else {
            return HTTPResponse(status: 404, body: Data("{}".utf8))
        }
        return HTTPResponse(status: answer.status, body: Data(answer.body.utf8))
    }
}
