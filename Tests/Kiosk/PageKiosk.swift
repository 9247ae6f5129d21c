import FoundationEssentials
import PaymentKit
import PaymentKitTesting

/// A mistake that an author of a page may make.
public enum PageFlaw: String, Sendable, CaseIterable {
    case hasAPlainAddress, leadsElsewhere, putsTheKeyIntoTheAddress, putsThePhoneIntoTheAddress
    case leadsAfterARefusal, makesAddressesUp, tellsNoWayBack, needsAWayBack, callsTheStartPaid
}

/// A small provider's plugin with a page of its own; it keeps every law, and one by one breaks them.
public struct PageKiosk: PaymentPlugin {
    let flaw: PageFlaw?
    let key: Secret
    private static let base = URL(string: "https://api.kiosk.example/") ?? URL(filePath: "/")

    public static let manifest: Manifest = described(page: HostedPage(hosts: ["pay.kiosk.example"], openFor: 1_800))

    /// The manifest with other terms of the page.
    public static func described(page: HostedPage?) -> Manifest {
        Manifest(
            id: "example.page-kiosk", name: "Page Kiosk", version: "1.0.0",
            summary: "A small provider with a page of its own.", currencies: [.kes],
            settings: [
                FieldSpec("api_key", "API key", kind: .secret, length: 10...80),
                FieldSpec("flaw", "Mistake", need: .never),
            ],
            form: [
                FieldSpec("phone", "Phone", kind: .phone), FieldSpec("table", "Table", kind: .integer, need: .never),
            ],
            hosts: ["api.kiosk.example"],
            routes: [
                WebhookRoute(
                    "events", isStanding: true,
                    signature: WebhookSignature(header: "x-kiosk-signature", .hmacSHA512, setting: "api_key"))
            ], page: page)
    }

    public init(_ setup: Setup) throws {
        key = setup.settings.secret("api_key") ?? Secret("")
        flaw = setup.settings["flaw"].flatMap(PageFlaw.init)
    }

    private struct Opened: Decodable { var page: String }
    private struct Refused: Decodable { var refused: String }
    private struct Body: Encodable {
        var reference, table: String
        var cents: Int64
        var back: String?
    }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        guard request.amount.currency == .kes else { throw PaymentError.invalidInput("shillings only") }
        if flaw == .needsAWayBack, request.returnAddress == nil { throw PaymentError.unsupported("nobody comes back") }
        let body = Body(
            reference: call.ticket.value, table: request.form["table"] ?? "", cents: request.amount.minor,
            back: flaw == .tellsNoWayBack ? nil : request.returnAddress?.absoluteString)
        let answer = try await call.http.send(
            .post(Self.base.appending(path: "pages"), json: body, headers: ["Key": key.reveal()]))
        let references = [Reference("reference", call.ticket.value)]
        if flaw == .callsTheStartPaid { return Started(.paid(request.amount, receipt: nil), references: references) }
        if flaw == .makesAddressesUp, let url = URL(string: "https://pay.kiosk.example/p/\(call.ticket.value)") {
            return Started(.pending, step: .redirect(url), references: references)
        }
        if answer.status == 422, let refused = answer.json(Refused.self) {
            let decline = Decline(.notPermitted, retry: .otherMethod, code: refused.refused)
            guard flaw == .leadsAfterARefusal, let url = URL(string: "https://pay.kiosk.example/no") else {
                return Started(.declined(decline))
            }
            return Started(.declined(decline), step: .redirect(url))
        }
        if answer.status == 401 { throw PaymentError.misconfigured("the key is refused", setting: "api_key") }
        if answer.status == 429 { throw PaymentError.busy("too much to do", retryAfter: 5) }
        guard answer.status == 201, let opened = answer.json(Opened.self),
            let url = URL(string: address(opened.page, request))
        else { throw PaymentError.outcomeUnknown("status \(answer.status)") }
        return Started(.pending, step: .redirect(url), references: references)
    }

    private func address(_ page: String, _ request: StartRequest) -> String {
        switch flaw {
        case .hasAPlainAddress: page.replacing("https://", with: "http://")
        case .leadsElsewhere: page.replacing("pay.kiosk.example", with: "pay.stranger.example")
        case .putsTheKeyIntoTheAddress: page + "?key=" + key.reveal()
        case .putsThePhoneIntoTheAddress: page + "?phone=" + (request.form.phone("phone")?.digits ?? "")
        case .leadsAfterARefusal, .makesAddressesUp, .tellsNoWayBack, .needsAWayBack, .callsTheStartPaid, nil: page
        }
    }
}

extension PageKiosk: StatusQuerying, WebhookReceiving {
    private struct Payment: Decodable {
        var reference, state: String
        var cents: Int64?
        var receipt: String?

        var fact: Fact {
            switch (state, cents, receipt) {
            case ("open", _, _): .pending
            case ("left", _, _): .declined(Decline(.cancelledByPayer, retry: .sameMethod, code: "left"))
            case ("paid", let cents?, let receipt?) where cents > 0 && cents < 100_000_000:
                .paid(Money(minor: cents, .kes), receipt: Receipt(receipt))
            default: .unclear(code: String(state.prefix(40)), detail: "")
            }
        }
    }

    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        let answer = try await call.http.send(
            .get(Self.base.appending(path: "pages/\(past.ticket.value)"), headers: ["Key": key.reveal()]))
        if answer.status == 404, answer.json([String: Bool].self)?["known"] == false { return Outcome(.notFound) }
        guard answer.status == 200, let payment = answer.json(Payment.self) else {
            throw PaymentError.unavailable("status \(answer.status)")
        }
        return Outcome(payment.fact)
    }

    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        guard inbound.route == "events", let payment = inbound.json(Payment.self) else { return [] }
        return [
            PaymentEvent(
                EventKey(payment.reference, payment.state), .about(Ticket(payment.reference)), payment.fact)
        ]
    }

    /// A payment on the kiosk's page.
    public static let scenario: Scenario = {
        let paid = #"{"reference":"K7M29QXD-1","state":"paid","cents":15000,"receipt":"PK77"}"#
        func state(_ word: String) -> String { #"{"reference":"K7M29QXD-1","state":"\#(word)"}"# }
        let status = "GET /pages/K7M29QXD-1"
        return Scenario(
            settings: ["api_key": "canary-page-551"], form: ["phone": "0712345678"],
            answers: [
                .init("POST /pages", status: 201, body: #"{"page":"https://pay.kiosk.example/p/a8x2"}"#),
                .init(status, body: paid),
            ],
            refusals: [.init("POST /pages", status: 422, body: #"{"refused":"blocked"}"#)],
            status: .init(
                paid: .init(status, body: paid), declined: .init(status, body: state("left")),
                pending: .init(status, body: state("open")),
                notFound: .init(status, status: 404, body: #"{"known":false}"#),
                unknown: .init(status, body: state("held"))),
            messages: [.init("events", body: paid)],
            otherMessages: [.init("events", body: state("left")), .init("events", body: state("held"))])
    }()
}
