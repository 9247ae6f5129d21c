/// What the simulated Daraja knows and how fast it is.
package struct DarajaConfiguration: Sendable {
    /// A shop that M-PESA knows.
    package struct Merchant: Sendable {
        /// The paybill, or for Buy Goods the store number; 5 to 7 digits.
        package var shortcode: String
        /// The secret of its passwords.
        package var passkey: String
        /// The till of Buy Goods; `nil` for a paybill.
        package var till: String?
        /// What the prompt calls it.
        package var name: String

        /// - Parameters: See the properties.
        package init(shortcode: String, passkey: String, till: String? = nil, name: String) {
            self.shortcode = shortcode
            self.passkey = passkey
            self.till = till
            self.name = name
        }
    }

    /// The passkey that Safaricom publishes for the sandbox.
    package static let sandboxPasskey = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"

    /// The time, in milliseconds since 1970 UTC.
    package var now: @Sendable () -> Milliseconds
    /// Where ids, tokens and receipts come from: the same seed gives the same ones.
    package var seed: UInt64 = 1
    /// The user name of the token call.
    package var consumerKey = "simulator-key"
    /// The password of the token call.
    package var consumerSecret = "simulator-secret"
    /// Who can be paid: the sandbox's paybill, and a store with a till.
    package var merchants = [
        Merchant(shortcode: "174379", passkey: sandboxPasskey, name: "DUKA"),
        Merchant(shortcode: "600000", passkey: sandboxPasskey, till: "500123", name: "DUKA STORE"),
    ]
    /// Seconds that a token is good for.
    package var tokenSeconds = 3599
    /// Whether `expires_in` is a number instead of a string.
    package var hasNumericExpiry = false
    /// Whether a new token cancels the older ones.
    package var newTokenCancelsOld = false
    /// Whole KES on every phone that is new.
    package var openingBalance = 50_000
    /// The PIN of every phone.
    package var pin = "1234"
    /// What happens where no other story was chosen.
    package var defaultStory = Story.manual
    /// Milliseconds from the push to the prompt.
    package var promptDelayMilliseconds: Milliseconds = 1_000
    /// Milliseconds that a prompt waits for the person.
    package var promptLifeMilliseconds: Milliseconds = 60_000
    /// Milliseconds from the result to its callback.
    package var processingMilliseconds: Milliseconds = 1_000
    /// Milliseconds after a payment in which the same amount from the same phone is refused (17); 0 for never.
    package var repeatMilliseconds: Milliseconds = 120_000
    /// How often a callback that was not answered 2xx is sent again, ten seconds apart.
    package var callbackRetries = 0
    /// Most pushes, transactions and initiators' requests in the books, each; the next ones are refused for quota until
    /// a reset.
    package var maximumPushes = 20_000
    /// Whole KES in the collection and the working account of every merchant at the beginning.
    package var openingFunds = 100_000
    /// Most whole KES that a wallet may hold after a payment from a business (result 8).
    package var maximumWallet = 500_000
    /// Whole KES that a merchant is charged for a payment to a person.
    package var payoutCharge = 0
    /// Whole KES that a merchant is charged for a payment to a business.
    package var businessCharge = 0
    /// Paybills and tills that can be paid besides ``merchants``, with their names.
    package var suppliers = ["888001": "EXAMPLE SUPPLIER", "888002": "EXAMPLE SUPPLIER TILL"]
    /// The user name of every merchant's API operator.
    package var operatorName = "simulator-operator"
    /// The operator's password; it arrives encrypted for ``PracticeKey``.
    package var operatorPassword = "Simulator#2026"
    /// Wrong passwords in a row that lock the operator (result 8006).
    package var operatorTries = 3
    /// Milliseconds from an initiator's request to the call of its QueueTimeOutURL, in stories that have one.
    package var queueTimeoutMilliseconds: Milliseconds = 30_000
    /// Milliseconds that M-PESA waits for the answer to a validation call.
    package var validationMilliseconds: Milliseconds = 8_000
    /// Most rows in one answer of the pull API; not documented, so no client should count on it.
    package var pullRows = 100
    /// What Safaricom sets up for a shop by hand.
    package var switches = Switches()

    /// The defaults, on the clock `now`.
    package init(now: @escaping @Sendable () -> Milliseconds) { self.now = now }
}
