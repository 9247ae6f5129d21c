import PaymentKit

/// Sending a payment back: a reversal of the whole payment, as long as the money is still in the merchant's account.
extension MPesa: Refunding {
    /// Staff may refund a payment of any age: Safaricom publishes no limit, and refuses what it cannot reverse.
    public func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome {
        try await operate(
            "TransactionReversal",
            [
                "TransactionID": receipt.id, "Amount": try Self.shillings(amount, from: 1),
                "ReceiverParty": account.shortcode,
                // Safaricom's spelling, and 11: an organisation's shortcode, for this interface only.
                "RecieverIdentifierType": "11", "Remarks": Self.remarks(reason, or: "Refund"),
                "Occasion": call.ticket.value,
            ], to: "mpesa/reversal/v1/request", api: .reversal, effect: .acts, call)
    }
}
