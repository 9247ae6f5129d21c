import Commerce
import Cryptography
import Database
import Foundation
import PaymentKit
import Storage

/// Orders by the hundred thousand, written as the shop would have written them: sealed, with their look-up values,
/// their prompts, money, ledger and histories, so that the books balance. For measuring, and for tests of lists.
package struct ManyOrders: Sendable {
    private let vault: Vault
    private let end: Timestamp
    private let seconds: Int
    private let declines: [String: String]

    /// What an order came to; of a hundred, so many.
    private enum Fate: CaseIterable {
        case paid, late, cancelled, expired, refused, unpaid, review
        var share: Int {
            switch self {
            case .paid: 80
            case .late, .review: 1
            case .cancelled, .refused: 3
            case .expired: 9
            case .unpaid: 3
            }
        }
    }
    private static let fates: [Fate] = Fate.allCases.flatMap { Array(repeating: $0, count: $0.share) }
    private static let firstNames = """
        Asha Wanjiru Njeri Achieng Otieno Kamau Mwangi Wambui Nyambura Kiprop Chebet Cherono Mutua Mwende Kioko
        Ndanu Amina Fatuma Halima Hassan Omondi Atieno Akinyi Wafula Nekesa Barasa Simiyu Kipchoge Jepkosgei Wairimu
        Muthoni Kariuki Gathoni Njoroge Mumbi Kimani Wangari Baraka Neema Zawadi Juma Rehema Salim Mwanaisha Grace
        Faith Joyce Mercy Brian Kevin Dennis Collins Purity Esther Ruth Samuel David Peter John Mary
        """.split { $0.isWhitespace }.map(String.init)
    private static let lastNames = """
        Ng'ang'a Waweru Maina Karanja Kuria Ochieng Odhiambo Onyango Owino Ouma Wekesa Masinde Shikuku Rotich Koech
        Langat Sang Bett Cheruiyot Mutiso Musyoka Kilonzo Nzioka Muli Abdi Mohamed Ali Yusuf Ibrahim Said Mwakio
        Mghanga Kazungu Charo Katana Kombo Nyaga Njuguna Gitau Macharia Thuku Ndirangu Kibet Kiptoo Ruto Limo Auma
        Adhiambo Anyango Okello Juma Were Opiyo Mboya Mureithi Murithi Kirimi Mwiti Gitonga Nkatha
        """.split { $0.isWhitespace }.map(String.init)

    /// - Parameters:
    ///   - end: When the newest was placed.
    ///   - seconds: Over how long they were placed, in even steps.
    package init(keys: KeyRing, end: Timestamp, over seconds: Int) throws {
        vault = Vault(keys)
        self.end = end
        self.seconds = seconds
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        declines = try [
            "cancelled": Decline(.cancelledByPayer, retry: .sameMethod, code: "1032"),
            "expired": Decline(.payerDidNotAnswer, retry: .sameMethod, code: "1037"),
            "refused": Decline(.invalidAccount, retry: .otherMethod, code: "400.002.02"),
        ].mapValues { String(decoding: try encoder.encode($0), as: UTF8.self) }
    }

    /// A number of one of the shop's three hundred thousand customers.
    package static func phone(of customer: Int) throws -> PhoneNumber {
        let digits = String(7_10_000_000 + (customer * 7_919) % 80_000_000)
        return try PhoneNumber("0" + digits)
    }

    /// Writes orders, some hundred in a transaction.
    ///
    /// - Parameter progress: Called with how many are written.
    package func write(
        _ count: Int, to database: SQLDatabase, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws {
        var written = 0
        while written < count {
            let (first, last) = (written, min(count, written + 500))
            do {
                try await database.transaction { transaction in
                    var rows = Rows()
                    for place in first..<last { try add(place, of: count, to: &rows) }
                    try rows.write(in: transaction)
                }
            } catch let error as DatabaseError where error.kind == .duplicate {
                // Of a million numbers some meet, as they do in a shop: others are made.
                continue
            }
            written = last
            progress(written)
        }
    }

    private func add(_ place: Int, of count: Int, to rows: inout Rows) throws {
        let placed = end.adding(milliseconds: -Int64(seconds) * 1_000 * Int64(count - 1 - place) / Int64(max(1, count)))
        let id = ID<Order>(at: placed)
        let number = OrderNumber()
        let fate = Self.fates[Int.random(in: 0..<Self.fates.count)]
        let customer = Int.random(in: 0..<300_000)
        let phone = try Self.phone(of: customer)
        let name =
            "\(Self.firstNames[customer % Self.firstNames.count]) "
            + Self.lastNames[customer / Self.firstNames.count % Self.lastNames.count]
        let goods = Int64(Int.random(in: 1...60) * Int.random(in: 1...8) * 50) * 100
        let delivery: Int64 = Bool.random() ? 20_000 : 0
        let total = goods + delivery
        let instance = place % 33 == 7 ? "other" : "mpesa"
        let ticket = fate == .unpaid ? nil : "\(number.text)-1"
        var history = History(order: id)
        history.add("order_placed", nil, "\(total / 100).00", placed)
        let word = state(of: fate)
        if let ticket { prompt(ticket, word, total, at: placed, &history) }
        let isPaid = fate == .paid || fate == .late
        let hasMoney = isPaid || fate == .review
        if hasMoney, let ticket {
            money(ticket, instance, total, isCredit: fate == .review, id, at: placed.adding(seconds: 20), &rows)
            history.add("captured", ticket, "\(total / 100).00 KES", placed.adding(seconds: 21))
        }
        if fate != .paid, fate != .late { history.add("expired", nil, "", placed.adding(seconds: 3_600)) }
        rows.orders.append(
            [
                .text(id.text), .text(number.text), .blob(SecureRandom.bytes(32)), .integer(Int64(history.count)),
                .blob(history.hash), .text(status(of: fate)), .text(flags(of: fate)), .text("en"),
                .blob(vault.seal(name, "orders.name \(id)")), .blob(vault.seal(phone.digits, "orders.phone \(id)")),
                .blob(vault.index(of: phone)), .null,
                delivery > 0 ? .blob(vault.seal("Kilimani, house \(customer)", "orders.place \(id)")) : .null,
                .text(delivery > 0 ? "rider" : "pickup"), .text(delivery > 0 ? "Rider" : "Collect"),
                .text(delivery > 0 ? "Boda" : "Chukua"), .text("KES"), .integer(goods), .integer(delivery),
                .integer(goods * 16 / 116), .integer(total), .integer(isPaid ? total : 0), .integer(isPaid ? 1 : 0),
                .integer(ticket == nil ? 0 : 1), .integer(placed.milliseconds),
                .integer(placed.adding(seconds: 3_600).milliseconds), .integer(history.last.milliseconds),
                isPaid ? .integer(placed.adding(seconds: 21).milliseconds) : .null, .integer(hasMoney ? total : 0),
                place % 2 == 0 && isPaid ? .integer(history.last.milliseconds) : .null,
                .integer(flags(of: fate).isEmpty ? 0 : 1),
            ])
        rows.lines.append(
            [
                .text(id.text), .integer(0), .text("p\(customer % 40)"), .text("mug"), .text("Mug"), .text("Kikombe"),
                .text("mug.svg"), .integer(1), .integer(goods), .integer(1_600),
            ])
        rows.events += history.rows
        for key in vault.payerKeys(of: phone) { rows.payers.append([.text(id.text), .blob(key)]) }
        for key in Set(NameWords(name).stems.map(vault.wordKey)) { rows.words.append([.blob(key), .text(id.text)]) }
        if fate == .review {
            rows.reviews.append(
                [
                    .text(number.text), .text("late_money"), .text(id.text), .text("money for an order that has ended"),
                    .integer(history.last.milliseconds),
                ])
        }
        guard let ticket else { return }
        rows.attempts.append(
            [
                .text(ticket), .text(id.text), .integer(1), .text(instance), .integer(total), .text("KES"),
                .blob(vault.seal(phone.digits, "attempts.phone \(ticket)")), .blob(vault.index(of: phone)), .text(word),
                declines[word].map(SQLValue.text) ?? .null, .integer(placed.milliseconds),
                word == "refused" ? .null : .integer(placed.adding(seconds: 1).milliseconds),
                .integer(placed.adding(seconds: 20).milliseconds),
            ])
    }

    private func state(of fate: Fate) -> String {
        switch fate {
        case .paid, .late, .review: "paid"
        case .cancelled: "cancelled"
        case .expired, .unpaid: "expired"
        case .refused: "refused"
        }
    }

    private func status(of fate: Fate) -> String {
        switch fate {
        case .paid, .late: "paid"
        case .review: "manual_review"
        case .cancelled, .expired, .refused, .unpaid: "expired"
        }
    }

    private func flags(of fate: Fate) -> String {
        switch fate {
        case .late: "late"
        case .review: "late manual_review"
        case .paid, .cancelled, .expired, .refused, .unpaid: ""
        }
    }

    private func prompt(
        _ ticket: String, _ word: String, _ total: Int64, at placed: Timestamp, _ history: inout History
    ) {
        history.add("attempt_started", ticket, "\(total / 100).00 KES", placed)
        if word != "refused" { history.add("prompt_sent", ticket, "", placed.adding(seconds: 1)) }
        history.add(word == "refused" ? "failed" : word, ticket, "", placed.adding(seconds: 20))
    }

    private func money(
        _ ticket: String, _ instance: String, _ total: Int64, isCredit: Bool, _ order: ID<Order>, at: Timestamp,
        _ rows: inout Rows
    ) {
        let (capture, entry) = (ID<Capture>(at: at), ID<Account>(at: at))
        rows.captures.append(
            [
                .text(capture.text), .text(instance), .text("U\(ticket.prefix(8))X"), .text(ticket), .integer(2),
                .text(order.text), .integer(total), .text("KES"), .text("L3"), .integer(at.milliseconds),
                .integer(at.milliseconds),
            ])
        rows.evidence.append([.text(capture.text), .text("callback"), .text("L2"), .integer(at.milliseconds)])
        let credit: Account = isCredit ? .customerCredit : .orderPayments
        for (line, account, side) in [(Int64(0), Account.providerClearing, "debit"), (1, credit, "credit")] {
            rows.ledger.append(
                [
                    .text(entry.text), .integer(line), .text(account.rawValue), .text(side), .integer(total),
                    .text("KES"), .text(order.text), .text(capture.text), .integer(at.milliseconds),
                ])
        }
    }

    /// An order's events, chained.
    private struct History {
        let order: ID<Order>
        var rows: [[SQLValue]] = []
        var hash: [UInt8] = []
        var last = Timestamp(milliseconds: 0)
        var count: Int { rows.count }

        init(order: ID<Order>) { self.order = order }

        mutating func add(_ kind: String, _ ticket: String?, _ detail: String, _ at: Timestamp) {
            let event = OrderEvent(kind, ticket.map(Ticket.init), detail)
            hash = StoredEvent(seq: Int64(count + 1), event: event, at: at).hash(of: order, after: hash)
            last = at
            rows.append(
                [
                    .text(order.text), .integer(Int64(count + 1)), .text(kind), ticket.map(SQLValue.text) ?? .null,
                    .text(detail), .integer(at.milliseconds), .blob(hash),
                ])
        }
    }
}
