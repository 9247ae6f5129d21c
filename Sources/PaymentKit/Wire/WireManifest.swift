import FoundationEssentials

// A manifest as a plugin in another process sends it: what is left out has the default that Swift's initialiser gives.

extension Manifest: Codable {
    private enum Key: String, CodingKey {
        case id, name, version, summary, interface, currencies, wholeUnitsOnly, minimum, maximum, settings, form, hosts
        case requestsPerSecond, notFoundGrace, routes, refunds, payoutForm, reconciling, page, network, offline
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            id: try WireLimits.text(box, .id, atMost: 100), name: try WireLimits.text(box, .name, atMost: 60),
            version: try WireLimits.text(box, .version, atMost: 40),
            summary: try WireLimits.text(box, .summary, atMost: 300),
            currencies: try box.decode([Currency].self, forKey: .currencies),
            network: box.contains(.network) ? try WireLimits.text(box, .network, atMost: 40) : nil,
            wholeUnitsOnly: try box.decode(.wholeUnitsOnly, default: false),
            minimum: try box.decodeIfPresent(Money.self, forKey: .minimum),
            maximum: try box.decodeIfPresent(Money.self, forKey: .maximum),
            settings: try box.decode(.settings, default: []), form: try box.decode(.form, default: []),
            hosts: try box.decode(.hosts, default: []),
            requestsPerSecond: try box.decodeIfPresent(Double.self, forKey: .requestsPerSecond),
            notFoundGrace: try box.decode(.notFoundGrace, default: 180), routes: try box.decode(.routes, default: []),
            refunds: try box.decode(.refunds, default: RefundTerms()),
            payoutForm: try box.decode(.payoutForm, default: []),
            reconciling: try box.decode(.reconciling, default: ReconcileTerms()),
            page: try box.decodeIfPresent(HostedPage.self, forKey: .page))
        interface = try box.decode(.interface, default: "1.0")
        offline = try box.decodeIfPresent(OfflineTerms.self, forKey: .offline)
        try WireLimits.require(
            settings.count <= 40 && form.count <= 20 && payoutForm.count <= 20, box, .settings, "fewer fields")
        try WireLimits.require(hosts.count <= 20, box, .hosts, "at most 20 hosts")
        try WireLimits.require(routes.count <= 20, box, .routes, "at most 20 routes")
        try WireLimits.require(
            (requestsPerSecond ?? 1) >= 0.01 && (requestsPerSecond ?? 1) <= 10_000, box, .requestsPerSecond,
            "0.01 to 10000")
        try WireLimits.require((0...604_800).contains(notFoundGrace), box, .notFoundGrace, "0 to 604800 seconds")
        try WireLimits.require(
            (60...604_800).contains(reconciling.every) && (0...31_622_400).contains(reconciling.reachesBack), box,
            .reconciling, "every 60 to 604800 seconds, reaching back at most a year")
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(id, forKey: .id)
        try box.encode(name, forKey: .name)
        try box.encode(version, forKey: .version)
        try box.encode(summary, forKey: .summary)
        try box.encode(interface, forKey: .interface)
        try box.encode(currencies, forKey: .currencies)
        try box.encode(wholeUnitsOnly, forKey: .wholeUnitsOnly)
        try box.encodeIfPresent(minimum, forKey: .minimum)
        try box.encodeIfPresent(maximum, forKey: .maximum)
        try box.encode(settings, forKey: .settings)
        try box.encode(form, forKey: .form)
        try box.encode(hosts, forKey: .hosts)
        try box.encodeIfPresent(requestsPerSecond, forKey: .requestsPerSecond)
        try box.encode(notFoundGrace, forKey: .notFoundGrace)
        try box.encode(routes, forKey: .routes)
        try box.encode(refunds, forKey: .refunds)
        try box.encode(payoutForm, forKey: .payoutForm)
        try box.encode(reconciling, forKey: .reconciling)
        try box.encodeIfPresent(page, forKey: .page)
        try box.encodeIfPresent(network, forKey: .network)
        try box.encodeIfPresent(offline, forKey: .offline)
    }
}

extension OfflineTerms: Codable {
    private enum Key: String, CodingKey { case names, holdFor, isAtHandOver }

    /// An hour to sixty days: no goods are kept for ever.
    package static let seconds: ClosedRange<Double> = 3_600...5_184_000

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            names: try box.decode(.names, default: [:]), holdFor: try box.decode(Double.self, forKey: .holdFor),
            isAtHandOver: try box.decode(Bool.self, forKey: .isAtHandOver))
        try WireLimits.require(
            names.count <= 10 && names.values.allSatisfy { WireLimits.isWord($0, atMost: 60) }, box, .names,
            "at most 10 names of 1 to 60 bytes")
        try WireLimits.require(Self.seconds.contains(holdFor), box, .holdFor, "3600 to 5184000 seconds")
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(names, forKey: .names)
        try box.encode(holdFor, forKey: .holdFor)
        try box.encode(isAtHandOver, forKey: .isAtHandOver)
    }
}

extension HostedPage: Codable {
    private enum Key: String, CodingKey { case hosts, openFor }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            hosts: try box.decode([String].self, forKey: .hosts),
            openFor: try box.decode(Double.self, forKey: .openFor))
        try WireLimits.require(
            hosts.count <= 10 && hosts.allSatisfy(Self.isHost), box, .hosts, "at most 10 bare names of hosts")
        try WireLimits.require(Self.seconds.contains(openFor), box, .openFor, "300 to 86400 seconds")
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(hosts, forKey: .hosts)
        try box.encode(openFor, forKey: .openFor)
    }
}

extension WebhookSignature: Codable {
    private enum Key: String, CodingKey { case header, method, setting }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let header = try WireLimits.text(box, .header, atMost: 60)
        try WireLimits.require(WireLimits.isWord(header, atMost: 60), box, .header, "a header's name")
        self.init(
            header: header, try WireLimits.word(Method.self, box, .method),
            setting: try WireLimits.text(box, .setting, atMost: 40))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(header, forKey: .header)
        try box.encode(method, forKey: .method)
        try box.encode(setting, forKey: .setting)
    }
}

extension WebhookRoute: Codable {
    private enum Key: String, CodingKey { case name, reply, isStanding, signature }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let name = try box.decode(String.self, forKey: .name)
        let isName =
            !name.isEmpty && name.utf8.count <= 40 && name.allSatisfy { "abcdefghijklmnopqrstuvwxyz-".contains($0) }
        try WireLimits.require(isName, box, .name, "1 to 40 lower-case letters and dashes")
        self.init(
            name, reply: try box.decode(.reply, default: HTTPReply()),
            isStanding: try box.decode(.isStanding, default: false),
            signature: try box.decodeIfPresent(WebhookSignature.self, forKey: .signature))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(name, forKey: .name)
        try box.encode(reply, forKey: .reply)
        try box.encode(isStanding, forKey: .isStanding)
        try box.encodeIfPresent(signature, forKey: .signature)
    }
}

extension RefundTerms: Codable {
    private enum Key: String, CodingKey { case partial, withinDays }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            partial: try box.decode(.partial, default: true),
            withinDays: try box.decodeIfPresent(Int.self, forKey: .withinDays))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(partial, forKey: .partial)
        try box.encodeIfPresent(withinDays, forKey: .withinDays)
    }
}

extension ReconcileTerms: Codable {
    private enum Key: String, CodingKey { case every, reachesBack }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            every: try box.decode(.every, default: 3_600), reachesBack: try box.decode(.reachesBack, default: 86_400))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(every, forKey: .every)
        try box.encode(reachesBack, forKey: .reachesBack)
    }
}

extension FieldSpec: Codable {
    private enum Word: String, Codable, CaseIterable {
        case text, multiline, secret, integer, url, phone, email, choice
    }
    private enum Key: String, CodingKey {
        case key, label, help, kind, choices, need, `default`, env, length, translations
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let word: Word = box.contains(.kind) ? try WireLimits.word(Word.self, box, .kind) : .text
        let kind: Kind =
            switch word {
            case .text: .text
            case .multiline: .multiline
            case .secret: .secret
            case .integer: .integer
            case .url: .url
            case .phone: .phone
            case .email: .email
            case .choice: .choice(try box.decode([String].self, forKey: .choices))
            }
        let length = try box.decodeIfPresent([Int].self, forKey: .length)
        if let length {
            let isRange = length.count == 2 && length[0] >= 0 && length[0] <= length[1] && length[1] <= 16_384
            try WireLimits.require(isRange, box, .length, "two numbers: from and to, 16384 at most")
        }
        let key = try WireLimits.text(box, .key, atMost: 40)
        try WireLimits.require(WireLimits.isWord(key, atMost: 40), box, .key, "1 to 40 characters")
        self.init(
            key, try WireLimits.text(box, .label, atMost: 100),
            help: try WireLimits.text(box, .help, atMost: 500, default: ""), kind: kind,
            need: try box.decode(.need, default: .always),
            default: try box.decodeIfPresent(String.self, forKey: .default),
            env: try box.decodeIfPresent(String.self, forKey: .env), length: length.map { $0[0]...$0[1] },
            translations: try box.decodeIfPresent([String: FieldWords].self, forKey: .translations) ?? [:])
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(key, forKey: .key)
        try box.encode(label, forKey: .label)
        try box.encode(help, forKey: .help)
        switch kind {
        case .text: try box.encode(Word.text, forKey: .kind)
        case .multiline: try box.encode(Word.multiline, forKey: .kind)
        case .secret: try box.encode(Word.secret, forKey: .kind)
        case .integer: try box.encode(Word.integer, forKey: .kind)
        case .url: try box.encode(Word.url, forKey: .kind)
        case .phone: try box.encode(Word.phone, forKey: .kind)
        case .email: try box.encode(Word.email, forKey: .kind)
        case .choice(let choices):
            try box.encode(Word.choice, forKey: .kind)
            try box.encode(choices, forKey: .choices)
        }
        try box.encode(need, forKey: .need)
        try box.encodeIfPresent(self.default, forKey: .default)
        try box.encodeIfPresent(env, forKey: .env)
        try box.encodeIfPresent(length.map { [$0.lowerBound, $0.upperBound] }, forKey: .length)
        if !translations.isEmpty { try box.encode(translations, forKey: .translations) }
    }
}

extension FieldWords: Codable {
    private enum Key: String, CodingKey { case label, help }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            try WireLimits.text(box, .label, atMost: 100),
            help: try WireLimits.text(box, .help, atMost: 500, default: ""))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(label, forKey: .label)
        try box.encode(help, forKey: .help)
    }
}
