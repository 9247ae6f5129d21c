extension DarajaState {
    /// What the accounts of a shortcode hold, as one text; reference, section 10.
    func balance(of shortcode: String, at now: Milliseconds) -> Judgement {
        guard let accounts = accounts[shortcode] else { return .failure("SFC_IC0003", .balance) }
        func line(_ title: String, _ amount: Int) -> String { "\(title)|KES|\(amount).00|\(amount).00|0.00|0.00" }
        func line(_ account: Accounts.Account) -> String { line(accounts.title(account), accounts[account]) }
        let lines =
            accounts.till == nil
            ? [
                line(.working), line("Float Account", 0), line(.collection), line(.charges),
                line("Organization Settlement Account", 0),
            ] : [line(.collection), line(.working), line(.charges)]
        return .success(
            nil,
            [
                .init("AccountBalance", .string(lines.joined(separator: "&"))),
                .init("BOCompletedTime", .string(EastAfricaTime(now).digits)),
            ])
    }

    /// What became of a transaction of this shortcode; reference, section 11.
    ///
    /// For one that is not in its books nothing is documented but failures that name no reason; this is one of them.
    func status(
        _ receipt: String?, _ conversation: String, _ plan: ResultPlan, of shortcode: String
    ) -> Judgement {
        let found =
            receipt != nil
            ? known(receipt: receipt, conversation: nil) : known(receipt: nil, conversation: conversation)
        guard let found, found.shortcode == shortcode || merchant(found.payee)?.shortcode == shortcode else {
            return .failure("SFC_IC0003", .status)
        }
        let end = EastAfricaTime(found.finalisedAt ?? found.initiatedAt).digits
        return .success(
            nil,
            [
                .init("DebitPartyName", .string(publicName(found.payer))),
                .init("CreditPartyName", .string(publicName(found.payee))),
                .init("OriginatorConversationID", .string(found.originatorConversationID)),
                .init("InitiatedTime", .string(EastAfricaTime(found.initiatedAt).digits)),
                .init("DebitAccountType", .string(debitAccount(found))),
                .init("DebitPartyCharges", .string(found.charge > 0 ? "Fee|KES|\(found.charge).00" : "")),
                .init("TransactionReason", nil),
                .init("ReasonType", .string(Self.reason(found))),
                .init("TransactionStatus", .string(plan.transactionStatus ?? found.status.rawValue)),
                .init("FinalisedTime", .string(end)),
                .init("Amount", .string("\(found.amount)")),
                .init("ConversationID", .string(found.conversationID)),
                .init("ReceiptNo", .string(found.receipt)),
            ])
    }

    private func publicName(_ party: String) -> String {
        if PushRequest.isPhone(party) { return PersonName.publicName(party) }
        return "\(party) - \(merchant(party)?.name ?? configuration.suppliers[party] ?? "")"
    }

    private func debitAccount(_ transaction: Transaction) -> String {
        switch transaction.kind {
        case .stk, .c2b: "MMF Account For Customer"
        case .b2b: "Working Account"
        case .b2c, .reversal: accounts[transaction.shortcode]?.title(.collection) ?? ""
        }
    }

    private static func reason(_ transaction: Transaction) -> String {
        switch transaction.kind {
        case .stk, .c2b:
            transaction.payee == transaction.shortcode ? "Pay Bill Online" : "Merchant Payment Online"
        case .reversal: "Transaction Reversal via API"
        case .b2c: "Business Payment to Customer via API"
        case .b2b: "Business Pay Bill via API"
        }
    }
}
