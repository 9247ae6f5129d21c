import PaymentKit

/// "Test connection": what can be known without making anybody's phone ring.
extension Airtel: ConnectionTesting {
    public func testConnection(_ call: Call) async throws -> [String] {
        _ = try await accessToken(call)
        return [
            "Environment \(account.environment.rawValue) at \(account.host): \(moneyLine)",
            "Client ID \(account.clientID) and its secret are accepted. Whether the product Collection is enabled is "
                + "tried by the first prompt only.",
        ]
    }

    private var moneyLine: String {
        switch account.environment {
        case .simulator, .sandbox: "no real money moves."
        case .production: "real money moves."
        }
    }
}
