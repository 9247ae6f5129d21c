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
    @Flag(help: "Only those that wait for a person.")
    var needsMe = false
    @Option(help: "Only those of a telephone number.")
    var phone: String?
    @Option(help: "Only the one that this receipt paid for.")
    var receipt: String?
    @Option(help: "How many at most.")
    var limit = 20
    @OptionGroup var showing: Showing

    func run() async throws {
        var filter = OrderFilter(limit: limit)
        guard (1...10_000).contains(limit) else { throw Stop("--limit is \(limit); expected 1 to 10000.") }
        if let status {
            guard let known = OrderStatus(rawValue: status) else {
                let words = OrderStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw Stop("--status is \"\(status)\"; expected one of \(words).")
            }
            filter.status = known
        }
        if let phone {
            do { filter.phone = try PhoneNumber(phone) } catch { throw Stop("--phone is no Kenyan mobile number.") }
        }
        filter.needsPerson = needsMe
        let chosen = filter
        try await OperatorShop.open { open in
            var filter = chosen
            if let receipt {
                filter.number = try await open.shop.orderNumber(paidBy: receipt)
                guard filter.number != nil else { return try show([]) }
            }
            try show(try await open.shop.listOrders(filter))
        }
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
        let order, status, total, received, returned, currency, placedAt, name, phone: String
        let attempt: String?
        let needs: [String]

        init(_ one: OrderSummary, inFull: Bool) {
            order = one.order.number.text
            status = one.status.rawValue
            total = one.order.total.decimalText
            received = one.order.received.decimalText
            returned = one.order.returned.decimalText
            currency = one.order.total.currency.rawValue
            placedAt = Shown.json(one.order.placedAt)
            name = Masked.name(one.contact.name, inFull: inFull)
            phone = Masked.phone(one.contact.phone, inFull: inFull)
            attempt = one.latest?.state.name
            needs = Set(one.items).sorted()
        }
    }
}
