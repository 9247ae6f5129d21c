extension Daraja {
    /// Everything that happened, as JSON: totals, phones, pushes, the books, initiators' requests and accounts.
    package var ledgerJSON: JSON {
        // Written without the lock: there may be much of it.
        let (state, now) = at { ($0, $1) }
        return [
            "now": JSON(now), "clockOffset": JSON(state.clockOffset),
            "debitedTotal": JSON(state.pushes.reduce(0) { $0 + $1.debited }),
            "phones": .array(state.phones.values.sorted { $0.number < $1.number }.map(\.json)),
            "pushes": .array(state.pushes.map(\.json)),
            "transactions": .array(state.transactions.map(\.json)),
            "operations": .array(state.operations.map(\.json)),
            "shops": state.shopsJSON,
            "outside": .object(
                state.outside.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: JSON($0.value)) }),
        ]
    }

    /// Accounts and registered addresses of every merchant, switches, and the operator.
    var portalJSON: JSON {
        at { state, _ in
            let switches = state.switches
            return [
                "shops": state.shopsJSON,
                "switches": .object(
                    Switches.all.map { .init(name: $0.name, value: .bool(switches[keyPath: $0.path])) }),
                "operator": .string(state.configuration.operatorName),
                "isOperatorLocked": .bool(state.wrongPasswords >= state.configuration.operatorTries),
            ]
        }
    }
}

extension DarajaState {
    fileprivate var shopsJSON: JSON {
        .array(
            accounts.values.sorted { $0.shortcode < $1.shortcode }.map { accounts in
                guard case .object(var members) = accounts.json else { return accounts.json }
                let registration = registrations[accounts.shortcode].map(\.json) ?? .null
                members.append(.init(name: "registration", value: registration))
                members.append(.init(name: "mayPull", value: .bool(pullers.contains(accounts.shortcode))))
                return .object(members)
            })
    }
}

extension Phone {
    /// The phone as JSON, without its prompt.
    var json: JSON {
        [
            "number": .string(number), "openingBalance": JSON(openingBalance), "balance": JSON(balance),
            "messages": .array(messages.map { ["at": JSON($0.at), "text": .string($0.text)] }),
        ]
    }
}

extension Push {
    /// The push as JSON, times in milliseconds since 1970 UTC.
    var json: JSON {
        [
            "number": JSON(number), "receivedAt": JSON(receivedAt), "request": .object(fields),
            "passwordMatches": .bool(passwordMatches), "phone": .string(phone), "amount": JSON(amount),
            "reference": .string(reference), "callbackURL": .string(callbackURL), "story": .string(story.name),
            "merchantRequestID": JSON(merchantRequestID.isEmpty ? nil : merchantRequestID),
            "checkoutRequestID": JSON(checkoutRequestID.isEmpty ? nil : checkoutRequestID),
            "answer": [
                "status": JSON(answer.status), "code": JSON(answer.code), "isLost": .bool(answer.isLost),
            ],
            "stage": .string(stage.name),
            "results": .array(
                results.map {
                    [
                        "code": .string($0.code), "description": .string($0.description), "at": JSON($0.at),
                        "receipt": JSON($0.receipt), "debited": JSON($0.debited),
                    ]
                }),
            "receipt": JSON(receipt), "debited": JSON(debited),
            "callbacks": .array(callbacks.map(\.json)), "callbacksLost": JSON(callbacksLost),
            "queries": .array(
                queries.map { ["at": JSON($0.at), "status": JSON($0.status), "code": JSON($0.code)] }),
        ]
    }
}

extension Push.Stage {
    /// The word in the ledger.
    package var name: String {
        switch self {
        case .refused: "refused"
        case .sent: "sent"
        case .prompting: "prompting"
        case .ignored: "ignored"
        case .stuck: "stuck"
        case .ended: "ended"
        }
    }
}

extension CallbackRecord {
    fileprivate var json: JSON {
        let (status, error): (JSON, JSON) =
            switch outcome {
            case .underWay: (nil, nil)
            case .answered(let status): (JSON(status), nil)
            case .failed(let reason): (nil, .string(reason))
            }
        return [
            "kind": .string(kind.rawValue), "at": JSON(at), "status": status, "error": error,
            "body": .string(String(decoding: body, as: UTF8.self)),
        ]
    }
}

extension Transaction {
    /// The transaction as JSON, times in milliseconds since 1970 UTC.
    var json: JSON {
        [
            "number": JSON(number), "receipt": .string(receipt), "kind": .string(kind.rawValue),
            "shortcode": .string(shortcode), "amount": JSON(amount), "account": .string(account),
            "payer": .string(payer), "payee": .string(payee), "initiatedAt": JSON(initiatedAt),
            "finalisedAt": finalisedAt.map { JSON($0) } ?? .null, "status": .string(status.rawValue),
            "reversedBy": JSON(reversedBy), "reverses": JSON(reverses), "charge": JSON(charge),
            "originatorConversationID": .string(originatorConversationID),
            "conversationID": .string(conversationID), "push": push.map { JSON($0) } ?? .null,
            "thirdPartyID": .string(thirdPartyID), "refusal": JSON(refusal), "story": .string(story.name),
            "messages": .array(messages.map(\.json)), "messagesLost": JSON(messagesLost),
        ]
    }
}

extension Operation {
    /// The operation as JSON, times in milliseconds since 1970 UTC.
    var json: JSON {
        [
            "number": JSON(number), "service": .string(service.rawValue), "receivedAt": JSON(receivedAt),
            "request": .object(fields), "credential": .string(credential.rawValue), "phone": .string(phone),
            "amount": JSON(amount), "story": .string(story.name),
            "originatorConversationID": JSON(originatorConversationID.isEmpty ? nil : originatorConversationID),
            "conversationID": JSON(conversationID.isEmpty ? nil : conversationID),
            "answer": [
                "status": JSON(answer.status), "code": JSON(answer.code), "isLost": .bool(answer.isLost),
            ],
            "transaction": transaction.map { JSON($0) } ?? .null,
            "result": result.map {
                [
                    "code": .string($0.code), "description": .string($0.description), "at": JSON($0.at),
                    "receipt": JSON($0.receipt),
                ]
            } ?? .null,
            "messages": .array(messages.map(\.json)), "messagesLost": JSON(messagesLost),
        ]
    }
}

extension Accounts {
    /// The accounts as JSON, each by its part and with M-PESA's name for it.
    var json: JSON {
        [
            "shortcode": .string(shortcode), "name": .string(name), "till": JSON(till),
            "accounts": .array(
                Account.allCases.map {
                    [
                        "account": .string($0.rawValue), "title": .string(title($0)),
                        "opening": JSON(opening[$0, default: 0]), "now": JSON(self[$0]),
                    ]
                }),
        ]
    }
}

extension Registration {
    var json: JSON {
        [
            "version": JSON(version), "responseType": .string(responseType.rawValue),
            "confirmationURL": .string(confirmationURL), "validationURL": .string(validationURL),
        ]
    }
}
