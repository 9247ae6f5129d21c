import ArgumentParser
import Checkout
import Commerce

struct OrdersRevive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revive",
        abstract: "Deliver after all: take the goods off the shelf again for money that came late.")

    @Argument(help: "The order's number.")
    var number: String
    @OptionGroup var person: Person

    func run() async throws {
        let number = try Refusals.orderNumber(number)
        let name = try person.name
        try await OperatorShop.open { open in
            try await open.shop.reviveOrder(number, by: name)
            print("\(number.text) is alive again, and its goods are held.")
        }
    }
}
