extension DarajaState {
    /// Takes a push, with everything its story does to it on the way; every push is written down, refused ones too.
    mutating func push(_ json: JSON, at now: Milliseconds) throws(Refusal) -> Reply {
        guard pushes.count < configuration.maximumPushes else { throw .quota }
        let phone = json["PhoneNumber"]?.text ?? ""
        let amount = json["Amount"]?.text.flatMap { Int($0) } ?? 0
        var push = Push(number: pushes.count, receivedAt: now)
        push.story = stories.story(.stk, phone: phone, amount: amount, at: now)
        push.phone = phone
        push.amount = amount
        push.note(json, merchants: configuration.merchants)

        if let outage = push.story.outage {
            return write(push, Self.reply(in: outage))
        }
        if let fault = push.story.push {
            stories.useFault(.stk, phone: phone, amount: amount)
            if fault.kind == .tokenCancelled { tokens = [:] }
            if fault.kind != .none && !fault.isProcessed {
                return write(push, faulty(fault, Reply(answer: .json([:])), .stk))
            }
        }
        let request: PushRequest
        do throws(Refusal) {
            request = try PushRequest(json, merchants: configuration.merchants)
            if openPushes[request.phone] != nil { throw .locked }
        } catch {
            return write(push, Reply(answer: error.answer(requestID: Identifier.request(&random))))
        }
        push.merchant = (request.merchant.name, request.merchant.shortcode)
        push.reference = request.reference
        push.callbackURL = request.callbackURL
        let answer = accept(&push, at: now)
        stories.use(.stk, phone: phone, amount: amount, at: now)
        var reply = write(push, faulty(push.story.push, Reply(answer: answer), .stk))
        begin(push.number, at: now)
        if push.story.callback.isEarly { reply.callbacksFirst = takeDeliveries(about: .push(push.number)) }
        return reply
    }

    private mutating func accept(_ push: inout Push, at now: Milliseconds) -> Answer {
        push.merchantRequestID = Identifier.request(&random)
        var instant = now
        repeat {
            push.checkoutRequestID = Identifier.checkout(at: instant, phone: push.phone)
            instant += 1
        } while !issued.insert(push.checkoutRequestID).inserted
        places[push.checkoutRequestID] = push.number
        push.stage = .sent
        return .json([
            "MerchantRequestID": .string(push.merchantRequestID),
            "CheckoutRequestID": .string(push.checkoutRequestID),
            "ResponseCode": "0",
            "ResponseDescription": "Success. Request accepted for processing",
            "CustomerMessage": "Success. Request accepted for processing",
        ])
    }

    /// Writes the push into the ledger together with how it was answered.
    private mutating func write(_ push: Push, _ reply: Reply) -> Reply {
        var push = push
        push.answer = (
            reply.answer.status, reply.answer.code,
            reply.transport == .dropped || push.story.push?.kind == .truncated
        )
        if push.checkoutRequestID.isEmpty { push.stage = .refused }
        pushes.append(push)
        return reply
    }
}

extension Push {
    /// Notes the request as it came; the password only as right or wrong.
    fileprivate mutating func note(_ json: JSON, merchants: [DarajaConfiguration.Merchant]) {
        guard case .object(let members) = json else { return }
        fields = members.filter { $0.name != "Password" }
        reference = json["AccountReference"]?.text ?? ""
        callbackURL = json["CallBackURL"]?.text ?? ""
        do {
            let credentials = try Credentials(json)
            passwordMatches = merchants.contains { $0.shortcode == credentials.shortcode && credentials.matches($0) }
        } catch {}
    }
}
