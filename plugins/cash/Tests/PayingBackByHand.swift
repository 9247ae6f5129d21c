import Checkout
import Commerce
import Database
import DukaTesting
import PaymentKit
import Testing

/// Money that came twice by a way to pay that sends nothing back.
@Suite struct PayingBackByHand {
    @Test(
        "What came twice by a bank is not proposed as a reversal; a person pays it back, and the item ends with that",
        arguments: TestDatabase.engines)
    func bank(_ engine: SQLDatabase.Engine) async throws {
        try await OfflineShop.open(engine) { shop in
            let path = try await OfflineShop.order(shop, by: "bank")
            let number = try await shop.order(path).number
            let file = """
                Date,Description,Reference,Amount
                05/01/2026,\(number.text),FT1,250.00
                05/01/2026,\(number.text),FT2,250.00
                """
            _ = try await shop.shop.takeStatement(Array(file.utf8), called: "jan.csv", of: "bank", by: "Njeri")
            try await shop.status(path) { $0.flags.contains("duplicate_payment") }
            #expect(try await shop.shop.openRefunds().isEmpty, "nobody could send it")
            #expect(try await shop.reviews(path).contains("repay_by_hand"))
            let items = try await shop.shop.openItems().map(\.item)
            #expect(items.first { $0.kind == "repay_by_hand" }?.detail == "250.00 to give back: paid twice")

            var request = RefundRequest(order: number, way: .byHand, reason: "Paid twice", by: "Asha")
            request.receipt = "FT2"
            request.proof = "transfer 17"
            let refund = try await shop.shop.requestRefund(request)
            _ = try await shop.shop.approveRefund(refund.ticket, by: "Njeri")
            try await shop.status(path) { !$0.flags.contains("duplicate_payment") }
            #expect(try await !shop.reviews(path).contains("repay_by_hand"))
            try await shop.checkBooks(path)
        }
    }
}
