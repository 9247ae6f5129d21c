import PaymentKit

/// Cash when the goods change hands: the customer promises, the goods are kept, and staff write down what they took.
///
/// Nothing is asked of anybody. The order is paid when somebody of the staff says so, under their name.
public struct CashOnDelivery: PaymentPlugin, OfflinePaying {
    /// Goods are kept for a week: long enough for a parcel, and an order that nobody collects still ends.
    private static let holdFor: Double = 7 * 86_400

    public static let manifest: Manifest = {
        var manifest = Manifest(
            id: "offline.cash-on-delivery", name: "Cash on delivery", version: "1.0.0",
            summary: "The customer pays in cash when the goods change hands.", currencies: [.kes],
            minimum: Money(whole: 1, .kes), settings: [noteEnglish, noteSwahili])
        manifest.offline = OfflineTerms(
            names: ["en": "Cash on delivery", "sw": "Pesa taslimu unapopokea"], holdFor: holdFor, isAtHandOver: true)
        return manifest
    }()

    static let noteEnglish = FieldSpec(
        "note_en", "Note to the customer", help: "What customers read in English beside the amount.", need: .never,
        default: "Please have the exact amount ready.", env: "DUKA_CASH_NOTE", length: 1...200,
        translations: ["sw": FieldWords("Ujumbe kwa mteja", help: "Wateja husoma hili kwa Kiingereza kando ya kiasi.")])
    static let noteSwahili = FieldSpec(
        "note_sw", "Note in Swahili", help: "The same for customers who read Swahili.", need: .never,
        default: "Tafadhali andaa kiasi kamili.", env: "DUKA_CASH_NOTE_SW", length: 1...200,
        translations: ["sw": FieldWords("Ujumbe kwa Kiswahili", help: "Hilo hilo kwa wanaosoma Kiswahili.")])

    private let note: [String: String]

    public init(_ setup: Setup) throws {
        note = [
            "en": setup.settings[Self.noteEnglish.key] ?? "", "sw": setup.settings[Self.noteSwahili.key] ?? "",
        ]
    }

    public func instructions(for amount: Money, account: String) -> Instructions {
        let shillings = amount.whole.map { String($0) } ?? amount.decimalText
        return Instructions(
            [
                Instructions.Step(
                    ["en": "Give the rider or the shop this amount", "sw": "Mpe mwendeshaji au duka kiasi hiki"],
                    value: shillings),
                Instructions.Step(
                    ["en": "Say the number of your order", "sw": "Taja nambari ya oda yako"], value: account),
                Instructions.Step(note),
            ],
            afterwards: [
                "en": "Nothing is paid until then. This page says Paid when the shop has your money.",
                "sw": "Hakuna kilicholipwa hadi wakati huo. Ukurasa huu utasema Umelipa duka likipokea pesa zako.",
            ])
    }
}
