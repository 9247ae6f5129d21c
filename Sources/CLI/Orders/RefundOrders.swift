import ArgumentParser
import Checkout
import Commerce
import PaymentKit

struct OrdersRefund: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund", abstract: "Ask for money of an order to go back; nothing leaves before it is approved.",
        discussion: """
            Without --receipt it is the newest payment that has something left, without --amount all that is left of \
            it. The provider undoes whole payments (reversal); a part, or what it turned down, goes as a payment to \
            the customer (payout, with --to); by-hand is for money that you have paid back yourself (with --proof).
            """)

    @Argument(help: "The order's number.")
    var number: String
    @Option(help: "The payment's receipt.")
    var receipt: String?
    @Option(help: "Shillings.")
    var amount: String?
    @Option(help: "reversal, payout or by-hand; without it what --to and --proof say, else reversal.")
    var way: String?
    @Option(name: .customLong("to"), help: "For a payout: the telephone that gets the money.")
    var phone: String?
    @Option(help: "For by-hand: what proves it, such as the receipt of the transfer.")
    var proof: String?
    @Option(help: "Why.")
    var reason: String
    @OptionGroup var person: Person
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    func run() async throws {
        var request = RefundRequest(
            order: try Refusals.orderNumber(number), way: try chosenWay(), reason: reason, by: try person.name)
        request.receipt = receipt?.uppercased()
        request.amount = try amount.map(Refusals.amount)
        request.proof = proof
        let asked = request
        try await OperatorShop.open { open in
            var request = asked
            if request.way == .payout {
                guard let phone else { throw Stop("Say who gets the money: --to PHONE.") }
                // Every provider's form has one field for a telephone.
                let forms = open.shop.providerNames.flatMap(\.manifest.payoutForm)
                let keys = Set(forms.filter { $0.kind == .phone }.map(\.key))
                request.payee = Dictionary(uniqueKeysWithValues: keys.map { ($0, phone) })
            }
            let refund = try await open.shop.requestRefund(request)
            guard !isJSON else { return try Shown.printJSON(RefundJSON(refund, order: request.order)) }
            print("\(refund.ticket.value): \(refund.amount) by \(refund.way.rawValue) waits to be approved.")
            print("Next: duka orders approve \(refund.ticket.value)")
        }
    }

    private func chosenWay() throws -> Refund.Way {
        switch way {
        case "reversal": return .reversal
        case "payout": return .payout
        case "by-hand": return .byHand
        case nil: return phone != nil ? .payout : proof != nil ? .byHand : .reversal
        case let other?: throw Stop("--way is \"\(other)\"; expected reversal, payout or by-hand.")
        }
    }
}

struct OrdersRefunds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refunds", abstract: "All refunds that are not ended, with the one next thing for each.")

    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false

    func run() async throws {
        try await OperatorShop.open { open in
            let refunds = try await open.shop.openRefunds()
            guard !isJSON else {
                for (refund, order) in refunds { try Shown.printJSON(RefundJSON(refund, order: order)) }
                return
            }
            guard !refunds.isEmpty else { return print("No refund is open.") }
            for (refund, order) in refunds {
                print("\(RefundText.line(refund))  order \(order?.text ?? "none")")
                print("    \(RefundText.next(refund))")
            }
        }
    }
}

struct OrdersApprove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a refund or a payout: it is sent once, some seconds later.",
        discussion: "From DUKA_SECOND_PERSON_FROM on it must be another person than the one who asked.")

    @Argument(help: "The ticket, such as RK7M29QXD.")
    var ticket: String
    @OptionGroup var person: Person

    func run() async throws {
        let name = try person.name
        let ticket = Ticket(ticket.uppercased())
        try await OperatorShop.open { open in
            if ticket.value.hasPrefix("P") {
                let payout = try await open.shop.approvePayout(ticket, by: name)
                print("Approved: \(payout.amount) to \(payout.payeeShown).")
                return try await open.tellWhoSends()
            }
            let refund = try await open.shop.approveRefund(ticket, by: name)
            print("Approved: \(refund.amount) by \(refund.way.rawValue).")
            if refund.way != .byHand { try await open.tellWhoSends() }
        }
    }
}

struct OrdersReject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Turn down a refund or a payout, or stop one that has not left yet.")

    @Argument(help: "The ticket.")
    var ticket: String
    @Option(help: "Why.")
    var reason: String
    @OptionGroup var person: Person

    func run() async throws {
        let name = try person.name
        let ticket = Ticket(ticket.uppercased())
        try await OperatorShop.open { open in
            if ticket.value.hasPrefix("P") {
                _ = try await open.shop.rejectPayout(ticket, by: name, reason: reason)
            } else {
                _ = try await open.shop.rejectRefund(ticket, by: name, reason: reason)
            }
            print("Turned down; nothing was sent.")
        }
    }
}

struct OrdersResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Say what became of a refund or payout that the provider leaves open, as its portal shows it.")

    @Argument(help: "The ticket.")
    var ticket: String
    @Flag(help: "The money has moved.")
    var moved = false
    @Flag(help: "The money has not moved and will not.")
    var notMoved = false
    @Option(help: "What the portal shows.")
    var reason: String
    @OptionGroup var person: Person

    func run() async throws {
        guard moved != notMoved else { throw Stop("Say one of --moved and --not-moved.") }
        let name = try person.name
        let ticket = Ticket(ticket.uppercased())
        try await OperatorShop.open { open in
            let state: Refund.State
            if ticket.value.hasPrefix("P") {
                state = try await open.shop.resolvePayout(ticket, hasMoved: moved, by: name, reason: reason).state
            } else {
                state = try await open.shop.resolveRefund(ticket, hasGoneBack: moved, by: name, reason: reason).state
            }
            print("\(ticket.value) is \(state.name).")
        }
    }
}

/// A refund as text.
enum RefundText {
    static func line(_ refund: Refund) -> String {
        let why = refund.state.decline.map { " (\($0.code) \($0.detail))" } ?? ""
        return "\(refund.ticket.value)  \(refund.amount) by \(refund.way.rawValue)  \(refund.state.name)\(why)  "
            + "\(Shown.time(refund.requestedAt)) by \(refund.requestedBy): \(refund.reason)"
    }

    static func next(_ refund: Refund) -> String {
        switch refund.state {
        case .requested: "duka orders approve \(refund.ticket.value), or duka orders reject \(refund.ticket.value)"
        case .approved: "the running shop sends it"
        case .unknown: "it may have been sent: the provider is asked, and it is not sent again"
        case .submitted: "wait for the provider's result"
        case .failed: "choose another --way"
        case .succeeded: "nothing"
        }
    }
}
