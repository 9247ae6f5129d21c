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
        let phone: PhoneNumber
        if typed.trimmed.isEmpty,
            let last = try await database.read({ [vault] in try $0.attempts(of: order.id, vault).last })
        {
            phone = last.phone
        } else {
            do { phone = try PhoneNumber(typed) } catch { return .problems([.phone(error)]) }
        }
        if let network = phone.otherNetwork, !usesOtherNetwork { return .problems([.phoneOfOtherNetwork(network)]) }
        do {
            try await database.transaction { [self] transaction in
                guard try transaction.markUsed(form: formKey, for: order.id, at: now) else { return }
                guard let current = try transaction.order(order.id) else { throw StaleWrite() }
                guard let last = try transaction.attempts(of: order.id, vault).last,
                    let provider = providerName(last.instance)
                else { throw StartRefusal.notPayable }
                if let until = Self.retryTime(after: last), now < until { throw StartRefusal.tooMany(until: until) }
                try startAttempt(
                    on: current, phone: phone, provider: provider, from: caller, in: transaction, at: now
                )
            }
        } catch let refusal as StartRefusal {
            return .problems([.refused(refusal)])
        }
        wake.now()
        return .started
    }

    /// The earliest time for another prompt after how the last one ended; nil when at once.
    package static func retryTime(after attempt: Attempt) -> Timestamp? {
        guard let decline = attempt.state.decline, decline.waitSeconds > 0, let closed = attempt.closedAt else {
            return nil
        }
        return closed.adding(seconds: decline.waitSeconds)
    }
}
