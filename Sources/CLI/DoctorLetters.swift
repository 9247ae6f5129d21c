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
        for channel in Notice.Channel.allCases { try await check(channel, tell) }
    }

    private func check(
        _ channel: Notice.Channel, _ tell: (Doctor.Finding.Verdict, String, String) -> Void
    ) async throws {
        let voice = shop.rules.voice
        let (subject, hasServer, hasAddress, server, address): (String, Bool, Bool, String, String) =
            switch channel {
            case .letter:
                (
                    "letters to the owner", settings.mail != nil, voice.ownerEmail != nil,
                    "DUKA_SMTP_URL and DUKA_MAIL_FROM", "DUKA_OWNER_EMAIL"
                )
            case .sms:
                (
                    "SMS to the owner", settings.sms != nil, voice.ownerPhone != nil,
                    "DUKA_SMS_USERNAME and DUKA_SMS_API_KEY", "DUKA_OWNER_PHONE"
                )
            }
        guard hasServer else {
            // One way to reach the owner is enough; without letters nobody has the other checks.
            if channel == .letter {
                tell(.warning, subject, "None are sent: set \(server), so that you hear of what is wrong.")
            }
            return
        }
        guard hasAddress else {
            return tell(
                .warning, subject, "Nobody gets them: set \(address), or enter it at the desk under Settings.")
        }
        if Notice.Kind.allCases.filter(\.isForOwner).allSatisfy({ voice.untold.contains(.init($0, channel)) }) {
            return tell(.warning, subject, "They are switched off at the desk under Settings.")
        }
        let health = try await shop.noticeHealth(channel)
        if health.failed + health.unclear > 0 || health.stuckSeconds > 0 {
            let lost = "\(health.failed) were refused and \(health.unclear) had no answer in a day"
            let stuck = health.stuckSeconds > 0 ? "; the oldest waits for \(health.stuckSeconds) seconds" : ""
            return tell(.bad, subject, "\(lost)\(stuck). The desk says why: /admin/notices?state=failed.")
        }
        let last = health.ownerToldAt.map { "the last one was taken \($0.eastAfrica.isoDate)" } ?? "none was needed yet"
        tell(.good, subject, "Set up, and nothing was lost in a day; \(last).")
    }
}
