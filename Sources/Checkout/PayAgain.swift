import Commerce
import Database
import PaymentKit
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
        do {
            try await promptOnce(order.id, form: formKey) { [self] transaction, now in
                guard let current = try transaction.order(order.id) else { throw StaleWrite() }
                let last = try transaction.attempts(of: order.id, vault).last
                try startAgain(on: current, after: last, phone: phone, from: caller, in: transaction, at: now)
            }
        } catch let refusal as StartRefusal {
            return .problems([.refused(refusal)])
        }
        return .started
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
}
