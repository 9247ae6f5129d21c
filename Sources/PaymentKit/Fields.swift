/// One input, described as data. The same description makes the settings page, the checkout form, the server-side check
/// and the command line prompts.
public struct FieldSpec: Sendable, Hashable {
    /// What a value may be, and so how it is asked for and checked.
    public enum Kind: Sendable, Hashable {
        case text, multiline, secret, integer, url, phone, email
        case choice([String])
    }
    /// When a value must be given.
    public enum Need: String, Sendable, Codable { case always, inLive, never }
    public var key, label, help: String
    public var kind: Kind
    public var need: Need
    /// Environment variable that gives the value.
    public var env: String?
    public var `default`: String?
    /// Digits or characters allowed, from … to; nil for any up to 4,096.
    public var length: ClosedRange<Int>?
    /// Label and help in other languages, by their two-letter codes. What is missing is shown as it is here.
    public var translations: [String: FieldWords]

    public init(
        _ key: String, _ label: String, help: String = "", kind: Kind = .text, need: Need = .always,
        default value: String? = nil, env: String? = nil, length: ClosedRange<Int>? = nil,
        translations: [String: FieldWords] = [:]
    ) {
        self.key = key
        self.label = label
        self.help = help
        self.kind = kind
        self.need = need
        self.default = value
        self.env = env
        self.length = length
        self.translations = translations
    }

    /// How the field is called in a language, by its two-letter code.
    public func words(in language: String) -> FieldWords {
        translations[language] ?? FieldWords(label, help: help)
    }
}

/// How a field is called, and what helps to fill it in.
public struct FieldWords: Sendable, Hashable {
    public var label, help: String
    public init(_ label: String, help: String = "") {
        self.label = label
        self.help = help
    }
}

/// Checked values for a list of fields.
public struct FieldValues: Sendable {
    /// What is wrong with one value. Never holds the value.
    public struct Problem: Error, Sendable, Hashable {
        public var key, message: String
        public init(key: String, message: String) {
            self.key = key
            self.message = message
        }
    }
    /// All that is wrong with a set of values, in the order of the specs.
    public struct Problems: Error, Sendable {
        public let list: [Problem]
    }

    private let specs: [String: FieldSpec]
    private let values: [String: String]

    /// Checks raw text against the specs; the only way to make values, so a plugin never sees unchecked input.
    ///
    /// Surrounding white space is dropped, a phone number is brought into its one form, an empty value counts as
    /// absent. Keys without a spec are ignored.
    ///
    /// - Parameter live: Whether fields that are needed only in live mode must be given.
    public init(_ raw: [String: String], checkedAgainst specs: [FieldSpec], live: Bool = false) throws(Problems) {
        var values: [String: String] = [:]
        var problems: [Problem] = []
        for spec in specs {
            let given = (raw[spec.key] ?? "").trimmed
            let text = given.isEmpty ? spec.default ?? "" : given
            if text.isEmpty {
                let isNeeded = spec.need == .always || (spec.need == .inLive && live)
                if isNeeded { problems.append(Problem(key: spec.key, message: "\(spec.label) is missing")) }
                continue
            }
            switch spec.checked(text) {
            case .success(let value): values[spec.key] = value
            case .failure(let problem): problems.append(problem)
            }
        }
        guard problems.isEmpty else { throw Problems(list: problems) }
        self.values = values
        self.specs = Dictionary(specs.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The value of a field, or nil when it was not given and has no default.
    public subscript(_ key: String) -> String? { values[key] }

    /// The value of a secret field.
    public func secret(_ key: String) -> Secret? { values[key].map(Secret.init) }

    /// The number of a phone field.
    public func phone(_ key: String) -> PhoneNumber? {
        guard let text = values[key] else { return nil }
        do { return try PhoneNumber(text) } catch { preconditionFailure("\(key) was checked as a phone number.") }
    }

    /// For a plugin in another process, which must be given its own secrets. Nothing else calls it.
    package var revealed: [String: String] { values }

    /// What may be shown, logged and stored in clear: secrets become their last four characters at most.
    public var masked: [String: String] {
        Dictionary(
            uniqueKeysWithValues: values.map { key, value in
                switch specs[key]?.kind {
                case .secret?: (key, Secret(value).description)
                case .phone?: (key, phone(key)?.masked ?? "****")
                default: (key, value)
                }
            })
    }
}

extension FieldSpec {
    fileprivate func checked(_ text: String) -> Result<String, FieldValues.Problem> {
        func refuse(_ why: String) -> Result<String, FieldValues.Problem> {
            .failure(FieldValues.Problem(key: key, message: "\(label) \(why)"))
        }
        let allowed = length ?? 1...4_096
        guard allowed.contains(text.count) else {
            return refuse("should have \(allowed.lowerBound) to \(allowed.upperBound) characters")
        }
        switch kind {
        case .text, .multiline, .secret: return .success(text)
        case .integer: return Int64(text) == nil ? refuse("should be a whole number") : .success(text)
        case .url:
            return text.hasPrefix("https://") || text.hasPrefix("http://")
                ? .success(text) : refuse("should begin with https://")
        case .choice(let values):
            return values.contains(text) ? .success(text) : refuse("should be one of \(values.joined(separator: ", "))")
        case .email: return text.looksLikeEmail ? .success(text) : refuse("is not an e-mail address")
        case .phone:
            do { return .success(try PhoneNumber(text).digits) } catch {
                return refuse("is not a Kenyan mobile number")
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}

extension String {
    /// Whether it has one `@` with something before it and a dotted name after it; the rest only a letter can tell.
    package var looksLikeEmail: Bool {
        let parts = split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, utf8.count <= 200, !contains(where: \.isWhitespace) else {
            return false
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
    }
}
