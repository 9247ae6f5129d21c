/// A simulated phone with an M-PESA wallet.
package struct Phone: Sendable, Equatable {
    /// An SMS on the phone.
    package struct Message: Sendable, Equatable {
        /// When it came, in milliseconds since 1970 UTC.
        package let at: Milliseconds
        /// What it says.
        package let text: String
    }
    /// Most messages a phone keeps.
    static let maximumMessages = 20

    /// 12 digits, beginning with 254.
    package let number: String
    /// Whole KES at the beginning.
    package let openingBalance: Int
    /// Whole KES now.
    package var balance: Int
    /// The latest messages, oldest first.
    package var messages: [Message] = []
    /// When it last paid which amount, for the rule of two minutes.
    var lastPaid: [Int: Milliseconds] = [:]

    init(number: String, balance: Int) {
        self.number = number
        openingBalance = balance
        self.balance = balance
    }

    mutating func receive(_ text: String, at instant: Milliseconds) {
        messages.append(Message(at: instant, text: text))
        if messages.count > Phone.maximumMessages { messages.removeFirst() }
    }
}

/// What a phone shows while it waits for a PIN.
package struct Prompt: Sendable, Equatable {
    /// The push it belongs to.
    package let checkoutRequestID: String
    /// The question.
    package let text: String
    /// When it goes away, in milliseconds since 1970 UTC.
    package let until: Milliseconds

    /// The longest text that reaches a phone; a longer one ends with 1025.
    static let maximumLength = 182

    static func text(for push: Push) -> String {
        "Do you want to pay KES \(grouped(push.amount)) to \(push.merchant.name) Account \(push.reference)?"
    }
}

/// Whole KES with a comma at every thousand: `1,250`.
func grouped(_ amount: Int) -> String {
    var text = ""
    for (index, digit) in String(amount.magnitude).reversed().enumerated() {
        if index > 0, index.isMultiple(of: 3) { text.insert(",", at: text.startIndex) }
        text.insert(digit, at: text.startIndex)
    }
    return amount < 0 ? "-" + text : text
}
