/// How an operation turned out, before it is put into an envelope.
struct Judgement {
    let code: String
    let description: String
    var receipt: String?
    var parameters: [ResultEnvelope.Parameter] = []

    static func success(_ receipt: String?, _ parameters: [ResultEnvelope.Parameter]) -> Judgement {
        Judgement(
            code: "0", description: "The service request is processed successfully.", receipt: receipt,
            parameters: parameters)
    }

    static func failure(_ code: String, _ service: DarajaService) -> Judgement {
        Judgement(code: code, description: OperationText.of(code, service))
    }
}

extension DarajaState {
    /// Does what an operation asks for, or finds why not, and tells the initiator.
    mutating func settle(_ number: Int, at now: Milliseconds) {
        guard operations.indices.contains(number), operations[number].result == nil,
            let instruction = operations[number].instruction
        else { return }
        let judgement = judge(operations[number], instruction, at: now)
        operations[number].result = OperationResult(
            code: judgement.code, description: judgement.description, at: now, receipt: judgement.receipt)
        if let transaction = operations[number].transaction {
            let isDone = judgement.code == "0"
            close(transaction, isDone ? .completed : .declined, refusal: isDone ? nil : judgement.code, at: now)
            if isDone, transactions[transaction].kind == .b2b { confirm(transaction, at: now) }
        }
        let plan = operations[number].story.callback
        let wait = plan.isEarly ? 0 : configuration.processingMilliseconds + plan.delayMilliseconds
        let body = ResultEnvelope(operations[number], instruction, judgement, at: now).body
        post(letter(number, .result, instruction.resultURL, body.bytes), plan, at: now + wait)
    }

    /// Calls the QueueTimeOutURL of an operation that has no result yet, or whose news is still on its way.
    mutating func timeOut(_ number: Int, at now: Milliseconds) {
        guard operations.indices.contains(number), let form = operations[number].story.result.timeout,
            let instruction = operations[number].instruction
        else { return }
        let operation = operations[number]
        let ids: JSON = [
            "OriginatorConversationID": .string(operation.originatorConversationID),
            "ConversationID": .string(operation.conversationID),
        ]
        let body: JSON =
            switch form {
            case .empty: [:]
            case .ids: ids
            case .envelope: ResultEnvelope(timeOutOf: operation, instruction, at: now).body
            }
        agenda.add(.send(letter(number, .timeout, instruction.timeoutURL, body.bytes), copies: 1), at: now)
    }

    private func letter(
        _ number: Int, _ kind: CallbackRecord.Kind, _ url: String, _ body: [UInt8]
    ) -> Letter {
        Letter(
            subject: .operation(number), kind: kind, url: url,
            shortcode: operations[number].instruction?.shortcode ?? "", body: body)
    }

    /// The operator first, then the story, then the books.
    private mutating func judge(
        _ operation: Operation, _ instruction: Instruction, at now: Milliseconds
    ) -> Judgement {
        switch operation.credential {
        case .locked: return .failure("8006", operation.service)
        case .wrong: return .failure("2001", operation.service)
        case .right: break
        }
        if case .code(let code) = operation.story.outcome, code != "0" { return .failure(code, operation.service) }
        guard accounts[instruction.shortcode] != nil else {
            return Judgement(code: "SFC_IC0003", description: "The operator does not exist.")
        }
        if operation.isDuplicate { return .failure("15", operation.service) }
        switch (instruction.work, operation.transaction) {
        case (.reversal(let receipt), let transaction?): return reverse(receipt, transaction, at: now)
        case (.payout(let phone, _), let transaction?): return payOut(to: phone, transaction, at: now)
        case (.business(let payee, _, _), let transaction?): return pay(business: payee, transaction, at: now)
        case (.balance, _): return balance(of: instruction.shortcode, at: now)
        case (.status(let receipt, let conversation), _):
            return status(receipt, conversation, operation.story.result, of: instruction.shortcode)
        case (.reversal, nil), (.payout, nil), (.business, nil):
            preconditionFailure("what moves money stands in the books")
        }
    }
}
