/// The list of what came in; reference, section 13.
enum Pull {
    /// Milliseconds that the list reaches back, and that one question may span.
    static let windowMilliseconds: Milliseconds = 48 * 3_600_000
}

extension DarajaState {
    /// Lets a shortcode pull; once is enough, and twice is no error.
    mutating func registerPull(_ json: JSON, at now: Milliseconds) throws(Refusal) -> Reply {
        try served(.pull, phone: "", amount: 0, at: now) { state throws(Refusal) in
            let fields = Fields(json: json)
            let shortcode = try fields.shortcode("ShortCode")
            guard state.accounts[shortcode] != nil else { throw .pullShortcode }
            _ = try fields.word("RequestType", ["Pull"])
            guard let nominated = json["NominatedNumber"]?.text, phoneNumber(nominated) != nil else {
                throw .invalid("NominatedNumber")
            }
            _ = try fields.address("CallBackURL")
            let isNew = state.pullers.insert(shortcode).inserted
            let forms = state.stories.standard(.pull, at: now).pull
            let hasSpaces = forms.contains(.spacedKeys)
            let words = isNew ? "Shortcode Registered Successfully" : "ShortCode already Registered"
            return .json(
                .object([
                    .init(name: "ResponseRefID", value: .string(Identifier.request(&state.random))),
                    .init(name: hasSpaces ? "Response Status" : "ResponseStatus", value: isNew ? "1000" : "1001"),
                    .init(name: "ShortCode", value: .string(shortcode)),
                    .init(name: hasSpaces ? "Response Description" : "ResponseDescription", value: .string(words)),
                ]))
        }
    }

    /// Rows of what came in, oldest first, so that later ones do not move those before.
    mutating func pull(_ json: JSON, at now: Milliseconds) throws(Refusal) -> Reply {
        try served(.pull, phone: "", amount: 0, at: now) { state throws(Refusal) in
            let shortcode = json["ShortCode"]?.text ?? ""
            guard state.accounts[shortcode] != nil, state.pullers.contains(shortcode) else { throw .pullShortcode }
            guard let start = json["StartDate"]?.text.flatMap(EastAfricaTime.instant) else {
                throw .invalid("StartDate")
            }
            guard let end = json["EndDate"]?.text.flatMap(EastAfricaTime.instant), end >= start,
                end - start <= Pull.windowMilliseconds
            else { throw .invalid("EndDate") }
            guard let offset = json["OffSetValue"]?.text.flatMap(PushRequest.wholeNumber) else {
                throw .invalid("OffSetValue")
            }
            let forms = state.stories.standard(.pull, at: now).pull
            // Older rows are not kept, whoever asks for them.
            let rows = state.received(shortcode, from: max(start, now - Pull.windowMilliseconds), through: end)
                .dropFirst(offset).prefix(state.configuration.pullRows)
                .map { state.row($0, isMasked: forms.contains(.maskedPayers)) }
            return try state.pulled(Array(rows), forms)
        }
    }

    /// Customers' payments that were completed in these seconds, in order.
    private func received(_ shortcode: String, from start: Milliseconds, through end: Milliseconds) -> [Transaction] {
        transactions.filter { transaction in
            let at = (transaction.finalisedAt ?? 0) / 1_000 * 1_000
            return transaction.shortcode == shortcode && transaction.status == .completed
                && (transaction.kind == .stk || transaction.kind == .c2b) && at >= start && at <= end
        }.sorted { ($0.finalisedAt ?? 0, $0.number) < ($1.finalisedAt ?? 0, $1.number) }
    }

    private func row(_ transaction: Transaction, isMasked: Bool) -> JSON {
        let isTill = accounts[transaction.shortcode]?.till != nil
        let phone = transaction.payer
        return [
            "transactionId": .string(transaction.receipt),
            "trxDate": .string(EastAfricaTime(transaction.finalisedAt ?? 0).pulled),
            "msisdn": isMasked
                ? .string("\(phone.prefix(4))*****\(phone.suffix(3))") : .number(String(phone.suffix(9))),
            "sender": "MPESA",
            "transactiontype": isTill ? "c2b-buy-goods-debit" : "c2b-pay-bill-debit",
            "billreference": .string(isTill ? "" : transaction.account),
            "amount": .string("\(transaction.amount).00"),
            "organizationname": .string(accounts[transaction.shortcode]?.name ?? ""),
        ]
    }

    private mutating func pulled(_ rows: [JSON], _ forms: [PullForm]) throws(Refusal) -> Answer {
        let id = JSON.Member(
            name: forms.contains(.requestID) ? "RequestID" : "ResponseRefID",
            value: .string(Identifier.request(&random)))
        func answer(_ code: String, _ message: String, _ list: JSON.Member) -> Answer {
            .json(
                .object([
                    id, .init(name: "ResponseCode", value: .string(code)),
                    .init(name: "ResponseMessage", value: .string(message)), list,
                ]))
        }
        guard rows.isEmpty else {
            let list: JSON = forms.contains(.flat) ? .array(rows) : .array([.array(rows)])
            return answer("1000", "Success", .init(name: "Response", value: list))
        }
        if forms.contains(.emptyError) { throw .pulledNothing }
        if forms.contains(.emptyText) { return answer("1001", "Null", .init(name: "Transaction", value: "[[]]")) }
        return answer(
            "1001", "No transactions available for the selected time period",
            .init(name: "Response", value: [[]]))
    }
}
