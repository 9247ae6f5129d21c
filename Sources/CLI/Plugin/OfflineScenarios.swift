import PaymentKitTesting

/// Ways to pay without requests: from their settings alone `duka plugin check bank` and `cash` make the laws.
enum OfflineScenarios {
    static let bank = Scenario(
        settings: ["bank": "Equity Bank", "account_number": "0123456789012", "account_name": "MAMA NJERI"], form: [:],
        answers: [])
    static let cash = Scenario(settings: [:], form: [:], answers: [])
}
