import FoundationEssentials
import MPesa
import PaymentKit
import Testing

/// Statements as the merchant takes them from the M-PESA portal. Those in `Fixtures` are made after the portal's
/// layout, with test numbers.
@Suite struct StatementFileTests {
    private static let paybill = ["shortcode": "600984"]

    private func file(_ name: String) throws -> Data {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        return try Data(contentsOf: folder.appending(path: "statement-\(name).csv"))
    }

    private func movements(_ file: Data, _ settings: [String: String] = paybill) throws -> [StatementLine] {
        try plugin(settings).movements(inFile: file)
    }

    /// The sentence about a file that cannot be read.
    private func problem(_ file: Data) throws -> String? {
        do {
            _ = try movements(file)
            return nil
        } catch PaymentError.invalidInput(let why, nil) { return why }
    }

    private static func line(
        _ direction: StatementLine.Direction, _ id: String, _ minor: Int64, payer: String? = nil, at: Double,
        account: String = "", balance: Int64? = nil, chargeFor: String? = nil
    ) -> StatementLine {
        StatementLine(
            direction, Receipt(id, payer: payer, at: Known.now.addingTimeInterval(at)), Money(minor: minor, .kes),
            account: account, balance: balance.map { Money(minor: $0, .kes) }, chargeFor: chargeFor)
    }

    @Test("A paybill's statement has payments, payouts, charges and reversals; what was declined moved nothing")
    func paybill() throws {
        #expect(
            try movements(file("paybill")) == [
                Self.line(.returned(receipt: "UA51K7B2QX"), "UA5BZ5A8BG", 125_000, at: 3_592, balance: 1_734_600),
                Self.line(.outgoing, "UA57Q1R4TB", 50_000, at: 1_916, balance: 1_859_600),
                Self.line(
                    .outgoing, "UA57Q1R4TB/charge", 1_300, at: 1_916, balance: 1_909_600, chargeFor: "UA57Q1R4TB"),
                Self.line(.outgoing, "UA59V3W6XD", 77_600, at: 1_725, balance: 1_910_900),
                Self.line(
                    .incoming, "UA56M3D8X8", 162_500, payer: "600979", at: 1_185, account: "INV-204",
                    balance: 1_988_500),
                Self.line(
                    .incoming, "UA56M3D8WZ", 1_000, payer: "2547******149", at: 895, account: "school fees",
                    balance: 1_826_000),
                Self.line(
                    .incoming, "UA51K7B2QX", 125_000, payer: Known.phone, at: 27, account: "K7M29QXD",
                    balance: 1_825_000),
            ])
    }

    @Test("A till's statement reads with semicolons, quotes over two lines, Latin-1 and days first")
    func till() throws {
        #expect(
            try movements(file("till"), ["shortcode": "600000", "till": "500123"]) == [
                Self.line(.incoming, "UA56M3D8X4", 35_000, payer: Known.phone, at: 895, balance: 4_812_000),
                Self.line(.outgoing, "UA56M3D8X4/charge", 193, at: 895, balance: 4_811_807, chargeFor: "UA56M3D8X4"),
            ])
    }

    @Test("The columns are found by their names, in any order and case, as a spreadsheet writes them")
    func reordered() throws {
        #expect(
            try movements(file("columns-reordered")) == [
                Self.line(.incoming, "UA51K7B2QX", 125_000, at: -15),
                Self.line(.outgoing, "UA57Q1R4TB", 50_000, at: 1_916),
            ])
    }

    @Test("A statement without movements is an empty one")
    func empty() throws {
        #expect(try movements(file("empty")).isEmpty)
    }

    @Test("Another shop's statement is refused, with both numbers")
    func anotherShop() throws {
        let why = try problem(file("till"))
        #expect(why == "Line 2: this is the statement of 600000, and this shop's number is 600984.")
    }

    // MARK: Files that do not read

    private static let header =
        "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Reason Type\n"
    private static let good = "UA51K7B2QX,2026-01-05 14:30:42,Pay Bill,Completed,10.00,,20.00,Pay Utility\n"

    @Test(
        "A row that does not read stops the whole file, with the line and the column",
        arguments: [
            ("UA5,2026-01-05 14:30:42,x,Completed,10,,20,x", "Line 3: Receipt No. is not a receipt number."),
            (",2026-01-05 14:30:42,x,Completed,10,,20,x", "Line 3: Receipt No. is not a receipt number."),
            ("UA51K7B2QY,,x,Completed,10,,20,x", "Line 3: Completion Time is not a time such as 2026-01-05 14:30:15."),
            ("UA51K7B2QY,2026-02-30 14:30:42,x,Completed,10,,20,x", "Line 3: Completion Time is not a time"),
            ("UA51K7B2QY,1/13/2026 14:30:42,x,Completed,10,,20,x", "Line 3: Completion Time is not a time"),
            ("UA51K7B2QY,2026-01-05 02:30 PM,x,Completed,10,,20,x", "Line 3: Completion Time is not a time"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,,10,,20,x", "Line 3: Transaction Status is empty."),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,ten,,20,x", "Line 3: Paid In is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,\"1,25\",,20,x", "Line 3: Paid In is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,\"10,00.0\",,20,x", "Line 3: Paid In is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,10.005,,20,x", "Line 3: Paid In is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,-10,,20,x", "Line 3: Paid In is below zero."),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,,1e3,20,x", "Line 3: Withdrawn is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,,--3,20,x", "Line 3: Withdrawn is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,10,,x,x", "Line 3: Balance is not an amount"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,,,20,x", "Line 3: Paid In is empty, and so is Withdrawn."),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,1,1,20,x", "Line 3: Withdrawn has an amount, and so has"),
            ("UA51K7B2QY,2026-01-05 14:30:42,x,Completed,10", "Line 3 has 5 of 8 cells. The file may be cut off."),
            ("UA51K7B2QY", "Line 3 has 1 of 8 cells."),
            ("UA51K7B2QY,2026-01-05 14:30:42,\"x,Completed,10,,20,x", "Line 3: a quoted cell does not end."),
        ])
    func badRow(row: String, why: String) throws {
        let problem = try #require(try problem(Data((Self.header + Self.good + row).utf8)))
        #expect(problem.hasPrefix(why))
        for value in ["UA51K7B2QY", "14:30:42", "ten"] { #expect(!problem.contains(value)) }
    }

    @Test("The line is the file's, whatever stands before the row")
    func lineNumbers() throws {
        let before = "\r\n\r\nAccount Holder,\"two\r\nlines\"\r\n"
        let text = before + (Self.header + Self.good + "UA51K7B2QY").replacing("\n", with: "\r\n")
        #expect(try problem(Data(text.utf8))?.hasPrefix("Line 7 has") == true)
        let old = before.replacing("\r\n", with: "\r") + (Self.header + "UA51K7B2QY").replacing("\n", with: "\r")
        #expect(try problem(Data(old.utf8))?.hasPrefix("Line 6 has") == true)
    }

    @Test(
        "A column that is missing or stands twice is named",
        arguments: [
            ("Paid In,", "", "Line 1: the column Paid In is missing."),
            ("Completion Time", "Time", "Line 1: the column Completion Time is missing."),
            ("Details", "Balance", "Line 1: the column Balance stands twice."),
        ])
    func columns(old: String, new: String, why: String) throws {
        #expect(try problem(Data((Self.header.replacing(old, with: new) + Self.good).utf8)) == why)
    }

    @Test(
        "What is no statement says what it is, or what was looked for",
        arguments: [
            (Data("PK\u{3}\u{4}".utf8), "Excel workbook"), (Data([0xD0, 0xCF, 0x11, 0xE0]), "Excel workbook"),
            (Data("%PDF-1.7".utf8), "PDF"), (Data([1, 0, 2]), "not a text"), (Data(), "names the columns"),
            (Data("<html></html>".utf8), "names the columns"), (Data("\"".utf8), "names the columns"),
            (Data([0xFF, 0xFE]), "names the columns"), (Data([0xFE, 0xFF, 0]), "names the columns"),
            (Data(repeating: 0x41, count: 33_554_433), "larger than 32 MB"),
        ])
    func noStatement(file: Data, why: String) throws {
        #expect(try problem(file)?.contains(why) == true)
    }

    @Test("A cut anywhere in a statement never makes other money than the whole")
    func cut() throws {
        let whole = try file("paybill")
        let all = try movements(whole)
        for length in 0..<whole.count {
            let part: [StatementLine]
            do { part = try movements(Data(whole.prefix(length))) } catch is PaymentError { continue }
            for line in part {
                var shorter = line
                let match = all.first { $0.receipt == line.receipt && $0.amount == line.amount }
                // Only the last cell of the last row may be cut unseen.
                if line == part.last, let match { shorter.account = match.account }
                #expect(all.contains(shorter), "\(length) bytes")
            }
        }
    }

    @Test("Thousands of rows are read", .timeLimit(.minutes(1)))
    func long() throws {
        let rows = String(repeating: Self.good, count: 20_000)
        #expect(try movements(Data((Self.header + rows).utf8)).count == 20_000)
    }

    @Test(
        "A charge is told by its reason, or without one by what M-PESA wrote first, never by what a payer typed",
        arguments: [
            ("Pay Bill from 254708374149 Acc. CHARGE", "", false), ("Pay Bill Charge", "", true),
            ("x", "Pay Utility Charge", true), ("Charge", "Pay Utility", false),
        ])
    func charges(details: String, reason: String, isCharge: Bool) throws {
        let row = "UA51K7B2QX,2026-01-05 14:30:42,\(details),Completed,,-10.00,20.00,\(reason)\n"
        let id = try movements(Data((Self.header + row).utf8)).first?.receipt.id
        #expect(id == (isCharge ? "UA51K7B2QX/charge" : "UA51K7B2QX"))
    }

    @Test("Quotes, separators and spaces inside a quoted cell are the payer's own")
    func quotes() throws {
        let header = Self.header.replacing("Reason Type", with: "A/C No.")
        for (cell, account) in [
            ("\"A \"\"B\"\", C\"", "A \"B\", C"), (" \"x\" ", "x"), ("5\" nails", "5\" nails"),
            ("\"\"\"\"\"\"", "\"\""), ("\"\"", ""),
        ] {
            let row = "UA51K7B2QX,2026-01-05 14:30:42,x,Completed,10.00,,20.00,\(cell)\n"
            #expect(try movements(Data((header + row).utf8)).map(\.account) == [account], "\(cell)")
        }
    }

    @Test("A reversal without a linked receipt is money sent back all the same")
    func unlinked() throws {
        let row = "UA51K7B2QX,2026-01-05 14:30:42,x,Completed,,-10.00,20.00,Transaction Reversal\n"
        #expect(try movements(Data((Self.header + row).utf8)).map(\.direction) == [.returned(receipt: nil)])
    }
}
