import PaymentKit

/// The provider's list of what moved, compared with the shop's books: a pure function of both.
///
/// Made for lists of a hundred thousand lines: one pass over each side, and memory for what it keeps of them.
package struct Reconciliation: Sendable {
    /// A line of the provider's list.
    package struct Movement: Hashable, Sendable {
        /// Which way the money went, as seen by the shop.
        package enum Direction: Hashable, Sendable {
            case incoming, outgoing
            /// Sent back: the receipt of the payment that was undone, where the line names it.
            case returned(original: String?)
        }
        package let direction: Direction
        package let receipt: String
        package let amount: Money
        package let at: Timestamp?
        package let balance: Money?

        package init(
            _ direction: Direction, _ receipt: String, _ amount: Money, at: Timestamp? = nil, balance: Money? = nil
        ) {
            self.direction = direction
            self.receipt = receipt
            self.amount = amount
            self.at = at
            self.balance = balance
        }
    }

    /// A row of the shop's books.
    package struct Entry: Hashable, Sendable {
        /// What the row is.
        package enum Kind: Hashable, Sendable {
            case payment
            /// A refund of the payment with this receipt.
            case refund(of: String?)
            case payout
        }
        package let kind: Kind
        /// The capture's identity, or the ticket.
        package let id: String
        package let receipt: String?
        package let amount: Money
        /// When it happened, as far as it is known, and the earliest that it can have happened.
        package let at, earliest: Timestamp
        package let order: OrderNumber?

        package init(
            _ kind: Kind, id: String, receipt: String?, amount: Money, at: Timestamp, earliest: Timestamp? = nil,
            order: OrderNumber? = nil
        ) {
            self.kind = kind
            self.id = id
            self.receipt = receipt
            self.amount = amount
            self.at = at
            self.earliest = earliest ?? at
            self.order = order
        }
    }

    /// What is compared.
    package struct Scope: Sendable {
        package var from, to: Timestamp
        /// Seconds after which a payment must stand in the list.
        package var settlingSeconds = 600
        /// Whether the list shows what went out as well.
        package var listsOutgoing: Bool
        package var currency: Currency

        package init(from: Timestamp, to: Timestamp, listsOutgoing: Bool, currency: Currency) {
            self.from = from
            self.to = to
            self.listsOutgoing = listsOutgoing
            self.currency = currency
        }
    }

    /// The same money under two amounts.
    package struct Contradiction: Hashable, Sendable {
        package let theirs: Movement
        package let ours: Entry
    }

    /// The sums of one day of East Africa Time.
    package struct Day: Hashable, Sendable {
        /// `2026-11-21`, so that days sort.
        package let date: String
        package internal(set) var theirsIn, oursIn, theirsOut, oursOut: Money
        /// What the account held after the day's last line, where the list says so.
        package internal(set) var balance: Money?

        package var agrees: Bool { theirsIn == oursIn && theirsOut == oursOut }
    }

    package private(set) var theirsNotOurs: [Movement] = []
    package private(set) var oursNotTheirs: [Entry] = []
    /// Payments that are certain and whose receipt the provider still owes.
    package private(set) var receiptsOwed: [Entry] = []
    package private(set) var returnsNotOurs: [Movement] = []
    package private(set) var contradictions: [Contradiction] = []
    /// What went out and is nothing of this shop's doing: charges, withdrawals.
    package private(set) var otherOutgoing: [Movement] = []
    /// Payments too new to stand in the list.
    package private(set) var tooNew = 0
    /// The identities of the rows that the list shows.
    package private(set) var shown: Set<String> = []
    package private(set) var days: [Day] = []

    /// Whether nothing differs. What went out by other hands is no difference: the shop's books do not have it.
    package var agrees: Bool {
        theirsNotOurs.isEmpty && oursNotTheirs.isEmpty && receiptsOwed.isEmpty && returnsNotOurs.isEmpty
            && contradictions.isEmpty
    }

    private let scope: Scope
    private var table: [String: Day] = [:]
    private var lastBalance: [String: (at: Timestamp, balance: Money)] = [:]

    /// - Parameters:
    ///   - theirs: In the list's order; a line that stands in it twice counts once.
    ///   - ours: All that may stand in the list; rows outside the scope are looked at only when it shows them.
    package init(theirs: some Sequence<Movement>, ours: some Sequence<Entry>, _ scope: Scope) {
        self.scope = scope
        var books = Ours(ours)
        var seen: Set<String> = []
        var previous: Timestamp?
        // Portals list the newest first as often as the oldest: of two lines of one second, which one is later?
        var isDescending = false
        for line in theirs where seen.insert("\(line.direction) \(line.receipt)").inserted {
            if let at = line.at {
                if let previous, previous > at { isDescending = true }
                previous = at
                note(line, at: at, isDescending)
            }
            judge(line, &books)
        }
        for entry in books.rest { judgeUnlisted(entry) }
        days = table.values.sorted { $0.date < $1.date }
        for place in days.indices { days[place].balance = lastBalance[days[place].date]?.balance }
        table = [:]
        lastBalance = [:]
    }

    private mutating func judge(_ line: Movement, _ books: inout Ours) {
        let entry = books.take(line)
        let at = line.at ?? entry?.at ?? scope.to
        let isIncoming = line.direction == .incoming
        if let entry {
            shown.insert(entry.id)
            if entry.amount != line.amount { contradictions.append(Contradiction(theirs: line, ours: entry)) }
        } else {
            switch line.direction {
            case .incoming: theirsNotOurs.append(line)
            case .returned: returnsNotOurs.append(line)
            case .outgoing: return otherOutgoing.append(line)
            }
        }
        add(at) { day in
            if isIncoming {
                day.theirsIn = day.theirsIn + line.amount
                if let entry { day.oursIn = day.oursIn + entry.amount }
            } else {
                day.theirsOut = day.theirsOut + line.amount
                if let entry { day.oursOut = day.oursOut + entry.amount }
            }
        }
    }

    /// A row that the list does not show.
    private mutating func judgeUnlisted(_ entry: Entry) {
        guard entry.kind == .payment || scope.listsOutgoing, entry.earliest >= scope.from, entry.at <= scope.to else {
            return
        }
        guard entry.at <= scope.to.adding(seconds: -scope.settlingSeconds) else {
            tooNew += 1
            return
        }
        if entry.receipt == nil {
            guard entry.kind == .payment else { return }
            receiptsOwed.append(entry)
        } else {
            oursNotTheirs.append(entry)
        }
        add(entry.at) { day in
            if entry.kind == .payment {
                day.oursIn = day.oursIn + entry.amount
            } else {
                day.oursOut = day.oursOut + entry.amount
            }
        }
    }

    private mutating func add(_ at: Timestamp, _ change: (inout Day) -> Void) {
        let date = at.eastAfrica.sortableDate
        let zero = Money(minor: 0, scope.currency)
        change(
            &table[date, default: Day(date: date, theirsIn: zero, oursIn: zero, theirsOut: zero, oursOut: zero)])
    }

    private mutating func note(_ line: Movement, at: Timestamp, _ isDescending: Bool) {
        guard let balance = line.balance else { return }
        let date = at.eastAfrica.sortableDate
        if let known = lastBalance[date], known.at > at || (known.at == at && isDescending) { return }
        lastBalance[date] = (at, balance)
        add(at) { _ in }
    }
}

/// The shop's rows, found by what a line says.
private struct Ours {
    private var byReceipt: [String: Reconciliation.Entry] = [:]
    private var refundsByPayment: [String: [Reconciliation.Entry]] = [:]
    private var withoutReceipt: [Reconciliation.Entry] = []

    init(_ entries: some Sequence<Reconciliation.Entry>) {
        for entry in entries {
            if let receipt = entry.receipt {
                byReceipt[Self.key(receipt, isIncoming: entry.kind == .payment)] = entry
            } else if case .refund(let payment?) = entry.kind {
                refundsByPayment[payment, default: []].append(entry)
            } else {
                withoutReceipt.append(entry)
            }
        }
    }

    /// Takes the row of a line, so that it is not found again.
    mutating func take(_ line: Reconciliation.Movement) -> Reconciliation.Entry? {
        if let entry = byReceipt.removeValue(forKey: Self.key(line.receipt, isIncoming: line.direction == .incoming)) {
            return entry
        }
        // A refund that succeeded before its receipt was told is known by the payment that it undid.
        guard case .returned(let original?) = line.direction,
            let place = refundsByPayment[original]?.firstIndex(where: { $0.amount == line.amount })
        else { return nil }
        return refundsByPayment[original]?.remove(at: place)
    }

    /// What no line has shown, the earliest first.
    var rest: [Reconciliation.Entry] {
        (Array(byReceipt.values) + refundsByPayment.values.joined() + withoutReceipt)
            .sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    private static func key(_ receipt: String, isIncoming: Bool) -> String {
        isIncoming ? "in \(receipt)" : "out \(receipt)"
    }
}

extension CivilTime {
    /// `2026-11-21`
    package var sortableDate: String {
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }
}
