import Cryptography
import Foundation
import HTTPClient
import MPesa
import MPesaSimulator
import PaymentKit
import PaymentKitTesting
import Testing

/// The plugin and the simulator understand each other: each was written from Safaricom's description alone.
@Suite struct PluginTests {
    /// The plugin at the simulator's door, its callbacks at the shop's.
    private struct Counter: Sendable {
        let house: House
        let plugin: MPesa
        let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
        let tokens = MemoryTokens()

        init(_ house: House, _ settings: [String: String] = [:]) throws {
            self.house = house
            let all = settings.merging(["base_url": house.simulator.url]) { $1 }
            plugin = try MPesa(
                Setup(
                    environment: .practice, settings: FieldValues(all, checkedAgainst: MPesa.manifest.settings),
                    shopName: "Mama Njeri"))
        }

        func call(_ ticket: String) -> PaymentKit.Call {
            let address = "\(house.shop.url)/\(ticket.lowercased())"
            return PaymentKit.Call(
                ticket: Ticket(ticket), http: Outbound(client: client), tokens: tokens, crypto: RealCrypto(),
                log: RememberingLog(), now: now
            ) { URL(string: "\(address)/\($0)") ?? URL(filePath: "/") }
        }

        var now: Date { Date(timeIntervalSince1970: Double(house.clock.now) / 1_000) }

        /// What the callbacks since `count` say about an operation.
        func facts(_ past: Past?, since count: Int) async -> [Fact] {
            await house.wait(milliseconds: 2_000)
            return house.shop.callbacks.dropFirst(count).flatMap { callback in
                plugin.events(
                    in: InboundRequest(route: callback.route, about: past, body: Data(callback.text.utf8)))
            }.map(\.outcome.fact)
        }

        /// Runs an operation that is accepted, and waits for what is said about it.
        func result(
            _ kind: Past.Kind, _ ticket: String, _ amount: Money = Money(whole: 500, .kes), receipt: String? = nil,
            _ operation: (PaymentKit.Call) async throws -> PaymentKit.Outcome
        ) async throws -> (past: Past, facts: [Fact]) {
            let count = house.shop.callbacks.count
            let outcome = try await operation(call(ticket))
            #expect(outcome.fact == .pending)
            let past = Past(
                kind: kind, ticket: Ticket(ticket), amount: amount, references: outcome.references, receipt: receipt,
                startedAt: now)
            return (past, await facts(past, since: count))
        }
    }

    private struct Outbound: HTTPSending {
        let client: OutboundClient
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let answer = try await client.send(
                OutboundRequest(
                    method: request.method, url: request.url.absoluteString,
                    headers: request.headers.map { (name: $0.key, value: $0.value) }, body: Array(request.body),
                    timeout: .seconds(10), effect: request.effect == .acts ? .acts : .asks))
            return HTTPResponse(status: answer.status, body: Data(answer.body))
        }
    }

    private struct RealCrypto: CryptoProviding {
        func rsaEncrypt(_ message: Secret, certificate: String) throws(PaymentError) -> Data {
            do { return Data(try Certificate(pem: certificate).encrypt(Array(message.reveal().utf8))) } catch {
                throw .misconfigured("no certificate")
            }
        }
    }

    private static let amount = Money(whole: 500, .kes)

    private func open(
        _ settings: [String: String] = [:], _ change: (inout SimulatorConfiguration) -> Void = { _ in },
        _ body: (Counter) async throws -> Void
    ) async throws {
        try await House.with(change) { house in
            let counter = try Counter(house, settings)
            do { try await body(counter) } catch {
                await counter.client.shutdown()
                throw error
            }
            await counter.client.shutdown()
        }
    }

    /// Pays by hand and gives what the shop hears.
    private func pay(_ counter: Counter, _ shillings: Int, account: String = "K7M29QXD") async throws -> Receipt {
        let count = counter.house.shop.callbacks.count
        try counter.house.daraja.payPaybill(from: House.phone, amount: shillings, account: account)
        let facts = await counter.facts(nil, since: count)
        guard case .paid(Money(whole: Int64(shillings), .kes), let receipt?)? = facts.first, facts.count == 1 else {
            throw House.Missing()
        }
        return receipt
    }

    @Test("A payment by hand is heard, looked up, listed and reversed; reversed twice it is for a person")
    func payment() async throws {
        try await open { counter in
            #expect(try await counter.plugin.registerIncoming(counter.call("S-1")).count == 1)
            #expect(try await counter.plugin.registerStatement(counter.call("S-1")).count == 1)
            let receipt = try await pay(counter, 1_250)

            let lookup = try await counter.result(.lookup, "L7M29QXD-1", receipt: receipt.id) {
                try await counter.plugin.lookUp(receipt.id.lowercased(), $0)
            }
            guard case .paid(Money(whole: 1_250, .kes), let found?)? = lookup.facts.first else {
                return #expect(Bool(false), "\(lookup.facts)")
            }
            #expect(found.id == receipt.id)

            let page = try await counter.plugin.statement(
                from: counter.now - 3_600, to: counter.now + 60, page: nil, counter.call("S-1"))
            #expect(page.lines.map(\.receipt.id) == [receipt.id])
            #expect(page.lines.first?.amount == Money(whole: 1_250, .kes))
            let last = try await counter.plugin.statement(
                from: counter.now - 3_600, to: counter.now + 60, page: page.next, counter.call("S-1"))
            #expect(last.lines.isEmpty && last.next == nil)

            let refund = try await counter.result(.refund, "R7M29QXD-1", receipt: receipt.id) {
                try await counter.plugin.refund(Money(whole: 1_250, .kes), of: receipt, nil, reason: "gone", $0)
            }
            guard case .returned(Money(whole: 1_250, .kes), let returned?, .reversal)? = refund.facts.first else {
                return #expect(Bool(false), "\(refund.facts)")
            }
            let count = counter.house.shop.callbacks.count
            _ = try await counter.plugin.status(of: refund.past, counter.call("R7M29QXD-1"))
            let status = await counter.facts(refund.past, since: count)
            guard case .returned(Money(whole: 1_250, .kes), let told?, .reversal)? = status.first else {
                return #expect(Bool(false), "\(status)")
            }
            #expect(told.id == returned.id)

            let again = try await counter.result(.refund, "R7M29QXD-2", receipt: receipt.id) {
                try await counter.plugin.refund(Money(whole: 1_250, .kes), of: receipt, nil, reason: "gone", $0)
            }
            guard case .needsReview(let why)? = again.facts.first else {
                return #expect(Bool(false), "\(again.facts)")
            }
            #expect(why.contains("already reversed"))
        }
    }

    @Test("A payout is sent once, however often its ticket comes, and can be asked about by the ticket alone")
    func payout() async throws {
        try await open { counter in
            let form = try FieldValues(["phone": House.phone], checkedAgainst: MPesa.manifest.payoutForm)
            let first = try await counter.result(.payout, "P7M29QXD-1") {
                try await counter.plugin.send(Self.amount, to: form, reason: "refund", $0)
            }
            guard case .sent(Self.amount, let receipt?)? = first.facts.first else {
                return #expect(Bool(false), "\(first.facts)")
            }
            await #expect(throws: PaymentError.self) {
                try await counter.plugin.send(Self.amount, to: form, reason: "", counter.call("P7M29QXD-1"))
            }
            #expect(counter.house.daraja.phone(House.phone).balance == 50_500)

            let lost = Past(kind: .payout, ticket: Ticket("P7M29QXD-1"), amount: Self.amount, startedAt: counter.now)
            let count = counter.house.shop.callbacks.count
            _ = try await counter.plugin.status(of: lost, counter.call("P7M29QXD-1"))
            let facts = await counter.facts(lost, since: count)
            guard case .sent(Self.amount, let told?)? = facts.first else { return #expect(Bool(false), "\(facts)") }
            #expect(told.id == receipt.id)
        }
    }

    @Test("A paybill and a till are paid", arguments: [("paybill", "888001"), ("till", "888002")])
    func business(kind: String, number: String) async throws {
        try await open { counter in
            let form = try FieldValues(
                ["kind": kind, "business": number, "account": "SUP-7781"], checkedAgainst: MPesa.manifest.payoutForm)
            let paid = try await counter.result(.payout, "B7M29QXD-1") {
                try await counter.plugin.send(Self.amount, to: form, reason: "invoice", $0)
            }
            guard case .sent(Self.amount, .some)? = paid.facts.first else {
                return #expect(Bool(false), "\(paid.facts)")
            }
        }
    }

    @Test("The balances are told, and a QR code is drawn")
    func balance() async throws {
        try await open { counter in
            let balance = try await counter.result(.balance, "A7M29QXD-1") { try await counter.plugin.balance($0) }
            guard case .balance(let accounts)? = balance.facts.first else {
                return #expect(Bool(false), "\(balance.facts)")
            }
            #expect(accounts.count >= 3 && accounts.contains { $0.current == Money(whole: 100_000, .kes) })
            let picture = try await counter.plugin.code(
                for: Money(whole: 1_250, .kes), account: "K7M29QXD", counter.call("Q-1"))
            #expect(picture.starts(with: [0x89] + Array("PNG".utf8)))
        }
    }

    @Test("A wrong operator's password is told as what it is, and an unknown receipt is no evidence")
    func refusals() async throws {
        try await open(["initiator_password": "wrong"]) { counter in
            let balance = try await counter.result(.balance, "A7M29QXD-1") { try await counter.plugin.balance($0) }
            guard case .declined(let decline)? = balance.facts.first else {
                return #expect(Bool(false), "\(balance.facts)")
            }
            #expect(decline.reason == .misconfigured && decline.code == "2001")
        }
        try await open { counter in
            let lookup = try await counter.result(.lookup, "L7M29QXD-1", receipt: "UA5ZZZZZZZ") {
                try await counter.plugin.lookUp("UA5ZZZZZZZ", $0)
            }
            guard case .unclear? = lookup.facts.first else { return #expect(Bool(false), "\(lookup.facts)") }
        }
    }

    @Test("The question before a payment is understood, and so is the answer")
    func question() async throws {
        try await open([:], { $0.daraja.switches.validatesPayments = true }) { counter in
            _ = try await counter.plugin.registerIncoming(counter.call("S-1"))
            for (answer, paid) in [(IncomingAnswer.accept, 100_010), (.unknownAccount, 100_010)] {
                counter.house.shop.answer(counter.plugin.reply(answer).body)
                try counter.house.daraja.payPaybill(from: House.phone, amount: 10, account: "K7M29QXD")
                await counter.house.wait(milliseconds: 0)
                let asked = counter.house.shop.callbacks.last { $0.route == "incoming-check" }
                let question = counter.plugin.question(
                    in: InboundRequest(
                        route: "incoming-check", about: nil, body: Data((asked?.text ?? "").utf8)))
                #expect(question == IncomingQuestion(account: "K7M29QXD", amount: Money(whole: 10, .kes)))
                await counter.house.wait(milliseconds: 130_000)
                #expect(counter.house.funds(.collection) == paid)
            }
        }
    }
}
