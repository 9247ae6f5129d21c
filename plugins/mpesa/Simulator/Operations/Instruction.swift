/// What an initiator wants, with every field checked; reference, sections 7, 8 and 10 to 12.
struct Instruction: Sendable {
    enum Work: Sendable {
        case reversal(receipt: String)
        case payout(phone: String, command: String)
        case business(payee: String, account: String, command: String)
        case balance
        /// By receipt, or else by the OriginatorConversationID.
        case status(receipt: String?, conversation: String)
    }
    let work: Work
    /// Whose accounts it is about.
    let shortcode: String
    /// Whole KES, or 0.
    let amount: Int
    /// The merchant's own id, where the service has one.
    let ownID: String?
    let operatorName: String
    let credential: String
    let resultURL: String
    let timeoutURL: String
    /// What the initiator noted, or nothing.
    let occasion: String

    /// Checks the fields in Daraja's order; the first that is wrong is the one that is named.
    ///
    /// - Parameter hasOwnID: Whether a payment to a person carries the merchant's id: version 3 does, version 1 not.
    init(_ json: JSON, _ service: DarajaService, hasOwnID: Bool) throws(Refusal) {
        let fields = Fields(json: json)
        let isPayout = service == .b2c
        ownID = isPayout && hasOwnID ? try Self.ownID(fields) : nil
        operatorName = try fields.text(isPayout ? "InitiatorName" : "Initiator", 1...64)
        credential = try fields.text("SecurityCredential")
        let remarks: ClosedRange<Int>
        switch service {
        case .b2c:
            let command = try fields.word("CommandID", ["SalaryPayment", "BusinessPayment", "PromotionPayment"])
            amount = try fields.amount(10...250_000)
            shortcode = try fields.shortcode("PartyA")
            work = .payout(phone: try fields.phone("PartyB"), command: command)
            remarks = 2...100
        case .b2b:
            let command = try fields.word("CommandID", Self.businessCommands)
            _ = try fields.word("SenderIdentifierType", ["4"])
            // Spelt as the live service spells it; 2 is what one library in production sends for tills.
            _ = try fields.word("RecieverIdentifierType", ["4", "2"])
            amount = try fields.amount(1...250_000)
            shortcode = try fields.shortcode("PartyA")
            let payee = try fields.shortcode("PartyB")
            work = .business(
                payee: payee, account: try fields.optional("AccountReference", upTo: 13), command: command)
            remarks = 1...100
        case .reversal:
            _ = try fields.word("CommandID", ["TransactionReversal"])
            let receipt = try Self.receipt(fields)
            amount = try fields.amount(1...250_000)
            shortcode = try fields.shortcode("ReceiverParty")
            // 4 is what old documents say.
            _ = try fields.word("RecieverIdentifierType", ["11", "4"])
            work = .reversal(receipt: receipt)
            remarks = 2...100
        case .status:
            _ = try fields.word("CommandID", ["TransactionStatusQuery"])
            let conversation = Self.conversation(in: json) ?? ""
            let isByReceipt = json["TransactionID"]?.text?.isEmpty == false
            guard isByReceipt || !conversation.isEmpty else { throw .invalid("TransactionID") }
            work = .status(receipt: isByReceipt ? try Self.receipt(fields) : nil, conversation: conversation)
            shortcode = try fields.shortcode("PartyA")
            _ = try fields.word("IdentifierType", ["4"])
            amount = 0
            remarks = 1...100
        case .stk, .c2b, .balance, .pull, .qr:
            _ = try fields.word("CommandID", ["AccountBalance"])
            shortcode = try fields.shortcode("PartyA")
            _ = try fields.word("IdentifierType", ["4", "2"])
            work = .balance
            amount = 0
            remarks = 1...100
        }
        _ = try fields.text("Remarks", remarks)
        timeoutURL = try fields.address("QueueTimeOutURL")
        resultURL = try fields.address("ResultURL")
        let paysOut = service == .b2c || service == .b2b
        occasion = try fields.optional(paysOut ? "Occassion" : "Occasion", upTo: 100)
    }

    private static let businessCommands: Set = [
        "BusinessPayBill", "BusinessBuyGoods", "BusinessPayToBulk", "BusinessTransferFromMMFToUtility",
        "DisburseFundsToBusiness", "BusinessToBusinessTransfer", "MerchantToMerchantTransfer",
        "MerchantTransferFromMerchantToWorking", "MerchantServicesMMFAccountTransfer", "AgencyFloatAdvance",
    ]

    /// The portal's tables disagree about the length; forty is more than any of them allows.
    private static func ownID(_ fields: Fields) throws(Refusal) -> String {
        let id = try fields.text("OriginatorConversationID", 1...40)
        guard id.utf8.allSatisfy({ Self.idCharacters.contains(Character(Unicode.Scalar($0))) }) else {
            throw .invalid("OriginatorConversationID")
        }
        return id
    }

    private static let idCharacters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    private static func receipt(_ fields: Fields) throws(Refusal) -> String {
        let receipt = try fields.text("TransactionID", 10...10)
        guard Fields.isReceipt(receipt) else { throw .invalid("TransactionID") }
        return receipt
    }
}
