import ArgumentParser
import Checkout
import Commerce

struct OrdersResend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend",
        abstract: "Tell the customer again how the order stands, by letter and SMS.",
        discussion: "Without --letter it is what fits the order now. What would not be true of it is not sent.")

    @Argument(help: "The order's number.")
    var number: String
    @Option(name: .customLong("letter"), help: ArgumentHelp("Which one: \(Self.kinds).", valueName: "kind"))
    var kind: String?
    @OptionGroup var person: Person
    @Flag(name: .customLong("json"), help: "One JSON object.")
    var isJSON = false

    private static let told = Notice.Kind.allCases.filter { !$0.isForOwner }
    private static let kinds = told.map(\.rawValue).joined(separator: ", ")

    func run() async throws {
        let number = try Refusals.orderNumber(number)
        let name = try person.name
        let wanted = try kind.map { word in
            guard let kind = Self.told.first(where: { $0.rawValue == word }) else {
                throw Stop("There is no letter \"\(word)\"; there is \(Self.kinds).")
            }
            return kind
        }
        try await OperatorShop.open { open in
            let (kind, count) = try await open.shop.resendNotice(number, wanted, by: name)
            guard !isJSON else {
                return try Shown.printJSON(Resent(order: number.text, letter: kind.rawValue, messages: count))
            }
            print("\(number.text): \"\(kind.rawValue)\" is written again, \(count) message\(count == 1 ? "" : "s").")
            try await open.tellWhoSends()
        }
    }

    private struct Resent: Encodable {
        let order, letter: String
        let messages: Int
    }
}
