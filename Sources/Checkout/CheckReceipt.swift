import Commerce
import Database
import PaymentKit
import PluginHost
import Storage

/// What is known of a receipt that somebody shows.
package enum ReceiptStanding: Sendable {
    /// No receipt looks like this.
    case notAReceipt
    /// It is real and in the books.
    case known(Capture, order: OrderNumber?)
    /// Asked; the answer comes to the running shop.
    case asked
    /// The provider says that there is no such payment to this shop.
    case refused
    /// It exists, and is not simply money of a customer's to this shop.
    case needsPerson
    /// The provider cannot be asked.
    case cannotAsk
}

extension Shop {
    /// Seconds for which an answer about a receipt is told again.
    private static let answerSeconds = 600

    /// What the books know of a receipt now.
    package func receiptStanding(_ typed: String) async throws -> ReceiptStanding {
        let now = now()
        guard let (receipt, instance) = await readReceipt(typed) else { return .notAReceipt }
        return try await database.read { reading in
            if let capture = try reading.capture(receipt: receipt, instance: instance) {
                return .known(capture, order: try capture.order.flatMap { try reading.order($0)?.number })
            }
            let lookup = try reading.newestLookup(receipt: receipt, instance: instance)
            // An old answer is no answer: the payment may have come since.
            guard let lookup, now < lookup.askedAt.adding(seconds: Self.answerSeconds) else { return .cannotAsk }
            switch lookup.state {
            case .asked, .found: return .asked
            case .refused: return .refused
            case .review: return .needsPerson
            case .waiting: return .cannotAsk
            }
        }
    }

    /// Asks the provider about a receipt that the books do not know. A payment that it confirms is recorded.
    ///
    /// - Parameter number: The order that it is shown for: a payment that fits it becomes its own.
    package func askAboutReceipt(_ typed: String, for number: OrderNumber? = nil) async throws -> ReceiptStanding {
        guard let (receipt, instance) = await readReceipt(typed) else { return .notAReceipt }
        if case .known(let capture, let order) = try await receiptStanding(typed) {
            return .known(capture, order: order)
        }
        let order = try await database.read { reading in try number.flatMap { try reading.order(number: $0) } }
        switch try await lookUp(receipt, instance: instance, for: order) {
        case .waiting: return .cannotAsk
        case .notAReceipt, .counted, .usedElsewhere, .asked, .tooMany, .unknown: return .asked
        }
    }

    private func readReceipt(_ typed: String) async -> (receipt: String, instance: String)? {
        for provider in providers {
            if let receipt = await provider.receipt(typed: typed) { return (receipt, provider.name) }
        }
        return nil
    }
}
