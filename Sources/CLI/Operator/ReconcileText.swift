import Checkout
import Commerce
import PaymentKit

/// A comparison as text.
struct ReconcileText {
    let report: ReconcileReport
    /// The provider's and the shop's names.
    let provider, shop: String

    private var difference: Reconciliation { report.difference }

    var lines: [String] {
        let source = report.isFromFile ? "the portal's statement" : "the provider's list"
        var lines = [
            "\(provider) and \(shop), \(Shown.time(report.from)) to \(Shown.time(report.to)), by \(source)", "", table,
            "",
        ]
        let found = report.recorded.found
        let waiting = report.recorded.unmatched
        lines += section(
            "Theirs, not ours\(found > 0 ? " (recorded now: \(found), of them \(waiting) without an order)" : "")",
            difference.theirsNotOurs.map(movement))
        lines += section("Ours, not theirs", difference.oursNotTheirs.map(entry))
        lines += section("Receipts that the provider owes", difference.receiptsOwed.map(entry))
        lines += section("Returns that are not ours", difference.returnsNotOurs.map(movement))
        lines += section(
            "Contradictions",
            difference.contradictions.map { "\(movement($0.theirs)), in the books \(entry($0.ours))" })
        let others = difference.otherOutgoing
        if let first = others.first {
            let sum = others.dropFirst().reduce(first.amount) { $0 + $1.amount }
            lines.append("Other payments out, such as charges and withdrawals: \(others.count), \(sum)")
        }
        if difference.tooNew > 0 { lines.append("Too new to stand in the list: \(difference.tooNew)") }
        lines.append(
            difference.agrees ? "They agree." : "They did NOT agree; duka orders items shows what waits for you.")
        return lines
    }

    /// For the accountant: one page, with a place to sign.
    func page(at now: Timestamp) -> [String] {
        ["RECONCILIATION", "Made \(Shown.time(now)) East Africa Time", ""] + lines
            + ["", "", "Checked by ______________________    Date ____________"]
    }

    private var table: String {
        let zero = Money(minor: 0, .kes)
        var sums = (theirsIn: zero, oursIn: zero, theirsOut: zero, oursOut: zero)
        for day in difference.days {
            sums = (
                sums.theirsIn + day.theirsIn, sums.oursIn + day.oursIn, sums.theirsOut + day.theirsOut,
                sums.oursOut + day.oursOut
            )
        }
        let rows = difference.days.map { day in
            row(day.date, day.theirsIn, day.oursIn, day.theirsOut, day.oursOut, day.balance)
        }
        let total = row("Total", sums.theirsIn, sums.oursIn, sums.theirsOut, sums.oursOut, nil)
        return Shown.table(
            [["DAY", "IN: THEIRS", "OURS", "DIFFERENCE", "BACK AND OUT: THEIRS", "OURS", "BALANCE"]] + rows + [total])
    }

    private func row(
        _ name: String, _ theirsIn: Money, _ oursIn: Money, _ theirsOut: Money, _ oursOut: Money, _ balance: Money?
    ) -> [String] {
        [
            name, "\(theirsIn)", "\(oursIn)", "\(theirsIn - oursIn)", "\(theirsOut)", "\(oursOut)",
            balance.map { "\($0)" } ?? "-",
        ]
    }

    private func section(_ title: String, _ rows: [String]) -> [String] {
        rows.isEmpty ? ["\(title): none"] : ["\(title): \(rows.count)"] + rows.map { "  \($0)" }
    }

    private func movement(_ line: Reconciliation.Movement) -> String {
        "\(line.receipt)  \(line.amount)\(line.at.map { "  \(Shown.time($0))" } ?? "")"
    }

    private func entry(_ entry: Reconciliation.Entry) -> String {
        let order = entry.order.map { "  order \($0.text)" } ?? ""
        return "\(entry.receipt ?? "no receipt")  \(entry.amount)  \(Shown.time(entry.at))\(order)"
    }
}

/// A comparison for programs.
struct ReconcileJSON: Encodable {
    struct Line: Encodable {
        let receipt, order, at: String?
        let amount: String
        init(_ line: Reconciliation.Movement) {
            receipt = line.receipt
            order = nil
            at = line.at.map(Shown.json)
            amount = line.amount.decimalText
        }
        init(_ entry: Reconciliation.Entry) {
            receipt = entry.receipt
            order = entry.order?.text
            at = Shown.json(entry.at)
            amount = entry.amount.decimalText
        }
    }
    struct Contradiction: Encodable { let theirs, ours: Line }
    struct Day: Encodable {
        let date, theirsIn, oursIn, theirsOut, oursOut: String
        let balance: String?
        let agrees: Bool
    }

    let provider, from, to: String
    let agrees: Bool
    let lines, recorded, unmatched, tooNew: Int
    let theirsNotOurs, oursNotTheirs, receiptsOwed, returnsNotOurs, otherOutgoing: [Line]
    let contradictions: [Contradiction]
    let days: [Day]

    init(_ report: ReconcileReport) {
        let difference = report.difference
        provider = report.instance
        from = Shown.json(report.from)
        to = Shown.json(report.to)
        agrees = difference.agrees
        lines = report.recorded.lines
        recorded = report.recorded.found
        unmatched = report.recorded.unmatched
        tooNew = difference.tooNew
        theirsNotOurs = difference.theirsNotOurs.map(Line.init)
        oursNotTheirs = difference.oursNotTheirs.map(Line.init)
        receiptsOwed = difference.receiptsOwed.map(Line.init)
        returnsNotOurs = difference.returnsNotOurs.map(Line.init)
        otherOutgoing = difference.otherOutgoing.map(Line.init)
        contradictions = difference.contradictions.map {
            Contradiction(theirs: Line($0.theirs), ours: Line($0.ours))
        }
        days = difference.days.map {
            Day(
                date: $0.date, theirsIn: $0.theirsIn.decimalText, oursIn: $0.oursIn.decimalText,
                theirsOut: $0.theirsOut.decimalText, oursOut: $0.oursOut.decimalText,
                balance: $0.balance?.decimalText, agrees: $0.agrees)
        }
    }
}
