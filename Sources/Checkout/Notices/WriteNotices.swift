import Commerce
import Cryptography
import Database
import PaymentKit
import Storage

/// By which channels the running program reaches customers and the owner. Stored, so that every command and node that
/// changes an order writes the same notices.
package struct NoticeChannels: Sendable, Hashable {
    package var customer: Set<Notice.Channel>
    package var owner: Set<Notice.Channel>

    package init(customer: Set<Notice.Channel> = [], owner: Set<Notice.Channel> = []) {
        self.customer = customer
        self.owner = owner
    }

    init(stored words: Set<String>) {
        customer = Set(Notice.Channel.allCases.filter { words.contains("customer-\($0.rawValue)") })
        owner = Set(Notice.Channel.allCases.filter { words.contains("owner-\($0.rawValue)") })
    }

    var stored: Set<String> {
        Set(customer.map { "customer-\($0.rawValue)" } + owner.map { "owner-\($0.rawValue)" })
    }
}

extension SQLBooks {
    /// Writes what the customer is told of a change, in the transaction of the change: told once, or never changed.
    func tell(_ order: Order, _ events: [OrderEvent]) throws {
        let tellings = Telling.about(order, events, at: now)
        guard !tellings.isEmpty else { return }
        let channels = NoticeChannels(stored: try transaction.noticeChannels()).customer
        guard !channels.isEmpty else { return }
        let untold = ShopVoice.untold(try transaction.shopSetting(OwnerSetting.untold.rawValue) ?? "")
        for telling in tellings {
            let wanted = channels.filter { !untold.contains(.init(telling.kind, $0)) }
            _ = try write(telling, of: order, wanted)
        }
    }

    /// Writes a notice for each channel on which the customer can be reached.
    ///
    /// - Returns: How many are new.
    func write(_ telling: Telling, of order: Order, _ channels: Set<Notice.Channel>) throws -> Int {
        guard let contact = try transaction.contact(of: order.id, vault) else { return 0 }
        var count = 0
        for channel in Notice.Channel.allCases where channels.contains(channel) {
            let address: String? =
                switch channel {
                case .letter: contact.email
                case .sms: contact.phone?.digits
                }
            guard let address else { continue }
            let isWanted = !telling.kind.isUnproven || telling.occurrence.hasPrefix(Self.again)
            if !isWanted, try isTooMuch(for: address) { continue }
            let notice = Notice(
                id: ID(at: now), order: order.id, kind: telling.kind, occurrence: telling.occurrence, channel: channel,
                language: order.language, detail: telling.detail, writtenAt: now, dueAt: now)
            let isNew = try transaction.write(notice, about: order.id.text, to: .customer(address), vault)
            if isNew { count += 1 }
        }
        return count
    }

    /// Counts one more message that may be unwanted.
    private func isTooMuch(for address: String) throws -> Bool {
        let name = Hex.encode(Array(vault.payerKey(form: "told \(address.lowercased())").prefix(16)))
        return try transaction.count("told \(name)", Self.unproven, at: now) != nil
    }

    /// Messages about unpaid orders to one address: anybody may type somebody else's into a form.
    private static let unproven = [RateLimit(count: 12, seconds: 86_400)]
    /// How the occurrence of what staff tell again begins.
    static let again = Notice.againPrefix

    /// Writes a notice for the owner on each channel that reaches them and that they want it by.
    func tellOwner(
        _ kind: Notice.Kind, about subject: String, _ occurrence: String, _ detail: String, in voice: ShopVoice
    ) throws {
        let channels = NoticeChannels(stored: try transaction.noticeChannels()).owner
        for channel in channels.sorted(by: Self.lettersFirst) where !voice.untold.contains(.init(kind, channel)) {
            let notice = Notice(
                id: ID(at: now), order: nil, kind: kind, occurrence: String(occurrence.prefix(80)), channel: channel,
                language: voice.ownerLanguage, detail: String(detail.prefix(2_000)), writtenAt: now, dueAt: now)
            _ = try transaction.write(notice, about: String(subject.prefix(80)), to: .owner, vault)
        }
    }

    private static func lettersFirst(_ one: Notice.Channel, _ other: Notice.Channel) -> Bool {
        one.rawValue < other.rawValue
    }
}

/// Why nothing was sent again. Nothing was changed.
package enum ResendRefusal: Error, Sendable, Hashable {
    case noSuchOrder, personMissing
    /// Names are kept in clear, so they may not hold people's numbers.
    case nameHoldsPhone
    /// It would not be true of the order as it stands.
    case notTrueNow(Notice.Kind)
    /// No letters and no SMS are set up, or the customer has no address for them.
    case noWay
    case noSuchMessage
    /// It is on its way, or it arrived: only what did not get away is sent again.
    case notLost
}

extension Shop {
    /// Tells a customer again how the order stands: an explicit act of somebody of the shop, so it is a new notice.
    ///
    /// - Parameter kind: What to tell; nil for what fits the order now.
    /// - Returns: What is told, and by how many messages.
    package func resendNotice(
        _ number: OrderNumber, _ kind: Notice.Kind?, by person: String
    ) async throws -> (kind: Notice.Kind, count: Int) {
        guard !person.isEmpty else { throw ResendRefusal.personMissing }
        guard !person.holdsPhone else { throw ResendRefusal.nameHoldsPhone }
        let now = now()
        return try await database.transaction { [vault] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            guard let id = try books.order(number: number), let order = try books.order(id) else {
                throw ResendRefusal.noSuchOrder
            }
            let kind = kind ?? .current(of: order, at: now)
            guard !kind.isForOwner, kind.fits(order, at: now) else { throw ResendRefusal.notTrueNow(kind) }
            let channels = NoticeChannels(stored: try transaction.noticeChannels()).customer
            let again = try transaction.notices(of: id).count { $0.occurrence.hasPrefix(SQLBooks.again) } + 1
            var detail = ""
            if kind == .refunded {
                let done = try books.refunds(of: id).filter { $0.state == .succeeded }
                detail = done.last?.amount.decimalText ?? order.returned.decimalText
            }
            // The order first: two people who press at the same moment write one after the other.
            try books.save(order, events: [OrderEvent("told_again_by", nil, "\(person): \(kind.rawValue)")])
            let count = try books.write(Telling(kind, "\(SQLBooks.again)\(again)", detail), of: order, channels)
            guard count > 0 else { throw ResendRefusal.noWay }
            return (kind, count)
        }
    }

    /// What an order's customer was told, the first one first; nil when there is no such order.
    package func notices(of number: OrderNumber) async throws -> [Notice]? {
        try await database.read { reading in
            guard let id = try reading.order(number: number) else { return nil }
            return try reading.notices(of: id)
        }
    }

    /// Whether customers can be told anything by letter or SMS.
    package func reachesCustomers() async throws -> Bool {
        try await database.read { !NoticeChannels(stored: try $0.noticeChannels()).customer.isEmpty }
    }
}
