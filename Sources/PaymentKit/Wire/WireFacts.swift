// How facts look on the wire to a plugin in another process: an object whose first word names the case. Unknown words
// are errors: a shop that guesses what a plugin meant would guess about money.

import FoundationEssentials

extension Fact: Codable {
    private enum Kind: String, Codable, CaseIterable {
        case pending, authorized, paid, returned, sent, balance, declined, unclear, notFound, needsReview
    }
    private enum Key: String, CodingKey {
        case fact, amount, until, receipt, kind, accounts, decline, code, detail, why
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        func amount() throws -> Money { try WireLimits.moved(box, .amount) }
        func receipt() throws -> Receipt? {
            box.contains(.receipt) ? try WireLimits.receipt(box, .receipt) : nil
        }
        switch try WireLimits.word(Kind.self, box, .fact) {
        case .pending: self = .pending
        case .authorized: self = .authorized(try amount(), until: try box.decodeIfPresent(Date.self, forKey: .until))
        case .paid: self = .paid(try amount(), receipt: try receipt())
        case .returned:
            self = .returned(try amount(), receipt: try receipt(), try box.decode(ReturnKind.self, forKey: .kind))
        case .sent: self = .sent(try amount(), receipt: try receipt())
        case .balance:
            let accounts = try box.decode([AccountBalance].self, forKey: .accounts)
            let isSound = accounts.allSatisfy { account in
                WireLimits.isWord(account.name, atMost: 60) && WireLimits.isCountable(account.current)
                    && WireLimits.isCountable(account.available)
            }
            try WireLimits.require(accounts.count <= 20 && isSound, box, .accounts, "at most 20 accounts with names")
            self = .balance(accounts)
        case .declined:
            let decline = try box.decode(Decline.self, forKey: .decline)
            let isSound =
                decline.code.utf8.count <= 60 && decline.detail.utf8.count <= 500 && decline.words.count <= 4
                && decline.words.allSatisfy { $0.key.utf8.count == 2 && $0.value.utf8.count <= 300 }
                && (0...86_400).contains(decline.waitSeconds)
            try WireLimits.require(
                isSound, box, .decline,
                "a code of at most 60 bytes, a detail of 500, words of 300 in 4 languages, and a wait of a day")
            self = .declined(decline)
        case .unclear:
            self = .unclear(
                code: try WireLimits.text(box, .code, atMost: 60),
                detail: try WireLimits.text(box, .detail, atMost: 500, default: ""))
        case .notFound: self = .notFound
        case .needsReview: self = .needsReview(try WireLimits.text(box, .why, atMost: 500))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        func put(_ kind: Kind) throws { try box.encode(kind, forKey: .fact) }
        func put(_ amount: Money, _ receipt: Receipt?) throws {
            try box.encode(amount, forKey: .amount)
            try box.encodeIfPresent(receipt, forKey: .receipt)
        }
        switch self {
        case .pending: try put(.pending)
        case .authorized(let amount, let until):
            try put(.authorized)
            try put(amount, nil)
            try box.encodeIfPresent(until, forKey: .until)
        case .paid(let amount, let receipt):
            try put(.paid)
            try put(amount, receipt)
        case .returned(let amount, let receipt, let kind):
            try put(.returned)
            try put(amount, receipt)
            try box.encode(kind, forKey: .kind)
        case .sent(let amount, let receipt):
            try put(.sent)
            try put(amount, receipt)
        case .balance(let accounts):
            try put(.balance)
            try box.encode(accounts, forKey: .accounts)
        case .declined(let decline):
            try put(.declined)
            try box.encode(decline, forKey: .decline)
        case .unclear(let code, let detail):
            try put(.unclear)
            try box.encode(code, forKey: .code)
            try box.encode(detail, forKey: .detail)
        case .notFound: try put(.notFound)
        case .needsReview(let why):
            try put(.needsReview)
            try box.encode(why, forKey: .why)
        }
    }
}

extension Decline {
    private enum Key: String, CodingKey { case reason, retry, waitSeconds, code, detail, words }

    /// A plugin in another process may leave out what is empty.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            try WireLimits.word(Reason.self, box, .reason), retry: try box.decode(Retry.self, forKey: .retry),
            waitSeconds: try box.decode(.waitSeconds, default: 0), code: try box.decode(.code, default: ""),
            detail: try box.decode(.detail, default: ""), words: try box.decode(.words, default: [:]))
    }
}

extension Outcome: Codable {
    private enum Key: String, CodingKey { case fact, references, charge }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let references = try box.decodeIfPresent([Reference].self, forKey: .references) ?? []
        try WireLimits.require(references.count <= 16, box, .references, "at most 16 references")
        for reference in references {
            try WireLimits.require(
                WireLimits.isWord(reference.name, atMost: 60) && WireLimits.isWord(reference.value, atMost: 200), box,
                .references, "names of 1 to 60 characters and values of 1 to 200, without control characters")
        }
        self.init(
            try box.decode(Fact.self, forKey: .fact), references: references,
            charge: box.contains(.charge) ? try WireLimits.moved(box, .charge) : nil)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(fact, forKey: .fact)
        try box.encode(references, forKey: .references)
        try box.encodeIfPresent(charge, forKey: .charge)
    }
}

extension PaymentEvent: Codable {
    private enum Key: String, CodingKey { case key, about, matching, incoming, outcome }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let key = try WireLimits.text(box, .key, atMost: 300)
        try WireLimits.require(!key.isEmpty, box, .key, "a key built from the provider's own identifiers")
        let outcome = try box.decode(Outcome.self, forKey: .outcome)
        let subject: Subject
        if let ticket = try box.decodeIfPresent(String.self, forKey: .about) {
            subject = .about(Ticket(ticket))
        } else if let reference = try box.decodeIfPresent(Reference.self, forKey: .matching) {
            subject = .matching(reference)
        } else {
            subject = .incoming(account: try WireLimits.text(box, .incoming, atMost: 200))
        }
        self.init(EventKey(key), subject, outcome.fact, references: outcome.references, charge: outcome.charge)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(key.value, forKey: .key)
        switch subject {
        case .about(let ticket): try box.encode(ticket.value, forKey: .about)
        case .matching(let reference): try box.encode(reference, forKey: .matching)
        case .incoming(let account): try box.encode(account, forKey: .incoming)
        }
        try box.encode(outcome, forKey: .outcome)
    }
}

extension CustomerStep: Codable {
    private enum Kind: String, Codable, CaseIterable { case nothing, phonePrompt, redirect }
    private enum Key: String, CodingKey { case step, to, seconds, address }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        switch try WireLimits.word(Kind.self, box, .step) {
        case .nothing: self = .nothing
        case .phonePrompt:
            let seconds = try box.decode(Int.self, forKey: .seconds)
            try WireLimits.require((1...3_600).contains(seconds), box, .seconds, "1 to 3600")
            self = .phonePrompt(to: try box.decode(PhoneNumber.self, forKey: .to), seconds: seconds)
        case .redirect:
            let text = try WireLimits.text(box, .address, atMost: HostedPage.addressBytes)
            guard let address = URL(string: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .address, in: box, debugDescription: "expected an https address")
            }
            self = .redirect(address)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        switch self {
        case .nothing: try box.encode(Kind.nothing, forKey: .step)
        case .phonePrompt(let phone, let seconds):
            try box.encode(Kind.phonePrompt, forKey: .step)
            try box.encode(phone, forKey: .to)
            try box.encode(seconds, forKey: .seconds)
        case .redirect(let address):
            try box.encode(Kind.redirect, forKey: .step)
            try box.encode(address.absoluteString, forKey: .address)
        }
    }
}

extension PhoneNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { try self.init(text) } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not a Kenyan mobile number"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(digits)
    }
}

extension Started: Codable {
    private enum Key: String, CodingKey { case outcome, step }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let outcome = try box.decode(Outcome.self, forKey: .outcome)
        self.init(
            outcome.fact, step: try box.decodeIfPresent(CustomerStep.self, forKey: .step) ?? .nothing,
            references: outcome.references)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(outcome, forKey: .outcome)
        try box.encode(step, forKey: .step)
    }
}

extension StatementLine: Codable {
    private enum Way: String, Codable, CaseIterable { case incoming, outgoing, returned }
    private enum Key: String, CodingKey { case direction, of, receipt, amount, account, balance, chargeFor }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let direction: Direction =
            switch try WireLimits.word(Way.self, box, .direction) {
            case .incoming: .incoming
            case .outgoing: .outgoing
            case .returned: .returned(receipt: try box.decodeIfPresent(String.self, forKey: .of))
            }
        self.init(
            direction, try WireLimits.receipt(box, .receipt), try WireLimits.moved(box, .amount),
            account: try WireLimits.text(box, .account, atMost: 200, default: ""),
            balance: try box.decodeIfPresent(Money.self, forKey: .balance),
            chargeFor: box.contains(.chargeFor) ? try WireLimits.text(box, .chargeFor, atMost: 60) : nil)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        switch direction {
        case .incoming: try box.encode(Way.incoming, forKey: .direction)
        case .outgoing: try box.encode(Way.outgoing, forKey: .direction)
        case .returned(let receipt):
            try box.encode(Way.returned, forKey: .direction)
            try box.encodeIfPresent(receipt, forKey: .of)
        }
        try box.encode(receipt, forKey: .receipt)
        try box.encode(amount, forKey: .amount)
        try box.encode(account, forKey: .account)
        try box.encodeIfPresent(balance, forKey: .balance)
        try box.encodeIfPresent(chargeFor, forKey: .chargeFor)
    }
}
