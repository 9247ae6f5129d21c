import Dispatch
import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting

extension FuzzTarget {
    /// The body of a message to each of the plugin's routes, with and without a known attempt.
    static let callback = FuzzTarget("callback") { bytes throws(Wrong) in
        for route in MPesa.manifest.routes {
            for about in [nil, Sample.past] {
                let inbound = InboundRequest(
                    route: route.name, about: about, body: Data(bytes), source: "196.201.212.69")
                let events = Sample.plugin.events(in: inbound)
                try require(events == Sample.plugin.events(in: inbound), "the same message reads in two ways")
                for event in events { try judge(event, about) }
            }
        }
    }

    private static func judge(_ event: PaymentEvent, _ about: Past?) throws(Wrong) {
        try require(!event.key.value.isEmpty && event.key.value.utf8.count <= 1_000, "an event without a fit key")
        if let about, case .about(let ticket) = event.subject {
            try require(ticket == about.ticket, "an event about another attempt than its address")
        }
        try judge(event.outcome.fact)
        for reference in event.outcome.references {
            try require(!reference.name.isEmpty && !reference.value.isEmpty, "a reference without a value")
        }
    }

    /// What must be so of every fact, whoever told it.
    private static func judge(_ fact: Fact) throws(Wrong) {
        switch fact {
        case .paid(let amount, let receipt), .returned(let amount, let receipt, _), .sent(let amount, let receipt):
            try require(amount.minor > 0, "a movement of \(amount.minor)")
            try require(receipt?.id.isEmpty != true, "a receipt without a name")
        case .declined(let decline):
            try require(!decline.code.isEmpty, "a no without its code")
            try require(!Sample.holdsNumber(decline.detail), "a number in the detail of a no")
        case .unclear(let code, let detail):
            try require(!code.isEmpty, "an unknown code that is empty")
            try require(!Sample.holdsNumber(detail), "a number in the detail of an unknown code")
        case .needsReview(let why): try require(!Sample.holdsNumber(why), "a number in the words for a person")
        case .pending, .authorized, .balance, .notFound: break
        }
    }

    /// The provider's answer to a prompt and to a question: the first byte chooses the status, the rest is the body.
    static let answer = FuzzTarget("answer") { bytes throws(Wrong) in
        let statuses = [200, 400, 401, 403, 404, 429, 500, 503]
        let status = statuses[Int(bytes.first ?? 0) % statuses.count]
        let body = String(decoding: bytes.dropFirst(), as: UTF8.self)
        let told = Sample.ask(status, body)
        try require(told == Sample.ask(status, body), "the same answer reads in two ways")
        switch told.start {
        case .success(let fact):
            try judge(fact)
            if case .paid = fact { throw Wrong("an answer to a prompt says that it is paid") }
            // Anything but a complete answer of the provider's own proves nothing.
            if case .declined = fact { try require(body.contains("ode"), "a definite no without any code") }
        case .failure: break
        }
        if case .success(let fact) = told.status {
            try judge(fact)
            if case .paid(let amount, _) = fact {
                try require(amount == Sample.past.amount, "a question is answered with another amount")
                try require(status == 200 && body.contains("ResultCode"), "paid, out of nothing")
            }
        }
    }

    /// A statement that the owner took from the provider's portal.
    static let statement = FuzzTarget("statement") { bytes throws(Wrong) in
        let file = Data(bytes)
        do {
            let lines = try Sample.plugin.movements(inFile: file)
            let again = try Sample.plugin.movements(inFile: file)
            try require(lines == again, "the same file reads in two ways")
            for line in lines {
                try require(line.amount.minor > 0, "a movement of \(line.amount.minor)")
                try require(!line.receipt.id.isEmpty, "a movement without a receipt")
            }
        } catch let wrong as Wrong {
            throw wrong
        } catch PaymentError.invalidInput(let sentence, _) {
            try require(!sentence.isEmpty, "refused without a word")
        } catch {
            throw Wrong("a file fails with \(type(of: error))")
        }
    }
}

/// What the targets of the provider share.
private enum Sample {
    static let plugin: MPesa = {
        do {
            let values = try FieldValues([:], checkedAgainst: MPesa.manifest.settings, live: false)
            return try MPesa(Setup(environment: .practice, settings: values, shopName: "Mama Njeri"))
        } catch { fatalError("The plugin's own defaults do not fit: \(error)") }
    }()

    static let past = Past(
        ticket: Ticket("K7M29QXD-1"), amount: Money(whole: 1_250, .kes),
        references: [Reference("CheckoutRequestID", "ws_CO_05012026143016482708374149")],
        startedAt: Date(timeIntervalSince1970: 1_767_612_615))

    struct Told: Hashable, Sendable {
        enum Answer: Hashable, Sendable { case success(Fact), failure(String) }
        var start, status: Answer
    }

    /// Starts a payment and asks about one, both answered with these words.
    static func ask(_ status: Int, _ body: String) -> Told {
        let http = ScriptedHTTP { request in
            request.url.path().hasPrefix("/oauth/")
                ? .answer(status: 200, body: #"{"access_token":"token-1","expires_in":"3599"}"#)
                : .answer(status: status, body: body)
        }
        let box = Box()
        let done = DispatchSemaphore(value: 0)
        Task {
            box.told = Told(
                start: await answer {
                    let form = try FieldValues(["phone": "0708374149"], checkedAgainst: MPesa.manifest.form)
                    let request = StartRequest(amount: past.amount, form: form, orderNumber: "K7M29QXD")
                    return try await plugin.start(request, .scripted(http)).outcome.fact
                },
                status: await answer { try await plugin.status(of: past, .scripted(http)).fact })
            done.signal()
        }
        done.wait()
        return box.told
    }

    /// Written by one task, read when it is done.
    private final class Box: @unchecked Sendable {
        var told = Told(start: .failure(""), status: .failure(""))
    }

    private static func answer(_ body: () async throws -> Fact) async -> Told.Answer {
        do { return .success(try await body()) } catch { return .failure("\(error)") }
    }

    /// Whether nine digits and more stand in one piece: a number, an id that holds one.
    static func holdsNumber(_ text: String) -> Bool { text.split { !$0.isNumber }.contains { $0.count >= 9 } }
}
