import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// The list of orders as its address asks for it.
struct OrderQuery {
    var filter: OrderFilter
    /// What was typed to find an order.
    let sought: String
    /// Fields that do not read, with the key of the sentence about it.
    private(set) var problems: [(field: String, key: String)] = []
    /// What was typed into fields, to be shown again.
    let typed: [String: String]

    private static let fields = [
        "status", "prompt", "provider", "flag", "least", "most", "from", "to", "needs", "before",
    ]

    /// - Parameter providers: The names of those that can be asked for.
    init(_ query: Query, limit: Int, providers: [String]) {
        filter = OrderFilter(limit: limit)
        sought = String((query["q"] ?? "").prefix(60)).trimmed
        var typed: [String: String] = [:]
        for field in Self.fields {
            if let value = query[field]?.trimmed, !value.isEmpty { typed[field] = String(value.prefix(40)) }
        }
        self.typed = typed
        filter.status = typed["status"].flatMap(OrderStatus.init(rawValue:))
        filter.prompt = typed["prompt"].flatMap(PromptState.init(rawValue:))
        filter.flag = typed["flag"].flatMap(OrderFlag.init(rawValue:))
        filter.provider = typed["provider"].flatMap { providers.contains($0) ? $0 : nil }
        filter.needsPerson = typed["needs"] == "me"
        filter.least = amount("least")
        filter.most = amount("most")
        if let least = filter.least, let most = filter.most, least.minor > most.minor {
            problems.append(("most", "staff_amount_bad"))
        }
        filter.from = day("from")
        filter.to = day("to")?.adding(seconds: 86_400)
        if let before = typed["before"], before.utf8.count == 32, before.utf8.allSatisfy(Self.isHexadecimal) {
            filter.olderThan = ID(stored: before)
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private mutating func amount(_ field: String) -> Money? {
        guard let text = typed[field]?.filter({ $0 != "," && $0 != " " }) else { return nil }
        if let money = Money(decimal: text, .kes), money.minor >= 0 { return money }
        problems.append((field, "staff_amount_bad"))
        return nil
    }

    private mutating func day(_ field: String) -> Timestamp? {
        guard let text = typed[field] else { return nil }
        if let day = Timestamp(dayInEastAfrica: text) { return day }
        problems.append((field, "staff_day_bad"))
        return nil
    }

    /// The filter as it stands in an address, without whom it looks for: only what was understood.
    var filterText: String {
        func day(_ at: Timestamp?, _ days: Int = 0) -> String? {
            at?.adding(seconds: -days * 86_400).eastAfrica.isoDate
        }
        let pairs: [(String, String?)] = [
            ("status", filter.status?.rawValue), ("prompt", filter.prompt?.rawValue), ("provider", filter.provider),
            ("flag", filter.flag?.rawValue), ("least", filter.least?.decimalText), ("most", filter.most?.decimalText),
            ("from", day(filter.from)), ("to", day(filter.to, 1)), ("needs", filter.needsPerson ? "me" : nil),
        ]
        return pairs.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }.joined(separator: "&")
    }

    /// The address of this list, or of what is made of it.
    func address(_ path: String, before order: ID<Order>? = nil) -> String {
        var parts = filterText.isEmpty ? [] : [filterText]
        if !sought.isEmpty { parts.append("q=\(Self.encoded(sought))") }
        if let order { parts.append("before=\(order.text)") }
        return parts.isEmpty ? path : "\(path)?\(parts.joined(separator: "&"))"
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_."))) ?? ""
    }
}

extension Site {
    /// Takes what somebody types to find orders: a number, a phone number, a receipt, or a customer's name.
    ///
    /// - Returns: False when nothing can be found by it.
    func look(for query: inout OrderQuery, _ visit: StaffVisit) async throws -> Bool {
        let text = query.sought
        guard !text.isEmpty else { return true }
        if let number = OrderNumber(text), try await shop.hasOrder(number) {
            query.filter.number = number
            return true
        }
        do {
            let phone = try PhoneNumber(text)
            // Whoever sees numbers shortened must not find the rest by trying.
            guard visit.may(.seePeople) else { return false }
            query.filter.phone = phone
            return true
        } catch {
            if let number = try await shop.orderNumber(paidBy: text.uppercased()) {
                query.filter.number = number
                return true
            }
        }
        let name = NameWords(text)
        guard visit.may(.seePeople), !name.list.isEmpty, text.contains(where: \.isLetter) else { return false }
        query.filter.name = name
        return true
    }
}
