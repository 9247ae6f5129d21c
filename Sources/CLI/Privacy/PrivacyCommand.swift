import ArgumentParser
import Checkout
import Commerce
import PaymentKit

struct Privacy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract: "Give out what is known of somebody, and forget it.",
        discussion: """
            Names, numbers and addresses go by themselves some time after an order's end; these commands are for \
            people who ask (Kenya's Data Protection Act, 2019). Make sure first that it is they who ask.
            """,
        subcommands: [PrivacyExport.self, PrivacyErase.self])

    static func phone(_ typed: String) throws -> PhoneNumber {
        do { return try PhoneNumber(typed) } catch { throw Stop("--phone is no Kenyan mobile number.") }
    }
}

struct PrivacyExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "All that is known under a telephone number.")

    @Option(help: "Their telephone number.")
    var phone: String
    @OptionGroup var person: Person
    @Flag(name: .customLong("json"), help: "One JSON object, as the desk gives it out.")
    var isJSON = false

    func run() async throws {
        let phone = try Privacy.phone(phone)
        let name = try person.name
        try await OperatorShop.open { open in
            try await open.shop.note(AuditEntry(name, "person_exported", "a customer", ""))
            let data = try await open.shop.personalData(of: phone)
            guard !isJSON else { return try Shown.printJSON(PersonFile(data)) }
            guard !data.isEmpty else { return print("Nothing is known under that number.") }
            print(Self.lines(of: data).joined(separator: "\n"))
        }
    }

    private static func lines(of data: PersonalData) -> [String] {
        func section(_ title: String, _ rows: [String]) -> [String] {
            rows.isEmpty ? [] : [title] + rows.map { "  \($0)" }
        }
        let orders = data.purchases.flatMap { one -> [String] in
            let contact = one.contact
            let told = [contact.name, contact.phone?.local, contact.email, contact.place].compactMap { $0 }
            return [
                "\(one.order.number.text)  \(Shown.time(one.order.placedAt))  \(one.order.total)  "
                    + one.order.status.rawValue,
                "  \(told.joined(separator: ", "))",
            ] + one.lines.map { "  \($0.quantity) × \($0.name.english), \($0.unit * $0.quantity)" }
        }
        let prompts = data.prompts.map {
            "\($0.attempt.ticket.value)  \(Shown.time($0.attempt.startedAt))  \($0.attempt.amount)  "
                + $0.attempt.state.name
        }
        let payments = data.payments.map {
            "\($0.capture.receipt ?? "receipt owed")  \(Shown.time($0.capture.recordedAt))  \($0.capture.amount)"
                + ($0.order.map { "  order \($0.text)" } ?? "")
        }
        return section("Orders", orders) + section("Prompts to the phone", prompts)
            + section("Payments from the phone", payments)
            + section("Payouts", data.payouts.map { "\($0.ticket.value)  \(Shown.time($0.at))  \($0.amount)" })
            + section(
                "Providers' messages that name it", data.messages.map { "\(Shown.time($0.receivedAt))  \($0.route)" })
    }
}

struct PrivacyErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Forget somebody; it cannot be taken back.",
        discussion: """
            Their number, name, e-mail and address go out of every order that is over. Money, histories and what was \
            bought stay, so the books balance as before (duka doctor --verify). Orders with open money are named, and \
            forgotten by the running shop once that is settled.
            """)

    @Option(help: "Their telephone number.")
    var phone: String
    @Option(help: "Why; kept in the trail, which does not have the number.")
    var reason = "asked for"
    @Flag(name: .customLong("dry-run"), help: "Show what would be done and change nothing.")
    var isTrial = false
    @OptionGroup var person: Person
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    private struct Answer: Encodable {
        struct Waiting: Encodable {
            let what: String
            let reasons: [String]
        }
        let isTrial: Bool
        let orders: [String]
        let prompts, payments, payouts, messages: Int
        let waiting: [Waiting]
    }

    func run() async throws {
        let phone = try Privacy.phone(phone)
        let name = try person.name
        try await OperatorShop.open { open in
            let erasure: Erasure
            do { erasure = try await open.shop.forget(phone, by: name, because: reason, isTrial: isTrial) } catch let
                refusal as ErasureRefusal
            { throw Stop(Self.sentence(refusal)) }
            guard !isJSON else {
                return try Shown.printJSON(
                    Answer(
                        isTrial: isTrial, orders: erasure.orders.map(\.text), prompts: erasure.prompts,
                        payments: erasure.payments, payouts: erasure.payouts, messages: erasure.messages,
                        waiting: erasure.waiting.map {
                            Answer.Waiting(what: $0.what, reasons: $0.reasons.map(\.rawValue))
                        }))
            }
            guard !erasure.isNothing else { return print("Nothing is known under that number.") }
            let verb = isTrial ? "Would be forgotten" : "Forgotten"
            print(
                "\(verb): \(erasure.orders.count) orders, and in others' orders \(erasure.prompts) prompts and "
                    + "\(erasure.payments) payments, \(erasure.payouts) payouts, \(erasure.messages) messages.")
            guard !erasure.waiting.isEmpty else { return }
            print("Still needed; orders of theirs are forgotten by the running shop once that is settled:")
            for one in erasure.waiting {
                print("  \(one.what): \(one.reasons.map(\.sentence).joined(separator: ", ")).")
            }
        }
    }

    private static func sentence(_ refusal: ErasureRefusal) -> String {
        switch refusal {
        case .phone: "--phone is no Kenyan mobile number."
        case .reasonMissing: "Say why: --reason TEXT."
        case .reasonHoldsPhone: "Leave telephone numbers out of names and reasons: they are kept in clear."
        }
    }
}
