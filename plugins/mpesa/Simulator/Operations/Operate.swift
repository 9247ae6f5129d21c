extension DarajaState {
    /// Takes an initiator's request, with everything its story does to it on the way; every one is written down.
    mutating func operate(
        _ service: DarajaService, _ json: JSON, hasOwnID: Bool, at now: Milliseconds
    ) throws(Refusal) -> Reply {
        guard operations.count < configuration.maximumPushes else { throw .quota }
        var operation = Operation(number: operations.count, service: service, receivedAt: now)
        operation.note(json, about: topic(of: json, service))
        let (phone, amount) = (operation.phone, operation.amount)
        operation.story = stories.story(service, phone: phone, amount: amount, at: now)

        if let outage = operation.story.outage { return write(operation, Self.reply(in: outage)) }
        if let fault = operation.story.push {
            stories.useFault(service, phone: phone, amount: amount)
            if fault.kind == .tokenCancelled { tokens = [:] }
            if fault.kind != .none && !fault.isProcessed {
                return write(operation, faulty(fault, Reply(answer: .json([:])), service))
            }
        }
        let instruction: Instruction
        do throws(Refusal) {
            instruction = try Instruction(json, service, hasOwnID: hasOwnID)
            operation.isDuplicate = instruction.ownID.map { conversations[$0] != nil } ?? false
            if operation.isDuplicate, !switches.tellsDuplicatesLater { throw .duplicate }
        } catch {
            return write(operation, Reply(answer: answer(error)))
        }
        operation.instruction = instruction
        operation.credential = check(instruction)
        operation.originatorConversationID = instruction.ownID ?? Identifier.request(&random)
        operation.conversationID = Identifier.conversation(at: now, &random)
        operation.transaction = enter(operation, instruction, at: now)
        stories.use(service, phone: phone, amount: amount, at: now)
        let acknowledgement = Answer.json([
            "OriginatorConversationID": .string(operation.originatorConversationID),
            "ConversationID": .string(operation.conversationID), "ResponseCode": "0",
            "ResponseDescription": "Accept the service request successfully.",
        ])
        var reply = write(operation, faulty(operation.story.push, Reply(answer: acknowledgement), service))
        begin(operation: operation.number, at: now)
        if operation.story.callback.isEarly {
            reply.callbacksFirst = takeDeliveries(about: .operation(operation.number))
        }
        return reply
    }

    private mutating func begin(operation number: Int, at now: Milliseconds) {
        let story = operations[number].story
        if story.result.timeout != nil {
            agenda.add(.timeOut(operation: number), at: now + configuration.queueTimeoutMilliseconds)
        }
        if story.outcome != .stuck {
            let wait = story.callback.isEarly ? 0 : story.decisionMilliseconds
            agenda.add(.settle(operation: number), at: now + wait)
        }
        catchUp(to: now)
    }

    /// Compares the operator's name and password; too many wrong ones lock the operator.
    private mutating func check(_ instruction: Instruction) -> Operation.Credential {
        guard wrongPasswords < configuration.operatorTries else { return .locked }
        guard instruction.operatorName == configuration.operatorName else { return .wrong }
        guard PracticeKey.decrypt(instruction.credential) == configuration.operatorPassword else {
            wrongPasswords += 1
            return .wrong
        }
        wrongPasswords = 0
        return .right
    }

    /// The phone and the amount that may have a story.
    private func topic(of json: JSON, _ service: DarajaService) -> (phone: String, amount: Int) {
        let amount = json["Amount"]?.text.flatMap(PushRequest.wholeNumber)
        if service == .b2c { return (json["PartyB"]?.text ?? "", amount ?? 0) }
        guard let past = known(receipt: json["TransactionID"]?.text, conversation: Instruction.conversation(in: json))
        else { return ("", amount ?? 0) }
        let phone = PushRequest.isPhone(past.payer) ? past.payer : PushRequest.isPhone(past.payee) ? past.payee : ""
        return (phone, amount ?? past.amount)
    }

    /// The transaction of this receipt, or else of this OriginatorConversationID.
    func known(receipt: String?, conversation: String?) -> Transaction? {
        let number = receipt.flatMap { books[$0] } ?? conversation.flatMap { conversations[$0] }
        return number.map { transactions[$0] }
    }

    /// What stands in the books as soon as the request is taken on; `nil` for what moves no money.
    private mutating func enter(
        _ operation: Operation, _ instruction: Instruction, at now: Milliseconds
    ) -> Int? {
        guard !operation.isDuplicate else { return nil }
        let draft: Draft
        switch instruction.work {
        case .balance, .status: return nil
        case .reversal(let receipt):
            draft = Draft(
                kind: .reversal, shortcode: instruction.shortcode, amount: instruction.amount,
                account: "", payer: instruction.shortcode,
                payee: known(receipt: receipt, conversation: nil)?.payer ?? "")
        case .payout(let phone, _):
            draft = Draft(
                kind: .b2c, shortcode: instruction.shortcode, amount: instruction.amount,
                payer: instruction.shortcode, payee: phone)
        case .business(let payee, let account, _):
            draft = Draft(
                kind: .b2b, shortcode: instruction.shortcode, amount: instruction.amount, account: account,
                payer: instruction.shortcode, payee: payee)
        }
        return enter(draft, at: now) {
            $0.originatorConversationID = operation.originatorConversationID
            $0.conversationID = operation.conversationID
            $0.story = operation.story
        }
    }

    /// Writes the operation down together with how it was answered.
    private mutating func write(_ operation: Operation, _ reply: Reply) -> Reply {
        var operation = operation
        let isCut = operation.story.push?.kind == .truncated
        operation.answer = (reply.answer.status, reply.answer.code, reply.transport == .dropped || isCut)
        operations.append(operation)
        return reply
    }
}

extension Instruction {
    /// The current and the older name of the same field.
    static func conversation(in json: JSON) -> String? {
        (json["OriginalConversationID"] ?? json["OriginatorConversationID"])?.text
    }
}

extension Operation {
    /// Notes the request as it came; never the credential.
    fileprivate mutating func note(_ json: JSON, about topic: (phone: String, amount: Int)) {
        (phone, amount) = topic
        guard case .object(let members) = json else { return }
        fields = members.filter { $0.name != "SecurityCredential" }
    }
}
