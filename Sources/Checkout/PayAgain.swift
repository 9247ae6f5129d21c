import Commerce
import Database
import Logging
import PaymentKit
import PluginHost
import Storage

/// What came of pressing "pay again".
package enum PayAgainResult: Sendable {
    /// A prompt is on its way, or this form was used before: show the page.
    case started
    case problems([FormProblem])
    /// No order has this page.
    case unknown
}

extension Shop {
    /// Starts another payment of the same order, with the same or another number.
    ///
    /// Refused while an earlier prompt may still be alive (I13) and before the wait that the last answer asked for.
    /// When nobody knows how the last prompt ended, the provider is asked once more first: for some seconds at most.
    ///
    /// - Parameter typed: A number as typed; nothing for the one that was prompted last.
    package func payAgain(
        pageToken: String, phone typed: String, usesOtherNetwork: Bool, formToken: String, from caller: Caller
    ) async throws -> PayAgainResult {
        let now = now()
        guard let pageKey = AddressTokens.pageKey(pageToken) else { return .unknown }
        guard let order = try await database.read({ try $0.order(pageKey: pageKey) }) else { return .unknown }
        let purpose = FormPurpose.retry(pageToken: pageToken).text
        guard let formKey = tokens.verify(formToken: formToken, for: purpose, at: now) else {
            return .problems([.formTooOld])
        }
        let last = try await database.read { [vault] in try $0.attempts(of: order.id, vault).last }
        let phone: PhoneNumber
        if typed.trimmed.isEmpty, let known = last?.phone {
            phone = known
        } else {
            do { phone = try PhoneNumber(typed) } catch { return .problems([.phone(error)]) }
        }
        let name = wayAgain(after: last, for: phone) ?? ""
        if let network = strangeNetwork(of: phone, for: name), !usesOtherNetwork {
            return .problems([.phoneOfOtherNetwork(network)])
        }
        if let last, last.hasUnknownEnd, try await database.read({ try $0.use(ofForm: formKey) }) == nil {
            try await askBeforeRetry(last)
        }
        do {
            try await start(order.id, phone: phone, form: formKey, from: caller)
        } catch let refusal as StartRefusal {
            return .problems([.refused(refusal)])
        }
        wake.now()
        return .started
    }

    private func start(_ id: ID<Order>, phone: PhoneNumber, form: [UInt8], from caller: Caller) async throws {
        let now = now()
        try await database.transaction { [self] transaction in
            guard try transaction.markUsed(form: form, for: id, at: now) else { return }
            guard let current = try transaction.order(id) else { throw StaleWrite() }
            let last = try transaction.attempts(of: id, vault).last
            try startAgain(on: current, after: last, phone: phone, from: caller, in: transaction, at: now)
        }
    }

    /// The offered ways to pay that ring a phone.
    var ringingWays: [(name: String, manifest: Manifest)] {
        offeredProviders.filter { $0.manifest.offline == nil && $0.manifest.page == nil && asksPhone($0.name) }
    }

    /// By whom a payment is begun where none was before: the first offered way whose prompts reach the number by its
    /// network, else the first.
    private func promptProvider(for phone: PhoneNumber, rings: Bool) -> String? {
        let able = rings ? ringingWays : offeredProviders.filter { $0.manifest.offline == nil }
        let fitting = able.first { $0.manifest.network == nil || $0.manifest.network == phone.network }
        return (fitting ?? able.first)?.name
    }

    /// The way of the last payment; another one when there was none, or when it is not offered any more.
    ///
    /// - Parameter rings: Whether it must ring the phone.
    private func wayAgain(after last: Attempt?, for phone: PhoneNumber, rings: Bool = false) -> String? {
        let able = rings ? ringingWays : offeredProviders
        guard let last, able.contains(where: { $0.name == last.instance }) else {
            return promptProvider(for: phone, rings: rings)
        }
        return last.instance
    }

    /// Whether a payment can be begun by the shop at all.
    var beginsPayments: Bool { offeredProviders.contains { $0.manifest.offline == nil } }

    /// Starts another payment of an order, by the way to pay of the last one and after the pause that its answer asks
    /// for.
    ///
    /// - Parameter rings: Whether it must be a way to pay that rings the phone.
    /// - Throws: ``StartRefusal``; the caller lets it pass, so that nothing is kept.
    func startAgain(
        on order: Order, after last: Attempt?, phone: PhoneNumber, rings: Bool = false, from caller: Caller,
        events: [OrderEvent] = [],
        in transaction: Transaction, at now: Timestamp
    ) throws {
        guard let name = wayAgain(after: last, for: phone, rings: rings), let provider = providerName(name) else {
            throw StartRefusal.notPayable
        }
        if let last, let until = rules.retryTime(after: last), now < until { throw StartRefusal.tooMany(until: until) }
        try startAttempt(
            on: order, phone: phone, fields: last?.instance == name ? last?.fields ?? [:] : [:], provider: provider,
            from: caller, events: events,
            in: transaction, at: now)
    }

    /// Asks once what became of a prompt whose end nobody knows, and records the answer; none within the time changes
    /// nothing, and then the pause counts.
    func askBeforeRetry(_ attempt: Attempt) async throws {
        guard let instance = provider(attempt.instance) else { return }
        let references = try await database.read { [vault] in
            try $0.references(of: attempt.ticket, instance: instance.name, vault)
        }
        let past = Past(
            ticket: attempt.ticket, amount: attempt.amount, references: references,
            startedAt: attempt.startedAt.date, outcomeUnknown: references.isEmpty)
        let outcome: Outcome
        do {
            outcome = try await withDeadline(seconds: rules.askBeforeRetrySeconds) { [self] in
                try await ask(instance, about: past)
            }
        } catch {
            log.info(
                "A question before another prompt was not answered",
                metadata: ["attempt": "\(attempt.ticket.value)", "error": "\(Self.summary(of: error))"])
            return
        }
        try await record(News(.query, outcome), about: attempt.ticket, instance: instance.name)
    }
}
