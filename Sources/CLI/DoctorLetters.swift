import Checkout
import Commerce
import PaymentKit

/// Whether the owner would hear of something that is wrong: the settings are there, and the last messages got away.
struct LetterCheck {
    private let shop: Shop
    private let settings: MessageSettings

    init(_ shop: Shop, _ settings: MessageSettings) {
        self.shop = shop
        self.settings = settings
    }

    func run(_ tell: (Doctor.Finding.Verdict, String, String) -> Void) async throws {
        let voice = shop.rules.voice
        try await check(
            Way(
                channel: .letter, subject: "letters to the owner", hasServer: settings.mail != nil,
                hasAddress: voice.ownerEmail != nil, server: "DUKA_SMTP_URL and DUKA_MAIL_FROM",
                address: "DUKA_OWNER_EMAIL"), tell)
        try await check(
            Way(
                channel: .sms, subject: "SMS to the owner", hasServer: settings.sms != nil,
                hasAddress: voice.ownerPhone != nil, server: "DUKA_SMS_USERNAME and DUKA_SMS_API_KEY",
                address: "DUKA_OWNER_PHONE"), tell)
    }

    /// A channel with what it needs, and the settings for that.
    private struct Way {
        let channel: Notice.Channel
        let subject: String
        let hasServer, hasAddress: Bool
        let server, address: String
    }

    private func check(
        _ way: Way, _ tell: (Doctor.Finding.Verdict, String, String) -> Void
    ) async throws {
        let subject = way.subject
        guard way.hasServer else {
            // One way to reach the owner is enough; without letters nobody has the other checks.
            if way.channel == .letter {
                tell(.warning, subject, "None are sent: set \(way.server), so that you hear of what is wrong.")
            }
            return
        }
        guard way.hasAddress else {
            return tell(
                .warning, subject, "Nobody gets them: set \(way.address), or enter it at the desk under Settings.")
        }
        if Notice.Kind.wanted.filter(\.isForOwner).allSatisfy({
            shop.rules.voice.untold.contains(.init($0, way.channel))
        }) {
            return tell(.warning, subject, "They are switched off at the desk under Settings.")
        }
        let health = try await shop.noticeHealth(way.channel)
        if health.failed + health.unclear > 0 || health.stuckSeconds > 0 {
            let lost = "\(health.failed) were refused and \(health.unclear) had no answer in a day"
            let stuck = health.stuckSeconds > 0 ? "; the oldest waits for \(health.stuckSeconds) seconds" : ""
            return tell(.bad, subject, "\(lost)\(stuck). The desk says why: /admin/notices?state=failed.")
        }
        let last = health.ownerToldAt.map { "the last one was taken \($0.eastAfrica.isoDate)" } ?? "none was needed yet"
        tell(.good, subject, "Set up, and nothing was lost in a day; \(last).")
    }
}
