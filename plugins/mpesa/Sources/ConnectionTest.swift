import PaymentKit

/// "Test connection": what can be known without making anybody's phone ring.
extension MPesa: ConnectionTesting {
    public func testConnection(_ call: Call) async throws -> [String] {
        _ = try await accessToken(call)
        let callback = call.callback(Self.promptRoute)
        var lines = [
            "Environment \(account.environment.rawValue) at \(account.host): \(moneyLine)",
            "Consumer key \(account.consumerKey) and its secret are accepted.",
            "\(numberLine) The passkey \(account.passkey) is tried by the first prompt only.",
        ]
        lines.append(try await operatorLine(call))
        if account.environment == .production, callback.scheme != "https" {
            lines.append(
                "Results would be sent to an http address, which Safaricom refuses: give the shop an https one.")
        }
        return lines
    }

    private func operatorLine(_ call: Call) async throws(PaymentError) -> String {
        guard let apiOperator = account.apiOperator else {
            return "No operator is set (MPESA_INITIATOR): refunds, payouts, look-ups by receipt and balances are off."
        }
        let signature = try await apiOperator.signature(call.crypto)
        return "Refunds, payouts, look-ups by receipt and balances are asked for by the operator \(signature.name). "
            + "The password is tried by the first of them only."
    }

    private var moneyLine: String {
        switch account.environment {
        case .simulator, .sandbox: "no real money moves."
        case .production: "real money moves."
        }
    }

    private var numberLine: String {
        if let till = account.till {
            "Customers pay the till \(till); the store number \(account.shortcode) signs the request."
        } else {
            "Customers pay the paybill \(account.shortcode), which also signs the request."
        }
    }
}
