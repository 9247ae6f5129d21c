// What people do with phones and on the portal, and what the books say, for tests, pages and the control API.
extension Daraja {
    // MARK: - Paying by hand

    /// Pays a paybill by hand: business number, account, amount, PIN.
    ///
    /// - Parameters:
    ///   - paybill: The number; the first paybill there is when nil.
    ///   - phone: Twelve digits, beginning with 254.
    ///   - payerForm: How the shop is told the payer's number; as its addresses were registered when nil.
    ///   - pin: The right one when nil.
    /// - Returns: The receipts of what was begun. Without validation they are paid at once, where the wallet and the
    ///   story allow it.
    @discardableResult
    package func payPaybill(
        _ paybill: String? = nil, from phone: String, amount: Int, account: String, payerForm: PayerForm? = nil,
        pin: String? = nil
    ) throws(PaymentRefusal) -> [String] {
        let first = configuration.merchants.first { $0.till == nil }?.shortcode
        return try payBusiness(
            paybill ?? first ?? "", from: phone, amount: amount, account: account, payerForm: payerForm, pin: pin)
    }

    /// Pays a till by hand: till number, amount, PIN.
    ///
    /// - Parameters: As for ``payPaybill(_:from:amount:account:payerForm:pin:)``.
    @discardableResult
    package func payTill(
        _ till: String? = nil, from phone: String, amount: Int, payerForm: PayerForm? = nil, pin: String? = nil
    ) throws(PaymentRefusal) -> [String] {
        let first = configuration.merchants.lazy.compactMap(\.till).first
        return try payBusiness(
            till ?? first ?? "", from: phone, amount: amount, account: "", payerForm: payerForm, pin: pin)
    }

    /// Pays whatever has this number, paybill or till.
    func payBusiness(
        _ number: String, from phone: String, amount: Int, account: String, payerForm: PayerForm?, pin: String?
    ) throws(PaymentRefusal) -> [String] {
        try at { state, now throws(PaymentRefusal) in
            try state.payByHand(
                number, from: phone, amount: amount, account: account, pin: pin, payerForm: payerForm, at: now)
        }
    }

    // MARK: - The portal

    /// Somebody reverses a payment in the portal; no address is told.
    ///
    /// - Returns: The receipt of the reversal.
    @discardableResult
    package func reverse(_ receipt: String) throws(ReversalProblem) -> String {
        try at { state, now throws(ReversalProblem) in try state.reverseByHand(receipt, at: now) }
    }

    /// The addresses that a shortcode registered.
    package func registration(of shortcode: String) -> Registration? {
        at { state, _ in state.registrations[shortcode] }
    }

    /// Registers a shortcode's addresses, or takes them away, as two business operators can in the portal.
    package func register(_ registration: Registration?, for shortcode: String) {
        at { state, _ in state.registrations[shortcode] = registration }
    }

    /// What Safaricom sets up for shops.
    package var switches: Switches { at { state, _ in state.switches } }

    /// Changes what Safaricom sets up for shops.
    package func set(_ switches: Switches) { at { state, _ in state.switches = switches } }

    /// Whether too many wrong passwords have locked the operator.
    package var isOperatorLocked: Bool {
        at { state, _ in state.wrongPasswords >= state.configuration.operatorTries }
    }

    /// Lets the operator try again.
    package func unlockOperator() { at { state, _ in state.wrongPasswords = 0 } }

    /// Gives a shortcode whole KES as if it had them from the beginning.
    package func setFunds(_ funds: Int, in account: Accounts.Account, of shortcode: String) {
        precondition(funds >= 0, "an account holds no debts at the beginning")
        at { state, _ in
            let change = funds - (state.accounts[shortcode]?[account] ?? funds)
            state.accounts[shortcode]?.opening[account, default: 0] += change
            state.accounts[shortcode]?.now[account, default: 0] += change
        }
    }

    // MARK: - The clock

    /// The simulated time, in milliseconds since 1970 UTC.
    package var now: Milliseconds { at { _, now in now } }

    /// Milliseconds that the simulated clock is ahead of the real one.
    package var clockOffset: Milliseconds { at { state, _ in state.clockOffset } }

    /// Sets the simulated clock ahead of the real one, or behind; what becomes due by it happens with the next call.
    package func setClock(offset: Milliseconds) { at { state, _ in state.clockOffset = offset } }

    // MARK: - The books

    /// Every movement of money, done or tried, in order of its beginning.
    package var transactions: [Transaction] { at { state, _ in state.transactions } }

    /// Every initiator's request so far, refused ones too, in order.
    package var operations: [Operation] { at { state, _ in state.operations } }

    /// What is held for each merchant, by shortcode.
    package var accounts: [Accounts] {
        at { state, _ in state.accounts.values.sorted { $0.shortcode < $1.shortcode } }
    }

    /// Whole KES that came to those who are neither a phone nor a merchant.
    package var outside: [String: Int] { at { state, _ in state.outside } }
}
