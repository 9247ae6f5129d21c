import ArgumentParser
import Checkout
import Commerce
import PaymentKit

struct OrdersMoney: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "money", abstract: "Money that names no order, with the orders that it may be for, and why.")

    @OptionGroup var showing: Showing

    private struct Line: Encodable {
        struct Guess: Encodable {
            let order: String
            let reasons: [String]
        }
        let receipt, amount, account, payer, at: String
        let suggestions: [Guess]
    }

    func run() async throws {
        try await OperatorShop.open { open in
            let waiting = try await open.shop.unmatchedMoney(atMost: 200)
            guard !showing.isJSON else {
                for money in waiting { try Shown.printJSON(line(money)) }
                return
            }
            guard !waiting.isEmpty else { return print("No money waits for its order.") }
            for money in waiting { show(money) }
        }
    }

    private func line(_ money: UnmatchedMoney) -> Line {
        Line(
            receipt: money.capture.receipt ?? "", amount: money.capture.amount.decimalText,
            account: Masked.typed(money.account, inFull: showing.showNumbers),
            payer: Masked.payer(money.payer, inFull: showing.showNumbers),
            at: Shown.json(money.capture.providerAt ?? money.capture.recordedAt),
            suggestions: money.suggestions.map { one in
                Line.Guess(order: one.order.number.text, reasons: one.suggestion.reasons.map(\.rawValue).sorted())
            })
    }

    private func show(_ money: UnmatchedMoney) {
        let capture = money.capture
        let account = Masked.typed(money.account, inFull: showing.showNumbers)
        print(
            "\(capture.receipt ?? "-")  \(capture.amount)  \(Shown.time(capture.providerAt ?? capture.recordedAt))  "
                + "from \(Masked.payer(money.payer, inFull: showing.showNumbers))  "
                + (account.isEmpty ? "without an account" : "account \"\(account)\""))
        for (order, suggestion) in money.suggestions {
            let reasons = suggestion.reasons.sorted { $0.weight > $1.weight }.map(\.words).joined(separator: "; ")
            print("    perhaps \(order.number.text) (\(order.total), \(order.status.rawValue)): \(reasons)")
        }
        guard let receipt = capture.receipt else { return }
        print("    duka orders assign \(receipt) \(money.suggestions.first?.order.number.text ?? "NUMBER")")
    }
}

extension Suggestion.Reason {
    /// For people.
    var words: String {
        switch self {
        case .nearReference: "the account is almost its number"
        case .phoneAsReference: "the account is its customer's telephone"
        case .samePayer: "its customer paid"
        case .payerFits: "the payer's shown digits are its customer's"
        case .sameAmount: "the amount fits"
        case .aroundTheTime: "it waited for money at that time"
        }
    }
}

struct OrdersAssign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Give money that names no order to its order.")

    @Argument(help: "The money's receipt.")
    var receipt: String
    @Argument(help: "The order's number.")
    var number: String
    @OptionGroup var person: Person

    func run() async throws {
        let name = try person.name
        let number = try Refusals.orderNumber(number)
        try await OperatorShop.open { open in
            try await open.shop.assign(receipt: receipt.uppercased(), to: number, by: name)
            guard let file = try await open.shop.orderFile(number) else { return }
            let order = file.order
            print("Done: \(number.text) is \(file.status.rawValue), received \(order.received) of \(order.total).")
        }
    }
}

struct OrdersIsReal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "is-real", abstract: "Whether a receipt that somebody shows is real, and what it paid for.",
        discussion: """
            First the books are asked, then the provider, whose answer comes to the running shop within seconds. A \
            payment that the provider confirms is recorded; that one is not real is certain after a minute. Exits with \
            3 when it is not real, with 1 when nobody can tell now.
            """)

    @Argument(help: "The receipt, as in the customer's message.")
    var receipt: String
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    private struct Answer: Encodable {
        let receipt, verdict: String
        let amount, order, at: String?
    }

    func run() async throws {
        try await OperatorShop.open { open in
            var standing = try await open.shop.receiptStanding(receipt)
            switch standing {
            case .known, .notAReceipt, .refused, .needsPerson: break
            case .asked, .cannotAsk:
                try await open.needRunningShop()
                standing = try await open.shop.askAboutReceipt(receipt)
                if case .asked = standing { standing = try await answer(open) }
            }
            try tell(standing)
        }
    }

    private func answer(_ open: OperatorShop) async throws -> ReceiptStanding {
        Shown.remark("Asking the provider …")
        let answer = try await open.wait(20) { () -> ReceiptStanding? in
            let now = try await open.shop.receiptStanding(receipt)
            if case .asked = now { return nil }
            return now
        }
        return answer ?? .asked
    }

    private func tell(_ standing: ReceiptStanding) throws {
        let code = receipt.uppercased()
        let (verdict, sentence): (String, String)
        var known: (capture: Capture, order: OrderNumber?)?
        var exit: ExitCode?
        switch standing {
        case .known(let capture, let order):
            known = (capture, order)
            let use = order.map { "paid for order \($0.text)" } ?? "names no order: duka orders money"
            let back = capture.returned.minor > 0 ? " \(capture.returned) of it has gone back." : ""
            (verdict, sentence) = (
                "real", "\(code) is real: \(capture.amount), \(use).\(back)"
            )
        case .notAReceipt:
            (verdict, sentence, exit) = (
                "not_a_receipt", "\(code) cannot be a receipt: it has another form.", ExitCode(3)
            )
        case .refused:
            (verdict, sentence, exit) = (
                "not_real", "\(code) is not real: the provider knows no such payment to this shop.", ExitCode(3)
            )
        case .needsPerson:
            (verdict, sentence, exit) = (
                "unsure", "\(code) exists, but is not simply a payment to this shop: see duka orders items.",
                ExitCode(1)
            )
        case .asked:
            (verdict, sentence, exit) = (
                "unanswered", "The provider has not answered about \(code) yet; ask again in a minute.", ExitCode(1)
            )
        case .cannotAsk:
            (verdict, sentence, exit) = (
                "unanswered",
                "The provider cannot be asked about \(code) now; its list is read instead, so ask again "
                    + "in some minutes.", ExitCode(1)
            )
        }
        if isJSON {
            try Shown.printJSON(
                Answer(
                    receipt: code, verdict: verdict, amount: known?.capture.amount.decimalText,
                    order: known?.order?.text,
                    at: known.map { Shown.json($0.capture.providerAt ?? $0.capture.recordedAt) }))
        } else {
            print(sentence)
        }
        if let exit { throw exit }
    }
}
