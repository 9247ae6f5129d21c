import FoundationEssentials
import PaymentKit

/// A transfer to the shop's bank account: the customer is told where to send what, with the order's number as the
/// reference, and the money is found in the statement that the owner takes from the bank.
public struct BankTransfer: PaymentPlugin, OfflinePaying {
    /// A transfer between Kenyan banks may take two working days, and a weekend may lie before them.
    private static let holdFor: Double = 5 * 86_400

    public static let manifest: Manifest = {
        var manifest = Manifest(
            id: "offline.bank-transfer", name: "Bank transfer", version: "1.0.0",
            summary: "The customer sends the money to the shop's bank account.", currencies: [.kes],
            minimum: Money(whole: 1, .kes),
            settings: [
                bank, branch, accountNumber, accountName, dateColumn, referenceColumn, amountColumn, textColumn,
            ])
        manifest.offline = OfflineTerms(
            names: ["en": "Bank transfer", "sw": "Kutuma kwa benki"], holdFor: holdFor, isAtHandOver: false)
        return manifest
    }()

    let columns: StatementColumns
    private let bank, branch, accountNumber, accountName: String

    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` for two columns of one name.
    public init(_ setup: Setup) throws {
        func text(_ spec: FieldSpec) -> String { setup.settings[spec.key] ?? "" }
        bank = text(Self.bank)
        branch = text(Self.branch)
        accountNumber = text(Self.accountNumber)
        accountName = text(Self.accountName)
        columns = try StatementColumns(
            date: text(Self.dateColumn), reference: text(Self.referenceColumn), amount: text(Self.amountColumn),
            text: text(Self.textColumn))
    }

    public func instructions(for amount: Money, account number: String) -> Instructions {
        let shillings = amount.whole.map { String($0) } ?? amount.decimalText
        let place = branch.isEmpty ? bank : "\(bank), \(branch)"
        return Instructions(
            [
                Instructions.Step([
                    "en": "In your bank's app or branch choose a transfer to \(place)",
                    "sw": "Kwenye programu au tawi la benki yako chagua kutuma pesa kwa \(place)",
                ]),
                Instructions.Step(
                    ["en": "Type the account number", "sw": "Weka nambari ya akaunti"], value: accountNumber),
                Instructions.Step([
                    "en": "The account belongs to \(accountName): stop if another name is shown",
                    "sw": "Akaunti ni ya \(accountName): acha ikiwa jina lingine litaonyeshwa",
                ]),
                Instructions.Step(["en": "Type the amount", "sw": "Weka kiasi"], value: shillings),
                Instructions.Step(
                    [
                        "en": "Type this as the reference or reason: by it we find your payment",
                        "sw": "Weka hii kama kumbukumbu (reference): kwayo tunapata malipo yako",
                    ], value: number),
            ],
            afterwards: [
                "en": "This page says Paid when the payment stands in our bank's statement: that can take some working "
                    + "days. Keep what your bank gives you.",
                "sw": "Ukurasa huu utasema Umelipa malipo yakionekana kwenye taarifa ya benki yetu: huenda ikachukua "
                    + "siku kadhaa za kazi. Tunza unachopewa na benki yako.",
            ])
    }
}

// MARK: Settings

extension BankTransfer {
    static let bank = FieldSpec(
        "bank", "Bank", help: "As customers know it, for example Equity Bank.", env: "DUKA_BANK_NAME", length: 2...60,
        translations: swahili("Benki", "Jinsi wateja wanavyoijua, kwa mfano Equity Bank."))
    static let branch = FieldSpec(
        "branch", "Branch", help: "Name or code of the branch, where customers' banks ask for it.", need: .never,
        env: "DUKA_BANK_BRANCH", length: 1...60,
        translations: swahili("Tawi", "Jina au namba ya tawi, benki za wateja zikiuliza."))
    static let accountNumber = FieldSpec(
        "account_number", "Account number", help: "To which customers send the money.", env: "DUKA_BANK_ACCOUNT",
        length: 5...34, translations: swahili("Nambari ya akaunti", "Ambako wateja hutuma pesa."))
    static let accountName = FieldSpec(
        "account_name", "Name of the account", help: "As the bank shows it to whoever sends money.",
        env: "DUKA_BANK_ACCOUNT_NAME", length: 2...80,
        translations: swahili("Jina la akaunti", "Jinsi benki inavyolionyesha kwa anayetuma pesa."))
    static let dateColumn = FieldSpec(
        "date_column", "Statement: column of the day", help: "Its name in the first line of the bank's CSV file.",
        need: .never, default: "Date", env: "DUKA_BANK_COLUMN_DATE", length: 1...60,
        translations: swahili("Taarifa: safu ya siku", "Jina lake kwenye mstari wa kwanza wa faili ya CSV ya benki."))
    static let referenceColumn = FieldSpec(
        "reference_column", "Statement: column of the bank's reference", help: "Another one for each movement.",
        need: .never, default: "Reference", env: "DUKA_BANK_COLUMN_REFERENCE", length: 1...60,
        translations: swahili("Taarifa: safu ya kumbukumbu ya benki", "Tofauti kwa kila muamala."))
    static let amountColumn = FieldSpec(
        "amount_column", "Statement: column of money that came in",
        help: "Such as Amount, Credit or Money In; empty or below zero where money went out.", need: .never,
        default: "Amount", env: "DUKA_BANK_COLUMN_AMOUNT", length: 1...60,
        translations: swahili(
            "Taarifa: safu ya pesa zilizoingia",
            "Kama Amount, Credit au Money In; wazi au chini ya sifuri pesa zilipotoka."))
    static let textColumn = FieldSpec(
        "text_column", "Statement: column of the payer's words", help: "In which the order's number is looked for.",
        need: .never, default: "Description", env: "DUKA_BANK_COLUMN_TEXT", length: 1...60,
        translations: swahili("Taarifa: safu ya maneno ya mlipaji", "Ambamo nambari ya oda hutafutwa."))

    private static func swahili(_ label: String, _ help: String) -> [String: FieldWords] {
        ["sw": FieldWords(label, help: help)]
    }
}
