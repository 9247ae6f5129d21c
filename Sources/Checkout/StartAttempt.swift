import Commerce
import Cryptography
import Database
import PaymentKit
import Storage

/// Where a request comes from, as far as limits are concerned.
package struct Caller: Sendable, Hashable {
    /// The kind of address, with the wider networks that share a limit.
    package enum Family: Sendable, Hashable { case ipv4, ipv6(by56: String, by48: String) }
    /// An IPv4 address, or an IPv6 address's /64.
    package var network: String
    package var family: Family
    package init(network: String, family: Family) {
        self.network = network
        self.family = family
    }
}

/// Why a payment cannot be started now. Nothing was stored and nothing was sent.
package enum StartRefusal: Error, Sendable, Hashable, Codable {
    /// Too many prompts; the earliest time for another.
    case tooMany(until: Timestamp)
    /// This order has had its prompts; the shop must help.
    case noAttemptsLeft
    /// An earlier prompt may still be alive.
    case stillOpen
    case notPayable
    case amountOutOfRange(minimum: Money?, maximum: Money?)
    /// Cents are left to pay, and this way to pay takes whole units only.
    case centsLeft
}

extension Shop {
    /// T1: within `transaction`, takes the order's live slot, counts the limits and stores the intent and its jobs.
    /// Nothing has left yet; the job runner sends it once this is committed.
    ///
    /// - Throws: ``StartRefusal``; the caller lets it pass, so that nothing is kept.
    func startAttempt(
        on order: Order, phone: PhoneNumber, fields: [String: String] = [:], provider: ProviderName,
        from caller: Caller, events: [OrderEvent] = [], in transaction: Transaction, at now: Timestamp
    ) throws {
        try Prompts.requireOpen(order, rules, at: now)
        // What is left of an order may be what the whole was not: too little, or with cents.
        if let manifest = self.provider(provider.name)?.abilities.manifest, !manifest.takes(order.due) {
            guard !manifest.wholeUnitsOnly || order.due.whole != nil else {
                throw StartRefusal.centsLeft
            }
            throw StartRefusal.amountOutOfRange(minimum: manifest.minimum, maximum: manifest.maximum)
        }
        try checkLimits(
            phone: phone, rings: asksPhone(provider.name), amount: order.due, from: caller,
            in: transaction, at: now)
        let books = SQLBooks(transaction: transaction, vault: vault, now: now)
        try Prompts.open(
            on: order, phone: phone, fields: fields, instance: provider.name, events: events, books, rules)
    }

    /// Stores an order whose customer pays without a prompt. It holds goods all the same, so the same limits count, but
    /// for those on ringing a phone: a prompt at the door may follow at once.
    ///
    /// - Throws: ``StartRefusal``.
    func awaitPaymentByHand(
        _ order: Order, phone: PhoneNumber, from caller: Caller, events: [OrderEvent], in transaction: Transaction,
        at now: Timestamp
    ) throws {
        try checkLimits(
            phone: phone, rings: false, amount: order.standing.remainder, from: caller, in: transaction, at: now)
        try SQLBooks(transaction: transaction, vault: vault, now: now).save(order, events: events)
    }

    /// The name of a configured provider, proved to exist.
    struct ProviderName {
        let name: String
        init?(_ name: String, of shop: Shop) {
            guard shop.provider(name) != nil else { return nil }
            self.name = name
        }
    }

    /// - Parameter rings: Whether the phone is disturbed; a page disturbs nobody, and only holds goods.
    private func checkLimits(
        phone: PhoneNumber, rings: Bool = true, amount: Money, from caller: Caller, in transaction: Transaction,
        at now: Timestamp
    ) throws {
        let index = vault.index(of: phone)
        let phoneName = Hex.encode(Array(index.prefix(16)))
        func require(_ name: String, _ limits: [RateLimit]) throws {
            if let until = try transaction.count(name, limits, at: now) { throw StartRefusal.tooMany(until: until) }
        }

        let unanswered = try transaction.unanswered(phone: index)
        if rings, unanswered.inARow >= 3, let last = unanswered.last, let longest = rules.unansweredRestSeconds.last {
            let rests = rules.unansweredRestSeconds
            let rest = unanswered.inARow - 3 < rests.count ? rests[unanswered.inARow - 3] : longest
            let until = last.adding(seconds: rest)
            if now < until { throw StartRefusal.tooMany(until: until) }
        }
        try require("phone \(phoneName)", rules.phone)
        if rings, try !payerJustAnswered(phone: index, amount: amount, in: transaction) {
            try require("phone+amount \(phoneName) \(amount.minor)", rules.phoneAndAmount)
        }
        let phonesPerAddress: [RateLimit]
        switch caller.family {
        case .ipv4:
            try require("ipv4 \(caller.network)", rules.ipv4)
            phonesPerAddress = rules.phonesPerIPv4
        case .ipv6(let by56, let by48):
            try require("ipv6/64 \(caller.network)", rules.ipv6By64)
            try require("ipv6/56 \(by56)", rules.ipv6By56)
            try require("ipv6/48 \(by48)", rules.ipv6By48)
            phonesPerAddress = rules.phonesPerIPv6By64
        }
        guard let window = phonesPerAddress.map(\.seconds).max() else { return }
        let seen = "seen \(caller.network) \(phoneName.prefix(20))"
        if try transaction.note(seen, until: now.adding(seconds: window), at: now) {
            try require("phones \(caller.network)", phonesPerAddress)
        }
    }

    /// Whether the last prompt for this phone and amount was answered by the payer: then a retry may go at once.
    private func payerJustAnswered(phone index: [UInt8], amount: Money, in transaction: Transaction) throws -> Bool {
        guard let last = try transaction.lastAttempt(phone: index, amount: amount, vault) else { return false }
        switch last.state.decline?.reason {
        case .cancelledByPayer?, .wrongPIN?, .insufficientFunds?: return true
        case .payerDidNotAnswer?, .payerUnreachable?, .payerBusy?, .limitExceeded?, .invalidAccount?, .notPermitted?,
            .suspectedFraud?, .expired?, .providerBusy?, .misconfigured?, .other?, nil:
            return false
        }
    }

    /// Nil when no provider of that name is configured.
    func providerName(_ name: String) -> ProviderName? { ProviderName(name, of: self) }
}
