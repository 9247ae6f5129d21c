import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// Everything that happened around an order, in one line of time: the order itself, its prompts, what the provider
/// sent and was asked, money, letters and SMS, and what staff did; each with who, what, and the evidence.
extension Site {
    /// One thing that happened.
    private struct Moment {
        /// What it is about, as a mark beside it.
        enum Topic: String { case order, prompt, message, question, money, told, staff }
        var at: Timestamp
        var topic: Topic
        /// Words of a language file, or somebody's name.
        var who: String
        var text: String
        var evidence: [String] = []
        var isBad = false
        /// What somebody wrote in English, such as a server's reason.
        var foreign: String?
    }

    /// Things of each kind on one page, at most; the rest is on pages of their own.
    private static let momentsOfAKind = 200

    func timeline(_ file: OrderFile, _ visit: StaffVisit) async throws -> [Context] {
        let words = visit.words
        let number = file.order.number
        var moments = history(file, visit)
        moments += try await shop.messages(about: number, atMost: Self.momentsOfAKind).map { message in
            Moment(
                at: message.receivedAt, topic: .message, who: providerName(message.provider),
                text: words("staff_time_message", message.route),
                evidence: [
                    words("staff_verdict_\(message.verdict.rawValue)"),
                    words(message.isListed ? "staff_source_listed" : "staff_source_other"),
                ], isBad: message.verdict == .parked)
        }
        moments += try await shop.questions(of: number, atMost: Self.momentsOfAKind).map { question in
            Moment(
                at: question.askedAt, topic: .question, who: words("staff_who_shop"),
                text: words("staff_time_question", question.ticket.value),
                evidence: [Self.words(of: question.answer, words)])
        }
        moments += file.payments.flatMap { evidence($0, file, visit) }
        moments += try await told(number, words)
        if visit.may(.seeAudit) { moments += try await deeds(number, words) }
        // What happened at the same moment stays in the order of the lists above.
        let sorted = moments.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        return sorted.map { _, moment -> Context in
            var row: Context = [
                "time_at": Self.timeWithSeconds(moment.at, at: shop.now()), "time_who": moment.who,
                "time_text": moment.text, "time_topic": words("staff_topic_\(moment.topic.rawValue)"),
                "time_code": moment.topic.rawValue, "time_bad": moment.isBad,
            ]
            let evidence = moment.evidence.filter { !$0.isEmpty }.joined(separator: " · ")
            if !evidence.isEmpty { row["time_evidence"] = evidence }
            if let foreign = moment.foreign { row["time_foreign"] = foreign }
            return row
        }
    }

    /// The order's own history.
    private func history(_ file: OrderFile, _ visit: StaffVisit) -> [Moment] {
        let words = visit.words
        let attempts = Dictionary(file.attempts.map { ($0.ticket, $0) }, uniquingKeysWith: { first, _ in first })
        return file.history.map { stored in
            let event = stored.event
            let attempt = event.ticket.flatMap { attempts[$0] }
            var moment = Moment(
                at: stored.at, topic: event.isAboutMoney ? .money : event.ticket == nil ? .order : .prompt, who: "",
                text: event.sentence(in: words.language))
            switch event.actor {
            case .customer: moment.who = words("staff_customer")
            case .provider: moment.who = attempt.map { providerName($0.instance) } ?? words("staff_who_provider")
            case .shop: moment.who = refundsPerson(event, file) ?? words("staff_who_shop")
            case .staff(let name):
                moment.who = name
                moment.topic = .staff
            }
            if let ticket = event.ticket { moment.evidence.append(ticket.value) }
            if event.kind == "attempt_started", let attempt {
                moment.evidence.append(Masked.phone(attempt.phone, inFull: visit.may(.seePeople)))
            }
            if ["failed", "cancelled", "expired"].contains(event.kind), let decline = attempt?.state.decline {
                moment.foreign = "\(decline.code) \(decline.detail)"
            }
            return moment
        }
    }

    /// Who asked for a refund or let it go: the history tells the amount only.
    private func refundsPerson(_ event: OrderEvent, _ file: OrderFile) -> String? {
        guard let refund = file.refunds.first(where: { $0.ticket == event.ticket }) else { return nil }
        return switch event.kind {
        case "refund_requested": refund.requestedBy
        case "refund_approved": refund.approvedBy
        default: nil
        }
    }

    /// Each road by which a payment was reported.
    private func evidence(_ payment: OrderFile.Payment, _ file: OrderFile, _ visit: StaffVisit) -> [Moment] {
        let words = visit.words
        let capture = payment.capture
        let payer = Masked.payer(payment.payer, inFull: visit.may(.seePeople), in: words.language)
        return payment.evidence.map { evidence in
            Moment(
                at: evidence.at, topic: .money, who: providerName(capture.instance),
                text: words(
                    "staff_time_evidence", capture.amount.description, capture.receipt ?? words("staff_receipt_owed")),
                evidence: [
                    words("staff_road_\(evidence.road.rawValue)"), words("staff_level_\(evidence.level.rawValue)"),
                    payer,
                ])
        }
    }

    /// Letters and SMS to the customer.
    private func told(_ number: OrderNumber, _ words: WordBook.Words) async throws -> [Moment] {
        try await shop.noticeLog(about: number, atMost: Self.momentsOfAKind).map { view in
            let notice = view.notice
            return Moment(
                at: notice.endedAt ?? notice.writtenAt, topic: .told, who: words("staff_who_shop"),
                text: words(
                    "staff_time_told", words("notice_kind_\(notice.kind.rawValue)"),
                    words("notice_channel_\(notice.channel.rawValue)"), view.recipient ?? words("staff_notice_owner")),
                evidence: [
                    words("notice_state_\(notice.state.rawValue)"), words("staff_notice_tries", "\(notice.tries)"),
                ],
                isBad: notice.state == .failed || notice.state == .unclear, foreign: notice.reason)
        }
    }

    /// What staff did and the order's history does not tell: what was refused, what was not ended, and what changed
    /// nothing.
    private func deeds(_ number: OrderNumber, _ words: WordBook.Words) async throws -> [Moment] {
        let trail = try await shop.auditTrail(about: number.text, atMost: Self.momentsOfAKind)
        var ended: [String: Int] = [:]
        var moments: [Moment] = []
        // The newest first, so that an end is seen before its beginning.
        for stored in trail {
            let entry = stored.entry
            let key = "\(entry.staff) \(entry.deed)"
            switch entry.ending {
            case .done?: ended[key, default: 0] += 1
            case .refused?, .unknown?:
                ended[key, default: 0] += 1
                moments.append(deed(stored, words))
            case nil:
                if let count = ended[key], count > 0 {
                    ended[key] = count - 1
                } else {
                    moments.append(deed(stored, words))
                }
            }
        }
        return moments.reversed()
    }

    private func deed(_ stored: StoredAuditEntry, _ words: WordBook.Words) -> Moment {
        Moment(
            at: stored.at, topic: .staff, who: stored.entry.staff, text: stored.entry.actionWords(in: words.language),
            evidence: [stored.entry.detail], isBad: stored.entry.ending == .unknown)
    }

    private func providerName(_ instance: String) -> String {
        shop.wayName(instance)
    }

    private static func words(of answer: Question.Answer, _ words: WordBook.Words) -> String {
        switch answer {
        case .done: words("staff_answer_done")
        case .pending: words("staff_answer_pending")
        case .notFound: words("staff_answer_not_found")
        case .unclear: words("staff_answer_unclear")
        case .declined(let code): words("staff_answer_declined", code)
        case .unsure: words("staff_answer_unsure")
        case .none: words("staff_answer_none")
        }
    }

    /// A moment to the second: what follows quickly must show its order.
    private static func timeWithSeconds(_ moment: Timestamp, at now: Timestamp) -> String {
        let local = moment.eastAfrica
        return local.date == now.eastAfrica.date ? local.clockWithSeconds : "\(local.date) \(local.clockWithSeconds)"
    }
}
