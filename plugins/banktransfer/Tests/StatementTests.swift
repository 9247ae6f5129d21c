import BankTransfer
import FoundationEssentials
import PaymentKit
import PaymentKitTesting
import Testing

/// The bank's statement: what is read of it, and what stops the reading.
@Suite struct StatementTests {
    static let account = [
        "bank": "Equity Bank", "branch": "Moi Avenue", "account_number": "0123456789012", "account_name": "MAMA NJERI",
    ]

    static func plugin(_ more: [String: String] = [:]) throws -> BankTransfer {
        let settings = account.merging(more) { $1 }
        let values = try FieldValues(settings, checkedAgainst: BankTransfer.manifest.settings)
        return try BankTransfer(Setup(environment: .practice, settings: values, shopName: "Mama Njeri"))
    }

    private static func read(_ file: String, _ more: [String: String] = [:]) throws -> [StatementLine] {
        try plugin(more).movements(inFile: Data(file.utf8))
    }

    /// Midnight in Nairobi of 5 January 2026.
    private static let day = Date(timeIntervalSince1970: 1_767_560_400)

    @Test("Money that came in is read with the bank's reference, the payer's words and the exact amount")
    func rows() throws {
        let lines = try Self.read(
            """
            Account statement of MAMA NJERI
            Date,Description,Reference,Amount,Balance
            05/01/2026,"TRF FROM JANE W, K7M2 9QXD",FT26005ABC,"1,250.00","10,000.00"
            2026-01-05,SALARY,FT26005ABD,-800.50,9199.50
            05-Jan-2026,mpesa to bank K7M29QXD,FT26005ABE,KES 20,9219.50
            Total,,,470.50,
            ,,,,
            """)
        #expect(
            lines
                == [
                    StatementLine(
                        .incoming, Receipt("FT26005ABC", at: Self.day), Money(minor: 125_000, .kes),
                        account: "TRF FROM JANE W, K7M2 9QXD"),
                    StatementLine(
                        .outgoing, Receipt("FT26005ABD/out", at: Self.day), Money(minor: 80_050, .kes), account: ""),
                    StatementLine(
                        .incoming, Receipt("FT26005ABE", at: Self.day), Money(minor: 2_000, .kes),
                        account: "mpesa to bank K7M29QXD"),
                ].map { $0 })
    }

    @Test("The owner's names of the columns count, in any order and with any separator")
    func columns() throws {
        let names = [
            "date_column": "Value Date", "reference_column": "Txn ID", "amount_column": "Money In",
            "text_column": "Narration",
        ]
        for separator in [",", ";", "\t"] {
            let file = [
                ["Money in", "Narration", "Money Out", "TXN ID", "Value date"], ["500", "x", "", "A1", "5 Jan 26"],
                ["", "fee", "30", "A2", "5 Jan 26"],
            ]
            .map { $0.joined(separator: separator) }.joined(separator: "\r\n")
            let lines = try Self.read(file, names)
            #expect(lines.map(\.receipt.id) == ["A1"], "what went out stands in another column")
            #expect(lines.first?.receipt.at == Self.day)
        }
    }

    @Test(
        "A file that does not read whole says where, and nothing of it counts",
        arguments: [
            ("Date,Description,Reference,Amount\n05/01/2026,x,A1,ten", "Line 2: Amount"),
            ("Date,Description,Reference,Amount\n05/01/2026,x,A1,\"1,25.00\"", "Line 2: Amount"),
            ("Date,Description,Reference,Amount\n05/01/2026,x,,10", "Line 2: Reference is empty"),
            ("Date,Description,Reference,Amount\n31/02/2026,x,A1,10", "Line 2: Date"),
            ("Date,Description,Reference,Amount\nsoon,x,A1,10", "Line 2: Date"),
            ("Date,Reference,Amount\n05/01/2026,A1,10", "the column Description is missing"),
            ("Date,Description,Reference,Amount,Amount\n", "the column Amount stands twice"),
            ("Day,Words\n", "names the columns Date, Reference, Amount and Description"),
            ("Date,Description,Reference,Amount\n05/01/2026,\"x,A1,10", "a quoted cell does not end"),
            ("%PDF-1.7", "PDF"), ("PK\u{3}\u{4}", "Excel"),
        ])
    func broken(_ file: String, _ why: String) throws {
        do {
            let lines = try Self.read(file)
            Issue.record("it read: \(lines.count) lines")
        } catch PaymentError.invalidInput(let sentence, _) {
            #expect(sentence.contains(why), "\(sentence)")
        }
    }

    @Test("Two columns cannot be one")
    func twoColumns() throws {
        #expect(throws: PaymentError.self) { try Self.plugin(["text_column": "amount"]) }
    }

    @Test("The customer is told bank, account, name, amount and the order's number, in both languages")
    func instructions() throws {
        let told = try Self.plugin().instructions(for: Money(whole: 1_250, .kes), account: "K7M29QXD")
        #expect(told.steps.compactMap(\.value) == ["0123456789012", "1250", "K7M29QXD"])
        for language in ["en", "sw"] {
            let words = told.steps.compactMap { $0.words[language] }.joined(separator: " ")
            #expect(words.contains("Equity Bank, Moi Avenue") && words.contains("MAMA NJERI"))
            #expect(told.afterwards?[language]?.isEmpty == false)
        }
    }

    @Test("It keeps every law about what it does")
    func laws() async throws {
        let report = try await Conformance.check(
            Subject(BankTransfer.self), Scenario(settings: Self.account, form: [:], answers: []))
        #expect(report.broken.map { "\($0.number) \($0.detail)" } == [])
    }

    @Test("Two payments under one reference are no statement: one of them would be lost")
    func sameReference() throws {
        let file = """
            Date,Description,Reference,Amount
            05/01/2026,JANE,MPESA TRF,1500
            05/01/2026,JOHN,MPESA  TRF,1500
            """
        do {
            _ = try Self.read(file)
            Issue.record("it was read")
        } catch PaymentError.invalidInput(let sentence, _) {
            #expect(sentence.contains("Line 3") && sentence.contains("line 2") && !sentence.contains("MPESA"))
        }
    }
}
