import Commerce
import Database
import PaymentKit
import Storage

/// Why nothing was done for a rider. Nothing was changed, but for a wrong code that was counted.
package enum RiderRefusal: Error, Sendable, Hashable, Codable {
    /// The link was never made, was taken back, or its day is over.
    case noLink
    case formTooOld
    case handedOverAlready
    case phone(PhoneNumber.Problem)
    case start(StartRefusal)
    /// Not above zero, or more than what is left to pay.
    case amount(left: Money)
    /// Somebody paid or took money since the page was shown.
    case leftMeanwhile
    /// A prompt may be on the phone, a payment waits to be confirmed, or a receipt is being looked for.
    case promptIsLive
    case isPaid, notPromised, hasEnded
    /// Not paid, or something about the order waits for somebody.
    case notPaid
    case codeForm
    case codeWrong(left: Int)
    case noCodesLeft
}

/// What a rider does at the door, by the right of the link alone. Each form does it once; what staff may not do, a
/// rider may not either.
extension Shop {
    /// Sends a prompt for what is left to pay: the same as when staff send one, with the same limits and pauses.
    ///
    /// - Parameter typed: A number as typed; nothing for the customer's.
    package func promptAtDoor(_ secret: String, phone typed: String, form: String, from caller: Caller) async throws {
        let (linkKey, formKey) = try keys(secret, form: form, at: now())
        let id = try await database.read { [self] reading in
            let order = try carried(linkKey, reading, at: now()).0
            guard order.handedOverAt == nil else { throw RiderRefusal.handedOverAlready }
            return order.id
        }
        // Nobody is asked on behalf of what cannot be a number.
        if !typed.trimmed.isEmpty {
            do { _ = try PhoneNumber(typed) } catch { throw RiderRefusal.phone(error) }
        }
        try await promptOnce(id, form: formKey) { [self] transaction, now in
            let (order, rider) = try carried(linkKey, transaction, at: now)
            guard order.handedOverAt == nil else { throw RiderRefusal.handedOverAlready }
            do {
                try promptAgain(
                    order, phone: typed, rings: true, by: rider.mark, from: caller, in: transaction, at: now)
            } catch let refusal as ServeRefusal { throw Self.refusal(of: refusal) }
            try inTrail("prompted", rider, order, SQLBooks(transaction: transaction, vault: vault, now: now))
        }
    }

    /// Writes down money that the rider took. It counts at once, by their word.
    ///
    /// - Parameter left: What was left to pay on the page that the rider saw: money that came since would be taken
    ///   twice.
    package func takeCashAtDoor(_ secret: String, _ amount: Money, ofLeft left: String, form: String) async throws {
        let ways = Set(waysAtHandOver)
        try await act(secret, form: form) { [self] order, rider, books in
            do {
                let open = order.standing.remainder
                guard open.minor <= 0 || open.decimalText == left else { throw RiderRefusal.leftMeanwhile }
                _ = try Self.takeCash(of: order, amount, by: rider.mark, ways, books, rules)
            } catch let refusal as CashRefusal { throw Self.refusal(of: refusal) }
            try inTrail("cash_taken", rider, order, books, amount.description)
        }
        wake.now()
    }

    /// Hands a paid order over for the code that only its customer can know. A wrong code is counted.
    package func handOverAtDoor(_ secret: String, code typed: String, form: String) async throws {
        let code = typed.filter { !$0.isWhitespace }
        guard code.utf8.count == AddressTokens.handOverDigits, code.allSatisfy({ ("0"..."9").contains($0) }) else {
            throw RiderRefusal.codeForm
        }
        let wrong = try await act(secret, form: form) { [self] order, rider, books -> RiderRefusal? in
            do { try Self.requireDue(order, books) } catch is ServeRefusal { throw RiderRefusal.notPaid }
            let left = Rider.mostWrongCodes - (try books.transaction.wrongCodes(of: order.id))
            guard left > 0 else { throw RiderRefusal.noCodesLeft }
            guard tokens.isHandOverCode(code, of: order) else {
                try books.save(order, events: [OrderEvent("wrong_code", nil, rider.mark)])
                try books.transaction.noteWrongCode(of: rider)
                return left > 1 ? .codeWrong(left: left - 1) : .noCodesLeft
            }
            try Self.handOver(order, to: rider.name, OrderEvent("handed_over_by_rider", nil, rider.mark), books)
            try inTrail("handed_over", rider, order, books)
            return nil
        }
        if let wrong = wrong ?? nil { throw wrong }
    }

    /// One deed of a rider: in one transaction with the use of its form, so that a second press does nothing.
    ///
    /// - Returns: Nil when the form was used before.
    /// - Throws: ``RiderRefusal``; then nothing is kept, and the form may be sent again.
    @discardableResult
    private func act<Result: Sendable>(
        _ secret: String, form: String, _ body: @escaping @Sendable (Order, Rider, SQLBooks) throws -> Result
    ) async throws -> Result? {
        let now = now()
        let (linkKey, formKey) = try keys(secret, form: form, at: now)
        return try await database.transaction { [self] transaction in
            let (order, rider) = try carried(linkKey, transaction, at: now)
            guard try transaction.markUsed(form: formKey, for: order.id, at: now) else { return nil }
            guard order.handedOverAt == nil else { throw RiderRefusal.handedOverAlready }
            return try body(order, rider, SQLBooks(transaction: transaction, vault: vault, now: now))
        }
    }

    /// Under what a link and a form of its page are kept.
    private func keys(_ secret: String, form: String, at now: Timestamp) throws -> (link: [UInt8], form: [UInt8]) {
        guard let linkKey = AddressTokens.pageKey(secret) else { throw RiderRefusal.noLink }
        guard let formKey = tokens.verify(formToken: form, for: FormPurpose.rider(secret: secret).text, at: now) else {
            throw RiderRefusal.formTooOld
        }
        return (linkKey, formKey)
    }

    private func carried(_ linkKey: [UInt8], _ reading: some SQLReading, at now: Timestamp) throws -> (Order, Rider) {
        guard let rider = try reading.rider(linkKey: linkKey, at: now, vault),
            let order = try reading.order(rider.order),
            // The order's version guards what is read after it: a link that ended meanwhile is gone by now.
            try reading.rider(linkKey: linkKey, at: now, vault) != nil
        else { throw RiderRefusal.noLink }
        return (order, rider)
    }

    /// Writes what a rider did into the trail, where the desk sees that somebody was first.
    private func inTrail(
        _ action: String, _ rider: Rider, _ order: Order, _ books: SQLBooks, _ detail: String = ""
    ) throws {
        try books.transaction.append(AuditEntry(rider.mark, "\(action)_done", order.number.text, detail), at: books.now)
    }

    private static func refusal(of refusal: CashRefusal) -> RiderRefusal {
        switch refusal {
        case .noSuchOrder: .noLink
        case .notPromised: .notPromised
        case .hasEnded: .hasEnded
        case .promptIsLive: .promptIsLive
        case .isPaid: .isPaid
        case .amount(let left): .amount(left: left)
        }
    }

    private static func refusal(of refusal: ServeRefusal) -> any Error {
        switch refusal {
        case .phone(let problem): RiderRefusal.phone(problem)
        case .start(.stillOpen): RiderRefusal.promptIsLive
        case .start(let refusal): RiderRefusal.start(refusal)
        case .noSuchOrder, .textMissing, .textHoldsPhone, .promptIsLive, .nothingWanted, .hasMoney, .hasEnded, .notPaid,
            .handedOverAlready, .packedAlready, .stepMeanwhile, .takerHoldsPhone, .riderMissing, .noRiderLink,
            .goodsAreOut, .refundIsOpen, .nothingToAsk, .notOwed, .receiptIsLookedFor, .isWrittenOff, .notWrittenOff:
            refusal
        }
    }
}
