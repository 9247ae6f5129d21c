import PaymentKit

/// A setting that the owner may change at the desk while the shop runs. What the operator's environment sets wins.
package enum OwnerSetting: String, CaseIterable, Sendable {
    /// What the shop is called, everywhere.
    case name
    /// The telephone number on the shop's pages.
    case contact
    /// What the shop's pages may be read in.
    case languages
    /// The ways to pay that come first at the checkout, by name.
    case ways
    /// Minutes after which an unpaid order ends.
    case orderMinutes = "order_minutes"
    /// Prompts in an order's life.
    case promptsPerOrder = "prompts_per_order"
    /// Prompts to one phone in a day.
    case promptsPerPhone = "prompts_per_phone"
    /// The largest order that is taken, in shillings.
    case largestOrder = "largest_order"
    /// Percent of an order that are paid before its goods leave, where the rest is paid at the door.
    case depositPercent = "deposit_percent"
    /// From this many shillings on the provider is asked before a message counts.
    case confirmFrom = "confirm_from"
    /// From this many shillings on another person approves money that goes out.
    case secondPersonFrom = "second_person_from"
    case ownerEmail = "owner_email"
    case ownerPhone = "owner_phone"
    case ownerLanguage = "owner_language"
    case quietHours = "quiet_hours"
    /// Which messages are not sent by which channel.
    case untold

    /// What a page asks it with.
    package enum Shape: Hashable, Sendable {
        case words
        /// Names, one in each line.
        case lines
        case number(ClosedRange<Int>)
        /// One of these.
        case choice([String])
        /// Any of these messages, each by its channels.
        case messages
    }

    package var shape: Shape {
        switch self {
        case .name, .contact, .ownerEmail, .ownerPhone, .quietHours: .words
        case .ways: .lines
        case .orderMinutes: .number(20...4_320)
        case .promptsPerOrder: .number(1...20)
        case .promptsPerPhone: .number(1...100)
        case .largestOrder, .confirmFrom, .secondPersonFrom: .number(1...1_000_000)
        case .depositPercent: .number(0...90)
        case .languages: .choice(["en,sw", "sw,en", "en", "sw"])
        case .ownerLanguage: .choice(Language.allCases.map(\.rawValue))
        case .untold: .messages
        }
    }

    /// Under which headline of its page it stands.
    package enum Group: String, CaseIterable, Sendable { case shop, limits, messages }

    package var group: Group {
        switch self {
        case .name, .contact, .languages, .ways: .shop
        case .orderMinutes, .promptsPerOrder, .promptsPerPhone, .largestOrder, .depositPercent, .confirmFrom,
            .secondPersonFrom:
            .limits
        case .ownerEmail, .ownerPhone, .ownerLanguage, .quietHours, .untold: .messages
        }
    }

    /// The environment variable that sets it as well; nil when only the desk does.
    package var env: String? {
        switch self {
        case .name, .untold: nil
        case .contact: "DUKA_CONTACT"
        case .languages: "DUKA_LANGUAGES"
        case .ways: "DUKA_WAYS"
        case .orderMinutes: "DUKA_ORDER_EXPIRY_SECONDS"
        case .promptsPerOrder: "DUKA_LIMITS_ORDER"
        case .promptsPerPhone: "DUKA_LIMITS_PHONE"
        case .largestOrder: "DUKA_LARGEST_ORDER"
        case .depositPercent: "DUKA_DEPOSIT_PERCENT"
        case .confirmFrom: "DUKA_CONFIRM_FROM"
        case .secondPersonFrom: "DUKA_SECOND_PERSON_FROM"
        case .ownerEmail: "DUKA_OWNER_EMAIL"
        case .ownerPhone: "DUKA_OWNER_PHONE"
        case .ownerLanguage: "DUKA_OWNER_LANGUAGE"
        case .quietHours: "DUKA_QUIET_HOURS"
        }
    }

    /// Whether it says where a person is reached in private, so that it is kept sealed.
    package var isSealed: Bool { self == .ownerEmail || self == .ownerPhone }

    /// What was typed in the form in which it is kept, or nil when it cannot be.
    package func kept(_ typed: String) -> String? {
        switch shape {
        case .number(let range):
            let digits = typed.filter { $0 != "," && $0 != " " }
            return Int(digits).flatMap { range.contains($0) ? "\($0)" : nil }
        case .choice(let choices): return choices.contains(typed) ? typed : nil
        case .messages:
            let words = typed.split(separator: " ")
            let told = ShopVoice.untold(typed)
            return told.count == words.count ? told.map(\.text).sorted().joined(separator: " ") : nil
        case .lines: return ShopRules.ways(typed).map { $0.joined(separator: "\n") }
        case .words: return keptWords(typed)
        }
    }

    private func keptWords(_ typed: String) -> String? {
        switch self {
        case .name: return (1...60).contains(typed.count) && Self.isOneLine(typed) ? typed : nil
        case .contact:
            let digits = typed.filter { $0.isASCII && $0.isNumber }.count
            let isNumber = typed.allSatisfy { $0.isASCII && ($0.isNumber || " +-()".contains($0)) }
            return typed.isEmpty || (isNumber && (3...15).contains(digits) && typed.count <= 30) ? typed : nil
        case .ownerEmail: return typed.isEmpty || MailAddress(typed) != nil ? typed : nil
        case .ownerPhone:
            guard !typed.isEmpty else { return "" }
            return Self.phone(typed).map { "+\($0.digits)" }
        case .quietHours:
            let plain = typed.filter { $0 != " " }.replacing("–", with: "-").lowercased()
            return plain.isEmpty || plain == "off" ? "off" : QuietHours(plain)?.description
        case .languages, .ways, .orderMinutes, .promptsPerOrder, .promptsPerPhone, .largestOrder, .depositPercent,
            .confirmFrom, .secondPersonFrom, .ownerLanguage, .untold:
            return nil
        }
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    private static func phone(_ text: String) -> PhoneNumber? {
        do { return try PhoneNumber(text) } catch { return nil }
    }

    /// Puts a kept value into the rules; nothing for what is no rule, or is none any more.
    package func apply(_ kept: String, to rules: inout ShopRules) {
        guard let kept = self.kept(kept) else { return }
        let number = Int(kept) ?? 0
        switch self {
        case .name, .contact: break
        case .languages: rules.voice.languages = ShopVoice.languages(kept) ?? rules.voice.languages
        case .ways: rules.waysFirst = ShopRules.ways(kept) ?? rules.waysFirst
        case .orderMinutes: rules.orderExpirySeconds = number * 60
        case .promptsPerOrder: rules.attemptsPerOrder = number
        case .promptsPerPhone: rules.setPromptsPerPhone(number)
        case .largestOrder: rules.largestOrder = Money(whole: Int64(number), .kes)
        case .depositPercent: rules.depositPercent = number
        case .confirmFrom: rules.confirmFrom = Money(whole: Int64(number), .kes)
        case .secondPersonFrom: rules.secondPersonFrom = Money(whole: Int64(number), .kes)
        case .ownerEmail: rules.voice.ownerEmail = MailAddress(kept)
        case .ownerPhone: rules.voice.ownerPhone = Self.phone(kept)
        case .ownerLanguage: rules.voice.ownerLanguage = Language(rawValue: kept) ?? rules.voice.ownerLanguage
        case .quietHours: rules.voice.quietHours = QuietHours(kept)
        case .untold: rules.voice.untold = ShopVoice.untold(kept)
        }
    }

    /// What rules say of it, in the form in which it is kept; nil for what is no rule.
    package func value(in rules: ShopRules) -> String? {
        switch self {
        case .name, .contact: nil
        case .languages: rules.voice.languages.map(\.rawValue).joined(separator: ",")
        case .ways: rules.waysFirst.joined(separator: "\n")
        case .orderMinutes: "\(rules.orderExpirySeconds / 60)"
        case .promptsPerOrder: "\(rules.attemptsPerOrder)"
        case .promptsPerPhone: "\(rules.promptsPerPhone)"
        case .largestOrder: rules.largestOrder.whole.map { "\($0)" }
        case .depositPercent: "\(rules.depositPercent)"
        case .confirmFrom: rules.confirmFrom.whole.map { "\($0)" }
        case .secondPersonFrom: rules.secondPersonFrom.whole.map { "\($0)" }
        case .ownerEmail: rules.voice.ownerEmail?.text ?? ""
        case .ownerPhone: rules.voice.ownerPhone.map { "+\($0.digits)" } ?? ""
        case .ownerLanguage: rules.voice.ownerLanguage.rawValue
        case .quietHours: rules.voice.quietHours?.description ?? "off"
        case .untold: rules.voice.untold.map(\.text).sorted().joined(separator: " ")
        }
    }
}

extension ShopRules {
    private static let day = 86_400

    /// Prompts to one phone in a day; 100 when nothing limits them.
    package var promptsPerPhone: Int { phone.filter { $0.seconds == Self.day }.map(\.count).min() ?? 100 }

    /// Sets the limit of a day; those of shorter times stay.
    mutating func setPromptsPerPhone(_ count: Int) {
        phone = phone.filter { $0.seconds != Self.day } + [RateLimit(count: count, seconds: Self.day)]
    }
}
