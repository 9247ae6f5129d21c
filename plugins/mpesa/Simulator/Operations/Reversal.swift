extension DarajaState {
    /// Sends a payment back: the whole of it, once, while the money is still in the account; reference, section 12.
    mutating func reverse(_ receipt: String, _ number: Int, at now: Milliseconds) -> Judgement {
        let reversal = transactions[number]
        guard let place = books[receipt] else { return .failure("R000002", .reversal) }
        let original = transactions[place]
        guard original.kind == .stk || original.kind == .c2b, original.status == .completed,
            original.shortcode == reversal.shortcode
        else { return .failure("R000002", .reversal) }
        guard original.reversedBy == nil else { return .failure("R000001", .reversal) }
        // The portal asks for the amount of the transaction and says nothing of a part.
        guard original.amount == reversal.amount else {
            return Judgement(code: "25", description: "The format of parameter Amount is invalid.")
        }
        let account = Purse.account(original.shortcode, .collection)
        guard holds(account) >= original.amount else { return .failure("1", .reversal) }
        move(original.amount, from: account, to: .phone(original.payer))
        transactions[place].reversedBy = reversal.receipt
        transactions[number].reverses = receipt
        tell(
            original.payer,
            "\(reversal.receipt) Confirmed. Transaction \(receipt) has been reversed on "
                + "\(EastAfricaTime(now).message) and Ksh\(grouped(original.amount)).00 is credited to your M-PESA "
                + "account. New M-PESA balance is Ksh\(grouped(holds(.phone(original.payer)))).00.", at: now)
        return .success(reversal.receipt, reversalParameters(original, account, at: now))
    }

    /// Somebody reverses a payment in the portal; no address is told.
    ///
    /// - Returns: The receipt of the reversal.
    mutating func reverseByHand(_ receipt: String, at now: Milliseconds) throws(ReversalProblem) -> String {
        guard let original = known(receipt: receipt, conversation: nil) else { throw ReversalProblem(code: "R000002") }
        let draft = Draft(
            kind: .reversal, shortcode: original.shortcode, amount: original.amount, payer: original.shortcode,
            payee: original.payer)
        let number = enter(draft, at: now)
        let judgement = reverse(receipt, number, at: now)
        guard judgement.code == "0" else {
            close(number, .declined, refusal: judgement.code, at: now)
            throw ReversalProblem(code: judgement.code)
        }
        close(number, .completed, at: now)
        return transactions[number].receipt
    }

    private func reversalParameters(
        _ original: Transaction, _ account: Purse, at now: Milliseconds
    ) -> [ResultEnvelope.Parameter] {
        let accounts = accounts[original.shortcode]
        let left = "\(holds(account)).00"
        return [
            .init(
                "DebitAccountBalance",
                .string("\(accounts?.title(.collection) ?? "")|KES|\(left)|\(left)|0.00|0.00")),
            .init("Amount", .number("\(original.amount).00")),
            .init("TransCompletedTime", .number(EastAfricaTime(now).digits)),
            .init("OriginalTransactionID", .string(original.receipt)),
            .init("Charge", .number("0.00")),
            .init("CreditPartyPublicName", .string(PersonName.publicName(original.payer))),
            .init("DebitPartyPublicName", .string(accounts?.publicName ?? "")),
        ]
    }
}

/// Why a payment was not reversed by hand.
package struct ReversalProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The code that a reversal by the API would have ended with.
    package let code: String
    /// M-PESA's words for it.
    package var description: String { OperationText.of(code, .reversal) }
}
