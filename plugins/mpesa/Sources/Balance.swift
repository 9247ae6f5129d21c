import PaymentKit

/// Asking what stands in the merchant's accounts. M-PESA tells it later, once, and does not repeat it.
extension MPesa: BalanceReporting {
    /// Of the shortcode's accounts: for a paybill the working, utility and charges accounts, for a till the merchant's.
    public func balance(_ call: Call) async throws -> Outcome {
        try await operate(
            "AccountBalance", ["PartyA": account.shortcode, "IdentifierType": "4", "Remarks": "Balance"],
            to: "mpesa/accountbalance/v1/query", api: .balance, effect: .asks, call)
    }
}
