import PaymentKit

/// The numbers by which a shop is run. Every one is a setting; `CLI/Settings.swift` names it.
package struct ShopRules: Sendable {
    /// Seconds after which an unpaid order without a live attempt expires; 20 minutes to 72 hours.
    package var orderExpirySeconds = 3_600
    /// Seconds after which an attempt without news closes; 150 to 600. Money that comes later still counts.
    package var attemptSeconds = 180
    /// Seconds that a prompt is shown to live: the phone gives about a minute.
    package var promptSeconds = 75
    /// Seconds from a prompt whose end nobody knows to the next one.
    package var unknownPauseSeconds = 180
    /// Seconds that a shopper's retry waits for the provider to say how the last prompt ended.
    package var askBeforeRetrySeconds = 4.0
    /// No prompt is sent later than this after the shopper's action (I15).
    package var pushWithinSeconds = 60
    /// Money that arrives up to this long after an order's end revives it when the goods can be held again; 48 hours.
    package var reviveSeconds = 48 * 3_600
    /// From this amount on a callback alone is not enough: the provider is asked first (I8).
    package var confirmFrom = Money(whole: 10_000, .kes)
    /// When to ask what became of a prompt, in seconds after the intent.
    package var querySeconds = [8, 16, 30, 50, 75, 120, 175, 300, 900, 3_600, 21_600, 86_400, 169_200]
    /// When to ask what became of a refund, in seconds after it was sent; after the last a person must look.
    package var refundQuerySeconds = [30, 120, 300, 900, 3_600, 21_600, 86_400]
    /// From this amount on a refund is approved by another person than the one who asked for it.
    package var secondPersonFrom = Money(whole: 5_000, .kes)
    /// Seconds between approving money that goes out and sending it, in which it can be stopped.
    package var undoSeconds = 5
    /// Seconds that lie at least between two negative answers before they count as one definite no.
    package var agreeingSeconds = 12

    package var phone = [
        RateLimit(count: 2, seconds: 120), RateLimit(count: 4, seconds: 600),
        RateLimit(count: 6, seconds: 3_600), RateLimit(count: 10, seconds: 86_400),
    ]
    package var phoneAndAmount = [RateLimit(count: 1, seconds: 120)]
    package var attemptsPerOrder = 5
    package var ipv4 = [RateLimit(count: 30, seconds: 600), RateLimit(count: 100, seconds: 3_600)]
    package var ipv6By64 = [RateLimit(count: 10, seconds: 600)]
    package var ipv6By56 = [RateLimit(count: 30, seconds: 600)]
    package var ipv6By48 = [RateLimit(count: 100, seconds: 600)]
    /// Different phones prompted from one address.
    package var phonesPerIPv4 = [RateLimit(count: 20, seconds: 3_600)]
    package var phonesPerIPv6By64 = [RateLimit(count: 5, seconds: 3_600)]
    /// Seconds of rest after the third, fourth and every further unanswered prompt in a row.
    package var unansweredRestSeconds = [1_800, 7_200, 86_400]
    /// Looks at an order's status, per address; held per node.
    package var status = RateLimit(count: 60, seconds: 60)
    /// Wrong addresses of orders or callbacks, per address; held per node.
    package var wrongTokens = RateLimit(count: 10, seconds: 60)
    /// Receipts that a shopper may show, per order and per address.
    package var receiptsShown = [RateLimit(count: 5, seconds: 600)]
    /// Looks for an order by its number and a phone, per address.
    package var finding = [RateLimit(count: 10, seconds: 600)]
    /// The same per order number, whoever asks.
    package var findingOne = [RateLimit(count: 10, seconds: 3_600)]
    /// Different messages kept for one attempt (I37).
    package var inboxPerAttempt = 16
    /// Days after an order's end for which its people's numbers, names and addresses are kept (S46).
    package var peopleDays = 180
    /// Days for which providers' messages are kept as they came (S46).
    package var messageDays = 90

    /// What of an order is paid before its goods leave, in percent, where the rest is paid at the door: 0 to 90.
    package var depositPercent = 0
    /// The ways to pay that come first at the checkout, by name; the others follow as they were set up.
    package var waysFirst: [String] = []
    /// The largest order that is taken: goods and delivery.
    package var largestOrder = Money(whole: 1_000_000, .kes)
    package var voice = ShopVoice()
    /// Ways to pay whose providers send nothing back: what came by them a person pays back and records.
    package var repaidByHand: Set<String> = []

    package init() {}
}

extension ShopRules {
    /// The next time to ask about an attempt, or nil when it is no longer watched.
    package func nextQuery(of attempt: Attempt, after now: Timestamp) -> Timestamp? {
        let times = querySeconds.map { attempt.startedAt.adding(seconds: $0) }
        // Once more just before a page closes, or its customer might be told too soon that nothing came.
        let last = attempt.page.map { [$0.openUntil.adding(seconds: -10)] } ?? []
        return (times + last).filter { $0 > now }.min()
    }

    /// When nothing more is expected of a provider's page: its clock may be behind ours, and the last press on it takes
    /// its time.
    package func end(of page: PageToPay) -> Timestamp { page.openUntil.adding(seconds: attemptSeconds) }

    /// The earliest time for another prompt after how the last one ended; nil when at once.
    package func retryTime(after attempt: Attempt) -> Timestamp? {
        if attempt.hasUnknownEnd { return attempt.startedAt.adding(seconds: unknownPauseSeconds) }
        guard let decline = attempt.state.decline, decline.waitSeconds > 0, let closed = attempt.closedAt else {
            return nil
        }
        return closed.adding(seconds: decline.waitSeconds)
    }
}

extension ShopRules {
    /// Reads names with commas or line breaks between them, such as `cash, bank`; nil when that is not what it is.
    package static func ways(_ text: String) -> [String]? {
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-_")
        let names = text.split { $0 == "," || $0.isWhitespace }.map { $0.lowercased() }
        let areNames = names.allSatisfy { (1...60).contains($0.count) && $0.allSatisfy(letters.contains) }
        return areNames && names.count <= 40 && Set(names).count == names.count ? names : nil
    }

    /// Sorts things that have a way's name: those of ``waysFirst`` first, the others after them as they were.
    package func inOrder<Way>(_ ways: [Way], _ name: (Way) -> String) -> [Way] {
        waysFirst.compactMap { first in ways.first { name($0) == first } }
            + ways.filter { !waysFirst.contains(name($0)) }
    }
}
