import PaymentKit

/// In which languages a shop speaks, what it tells by letter and SMS, where its owner is reached, and when it is quiet.
package struct ShopVoice: Sendable {
    /// What its pages may be read in, the first one for browsers that ask for none of them. Never empty.
    package var languages: [Language] = [.english, .swahili]
    /// The language of letters and SMS to the owner.
    package var ownerLanguage = Language.english
    package var ownerEmail: MailAddress?
    package var ownerPhone: PhoneNumber?
    /// Hours in which SMS that can wait do wait; nil when there are none.
    package var quietHours: QuietHours? = QuietHours(from: 21, until: 7)
    /// What is not told by which channel; all else is.
    package var untold: Set<Told> = []

    /// A kind of message by a channel.
    package struct Told: Hashable, Sendable {
        package let kind: Notice.Kind
        package let channel: Notice.Channel

        package init(_ kind: Notice.Kind, _ channel: Notice.Channel) {
            self.kind = kind
            self.channel = channel
        }

        /// As it is kept, such as `not_paid-sms`.
        package var text: String { "\(kind.rawValue)-\(channel.rawValue)" }

        package init?(_ text: some StringProtocol) {
            let parts = text.split(separator: "-")
            guard parts.count == 2, let kind = Notice.Kind(rawValue: String(parts[0])),
                let channel = Notice.Channel(rawValue: String(parts[1]))
            else { return nil }
            self.init(kind, channel)
        }
    }

    package init() {}

    /// Reads what is kept of ``untold``: words with blanks between them; those of a newer version are left out.
    package static func untold(_ text: String) -> Set<Told> {
        Set(text.split(separator: " ").compactMap(Told.init))
    }

    /// Reads `en`, or `sw,en` with the first one first.
    package static func languages(_ text: String) -> [Language]? {
        let codes = text.split(separator: ",", omittingEmptySubsequences: false)
        let languages = codes.compactMap { Language(rawValue: String($0)) }
        return !codes.isEmpty && languages.count == codes.count && Set(languages).count == codes.count
            ? languages : nil
    }
}
