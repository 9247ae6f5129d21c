import ArgumentParser
import Checkout
import Commerce
import PaymentKit
import Storage

struct OrdersShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One order: prompts, payments with their evidence, refunds, open items, history.")

    @Argument(help: "The order's number.")
    var number: String
    @OptionGroup var showing: Showing

    func run() async throws {
        let number = try Refusals.orderNumber(number)
        try await OperatorShop.open { open in
            guard let file = try await open.shop.orderFile(number) else {
                throw Stop("There is no order \(number.text).")
            }
            if showing.isJSON {
                try Shown.printJSON(OrderJSON(file, inFull: showing.showNumbers))
            } else {
                print(OrderText(file: file, inFull: showing.showNumbers).lines.joined(separator: "\n"))
            }
        }
    }
}

struct OrdersWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Why an order is not paid, and the one next thing to do.")

    @Argument(help: "The order's number.")
    var number: String
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    private struct Answer: Encodable { let order, status, reason, sentence, next, nextSentence: String }

    func run() async throws {
        let number = try Refusals.orderNumber(number)
        try await OperatorShop.open { open in
            guard let file = try await open.shop.orderFile(number) else {
                throw Stop("There is no order \(number.text).")
            }
            let why = file.explanation
            guard !isJSON else {
                return try Shown.printJSON(
                    Answer(
                        order: number.text, status: file.status.rawValue, reason: why.reason.rawValue,
                        sentence: why.reason.sentence, next: why.staff.rawValue, nextSentence: why.staff.sentence))
            }
            print("\(number.text) is \(file.status.rawValue). \(why.reason.sentence)")
            print("Next: \(why.staff.sentence)")
            for item in file.items { print("      \(OpenItemText.command(item, order: number))") }
        }
    }
}

/// An order's file as text.
struct OrderText {
    let file: OrderFile
    let inFull: Bool

    var lines: [String] {
        let order = file.order
        var lines = [
            "Order \(order.number.text): \(file.status.rawValue)"
                + (order.flags.isEmpty ? "" : " (\(order.flags.sorted().map(\.rawValue).joined(separator: ", ")))"),
            "  Customer  \(Masked.name(file.contact.name, inFull: inFull)), "
                + Masked.phone(file.contact.phone, inFull: inFull),
            "  Placed    \(Shown.time(order.placedAt)), until \(Shown.time(order.expiresAt))",
            "  Delivery  \(order.deliveryName.english)" + (inFull ? file.contact.place.map { ", \($0)" } ?? "" : ""),
        ]
        lines += file.lines.map { "  \($0.quantity) × \($0.name.english), \($0.unit * $0.quantity)" }
        lines.append(
            "  Total \(order.total), received \(order.received), gone back \(order.returned), "
                + "left to pay \(order.standing.remainder)"
                + (order.writtenOff.map { ", of which \($0.amount) is written off" } ?? ""))
        lines += section("Prompts", file.attempts.map(prompt))
        lines += section("Payments", file.payments.flatMap(payment))
        lines += section("Refunds", file.refunds.map(RefundText.line))
        lines += section(
            "Waits for a person",
            file.items.flatMap { item in
                [
                    "\(item.kind): \(item.detail)", "  " + (OpenItemAdvice(item.kind)?.meaning ?? ""),
                    "  " + OpenItemText.command(item, order: file.order.number),
                ]
            })
        return lines + section("History", file.history.map { "\(Shown.time($0.at))  \($0.event.sentence)" })
    }

    private func section(_ title: String, _ rows: [String]) -> [String] {
        rows.isEmpty ? [] : ["", title] + rows.map { "  \($0)" }
    }

    private func prompt(_ attempt: Attempt) -> String {
        let why = attempt.state.decline.map { " (\($0.code) \($0.detail))" } ?? ""
        return "\(attempt.ticket.value)  \(Shown.time(attempt.startedAt))  \(attempt.amount)  "
            + "\(Masked.phone(attempt.phone, inFull: inFull))  \(attempt.state.name)\(why)"
    }

    private func payment(_ payment: OrderFile.Payment) -> [String] {
        let capture = payment.capture
        let back = capture.returned.minor > 0 ? ", \(capture.returned) of it gone back" : ""
        return [
            "\(capture.amount)  receipt \(capture.receipt ?? "still owed")  from "
                + "\(Masked.payer(payment.payer, inFull: inFull))\(back)"
        ]
            + payment.evidence.map {
                "  \(Shown.time($0.at))  \($0.road.words)  \($0.level.words)"
            }
    }
}

extension EvidenceRoad {
    /// For people.
    var words: String {
        switch self {
        case .answer: "the answer to our request"
        case .callback: "a message about the prompt"
        case .query: "our question about the prompt"
        case .confirmation: "a message about a payment without a prompt"
        case .statement: "the provider's list"
        case .file: "the portal's statement"
        case .lookup: "our question about the receipt"
        case .staff: "a person's word"
        }
    }
}

extension CaptureEvidence {
    /// For people.
    var words: String {
        switch self {
        case .matched: "\(rawValue), its address, source, ids and amount fit"
        case .confirmed: "\(rawValue), confirmed by the provider"
        }
    }
}
