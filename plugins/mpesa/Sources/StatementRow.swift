import FoundationEssentials
import PaymentKit

/// One movement of a statement.
struct StatementRow {
    let line: StatementLine

    private let row: SeparatedText.Row
    private let columns: StatementColumns

    /// - Returns: Nil for a row that moved no money: one that was not completed, a zero, a sum below the table.
    /// - Throws: ``PaymentError/invalidInput(_:field:)`` that names line and column. The values are people's and are
    ///   not repeated.
    init?(_ row: SeparatedText.Row, _ columns: StatementColumns) throws(PaymentError) {
        self.row = row
        self.columns = columns
        func cell(_ name: StatementColumns.Name) -> String { columns.cell(name, of: row) }

        let isSum =
            cell(.status).isEmpty && cell(.completed).isEmpty
            && (cell(.receipt).isEmpty || cell(.receipt).lowercased().hasPrefix("total"))
        if isSum { return nil }
        guard row.cells.count >= columns.count else {
            throw .invalidInput(
                "Line \(row.line) has \(row.cells.count) of \(columns.count) cells. The file may be cut off.")
        }
        let receipt = cell(.receipt).uppercased()
        guard (6...20).contains(receipt.utf8.count),
            receipt.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
        else { throw Self.problem(row, .receipt, "is not a receipt number.") }
        guard !cell(.status).isEmpty else { throw Self.problem(row, .status, "is empty.") }
        guard cell(.status).lowercased() == "completed" else { return nil }
        guard let moment = EastAfricaTime.read(cell(.completed)) else {
            throw Self.problem(row, .completed, "is not a time such as 2026-01-05 14:30:15.")
        }
        let paidIn = try Self.money(row, columns, .paidIn)
        let withdrawn = try Self.money(row, columns, .withdrawn).map { Money(minor: abs($0.minor), .kes) }
        let balance = try Self.money(row, columns, .balance)
        if let paidIn, paidIn.minor < 0 { throw Self.problem(row, .paidIn, "is below zero.") }
        if paidIn == nil, withdrawn == nil {
            throw Self.problem(row, .paidIn, "is empty, and so is Withdrawn.")
        }
        let came = paidIn.flatMap { $0.minor > 0 ? $0 : nil }
        let went = withdrawn.flatMap { $0.minor > 0 ? $0 : nil }
        if came != nil, went != nil { throw Self.problem(row, .withdrawn, "has an amount, and so has Paid In.") }
        guard let amount = came ?? went else { return nil }

        let kind = Self.kind(cell(.reason), cell(.details))
        let isCharge = kind.contains("charge") || kind.contains("fee")
        let direction: StatementLine.Direction
        if came != nil {
            direction = .incoming
        } else if !isCharge, kind.contains("revers") {
            let linked = cell(.linked).uppercased()
            direction = .returned(receipt: linked.isEmpty ? nil : linked)
        } else {
            direction = .outgoing
        }
        line = StatementLine(
            direction,
            Receipt(
                isCharge ? "\(receipt)/charge" : receipt,
                payer: came == nil ? nil : Party(cell(.party))?.number, at: moment), amount,
            account: isCharge ? "" : cell(.account), balance: balance,
            chargeFor: isCharge && came == nil ? receipt : nil)
    }

    /// What a row is, in words of M-PESA's: its reason, or without one the beginning of its details. What follows there
    /// was typed by a payer, who may call an account "fees".
    private static func kind(_ reason: String, _ details: String) -> String {
        guard reason.isEmpty else { return reason.lowercased() }
        let words = details.lowercased().split(separator: " ")
        return words.prefix { !["from", "to", "of", "by", "-", "acc.", "account"].contains($0) }.joined(separator: " ")
    }

    /// Exact, with or without commas between thousands; nil for an empty cell.
    private static func money(
        _ row: SeparatedText.Row, _ columns: StatementColumns, _ name: StatementColumns.Name
    ) throws(PaymentError) -> Money? {
        let text = columns.cell(name, of: row)
        if text.isEmpty { return nil }
        let digits = text.drop { $0 == "-" }
        let whole = digits.prefix { $0 != "." }
        let groups = whole.split(separator: ",", omittingEmptySubsequences: false)
        let isGrouped =
            groups.count == 1
            || ((1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 })
        guard isGrouped, !digits.dropFirst(whole.count).contains(","),
            let money = Money(decimal: text.filter { $0 != "," }, .kes), money.minor != .min
        else { throw problem(row, name, "is not an amount such as 1,250.00.") }
        return money
    }

    private static func problem(
        _ row: SeparatedText.Row, _ name: StatementColumns.Name, _ what: String
    ) -> PaymentError {
        .invalidInput("Line \(row.line): \(name.rawValue) \(what)")
    }
}
