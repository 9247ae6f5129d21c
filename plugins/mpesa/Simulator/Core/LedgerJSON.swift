extension Daraja {
    /// The ledger as JSON: totals, phones and pushes.
    package var ledgerJSON: JSON {
        let pushes = ledger
        return [
            "debitedTotal": JSON(pushes.reduce(0) { $0 + $1.debited }),
            "phones": .array(phones.map(\.json)),
            "pushes": .array(pushes.map(\.json)),
        ]
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
