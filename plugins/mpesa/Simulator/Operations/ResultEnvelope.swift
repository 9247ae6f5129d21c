/// The body of a result or of a queue timeout; reference, sections 3.3 and 3.4.
struct ResultEnvelope {
    /// A key with its value, or without the key `Value` at all.
    struct Parameter {
        var key: String
        var value: JSON?

        init(_ key: String, _ value: JSON?) {
            self.key = key
            self.value = value
        }

        var json: JSON {
            .object(
                [JSON.Member(name: "Key", value: .string(key))]
                    + (value.map { [JSON.Member(name: "Value", value: $0)] } ?? []))
        }
    }

    private var type = "0"
    private let code: String
    private var description: String
    private let originator: String
    private let conversation: String
    private let transactionID: String
    private var parameters: [Parameter]
    private var isSingle = false
    private var reference: [Parameter]
    private var isReferenceArray = false
    private var isTypeText: Bool
    private var isCodeText: Bool
    private let forms: [ResultForm]

    init(_ operation: Operation, _ instruction: Instruction, _ judgement: Judgement, at now: Milliseconds) {
        code = judgement.code
        description = judgement.description
        originator = operation.originatorConversationID
        conversation = operation.conversationID
        transactionID = judgement.receipt ?? Identifier.noReceipt(at: now)
        parameters = judgement.parameters
        reference = [Self.internalAddress(operation.service)]
        // Each service has its own habits; the fixtures of the reference show them.
        let isDone = judgement.code == "0"
        isTypeText = isDone && (operation.service == .b2b || operation.service == .balance)
        isCodeText = isTypeText
        switch operation.service {
        case .b2b where judgement.code == "2001" || judgement.code == "8006":
            parameters = [Parameter("BOCompletedTime", .number(EastAfricaTime(now).digits))]
            isSingle = true
            reference = [Parameter("QueueTimeoutURL", .string(instruction.timeoutURL))]
        case .b2b:
            isReferenceArray = true
            var account = ""
            if case .business(_, let reference, _) = instruction.work { account = reference }
            reference = [
                Parameter("BillReferenceNumber", .string(account)),
                Parameter("QueueTimeoutURL", .string(instruction.timeoutURL)),
                Parameter("Occassion", instruction.occasion.isEmpty ? nil : .string(instruction.occasion)),
            ]
        case .status:
            reference = [Parameter("Occasion", instruction.occasion.isEmpty ? nil : .string(instruction.occasion))]
        case .stk, .c2b, .reversal, .b2c, .balance, .pull, .qr: break
        }
        forms = operation.story.result.forms
        apply()
        // Where the codes are texts the portal's sentence has no full stop.
        if isDone, isTypeText, description.hasSuffix(".") { description.removeLast() }
    }

    init(timeOutOf operation: Operation, _ instruction: Instruction, at now: Milliseconds) {
        type = "1"
        code = "1"
        description = "The service request timed out."
        originator = operation.originatorConversationID
        conversation = operation.conversationID
        transactionID = Identifier.noReceipt(at: now)
        parameters = []
        reference = [Self.internalAddress(operation.service)]
        isTypeText = false
        isCodeText = false
        forms = []
    }

    var body: JSON {
        func number(_ text: String, _ isText: Bool) -> JSON {
            isText || Int(text) == nil ? .string(text) : .number(text)
        }
        var members: [(String, JSON)] = [
            ("ResultType", number(type, isTypeText)), ("ResultCode", number(code, isCodeText)),
            ("ResultDesc", .string(description)),
            ("OriginatorConversationID", .string(originator)), ("ConversationID", .string(conversation)),
            ("TransactionID", .string(transactionID)),
        ]
        if let first = parameters.first {
            let list: JSON = isSingle ? first.json : .array(parameters.map(\.json))
            members.append(("ResultParameters", ["ResultParameter": list]))
        }
        if let first = reference.first {
            let list: JSON = isReferenceArray ? .array(reference.map(\.json)) : first.json
            members.append(("ReferenceData", ["ReferenceItem": list]))
        }
        return ["Result": .object(members.map { JSON.Member(name: $0.0, value: $0.1) })]
    }

    /// Where M-PESA's own gateway would be called; every client is to ignore it.
    private static func internalAddress(_ service: DarajaService) -> Parameter {
        let name =
            switch service {
            case .b2c: "b2cresults"
            case .balance: "abresults"
            case .reversal: "reversalresults"
            case .stk, .c2b, .b2b, .status, .pull, .qr: "results"
            }
        return Parameter(
            "QueueTimeoutURL", .string("https://internalsandbox.safaricom.co.ke/mpesa/\(name)/v1/submit"))
    }

    private mutating func apply() {
        for form in forms {
            switch form {
            case .stringCodes: (isTypeText, isCodeText) = (true, true)
            case .stringCode: isCodeText = true
            case .numericCodes: (isTypeText, isCodeText) = (false, false)
            case .stringValues: change { $0.value = $0.value?.text.map { .string($0) } ?? $0.value }
            case .numericValues: change { $0.value = $0.value.map(Self.numeric) }
            case .singleParameter: isSingle = true
            case .withoutParameters: parameters = []
            case .referenceArray: isReferenceArray = true
            case .referenceObject: isReferenceArray = false
            case .withoutReference: reference = []
            case .spacedKeys: change { $0.key = Self.spaced[$0.key] ?? $0.key }
            case .repeatedKey: change { if $0.key == "CreditPartyName" { $0.key = "DebitPartyName" } }
            case .sparse:
                if code == "0" {
                    parameters.removeAll { !["Currency", "InitiatorAccountCurrentBalance"].contains($0.key) }
                    let balance = parameters.last?.value
                    parameters.insert(Parameter("DebitAccountCurrentBalance", balance), at: min(1, parameters.count))
                }
            case .reordered: parameters.reverse()
            }
        }
    }

    private mutating func change(_ change: (inout Parameter) -> Void) {
        for place in parameters.indices { change(&parameters[place]) }
    }

    private static let spaced = [
        "ConversationID": "Conversation ID", "OriginatorConversationID": "Originator Conversation ID",
    ]

    private static func numeric(_ value: JSON) -> JSON {
        guard let text = value.text, case .number = JSON(orNil: Array(text.utf8)) else { return value }
        return .number(text)
    }
}
