import FoundationEssentials
import PaymentKit

/// Reading the statement that the owner takes as CSV from the bank. Lines about the account may come first; then a line
/// that names the columns, and one for each movement. A file is read as a whole or not at all.
extension BankTransfer: StatementFileReading {
    /// What came in counts with the payer's words as its account; what went out is told for the comparison.
    public func movements(inFile file: Data) throws -> [StatementLine] {
        let text = try SeparatedText.decode(file)
        for separator in [",", ";", "\t"].compactMap(\.utf8.first) {
            let (rows, cutAt) = SeparatedText.rows(of: text, separator: separator)
            guard let header = rows.firstIndex(where: { columns.isHeader($0.cells) }) else { continue }
            if let cutAt {
                throw PaymentError.invalidInput("Line \(cutAt): a quoted cell does not end. The file may be cut off.")
            }
            let places = try columns.places(in: rows[header])
            var first: [String: Int] = [:]
            return try rows[(header + 1)...].compactMap { row -> StatementLine? in
                guard let line = try Self.movement(row, places) else { return nil }
                // Two payments under one reference would be taken for one.
                if let other = first.updateValue(row.line, forKey: line.receipt.id) {
                    throw PaymentError.invalidInput(
                        "Line \(row.line): \(places.reference.name) is that of line \(other). Each movement needs one "
                            + "of its own; choose the bank's own reference as the column.")
                }
                return line
            }
        }
        throw PaymentError.invalidInput("No line of the file names the columns \(columns.names).")
    }

    /// - Returns: Nil for a row that moved no money in or out by the chosen column, such as a balance.
    /// - Throws: ``PaymentError/invalidInput(_:field:)`` that names line and column; the values are not repeated.
    private static func movement(
        _ row: SeparatedText.Row, _ places: StatementColumns.Places
    ) throws(PaymentError) -> StatementLine? {
        func cell(_ place: Int) -> String { row.cells.indices.contains(place) ? row.cells[place] : "" }
        func problem(_ column: String, _ what: String) -> PaymentError {
            .invalidInput("Line \(row.line): \(column) \(what)")
        }
        let amountText = cell(places.amount.place)
        // Without a reference, and with no day or the word "total" in its place, it is a sum or a balance carried on.
        let dayText = cell(places.date.place)
        let isSum =
            cell(places.reference.place).isEmpty && (dayText.isEmpty || dayText.lowercased().hasPrefix("total"))
        guard !amountText.isEmpty, !isSum else { return nil }
        guard let amount = money(amountText) else {
            throw problem(places.amount.name, "is not an amount such as 1,250.00.")
        }
        guard amount.minor != 0 else { return nil }
        guard let day = StatementDay.read(dayText) else {
            throw problem(places.date.name, "is not a day such as 2026-01-05, 05/01/2026 or 5 Jan 2026.")
        }
        let reference = cell(places.reference.place).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (1...60).contains(reference.utf8.count) else {
            throw problem(places.reference.name, reference.isEmpty ? "is empty." : "is longer than 60 characters.")
        }
        let words = Self.short(cell(places.text.place))
        guard amount.minor > 0 else {
            // A charge or a return may carry the reference of what it was for.
            let sent = Money(minor: -amount.minor, .kes)
            return StatementLine(.outgoing, Receipt("\(reference)/out", at: day), sent, account: "")
        }
        return StatementLine(.incoming, Receipt(reference, at: day), amount, account: words)
    }

    /// A payer's words without control characters, in 240 bytes: what the books keep of an account.
    private static func short(_ text: String) -> String {
        var short = ""
        for scalar in text.unicodeScalars where scalar.properties.generalCategory != .control {
            guard short.utf8.count + 4 <= 240 else { break }
            short.unicodeScalars.append(scalar)
        }
        return short
    }

    /// Exact, with or without commas between thousands and the currency before it; brackets mean below zero.
    static func money(_ text: String) -> Money? {
        var digits = text.uppercased().filter { !$0.isWhitespace }
        for currency in ["KES", "KSHS", "KSH"] where digits.hasPrefix(currency) {
            digits.removeFirst(currency.count)
            break
        }
        var isBelowZero = false
        if digits.hasPrefix("("), digits.hasSuffix(")") {
            digits = String(digits.dropFirst().dropLast())
            isBelowZero = true
        } else if digits.hasPrefix("-") || digits.hasPrefix("+") {
            isBelowZero = digits.removeFirst() == "-"
        }
        let whole = digits.prefix { $0 != "." }
        let groups = whole.split(separator: ",", omittingEmptySubsequences: false)
        let isGrouped =
            groups.count == 1
            || ((1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 })
        guard isGrouped, digits.first?.isNumber == true, !digits.dropFirst(whole.count).contains(","),
            let money = Money(decimal: digits.filter { $0 != "," }, .kes), money.minor >= 0
        else { return nil }
        return isBelowZero ? Money(minor: -money.minor, .kes) : money
    }
}

/// Which columns of the bank's file hold what, by the names that the owner chose.
struct StatementColumns: Sendable {
    struct Place: Sendable {
        let name: String
        let place: Int
    }
    struct Places: Sendable { let date, reference, amount, text: Place }

    private let date, reference, amount, text: String

    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` for a name without letters, or two of one name.
    init(date: String, reference: String, amount: String, text: String) throws(PaymentError) {
        let names = [date, reference, amount, text].map(Self.plain)
        guard !names.contains("") else {
            throw .misconfigured("A column of the statement has no letters in its name.", setting: "text_column")
        }
        guard Set(names).count == names.count else {
            throw .misconfigured(
                "Two columns of the statement have the same name; give each the name of its own.",
                setting: "text_column")
        }
        (self.date, self.reference, self.amount, self.text) = (date, reference, amount, text)
    }

    /// For a sentence.
    var names: String { "\(date), \(reference), \(amount) and \(text)" }

    /// Whether a row names columns: the reference's and the amount's.
    func isHeader(_ cells: [String]) -> Bool {
        let names = cells.map(Self.plain)
        return names.contains(Self.plain(reference)) && names.contains(Self.plain(amount))
    }

    /// - Throws: ``PaymentError/invalidInput(_:field:)`` that names a column which is missing or stands twice.
    func places(in row: SeparatedText.Row) throws(PaymentError) -> Places {
        func place(_ name: String) throws(PaymentError) -> Place {
            let found = row.cells.indices.filter { Self.plain(row.cells[$0]) == Self.plain(name) }
            if found.count > 1 { throw .invalidInput("Line \(row.line): the column \(name) stands twice.") }
            guard let first = found.first else {
                throw .invalidInput("Line \(row.line): the column \(name) is missing.")
            }
            return Place(name: name, place: first)
        }
        return Places(
            date: try place(date), reference: try place(reference), amount: try place(amount), text: try place(text))
    }

    /// A name as it is compared: lower-case letters and digits alone.
    private static func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }
}

/// Days as banks write them.
enum StatementDay {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Midnight in Nairobi of the day that a text names, whatever time follows it; nil for a text that names none.
    /// Where two numbers could be the month, the day comes first, as Kenyans write.
    static func read(_ text: String) -> Date? {
        let parts = text.split { !$0.isLetter && !$0.isNumber }.prefix(3).map(String.init)
        guard parts.count == 3 else { return nil }
        let isYearFirst = parts[0].count == 4
        let (yearText, dayText) = isYearFirst ? (parts[0], parts[2]) : (parts[2], parts[0])
        // A time may follow the year or the day: `2026-01-05T14:30`.
        guard let year = Int(yearText), (2000...2200).contains(year) || (0...99).contains(year),
            let day = Int(dayText.prefix { $0.isNumber }), let month = month(parts[1])
        else { return nil }
        return date(year < 100 ? 2000 + year : year, month, day)
    }

    private static func month(_ text: String) -> Int? {
        if let number = Int(text) { return (1...12).contains(number) ? number : nil }
        return months.firstIndex(of: String(text.lowercased().prefix(3))).map { $0 + 1 }
    }

    /// Days since 1970 by counting years and months; nil for a day that the month does not have.
    private static func date(_ year: Int, _ month: Int, _ day: Int) -> Date? {
        func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        let years = (1970..<year).reduce(0) { $0 + (isLeap($1) ? 366 : 365) }
        let days = years + lengths[..<(month - 1)].reduce(0, +) + day - 1
        return Date(timeIntervalSince1970: Double(days * 86_400 - 3 * 3_600))
    }
}
