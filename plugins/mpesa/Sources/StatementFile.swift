import FoundationEssentials
import PaymentKit

/// Reading the statement that the merchant takes as CSV from the M-PESA portal.
///
/// Some lines about the organisation come first, then a row that names the columns, then one row for each movement. The
/// columns are found by their names, in any order. Only completed rows count. A file is read as a whole or not at all.
extension MPesa: StatementFileReading {
    /// A charge has a row of its own under the receipt of what it was for. It is a movement of its own, so its id is
    /// that receipt with `/charge` behind it.
    public func movements(inFile file: Data) throws -> [StatementLine] {
        let text = try StatementText.decode(file)
        for separator in [",", ";", "\t"].compactMap(\.utf8.first) {
            let (rows, cutAt) = StatementText.rows(of: text, separator: separator)
            guard let header = rows.firstIndex(where: { StatementColumns.isHeader($0.cells) }) else { continue }
            if let cutAt {
                throw PaymentError.invalidInput("Line \(cutAt): a quoted cell does not end. The file may be cut off.")
            }
            let columns = try StatementColumns(rows[header])
            try checkNumber(in: rows[..<header])
            return try Self.lines(of: rows[(header + 1)...], columns)
        }
        throw PaymentError.invalidInput(
            "No line of the file names the columns of an M-PESA statement, such as Receipt No., Completion Time, "
                + "Transaction Status, Paid In and Withdrawn.")
    }

    /// Rows that are named when they do not read, at most.
    private static let problemsNamed = 200

    /// All movements of a table.
    ///
    /// - Throws: ``PaymentError/invalidInput(_:field:)`` that names every row which does not read, a line each.
    private static func lines(
        of rows: ArraySlice<StatementText.Row>, _ columns: StatementColumns
    ) throws(PaymentError) -> [StatementLine] {
        var lines: [StatementLine] = []
        var problems: [String] = []
        for row in rows {
            do throws(PaymentError) {
                if let line = try StatementRow(row, columns)?.line { lines.append(line) }
            } catch {
                guard case .invalidInput(let why, _) = error else { throw error }
                problems.append(why)
                if problems.count == problemsNamed { break }
            }
        }
        guard problems.isEmpty else { throw .invalidInput(problems.joined(separator: "\n")) }
        return lines
    }

    /// The lines before the table name the paybill or till: another's statement must not be taken for the shop's.
    private func checkNumber(in rows: ArraySlice<StatementText.Row>) throws(PaymentError) {
        for row in rows {
            for (place, cell) in row.cells.enumerated() {
                let name = cell.prefix { $0 != ":" }
                guard StatementColumns.plain(name) == "shortcode" else { continue }
                let after = [String(cell.dropFirst(name.count + 1))] + row.cells[(place + 1)...]
                let value = after.first { $0.contains(where: \.isNumber) } ?? ""
                let number = String(value.drop { !$0.isNumber }.prefix { $0.isNumber })
                guard !number.isEmpty, !account.owns(number) else { continue }
                throw .invalidInput(
                    "Line \(row.line): this is the statement of \(number), and this shop's number is "
                        + "\(account.till ?? account.shortcode).")
            }
        }
    }
}

/// Where each column of a statement stands.
struct StatementColumns {
    enum Name: String, CaseIterable {
        case receipt = "Receipt No."
        case completed = "Completion Time"
        case status = "Transaction Status"
        case paidIn = "Paid In"
        case withdrawn = "Withdrawn"
        case details = "Details"
        case balance = "Balance"
        case reason = "Reason Type"
        case party = "Other Party Info"
        case linked = "Linked Transaction ID"
        case account = "A/C No."

        /// Without these there is no telling what moved.
        static let needed: [Name] = [.receipt, .completed, .status, .paidIn, .withdrawn]
    }

    private let places: [Name: Int]
    /// Cells in a whole row.
    let count: Int

    /// Whether a row names columns: the receipt's, and another that is needed.
    static func isHeader(_ cells: [String]) -> Bool {
        let names = Set(cells.map(plain))
        let found = Name.needed.filter { names.contains(plain($0.rawValue)) }
        return found.contains(.receipt) && found.count > 1
    }

    /// - Throws: ``PaymentError/invalidInput(_:field:)`` that names a column which is missing or stands twice.
    init(_ row: StatementText.Row) throws(PaymentError) {
        let names = row.cells.map(Self.plain)
        var places: [Name: Int] = [:]
        for name in Name.allCases {
            let found = names.indices.filter { names[$0] == Self.plain(name.rawValue) }
            if found.count > 1 { throw .invalidInput("Line \(row.line): the column \(name.rawValue) stands twice.") }
            if found.isEmpty, Name.needed.contains(name) {
                throw .invalidInput("Line \(row.line): the column \(name.rawValue) is missing.")
            }
            places[name] = found.first
        }
        self.places = places
        count = (names.lastIndex { !$0.isEmpty } ?? 0) + 1
    }

    func cell(_ name: Name, of row: StatementText.Row) -> String {
        guard let place = places[name], row.cells.indices.contains(place) else { return "" }
        return row.cells[place]
    }

    /// A name as it is compared: lower-case letters and digits alone.
    static func plain(_ name: some StringProtocol) -> String {
        name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
