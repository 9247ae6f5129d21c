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
    /// Most pushes in the ledger; the next ones are refused for quota until a reset.
    package var maximumPushes = 20_000

    /// The defaults, on the clock `now`.
    package init(now: @escaping @Sendable () -> Milliseconds) { self.now = now }
}
