import Foundation
import PaymentKit

/// Stands in the shop for a plugin that runs in a process of its own: nothing above knows the difference.
///
/// What it answers is a plugin's word like any other's, and judged by the journal; here it is only made sure that the
/// word can be understood and that the shop's books can bear it.
package struct ProcessProvider: PaymentProvider {
    /// What runs it; one for each state of its settings.
    package let process: PluginProcess
    private let routes: [String]

    private init(_ process: PluginProcess, _ introduction: PluginIntroduction) {
        self.process = process
        routes = introduction.manifest.routes.map(\.name)
    }

    /// What the plugin can do, as its process says.
    ///
    /// - Throws: ``PaymentError`` when it cannot be started or a setting is wrong.
    package static func abilities(of process: PluginProcess) async throws -> Abilities {
        let introduction = try await process.introduction()
        return abilities(of: process, introduction)
    }

    /// What a plugin can do that has introduced itself before.
    package static func abilities(of process: PluginProcess, _ introduction: PluginIntroduction) -> Abilities {
        Abilities(
            of: ProcessProvider(process, introduction), introduction.manifest, hosts: introduction.hosts,
            callbackSources: introduction.callbackSources, pageHosts: introduction.pageHosts ?? [],
            declared: Set(introduction.abilities))
    }

    // MARK: Calling

    private func ask<Answer: Decodable & Sendable>(
        _ method: PluginMethod, _ call: Call? = nil, _ fill: (inout Wire.Call) -> Void = { _ in }
    ) async throws -> Answer {
        var params = Wire.Call()
        if let call {
            params.frame = Wire.Frame(
                ticket: call.ticket.value, now: call.now,
                callbacks: Dictionary(routes.map { ($0, call.callback($0)) }, uniquingKeysWith: { first, _ in first }))
        }
        fill(&params)
        let connection = try await process.connection()
        do {
            let answer: (line: WireLine, id: Int)
            if let call {
                let service = CallService(call, connection, process.masking)
                answer = try await connection.call(
                    method, params, serve: { await service.serve($0, $1, $2) }, note: { service.note($0) })
            } else {
                answer = try await connection.call(method, params)
            }
            return try PluginProcess.read(answer.line, method.rawValue)
        } catch let error as PaymentError {
            throw process.masking.masked(error)
        } catch let fault as PluginFault {
            process.note(fault)
            throw fault
        }
    }

    /// - Throws: ``PluginFault`` for money in another currency than the shop's: it could not be added up.
    private func vetted(_ fact: Fact) throws {
        let amounts: [Money] =
            switch fact {
            case .paid(let amount, _), .returned(let amount, _, _), .sent(let amount, _), .authorized(let amount, _):
                [amount]
            case .balance(let accounts): accounts.flatMap { [$0.current, $0.available] }
            case .pending, .declined, .unclear, .notFound, .needsReview: []
            }
        try vetted(amounts)
    }

    private func vetted(_ amounts: [Money]) throws {
        guard amounts.allSatisfy({ $0.currency == process.currency }) else {
            let fault = PluginFault(why: "it tells of money in another currency than \(process.currency.rawValue)")
            process.note(fault)
            throw fault
        }
    }

    private func outcome(
        _ method: PluginMethod, _ call: Call, _ fill: (inout Wire.Call) -> Void = { _ in }
    ) async throws -> Outcome {
        let outcome: Outcome = try await ask(method, call, fill)
        try vetted(outcome.fact)
        return outcome
    }

    package func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        let started: Started = try await ask(.start, call) { params in
            params.amount = request.amount
            params.form = request.form.revealed
            params.order = request.orderNumber
            params.returnTo = request.returnAddress
        }
        try vetted(started.outcome.fact)
        return started
    }
}

extension ProcessProvider: StatusQuerying, Refunding, PayoutSending, BalanceReporting, ConnectionTesting {
    package func status(of past: Past, _ call: Call) async throws -> Outcome {
        try await outcome(.status, call) { $0.past = past }
    }

    package func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome {
        try await outcome(.refund, call) { params in
            params.amount = amount
            params.receipt = receipt
            params.past = past
            params.reason = reason
        }
    }

    package func send(
        _ amount: Money, to form: FieldValues, reason: String, _ call: Call
    ) async throws -> Outcome {
        try await outcome(.send, call) { params in
            params.amount = amount
            params.form = form.revealed
            params.reason = reason
        }
    }

    package func balance(_ call: Call) async throws -> Outcome { try await outcome(.balance, call) }

    package func testConnection(_ call: Call) async throws -> [String] {
        let answer: Wire.Lines = try await ask(.testConnection, call)
        return answer.lines.prefix(20).map { process.masking.masked($0, atMost: 300) }
    }
}

extension ProcessProvider: IncomingPaymentReceiving, OfflinePaying {
    /// Events that one message may become.
    private static let mostEvents = 50

    package func events(in inbound: InboundRequest) async throws -> [PaymentEvent] {
        let answer: Wire.Events = try await ask(.events) { $0.inbound = inbound }
        guard answer.events.count <= Self.mostEvents else {
            throw PluginFault(why: "it made \(answer.events.count) events of one message")
        }
        for event in answer.events { try vetted(event.outcome.fact) }
        return answer.events
    }

    package func instructions(for amount: Money, account: String) async throws -> Instructions {
        let instructions: Instructions = try await ask(.instructions) { params in
            params.amount = amount
            params.account = account
        }
        guard WireLimits.fitPage(instructions) else {
            throw PluginFault(why: "its instructions are too long for a page")
        }
        return instructions
    }

    package func question(in inbound: InboundRequest) async throws -> IncomingQuestion? {
        let answer: Wire.Question = try await ask(.question) { $0.inbound = inbound }
        if let question = answer.question { try vetted([question.amount]) }
        return answer.question
    }

    package func reply(_ answer: IncomingAnswer) async throws -> HTTPReply {
        try await ask(.reply) { $0.answer = answer }
    }

    package func registerIncoming(_ call: Call) async throws -> [String] {
        let answer: Wire.Lines = try await ask(.registerIncoming, call)
        return answer.lines.prefix(20).map { process.masking.masked($0, atMost: 300) }
    }
}

extension ProcessProvider: ReceiptLookingUp, Reconciling, PaymentCodeDrawing {
    package func receipt(typed text: String) async throws -> String? {
        let answer: Wire.Text = try await ask(.receipt) { $0.text = text }
        guard let receipt = answer.text, WireLimits.isWord(receipt, atMost: 60) else { return nil }
        return receipt
    }

    package func lookUp(_ receipt: String, _ call: Call) async throws -> Outcome {
        try await outcome(.lookUp, call) { $0.text = receipt }
    }

    package func statement(from: Date, to: Date, page: String?, _ call: Call) async throws -> StatementPage {
        let answer: StatementPage = try await ask(.statement, call) { params in
            params.from = from
            params.to = to
            params.page = page
        }
        try vetted(answer.lines.flatMap { [$0.amount] + ($0.balance.map { [$0] } ?? []) })
        return answer
    }

    package func registerStatement(_ call: Call) async throws -> [String] {
        let answer: Wire.Lines = try await ask(.registerStatement, call)
        return answer.lines.prefix(20).map { process.masking.masked($0, atMost: 300) }
    }

    package func code(for amount: Money, account: String, _ call: Call) async throws -> Data {
        let picture: Wire.Picture = try await ask(.code, call) { params in
            params.amount = amount
            params.account = account
        }
        guard picture.png.starts(with: [0x89, 0x50, 0x4E, 0x47]) else {
            throw PluginFault(why: "its picture is no PNG")
        }
        return picture.png
    }
}
