import Commerce
import Database
import Logging
import PaymentKit
import Storage

/// What became of something that was handed to a server.
package enum Delivery: Sendable, Hashable {
    /// The server has taken it, under its own name for it if it gives one.
    case accepted(id: String?)
    /// Refused for good; why, in our own words.
    case refused(String)
    /// Certainly not taken, and it may be tried again: why.
    case notNow(String)
    /// It may have been taken; nobody can say.
    case unclear(String)
}

/// All that the text of a notice is made from.
package struct NoticeFacts: Sendable {
    package let notice: Notice
    /// Nil for what is about the shop as a whole.
    package let order: Order?
    package let customer: String?
    /// The secret in the address of the order's page; nil when the order has none that is known.
    package let pageToken: String?
    /// Whether an alert is over already.
    var isOver = false

    package init(notice: Notice, order: Order?, customer: String?, pageToken: String?) {
        self.notice = notice
        self.order = order
        self.customer = customer
        self.pageToken = pageToken
    }

    /// Whether what it tells still holds.
    func isTrue(at now: Timestamp) -> Bool { order.map { notice.kind.fits($0, at: now) } ?? !isOver }
}

/// The words of a notice. `short` is for an SMS.
package struct NoticeText: Sendable {
    package let subject, text: String
    package let short: ShortText
    package init(subject: String, text: String, short: ShortText) {
        self.subject = subject
        self.text = text
        self.short = short
    }
}

/// Sends what the shop has to tell, once each, and watches for what the owner should hear of.
///
/// A notice is claimed in a commit of its own before the first word to a server. Whoever stops after that leaves it
/// claimed, and as it may have been sent it is then unclear and not sent again: a person can.
package struct PostOffice: Sendable {
    /// Who carries what.
    package struct Ways: Sendable {
        /// Where letters come from; nil without letters.
        package var from: MailAddress?
        /// Carries a letter; nil without letters.
        package var letters: (@Sendable (Letter) async -> Delivery)?
        /// Carries an SMS; nil without SMS.
        package var sms: (@Sendable (ShortText, PhoneNumber) async -> Delivery)?
        package init() {}
    }

    let shop: Shop
    let ways: Ways
    let compose: @Sendable (NoticeFacts) -> NoticeText
    let rules: AlertRules

    package init(
        shop: Shop, ways: Ways, rules: AlertRules = AlertRules(),
        compose: @escaping @Sendable (NoticeFacts) -> NoticeText
    ) {
        self.shop = shop
        self.ways = ways
        self.rules = rules
        self.compose = compose
    }

    /// Seconds after which a claimed notice is given up: more than any server is waited for.
    package static let claimSeconds = 180
    /// Seconds for which notices that ended are kept.
    private static let keepSeconds = 180 * 86_400

    /// Works until the task is cancelled. Any number of nodes may run this at once.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await again(after: .seconds(30)) {
                    try await open()
                    try await watch()
                    return 0
                }
            }
            // Each for itself: a mail server that is slow must not keep SMS waiting.
            for channel in Notice.Channel.allCases {
                group.addTask { await again(after: .seconds(1)) { try await deliverDue(by: channel) } }
            }
        }
    }

    /// Does something until the task is cancelled, with a pause whenever it did nothing.
    private func again(after pause: Duration, _ work: () async throws -> Int) async {
        while !Task.isCancelled {
            do {
                if try await work() > 0 { continue }
            } catch {
                shop.log.error("Notices could not be sent", metadata: ["error": "\(Shop.summary(of: error))"])
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// Says in the database by which channels this program reaches whom: before anybody writes notices.
    package func open() async throws {
        var channels = NoticeChannels()
        if ways.letters != nil, ways.from != nil {
            channels.customer.insert(.letter)
            if shop.rules.voice.ownerEmail != nil { channels.owner.insert(.letter) }
        }
        if ways.sms != nil {
            channels.customer.insert(.sms)
            if shop.rules.voice.ownerPhone != nil { channels.owner.insert(.sms) }
        }
        let words = channels.stored
        guard try await shop.database.read({ try $0.noticeChannels() }) != words else { return }
        try await shop.database.transaction { try $0.setNoticeChannels(words) }
    }

    /// Gives up what was left behind, judges the figures, and forgets what is old.
    package func watch() async throws {
        let now = shop.now()
        let count = try await shop.database.transaction { transaction in
            try transaction.forgetNotices(endedBefore: now.adding(seconds: -Self.keepSeconds))
            return try transaction.giveUpNotices(
                claimedBefore: now.adding(seconds: -Self.claimSeconds), at: now)
        }
        if count > 0 {
            shop.log.warning("Notices may have been sent and are not sent again", metadata: ["notices": "\(count)"])
        }
        try await shop.watchAlerts(rules)
    }

    /// Sends what is due now, one after the other on each channel.
    ///
    /// - Returns: How many were settled or put off.
    @discardableResult
    package func deliverDue() async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for channel in Notice.Channel.allCases {
                group.addTask { try await deliverDue(by: channel) }
            }
            return try await group.reduce(0, +)
        }
    }

    private func deliverDue(by channel: Notice.Channel) async throws -> Int {
        let now = shop.now()
        let due = try await shop.database.read { try $0.dueNotices(channel, atMost: 20, at: now) }
        var count = 0
        for notice in due where !Task.isCancelled {
            // Unstructured, so that a stop does not cut off a letter whose answer is on its way.
            try await Task { try await deliver(notice) }.value
            count += 1
        }
        return count
    }

    private func deliver(_ notice: Notice) async throws {
        let parcel: Parcel
        do {
            guard let ready = try await prepare(notice) else { return }
            parcel = ready
        } catch {
            guard !Shop.isInnocent(error) else { throw error }
            // One that does not read must not keep the others waiting.
            shop.log.error("A notice does not read", metadata: ["error": "\(Shop.summary(of: error))"])
            return try await put(notice, .failed, reason: "its data cannot be read")
        }
        guard let claimed = try await claim(notice) else { return }
        let delivery = await carry(parcel)
        for _ in 0..<60 {
            do { return try await settle(claimed, delivery) } catch {
                // With the database away, what the server said must not be forgotten at once.
                guard Shop.isInnocent(error) else { throw error }
                try await Task.sleep(for: .seconds(1))
            }
        }
        try await settle(claimed, delivery)
    }

    // MARK: The steps

    /// Something ready to be handed over.
    enum Parcel: Sendable {
        case letter(Letter)
        case sms(ShortText, PhoneNumber)
    }

    /// Makes everything ready before anything is claimed; nil when there is nothing to send now.
    func prepare(_ notice: Notice) async throws -> Parcel? {
        let now = shop.now()
        if let end = shop.rules.voice.quietHours?.end(at: now), !notice.mayDisturb(at: now) {
            try await put(notice, .waiting, due: end, reason: nil)
            return nil
        }
        let (facts, recipient) = try await shop.facts(for: notice)
        guard facts.isTrue(at: now) else {
            try await put(notice, .overtaken)
            return nil
        }
        let text = compose(facts)
        // A customer's address that was forgotten meanwhile is nobody's, and least of all the owner's.
        let isForOwner = notice.kind.isForOwner
        switch (notice.channel, recipient) {
        case (.letter, let recipient):
            let address: MailAddress? =
                switch recipient {
                case .owner: isForOwner ? shop.rules.voice.ownerEmail : nil
                case .customer(let text): MailAddress(text)
                }
            guard ways.letters != nil, let from = ways.from else { break }
            guard let address else {
                try await put(notice, .failed, reason: "the address cannot be written to")
                return nil
            }
            return .letter(
                Letter(
                    from: from, sender: shop.name, to: address, subject: text.subject, text: text.text,
                    language: notice.language, id: notice.id.text, writtenAt: notice.writtenAt))
        case (.sms, let recipient):
            let phone: PhoneNumber? =
                switch recipient {
                case .owner: isForOwner ? shop.rules.voice.ownerPhone : nil
                case .customer(let digits): Self.phone(digits)
                }
            guard ways.sms != nil else { break }
            guard let phone else {
                try await put(notice, .failed, reason: "the number cannot be written to")
                return nil
            }
            return .sms(text.short, phone)
        }
        try await put(notice, .failed, reason: "no way is set up for it any more")
        return nil
    }

    /// Commits that it may be on its way; nil when somebody else has it.
    func claim(_ notice: Notice) async throws -> Notice? {
        let now = shop.now()
        return try await shop.database.transaction { try $0.claim(notice, at: now) }
    }

    func carry(_ parcel: Parcel) async -> Delivery {
        switch parcel {
        case .letter(let letter): await ways.letters?(letter) ?? .notNow("letters are not set up")
        case .sms(let text, let phone): await ways.sms?(text, phone) ?? .notNow("SMS are not set up")
        }
    }

    /// Writes down what became of it.
    func settle(_ notice: Notice, _ delivery: Delivery) async throws {
        let now = shop.now()
        switch delivery {
        case .accepted(let id): try await put(notice, .sent, carrierID: id)
        case .refused(let why): try await put(notice, .failed, reason: why)
        case .unclear(let why): try await put(notice, .unclear, reason: why)
        case .notNow(let why):
            guard let next = notice.nextTry(after: now) else {
                return try await put(notice, .failed, reason: "tried for a day: \(why)")
            }
            try await put(notice, .waiting, due: next, reason: why)
        }
    }

    private func put(
        _ notice: Notice, _ state: Notice.State, due: Timestamp? = nil, reason: String? = nil, carrierID: String? = nil
    ) async throws {
        let now = shop.now()
        try await shop.database.transaction {
            try $0.settle(notice, as: state, due: due, reason: reason, carrierID: carrierID, at: now)
        }
        switch state {
        case .failed, .unclear:
            shop.log.warning(
                "A notice was not sent",
                metadata: [
                    "notice": "\(notice.id)", "kind": "\(notice.kind.rawValue)",
                    "channel": "\(notice.channel.rawValue)",
                    "state": "\(state.rawValue)", "why": "\(reason ?? "-")",
                ])
        case .waiting, .sending, .sent, .overtaken: break
        }
    }

    private static func phone(_ digits: String) -> PhoneNumber? {
        do { return try PhoneNumber(digits) } catch { return nil }
    }
}

extension Shop {
    /// What a notice is about, as it stands now, and to whom it goes.
    func facts(for notice: Notice) async throws -> (NoticeFacts, NoticeRecipient) {
        try await database.read(snapshot: true) { [self] reading in
            let order = try notice.order.flatMap { try reading.order($0) }
            var facts = NoticeFacts(
                notice: notice, order: order,
                customer: try order.flatMap { try reading.contact(of: $0.id, vault)?.name },
                pageToken: try order.flatMap { try pageToken(of: $0.id, reading) })
            if notice.kind == .alert {
                let name = notice.detail.split(separator: "\n").first.map(String.init)
                facts.isOver = try !reading.openAlerts().contains { AlertRules.name($0.kind, $0.subject) == name }
            }
            guard let recipient = try reading.recipient(of: notice.id, vault) else { throw StaleWrite() }
            return (facts, recipient)
        }
    }

    /// The secret in the address of an order's page. It is stored nowhere: the form that placed the order gives it
    /// again, with the key that was in use then.
    func pageToken(of order: ID<Order>, _ reading: some SQLReading) throws -> String? {
        guard let pageKey = try reading.pageKey(of: order) else { return nil }
        return tokens.pageToken(of: try reading.forms(of: order), withKey: pageKey)
    }
}

extension AddressTokens {
    /// The page secret of the form whose hash is `pageKey`; nil when none of the forms made that page.
    func pageToken(of forms: [[UInt8]], withKey pageKey: [UInt8]) -> String? {
        for form in forms {
            for token in pageTokens(form: form) where Self.pageKey(token) == pageKey { return token }
        }
        return nil
    }
}
