import ArgumentParser
import Checkout
import Commerce
import Storage

struct OrdersItems: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "items", abstract: "What waits for a person: what it is, how long, and the one next thing.")

    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false

    private struct Line: Encodable {
        let kind, subject, detail, openedAt, meaning, next: String
        let order: String?
    }

    func run() async throws {
        try await OperatorShop.open { open in
            let items = try await open.shop.openItems()
            guard !isJSON else {
                for (item, order) in items {
                    try Shown.printJSON(
                        Line(
                            kind: item.kind, subject: item.subject, detail: item.detail,
                            openedAt: Shown.json(item.openedAt), meaning: OpenItemAdvice(item.kind)?.meaning ?? "",
                            next: OpenItemText.command(item, order: order), order: order?.text))
                }
                return
            }
            guard !items.isEmpty else { return print("Nothing waits for a person.") }
            let now = Wiring.now()
            for (item, order) in items {
                let about = order.map { " about order \($0.text)" } ?? ""
                print("\(item.kind) \(item.subject)\(about), for \(Masked.age(item.openedAt, at: now)): \(item.detail)")
                if let meaning = OpenItemAdvice(item.kind)?.meaning { print("    \(meaning)") }
                print("    \(OpenItemText.command(item, order: order))")
            }
        }
    }
}

struct OrdersDone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "Say that an item is settled, and why.",
        discussion: "With an order's last item the order waits for a person no more.")

    @Argument(help: "What it is about, as duka orders items shows it.")
    var subject: String
    @Argument(help: "Its kind.")
    var kind: String
    @Option(help: "Why it is settled; kept in the order's history.")
    var reason: String
    @OptionGroup var person: Person

    func run() async throws {
        let name = try person.name
        try await OperatorShop.open { open in
            try await open.shop.closeItem(kind, subject: subject, by: name, because: reason)
            print("Settled: \(kind) \(subject).")
        }
    }
}

/// The command that does the one next thing about an item.
enum OpenItemText {
    static func command(_ item: ReviewItem, order: OrderNumber?) -> String {
        let number = order?.text
        let show = number.map { "duka orders show \($0)" } ?? "duka orders items"
        switch OpenItemAdvice(item.kind)?.step {
        case .refund: return number.map { "duka orders refund \($0) --reason …" } ?? show
        case .resolve:
            return "look at the provider's portal, then duka orders resolve \(item.subject) --moved or --not-moved"
        case .decideRefund: return "duka orders refunds"
        case .revive: return number.map { "duka orders revive \($0), or duka orders refund \($0) --reason …" } ?? show
        case .approveRefund, .approvePayout: return "duka orders approve \(item.subject)"
        case .assign: return "duka orders money, then duka orders assign RECEIPT NUMBER"
        case .refundAnotherWay:
            return number.map { "duka orders refund \($0) --way payout --to PHONE --reason …" } ?? show
        case .compare: return "\(show), compare with the provider's portal, then duka orders done …"
        case .askReceipt: return "\(show), then duka orders is-real RECEIPT"
        case .reconcile: return "duka reconcile"
        case .settings: return "duka doctor"
        case .fetchGoods:
            return
                "ask the rider, then write the money down at the desk or take the last step back; what the "
                + "customer has and never pays can be written off there"
        case .report, nil: return "look into the log, then duka orders done …"
        }
    }
}
