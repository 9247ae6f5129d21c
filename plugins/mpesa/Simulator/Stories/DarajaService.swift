/// A part of Daraja that a story can be about.
package enum DarajaService: String, Codable, Sendable, CaseIterable {
    /// Prompts on the phone, and queries about them.
    case stk
    /// Payments to the paybill or till by hand, registering their addresses, and the sandbox's simulation of them.
    case c2b
    /// Sending a payment back.
    case reversal
    /// Payments to a person.
    case b2c
    /// Payments to a business.
    case b2b
    /// The status of a transaction.
    case status
    /// The balances of a shortcode.
    case balance
    /// The list of what came in.
    case pull
    /// QR codes.
    case qr

    /// What a person calls it.
    package var title: String {
        switch self {
        case .stk: "Prompts (STK push)"
        case .c2b: "Payments by hand (C2B)"
        case .reversal: "Reversals"
        case .b2c: "Payments to people (B2C)"
        case .b2b: "Payments to businesses (B2B)"
        case .status: "Transaction status"
        case .balance: "Account balance"
        case .pull: "Pull transactions"
        case .qr: "QR codes"
        }
    }
}
