/// The status query; reference, section 5.
enum StatusQuery {
    static let path = "/mpesa/stkpushquery/v1/query"
    /// Most queries that the ledger keeps of one push.
    static let maximumRecords = 200
}

extension DarajaState {
    /// Says how a push stands; never amount, phone or receipt.
    mutating func query(_ json: JSON, at now: Milliseconds) throws(Refusal) -> Reply {
        let credentials = try Credentials(json)
        guard let id = json["CheckoutRequestID"]?.text, id.hasPrefix("ws_CO_"), id.utf8.count <= 64 else {
            throw .invalid("CheckoutRequestID")
        }
        let merchant = try credentials.merchant(among: configuration.merchants)
        guard let number = places[id], pushes[number].merchant.shortcode == merchant.shortcode else {
            throw .noTransaction
        }
        let reply = queryReply(about: pushes[number], at: now)
        let code = JSON(orNil: reply.answer.body)?["ResultCode"]?.text ?? reply.answer.code
        if pushes[number].queries.count < StatusQuery.maximumRecords {
            pushes[number].queries.append(QueryRecord(at: now, status: reply.answer.status, code: code))
        }
        return reply
    }

    private mutating func queryReply(about push: Push, at now: Milliseconds) -> Reply {
        // The outage of the moment counts, not that of the push.
        let story = stories.story(.stk, phone: push.phone, amount: push.amount, at: now)
        if let outage = story.outage { return Self.reply(in: outage) }
        switch push.story.query.fault {
        case .unavailable: return Reply(answer: .unavailablePage)
        case .closed: return Reply(answer: .unavailablePage, transport: .dropped)
        case .spikeArrest: return Reply(answer: answer(.spikeArrest))
        case .internalError: return Reply(answer: answer(.internalError(.stk)))
        case .unknown: return Reply(answer: answer(.noTransaction))
        case .pending: return Reply(answer: pending(push))
        case nil: break
        }
        guard let result = push.result else { return Reply(answer: pending(push)) }
        return Reply(answer: state(of: push, code: result.code, description: result.description))
    }

    private func pending(_ push: Push) -> Answer {
        switch push.story.query.pendingForm {
        case .error: Refusal.isProcessed.answer(requestID: push.checkoutRequestID)
        case .code4999: state(of: push, code: "4999", description: "The transaction is still under processing")
        case .code1: state(of: push, code: "1", description: "The transaction is being processed")
        }
    }

    private func state(of push: Push, code: String, description: String) -> Answer {
        let isNumber = push.story.query.hasNumericCode && Int(code) != nil
        return .json([
            "ResponseCode": "0",
            // Spelt as the live service spells it.
            "ResponseDescription": "The service request has been accepted successsfully",
            "MerchantRequestID": .string(push.merchantRequestID),
            "CheckoutRequestID": .string(push.checkoutRequestID),
            "ResultCode": isNumber ? .number(code) : .string(code),
            "ResultDesc": .string(description),
        ])
    }
}
