import Commerce
import Database
import PaymentKit
import Storage

/// Money that the provider reports by itself: a payment to the paybill or till, a line of a statement, the answer about
/// a receipt.
package struct MoneyReport: Sendable {
    package var instance: String
    package var receipt: Receipt
    package var amount: Money
    /// What the payer typed; empty when there is none.
    package var account: String
    package var road: EvidenceRoad
    package var level: CaptureEvidence
    /// Known without an account: a person said so, or the shopper showed the receipt.
    package var order: ID<Order>?

    package init(
        instance: String, receipt: Receipt, amount: Money, account: String, road: EvidenceRoad, level: CaptureEvidence,
        order: ID<Order>? = nil
    ) {
        self.instance = instance
        self.receipt = receipt
        self.amount = amount
        self.account = account
        self.road = road
        self.level = level
        self.order = order
    }
}

/// What became of reported money.
package enum MoneyRecorded: Sendable, Hashable {
    /// Counted now, for that order.
    case booked(ID<Order>)
    /// Kept for a person: no order is named with certainty.
    case unmatched
    /// Known already; at most a further proof of it.
    case known
    /// Known under another amount: a person must look.
    case contradicted
}

extension Shop {
    /// Records money nobody asked for. The same receipt by any road, in any order, counts once.
    @discardableResult
    func receive(_ report: MoneyReport) async throws -> MoneyRecorded {
        let now = now()
        let recorded = try await database.transaction { [vault, rules] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            return try ReceivedMoney.record(report, books, rules)
        }
        wake.now()
        return recorded
    }
}

/// The work of one ``Shop/receive(_:)``.
package enum ReceivedMoney {
    /// Records money nobody asked for, in the books' transaction.
    package static func record(_ report: MoneyReport, _ books: some Books, _ rules: ShopRules) throws -> MoneyRecorded {
        let seen = try books.capture(receipt: report.receipt.id, instance: report.instance)
        // The order first: its version guards what is read after it.
        let owner = try seen?.order ?? orderNamed(in: report, books)
        let order = try owner.flatMap { try books.order($0) }
        // Read again under that version. Money without an order is guarded by having none.
        guard let known = try books.capture(receipt: report.receipt.id, instance: report.instance) else {
            try books.closeReview("unconfirmed_money", subject: "\(report.instance) \(report.receipt.id)")
            guard let order else { return try hold(report, books) }
            return try book(report, for: order, books, rules)
        }
        guard known.order == seen?.order else { throw StaleWrite() }
        try books.note(report.road, report.level, of: known.id)
        guard known.amount == report.amount else {
            try books.openReview(
                "contradiction", subject: report.receipt.id, order: known.order,
                detail: "reported over \(report.amount.decimalText), known over \(known.amount.decimalText)")
            return .contradicted
        }
        guard let order else {
            try raise(known, to: report, books)
            return .known
        }
        if known.order == nil {
            var work = OrderWork(order, books, rules)
            try assign(known, report, to: &work)
            _ = try work.save()
            return .booked(order.id)
        }
        if report.level > known.level {
            var work = OrderWork(order, books, rules)
            try raise(known, to: report, books)
            work.note("confirmed", known.ticket, report.receipt.id)
            _ = try work.save()
        }
        return .known
    }

    /// Takes a message about money to the shop's standing address. Nobody signs these: from a foreign address, or over
    /// much money, the provider itself must say it too.
    ///
    /// - Returns: Nil when the provider is to be asked first; nothing is counted yet.
    package static func hear(
        _ report: MoneyReport, isListed: Bool, _ books: some Books, _ rules: ShopRules
    ) throws -> MoneyRecorded? {
        if isListed, report.amount.minor < rules.confirmFrom.minor { return try record(report, books, rules) }
        if try books.capture(receipt: report.receipt.id, instance: report.instance) != nil {
            // What a stranger types must not give known money to an order.
            return isListed ? try record(report, books, rules) : .known
        }
        try books.openReview(
            "unconfirmed_money", subject: "\(report.instance) \(report.receipt.id)", order: nil,
            detail: "\(report.amount.decimalText) reported, and not confirmed by the provider's list yet")
        return nil
    }

    /// The order that the payer's account text names without a doubt, or that somebody named.
    private static func orderNamed(in report: MoneyReport, _ books: some Books) throws -> ID<Order>? {
        if let order = report.order { return order }
        guard case .number(let number) = AccountText(report.account).reading else { return nil }
        return try books.order(number: number)
    }

    private static func raise(_ known: Capture, to report: MoneyReport, _ books: some Books) throws {
        guard report.level > known.level else { return }
        var raised = known
        raised.level = report.level
        raised.providerAt = known.providerAt ?? report.receipt.at.map(Timestamp.init)
        try books.save(raised, payer: report.receipt.payer)
    }

    /// Keeps money that names no order, for a person.
    private static func hold(_ report: MoneyReport, _ books: some Books) throws -> MoneyRecorded {
        let capture = capture(report, order: nil, books)
        try books.insert(capture, payer: report.receipt.payer, account: report.account)
        try books.note(report.road, report.level, of: capture.id)
        try books.post(
            [(.providerClearing, capture.amount.minor), (.suspense, -capture.amount.minor)], capture.amount.currency,
            order: nil, cause: capture.id.text)
        try books.openReview(
            "unmatched_money", subject: capture.id.text, order: nil,
            detail: "\(capture.amount.decimalText) \(capture.amount.currency.rawValue) that names no order")
        return .unmatched
    }

    private static func book<B: Books>(
        _ report: MoneyReport, for order: Order, _ books: B, _ rules: ShopRules
    ) throws -> MoneyRecorded {
        var work = OrderWork(order, books, rules)
        // An attempt succeeded and its receipt was never named: this is most likely it.
        if var owed = try work.owed(report.amount, instance: report.instance) {
            owed.receipt = report.receipt.id
            owed.link = .likely
            owed.level = max(owed.level, report.level)
            owed.providerAt = report.receipt.at.map(Timestamp.init)
            try books.save(owed, payer: report.receipt.payer)
            try books.note(report.road, report.level, of: owed.id)
            work.note("receipt_known", owed.ticket, report.receipt.id)
            try books.closeReview("receipt_owed", subject: owed.id.text)
        } else {
            let capture = capture(report, order: order.id, books)
            try books.insert(capture, payer: report.receipt.payer, account: report.account)
            try books.note(report.road, report.level, of: capture.id)
            work.credit(capture)
            work.note("money_received", nil, "\(capture.amount.decimalText) \(report.road.rawValue)")
            try work.settle(because: capture.id.text)
        }
        _ = try work.save()
        return .booked(order.id)
    }

    /// Gives money that waited to the order it was paid for.
    package static func assign<B: Books>(_ held: Capture, _ report: MoneyReport, to work: inout OrderWork<B>) throws {
        var capture = held
        capture.order = work.order.id
        capture.level = max(held.level, report.level)
        work.creditHeld(held)
        // An attempt succeeded and its receipt was never named: this is most likely it, counted already.
        if let owed = try work.owed(held.amount, instance: held.instance),
            let merged = try work.merge(owed, into: capture)
        {
            capture = merged
            capture.link = .likely
            capture.level = max(capture.level, owed.level)
        }
        try work.books.save(capture, payer: report.receipt.payer)
        try work.books.closeReview("unmatched_money", subject: capture.id.text)
        work.note("money_assigned", nil, "\(capture.amount.decimalText) \(report.road.rawValue)")
        try work.settle(because: capture.id.text)
    }

    private static func capture(_ report: MoneyReport, order: ID<Order>?, _ books: some Books) -> Capture {
        Capture(
            id: books.makeIdentity(), instance: report.instance, ticket: nil, link: .none, order: order,
            amount: report.amount, receipt: report.receipt.id, level: report.level, recordedAt: books.now,
            providerAt: report.receipt.at.map(Timestamp.init))
    }
}
