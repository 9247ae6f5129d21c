extension DarajaState {
    /// Answers a request that needs no more than an answer, with what its story does to it on the way.
    ///
    /// - Parameters:
    ///   - phone: The phone it is about, which may have a story; or nothing.
    ///   - amount: The amount it is about, which may have a story; or 0.
    mutating func served(
        _ service: DarajaService, phone: String, amount: Int, at now: Milliseconds,
        _ handle: (inout DarajaState) throws(Refusal) -> Answer
    ) throws(Refusal) -> Reply {
        let story = stories.story(service, phone: phone, amount: amount, at: now)
        if let outage = story.outage { return Self.reply(in: outage) }
        if let fault = story.push {
            stories.useFault(service, phone: phone, amount: amount)
            if fault.kind == .tokenCancelled { tokens = [:] }
            if fault.kind != .none && !fault.isProcessed { return faulty(fault, Reply(answer: .json([:])), service) }
        }
        return faulty(story.push, Reply(answer: try handle(&self)), service)
    }

    /// What becomes of `reply` under `fault`.
    mutating func faulty(_ fault: PushFault?, _ reply: Reply, _ service: DarajaService) -> Reply {
        guard let fault else { return reply }
        var reply = reply
        reply.holdMilliseconds = fault.holdMilliseconds
        switch fault.kind {
        case .none: break
        case .answerLost: reply.transport = .dropped
        case .truncated: reply.answer.body = Array(reply.answer.body.prefix(41))
        case .forbiddenPage: reply.answer = .forbiddenPage
        case .unavailablePage: reply.answer = .unavailablePage
        case .soapFault: reply.answer = .soapFault
        case .refused: reply.answer = notAccepted(service)
        case .spikeArrest: reply.answer = answer(.spikeArrest)
        case .busy: reply.answer = answer(.busy)
        case .quota: reply.answer = answer(.quota)
        case .internalError: reply.answer = answer(.internalError(service))
        case .maintenance: reply.answer = answer(.maintenance)
        case .tokenCancelled: reply.answer = answer(.token(service, "0123456789abcdefghijABCDEFGH"))
        case .noProduct: reply.answer = answer(.noProduct)
        case .subscriberLocked: reply.answer = answer(.locked)
        }
        return reply
    }

    mutating func answer(_ refusal: Refusal) -> Answer {
        refusal.answer(requestID: Identifier.request(&random))
    }

    /// HTTP 200 with a ResponseCode that is not 0; reference, section 3.1.
    private mutating func notAccepted(_ service: DarajaService) -> Answer {
        let id = JSON.string(Identifier.request(&random))
        let words: JSON = "The request could not be accepted"
        return switch service {
        case .stk:
            .json([
                "MerchantRequestID": id, "CheckoutRequestID": "", "ResponseCode": "1", "ResponseDescription": words,
                "CustomerMessage": words,
            ])
        case .c2b: .json(["OriginatorCoversationID": id, "ResponseCode": "1", "ResponseDescription": words])
        case .reversal, .b2c, .b2b, .status, .balance:
            .json([
                "OriginatorConversationID": id, "ConversationID": "", "ResponseCode": "1",
                "ResponseDescription": words,
            ])
        case .pull: .json(["ResponseRefID": id, "ResponseCode": "1", "ResponseMessage": words])
        case .qr: .json(["ResponseCode": "1", "RequestID": id, "ResponseDescription": words])
        }
    }
}
