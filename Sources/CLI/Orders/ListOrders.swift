import ArgumentParser
import Checkout
import Commerce
import PaymentKit
import Storage

struct OrdersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The newest orders, or those of a kind.")

    @Option(help: "Only in this status: \(OrderStatus.allCases.map(\.rawValue).joined(separator: ", ")).")
    var status: String?
    @Option(help: "Only those whose newest prompt is: \(PromptState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var prompt: String?
    @Option(help: "Only those prompted or paid through this provider.")
    var provider: String?
    @Option(help: "Only those with this flag: \(OrderFlag.allCases.map(\.rawValue).joined(separator: ", ")).")
    var flag: String?
    @Option(help: "Only those of this total or more, in shillings.")
    var least: String?
    @Option(help: "Only those of this total or less, in shillings.")
    var most: String?
    @Option(help: "Only those placed on this day or later, such as 2026-11-21, in East Africa.")
    var from: String?
    @Option(help: "Only those placed on this day or before.")
    var to: String?
    @Flag(help: "Only those that wait for a person.")
    var needsMe = false
    @Option(help: "Only those of a telephone number.")
    var phone: String?
    @Option(help: "Only those of customers with these names, or names that begin so.")
    var name: String?
    @Option(help: "Only the one that this receipt paid for.")
    var receipt: String?
    @Option(help: "How many at most.")
    var limit = 20
    @OptionGroup var showing: Showing

    func run() async throws {
        let chosen = try filter()
        try await OperatorShop.open { open in
            var filter = chosen
            if let receipt {
                filter.number = try await open.shop.orderNumber(paidBy: receipt.uppercased())
                guard filter.number != nil else { return try show([]) }
            }
            if let provider {
                let names = open.shop.providerNames.map(\.name)
                filter.provider = try Self.word(provider, names, "--provider") { names.contains($0) ? $0 : nil }
            }
            if filter.name != nil, let missing = try await open.shop.namesMissing() {
                Shown.remark("Names of orders before \(Shown.time(missing)) are not found yet; duka serve sees to it.")
            }
            // However far back they lie.
            var orders: [OrderSummary] = []
            while true {
                filter.limit = limit - orders.count
                let page = try await open.shop.listOrders(filter)
                orders += page.orders
                guard orders.count < limit, let next = page.next else { break }
                filter.olderThan = next
            }
            try show(orders)
        }
    }

    private func filter() throws -> OrderFilter {
        guard (1...10_000).contains(limit) else { throw Stop("--limit is \(limit); expected 1 to 10000.") }
        var filter = OrderFilter(limit: limit)
        filter.status = try status.map {
            try Self.word($0, OrderStatus.allCases.map(\.rawValue), "--status", OrderStatus.init(rawValue:))
        }
        filter.prompt = try prompt.map {
            try Self.word($0, PromptState.allCases.map(\.rawValue), "--prompt", PromptState.init(rawValue:))
        }
        filter.flag = try flag.map {
            try Self.word($0, OrderFlag.allCases.map(\.rawValue), "--flag", OrderFlag.init(rawValue:))
        }
        filter.least = try least.map(Refusals.amount)
        filter.most = try most.map(Refusals.amount)
        filter.from = try from.map { try Self.day($0, "--from") }
        filter.to = try to.map { try Self.day($0, "--to").adding(seconds: 86_400) }
        if let phone {
            do { filter.phone = try PhoneNumber(phone) } catch { throw Stop("--phone is no Kenyan mobile number.") }
        }
        filter.name = name.map(NameWords.init)
        filter.needsPerson = needsMe
        return filter
    }

    private static func word<Value>(
        _ typed: String, _ known: [String], _ option: String, _ read: (String) -> Value?
    ) throws -> Value {
        guard let value = read(typed) else {
            throw Stop("\(option) is \"\(typed)\"; expected one of \(known.joined(separator: ", ")).")
        }
        return value
    }

    private static func day(_ typed: String, _ option: String) throws -> Timestamp {
        guard let day = Timestamp(dayInEastAfrica: typed) else {
            throw Stop("\(option) is \"\(typed)\"; expected a day such as 2026-11-21.")
        }
        return day
    }

    private func show(_ orders: [OrderSummary]) throws {
        guard !showing.isJSON else {
            for order in orders { try Shown.printJSON(Line(order, inFull: showing.showNumbers)) }
            return
        }
        guard !orders.isEmpty else { return print("No such orders.") }
        let rows = orders.map { one in
            [
                one.order.number.text, one.status.rawValue, "\(one.order.total)", Shown.time(one.order.placedAt),
                Masked.name(one.contact.name, inFull: showing.showNumbers),
                Masked.phone(one.contact.phone, inFull: showing.showNumbers),
                Set(one.items).sorted().joined(separator: ", "),
            ]
        }
        print(Shown.table([["NUMBER", "STATUS", "TOTAL", "PLACED", "CUSTOMER", "PHONE", "WAITS FOR YOU"]] + rows))
    }

    private struct Line: Encodable {
        let order, status, total, received, returned, remainder, currency, placedAt, name, phone: String
        let attempt, provider, paidAt, handedOverAt, writtenOff: String?
        let flags, receipts, needs: [String]

        init(_ one: OrderSummary, inFull: Bool) {
            order = one.order.number.text
            status = one.status.rawValue
            total = one.order.total.decimalText
            received = one.order.received.decimalText
            returned = one.order.returned.decimalText
            remainder = one.order.standing.remainder.decimalText
            currency = one.order.total.currency.rawValue
            placedAt = Shown.json(one.order.placedAt)
            name = Masked.name(one.contact.name, inFull: inFull)
            phone = Masked.phone(one.contact.phone, inFull: inFull)
            attempt = one.latest?.state.name
            provider = one.instance
            paidAt = one.order.paidAt.map(Shown.json)
            handedOverAt = one.order.handedOverAt.map(Shown.json)
            writtenOff = one.order.writtenOff?.amount.decimalText
            flags = one.order.flags.sorted().map(\.rawValue)
            receipts = one.receipts
            needs = Set(one.items).sorted()
        }
    }
}
