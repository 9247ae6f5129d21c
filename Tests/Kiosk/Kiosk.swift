import FoundationEssentials
import PaymentKit

/// A mistake that an author may make.
public enum Flaw: String, Sendable, CaseIterable {
    case retriesTheAct, declinesWhatFailed, callsALostAnswerNotSent, ignoresTheAnswer, actsTwice, asksElsewhere
    case notesTheSecret, keepsTheSecretAsReference, notesThePhone, quotesPages, roundsTheAmount, takesAnyAmount
    case actsWithoutAToken, fetchesATokenEachTime
    case declinesWhatIsNotFound, paysUnknownCodes, paysPages, actsWhenAsked, takesTheAmountFromMemory
    case putsTheClockIntoKeys, paysHalfMessages, namesAReceiptPerRoad, answersAnyRoute, countsItsCalls
    case claimsLostRefunds, refundsUnnamed, callsBadConnectionsGood
}

/// A small provider's plugin that keeps every law, and one by one breaks them.
public struct Kiosk: PaymentPlugin {
    let flaw: Flaw?
    let key: Secret
    static let base = URL(string: "https://api.kiosk.example/") ?? URL(filePath: "/")
    private static let limit = Money(whole: 70_000, .kes)

    public static let manifest = Manifest(
        id: "example.kiosk", name: "Kiosk", version: "1.0.0", summary: "A small provider for tests of the kit.",
        currencies: [.kes], wholeUnitsOnly: true, minimum: Money(whole: 10, .kes), maximum: limit,
        settings: [
            FieldSpec("api_key", "API key", kind: .secret, length: 10...80),
            FieldSpec("flaw", "Mistake", need: .never),
        ],
        form: [FieldSpec("phone", "Phone", kind: .phone)], hosts: ["api.kiosk.example"],
        routes: [WebhookRoute("result"), WebhookRoute("incoming", isStanding: true)])

    public init(_ setup: Setup) throws {
        key = setup.settings.secret("api_key") ?? Secret("")
        flaw = setup.settings["flaw"].flatMap(Flaw.init)
    }

    private struct Accepted: Decodable { var id: String }
    private struct Refused: Decodable { var code: String }
    struct Body: Encodable { var shillings, phone, reference, callback: String }

    func url(_ path: String) -> URL { Self.base.appending(path: path) }

    private func token(_ call: Call) async throws -> Secret {
        let fetch: @Sendable () async throws -> (Secret, seconds: Double) = {
            let answer = try await call.http.send(.get(url("token"), headers: ["Key": key.reveal()]))
            struct Token: Decodable { var token: String }
            if answer.status == 401 { throw PaymentError.misconfigured("the key is refused", setting: "api_key") }
            guard let token = answer.json(Token.self)?.token else {
                if flaw == .actsWithoutAToken { return (Secret("none"), seconds: 60) }
                throw PaymentError.unavailable("no token")
            }
            return (Secret(token), seconds: 600)
        }
        if flaw == .fetchesATokenEachTime { return try await fetch().0 }
        return try await call.tokens.token("kiosk", fetch: fetch)
    }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        let isIn =
            request.amount.currency == .kes && request.amount.minor >= 1_000
            && request.amount.minor <= Self.limit.minor
        if flaw != .takesAnyAmount {
            guard isIn, request.amount.whole != nil else { throw PaymentError.invalidInput("10 to 70,000 shillings") }
        }
        guard let phone = request.form.phone("phone") else {
            throw PaymentError.invalidInput("no phone", field: "phone")
        }
        if flaw == .notesTheSecret { call.log.note("asking with \(key.reveal())") }
        if flaw == .notesThePhone { call.log.note("asking \(phone.digits)") }
        if flaw == .asksElsewhere {
            _ = try await call.http.send(.get(URL(string: "https://statistics.example/") ?? Self.base))
        }
        let bearer = try await token(call)
        let shillings = flaw == .roundsTheAmount ? request.amount.minor / 1_000 * 10 : request.amount.minor / 100
        let act = try HTTPRequest.post(
            url("pay"),
            json: Body(
                shillings: "\(shillings)", phone: phone.digits, reference: call.ticket.value,
                callback: call.callback("result").absoluteString), headers: ["Bearer": bearer.reveal()])
        return try await begin(act, call)
    }

    private func begin(_ act: HTTPRequest, _ call: Call) async throws -> Started {
        let answer: HTTPResponse
        do { answer = try await call.http.send(act) } catch {
            switch flaw {
            case .retriesTheAct: answer = try await call.http.send(act)
            case .declinesWhatFailed: return Started(.declined(Decline(.other, retry: .sameMethod)))
            case .callsALostAnswerNotSent: throw PaymentError.notSent("no answer")
            default: throw error
            }
        }
        if flaw == .actsTwice { _ = try await call.http.send(act) }
        if flaw == .ignoresTheAnswer { return Started(.pending, references: [Reference("id", call.ticket.value)]) }
        if answer.status == 200, let accepted = answer.json(Accepted.self) {
            let name = flaw == .keepsTheSecretAsReference ? key.reveal() : accepted.id
            return Started(.pending, references: [Reference("id", name)])
        }
        if answer.status == 401 { throw PaymentError.misconfigured("the key is refused", setting: "api_key") }
        if answer.status == 429 { throw PaymentError.busy("too much to do", retryAfter: 5) }
        if answer.status == 422, let refused = answer.json(Refused.self) {
            return Started(.declined(Decline(.notPermitted, retry: .otherMethod, code: refused.code)))
        }
        let page = flaw == .quotesPages ? String(decoding: answer.body, as: UTF8.self) : "status \(answer.status)"
        throw PaymentError.outcomeUnknown(page)
    }
}
