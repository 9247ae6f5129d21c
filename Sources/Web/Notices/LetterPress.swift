import Checkout
import Commerce
import PaymentKit

/// The words of letters and SMS, in the language of the order.
extension Site {
    /// Makes a notice's text; see ``PostOffice``.
    package func compose(_ facts: NoticeFacts) -> NoticeText {
        if let order = facts.order { return toCustomer(order, facts) }
        return toOwner(facts.notice)
    }

    private func toCustomer(_ order: Order, _ facts: NoticeFacts) -> NoticeText {
        let notice = facts.notice
        let words = self.words[notice.language]
        // A deposit is a part that nobody needs to hurry after.
        let isDeposit = notice.kind == .partPaid && order.deposit != nil && order.depositLeft.minor == 0
        let kind = isDeposit ? "deposit" : notice.kind.rawValue
        let link = facts.pageToken.map { "\(configuration.publicURL)/orders/\($0)" }
        let values = values(of: order, notice)
        var context: Context = [
            "t": words.all, "shop_name": shop.name,
            "greeting": Self.greeting(facts.customer ?? "", words),
            "says": words("mail_\(kind)", values: values),
            "lines": [
                ["line": words("mail_line_order", order.number.text)],
                ["line": words("mail_line_total", order.total.description)],
            ] as [Context],
            "link_label": words("mail_\(kind)_link"), "link": link ?? configuration.publicURL + "/orders/find",
        ]
        let code = notice.kind == .paid ? shop.handOverCode(of: order) : nil
        if let code {
            context["code_line"] = words("mail_line_code", code)
        }
        if let contact = shop.contact { context["contact_line"] = words("mail_contact", contact) }
        return NoticeText(
            subject: words("mail_\(kind)_subject", values: [order.number.text, shop.name]),
            says: words("mail_\(kind)", values: values),
            text: library.render(context, withTemplate: Template.letter.rawValue) ?? "",
            short: ShortText(
                shop: shop.name,
                sentence: code.map { words("sms_paid_code", values: values + [$0]) }
                    ?? words("sms_\(kind)", values: values), link: link))
    }

    /// Greets by name what can only be a name: the address of a letter may be anybody's, and so may what was typed
    /// beside it.
    private static func greeting(_ name: String, _ words: WordBook.Words) -> String {
        let isName =
            !name.isEmpty && name.count <= 60
            && name.allSatisfy { $0.isLetter || $0 == " " || $0 == "-" || $0 == "'" || $0 == "’" }
        return isName ? words("mail_greeting", name) : words("mail_greeting_plain")
    }

    /// What the gaps of an order's sentences stand for: its number, its total, what is left to pay, until when, and the
    /// amount that the notice is about.
    private func values(of order: Order, _ notice: Notice) -> [String] {
        let about: Money
        switch notice.kind {
        case .refunded: about = Money(decimal: notice.detail, order.total.currency) ?? order.returned
        case .paidTwice, .overpaid:
            let excess = order.received.minor - order.applied.minor - order.returned.minor
            about = Money(minor: max(0, excess), order.total.currency)
        case .held: about = order.received - order.returned
        case .placed, .paid, .notPaid, .partPaid, .expired, .cancelled, .alert, .mismatch, .trial: about = order.applied
        }
        let until = order.expiresAt.eastAfrica
        return [
            order.number.text, order.total.description, order.standing.remainder.description,
            "\(until.clock) (\(until.date))", about.description,
        ]
    }

    private func toOwner(_ notice: Notice) -> NoticeText {
        let words = self.words[notice.language]
        let lines = notice.detail.split(separator: "\n").map(String.init)
        let name = lines.first ?? ""
        let says: String
        let link: String
        switch notice.kind {
        case .mismatch:
            says = words("mail_mismatch", name)
            link = configuration.deskURL + "/admin/reconcile"
        case .trial:
            says = words("mail_trial")
            link = configuration.deskURL + "/admin"
        case .placed, .paid, .notPaid, .partPaid, .paidTwice, .overpaid, .held, .refunded, .expired, .cancelled, .alert:
            says = alertText(name, words)
            link = configuration.deskURL + "/admin"
        }
        let context: Context = [
            "t": words.all, "says": says, "lines": lines.dropFirst().map { ["line": $0] as Context },
            "link_label": words("mail_owner_link"), "link": link,
        ]
        return NoticeText(
            subject: words("mail_\(notice.kind.rawValue)_subject", shop.name, says), says: says,
            text: library.render(context, withTemplate: Template.ownerLetter.rawValue) ?? "",
            short: ShortText(shop: shop.name, sentence: says, link: link))
    }

    /// - Parameter name: `kind subject`, as ``AlertRules/name(_:_:)`` writes it.
    private func alertText(_ name: String, _ words: WordBook.Words) -> String {
        let parts = name.split(separator: " ", maxSplits: 1).map(String.init)
        return words("alert_\(parts.first ?? "")", subject(parts.count > 1 ? parts[1] : "", words))
    }

    /// What an alert says, in one sentence.
    func alertText(_ alert: Alert, _ words: WordBook.Words) -> String {
        words("alert_\(alert.kind.rawValue)", subject(alert.subject, words))
    }

    private func subject(_ name: String, _ words: WordBook.Words) -> String {
        if let channel = Notice.Channel(rawValue: name) { return words("notice_channel_\(channel.rawValue)") }
        return shop.wayName(name)
    }
}
