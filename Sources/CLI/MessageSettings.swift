import Checkout
import Commerce
import HTTPClient
import PaymentKit

/// Where letters and SMS go through.
struct MessageSettings: Sendable {
    /// Nil without letters.
    var mail: (server: MailServer, from: MailAddress)?
    /// Nil without SMS.
    var sms: (username: String, key: Secret, sender: String?, address: String)?

    /// The carriers that these settings name.
    func ways(_ client: OutboundClient, caFile: String?) -> PostOffice.Ways {
        var ways = PostOffice.Ways()
        if let mail {
            let post = MailClient(mail.server, caFile: caFile)
            ways.from = mail.from
            ways.letters = { await post.deliver($0) }
        }
        if let sms {
            let service = AfricasTalking(
                client: client, address: sms.address, username: sms.username, key: sms.key, sender: sms.sender)
            ways.sms = { await service.send($0, to: $1) }
        }
        return ways
    }
}

extension SettingsReader {
    mutating func messages(isLive: Bool) -> MessageSettings {
        var messages = MessageSettings()
        messages.mail = mail()
        messages.sms = sms(isLive: isLive)
        return messages
    }

    /// In which languages the shop speaks, where its owner is reached, and when it is quiet.
    mutating func voice() -> ShopVoice {
        var voice = ShopVoice()
        voice.languages = parsed(
            "DUKA_LANGUAGES", default: voice.languages, expected: "en,sw or sw,en, or one of them alone"
        ) { ShopVoice.languages($0) }
        voice.ownerLanguage = choice("DUKA_OWNER_LANGUAGE", Language.self, default: voice.ownerLanguage)
        voice.ownerEmail = mailAddress("DUKA_OWNER_EMAIL")
        voice.ownerPhone = parsed("DUKA_OWNER_PHONE", default: nil, expected: "a number such as 0712 345 678") {
            text -> PhoneNumber?? in
            do { return .some(try PhoneNumber(text)) } catch { return .none }
        }
        voice.quietHours =
            text("DUKA_QUIET_HOURS") == "off"
            ? nil
            : parsed("DUKA_QUIET_HOURS", default: voice.quietHours, expected: "two hours such as 21-7, or off") {
                QuietHours($0)
            }
        return voice
    }

    private mutating func mailAddress(_ key: String) -> MailAddress? {
        parsed(key, default: nil, expected: "an address such as shop@example.co.ke") { text -> MailAddress?? in
            guard let address = MailAddress(text) else { return .none }
            return .some(address)
        }
    }

    private mutating func mail() -> (server: MailServer, from: MailAddress)? {
        let from = mailAddress("DUKA_MAIL_FROM")
        guard let address = text("DUKA_SMTP_URL") else {
            for key in ["DUKA_SMTP_USER", "DUKA_SMTP_PASSWORD", "DUKA_MAIL_FROM"] where text(key) != nil {
                complain("\(key) is set and DUKA_SMTP_URL is not; set both, or neither.")
            }
            return nil
        }
        guard let from else {
            if text("DUKA_MAIL_FROM") == nil {
                complain("DUKA_SMTP_URL is set and DUKA_MAIL_FROM is not; say where the shop's letters come from.")
            }
            return nil
        }
        do throws(MailServer.Problem) {
            let server = try MailServer(
                address, greetingAs: from.domain, user: text("DUKA_SMTP_USER"), password: text("DUKA_SMTP_PASSWORD"))
            return (server, from)
        } catch {
            complain("DUKA_SMTP_URL is not readable; \(error).")
            return nil
        }
    }

    private mutating func sms(isLive: Bool) -> (username: String, key: Secret, sender: String?, address: String)? {
        let address = address("DUKA_SMS_URL", default: AfricasTalking.address)
        if isLive, !address.hasPrefix("https://") {
            complain("DUKA_SMS_URL is \"\(address)\"; live needs an https address.")
        }
        switch (text("DUKA_SMS_USERNAME"), text("DUKA_SMS_API_KEY")) {
        case (let username?, let key?): return (username, Secret(key), text("DUKA_SMS_FROM"), address)
        case (nil, nil): return nil
        case (_, nil), (nil, _):
            complain("DUKA_SMS_USERNAME and DUKA_SMS_API_KEY belong together; set both, or neither.")
            return nil
        }
    }
}
