import Commerce
import Configuration
import Foundation
import PaymentKit
import SystemPackage

/// Where settings come from: environment variables first, then the lines of `duka.env`.
struct SettingsSource: Sendable {
    private let providers: [EnvironmentVariablesProvider]
    /// The file that was read; nil for settings from memory.
    let file: String?
    /// Whether there was such a file.
    private let isThere: Bool

    /// - Parameter file: A file of `KEY=value` lines; it may be missing.
    init(file: String = "duka.env") async throws {
        self.file = file
        isThere = FileManager.default.fileExists(atPath: file)
        providers = [
            EnvironmentVariablesProvider(),
            try await EnvironmentVariablesProvider(environmentFilePath: FilePath(file), allowMissing: true),
        ]
    }

    /// Settings from memory, for `duka demo`.
    init(_ values: [String: String]) {
        file = nil
        isThere = false
        providers = [EnvironmentVariablesProvider(environmentVariables: values)]
    }

    /// The same settings as they are now, for the few that may change while the shop runs.
    ///
    /// - Throws: When the file does not read, or is not there any more: a file is never taken away on purpose to unset
    ///   all that it sets.
    func again() async throws -> SettingsSource {
        guard let file else { return self }
        let next = try await SettingsSource(file: file)
        guard next.isThere || !isThere else { throw Stop("The file of settings, \(file), is not there any more.") }
        return next
    }

    /// Nil when it is not set, or set to nothing.
    func callAsFunction(_ key: String) -> String? {
        for provider in providers {
            do {
                if let value = try provider.environmentValue(forName: key), !value.isEmpty { return value }
            } catch { continue }
        }
        return nil
    }
}

/// Reads settings one by one and collects what is wrong with them.
struct SettingsReader {
    private let source: SettingsSource
    private var problems: [String] = []

    init(_ source: SettingsSource) { self.source = source }

    /// - Throws: ``Stop`` with one sentence for each problem.
    func finish() throws {
        guard problems.isEmpty else { throw Stop(problems.joined(separator: "\n")) }
    }

    func text(_ key: String) -> String? { source(key) }

    mutating func complain(_ problem: String) { problems.append(problem) }

    /// A plugin's setting; a text of several lines may be given as the path of a file.
    mutating func text(of spec: FieldSpec, _ key: String) -> String? {
        guard let value = source(key), spec.kind == .multiline, !value.contains("-----BEGIN") else {
            return source(key)
        }
        do { return try String(contentsOf: URL(filePath: value), encoding: .utf8) } catch {
            problems.append("\(key) is \"\(value)\"; expected a PEM file that can be read, or its text.")
            return nil
        }
    }

    /// A plugin's settings by field key, as far as they are set.
    mutating func values(of specs: [FieldSpec]) -> [String: String] {
        var values: [String: String] = [:]
        for spec in specs {
            if let env = spec.env, let value = text(of: spec, env) { values[spec.key] = value }
        }
        return values
    }

    mutating func parsed<Value>(_ key: String, default value: Value, expected: String, _ parse: (String) -> Value?)
        -> Value
    {
        guard let text = source(key) else { return value }
        if let parsed = parse(text) { return parsed }
        let isSecret =
            Settings.declarations.contains { $0.key == key && $0.isSecret }
            || text.contains("://") && text.contains("@")
        problems.append("\(key) is \(isSecret ? "not readable" : "\"\(text)\""); expected \(expected).")
        return value
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String, _: Value.Type, default value: Value
    ) -> Value where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue).joined(separator: " or ")
        return parsed(key, default: value, expected: names) { Value(rawValue: $0) }
    }

    mutating func integer(_ key: String, _ range: ClosedRange<Int>, default value: Int) -> Int {
        parsed(key, default: value, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func optionalInteger(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        source(key) == nil ? nil : integer(key, range, default: range.lowerBound)
    }

    mutating func list<Value>(_ key: String, expected: String, _ parse: (String) -> Value?) -> [Value] {
        parsed(key, default: [], expected: expected) { text in
            let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let values = parts.compactMap(parse)
            return values.count == parts.count ? values : nil
        }
    }

    /// `host:port`, `[v6]:port`
    mutating func listen(_ key: String, default value: (String, UInt16)) -> (String, UInt16) {
        parsed(key, default: value, expected: Self.listenExample, Self.listen)
    }

    /// As ``listen(_:default:)``; nil when it is not set.
    mutating func optionalListen(_ key: String) -> (host: String, port: UInt16)? {
        parsed(key, default: nil, expected: Self.listenExample) { .some(Self.listen($0)) ?? nil }
    }

    private static let listenExample = "an address and a port such as 127.0.0.1:8080"

    private static func listen(_ text: String) -> (String, UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return host.isEmpty ? nil : (host, port)
    }

    /// An http(s) address without a slash at its end.
    mutating func address(_ key: String, default value: String) -> String {
        parsed(key, default: value, expected: "an address such as https://shop.example") { text in
            guard let url = URL(string: text), url.scheme == "https" || url.scheme == "http", url.host() != nil,
                url.query() == nil, url.fragment() == nil
            else { return nil }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    /// A folder that exists: as given, else beside the program.
    mutating func folder(_ key: String, default name: String) -> String {
        let isFolder = { (path: String) in
            do {
                return try URL(filePath: path).resolvingSymlinksInPath()
                    .resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
            } catch { return false }
        }
        if let given = source(key) {
            if !isFolder(given) { problems.append("\(key) is \"\(given)\"; expected a folder that exists.") }
            return given
        }
        if isFolder(name) { return name }
        // Beside the program, or above it where SwiftPM builds it.
        var place = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = place.appending(path: name).path
            if isFolder(candidate) { return candidate }
            place.deleteLastPathComponent()
        }
        problems.append("The folder \(name) is not here; start duka where it is, or set \(key).")
        return name
    }

    private mutating func limits(_ key: String, _ value: [RateLimit]) -> [RateLimit] {
        if source(key) == "off" { return [] }
        guard source(key) != nil else { return value }
        return list(key, expected: "limits such as 4/10m,10/1d, or off") { RateLimit($0) }
    }

    /// Seconds that ascend from 2 or more.
    private mutating func schedule(_ key: String, default value: [Int]) -> [Int] {
        guard source(key) != nil else { return value }
        let times = list(key, expected: "ascending seconds such as 8,16,30") { Int($0) }
        guard let first = times.first, first >= 2, times == times.sorted() else {
            problems.append("\(key) does not ascend from 2 or more.")
            return value
        }
        return times
    }

    mutating func rules() -> ShopRules {
        var rules = ShopRules()
        rules.orderExpirySeconds = integer(
            "DUKA_ORDER_EXPIRY_SECONDS", 1_200...259_200, default: rules.orderExpirySeconds)
        rules.attemptSeconds = integer("DUKA_ATTEMPT_SECONDS", 150...600, default: rules.attemptSeconds)
        rules.confirmFrom = Money(whole: Int64(integer("DUKA_CONFIRM_FROM", 1...1_000_000, default: 10_000)), .kes)
        rules.secondPersonFrom = Money(
            whole: Int64(integer("DUKA_SECOND_PERSON_FROM", 1...1_000_000, default: 5_000)), .kes)
        rules.querySeconds = schedule("DUKA_QUERY_SECONDS", default: rules.querySeconds)
        rules.refundQuerySeconds = schedule("DUKA_REFUND_QUERY_SECONDS", default: rules.refundQuerySeconds)
        rules.phone = limits("DUKA_LIMITS_PHONE", rules.phone)
        rules.phoneAndAmount = limits("DUKA_LIMITS_PHONE_AMOUNT", rules.phoneAndAmount)
        rules.largestOrder = Money(whole: Int64(integer("DUKA_LARGEST_ORDER", 1...1_000_000, default: 1_000_000)), .kes)
        rules.depositPercent = integer("DUKA_DEPOSIT_PERCENT", 0...90, default: rules.depositPercent)
        rules.voice = voice()
        rules.waysFirst = parsed("DUKA_WAYS", default: [], expected: "names such as cash,mpesa") { ShopRules.ways($0) }
        rules.attemptsPerOrder = integer("DUKA_LIMITS_ORDER", 1...20, default: rules.attemptsPerOrder)
        rules.ipv4 = limits("DUKA_LIMITS_IPV4", rules.ipv4)
        rules.ipv6By64 = limits("DUKA_LIMITS_IPV6_64", rules.ipv6By64)
        rules.ipv6By56 = limits("DUKA_LIMITS_IPV6_56", rules.ipv6By56)
        rules.ipv6By48 = limits("DUKA_LIMITS_IPV6_48", rules.ipv6By48)
        rules.phonesPerIPv4 = limits("DUKA_LIMITS_PHONES_IPV4", rules.phonesPerIPv4)
        rules.phonesPerIPv6By64 = limits("DUKA_LIMITS_PHONES_IPV6_64", rules.phonesPerIPv6By64)
        if source("DUKA_LIMITS_UNANSWERED") == "off" {
            rules.unansweredRestSeconds = []
        } else if source("DUKA_LIMITS_UNANSWERED") != nil {
            rules.unansweredRestSeconds = list("DUKA_LIMITS_UNANSWERED", expected: "seconds such as 1800,7200, or off")
            { Int($0) }
        }
        rules.finding = limits("DUKA_LIMITS_FIND", rules.finding)
        rules.peopleDays = integer("DUKA_KEEP_PEOPLE_DAYS", 30...3_650, default: rules.peopleDays)
        rules.messageDays = integer("DUKA_KEEP_MESSAGES_DAYS", 7...3_650, default: rules.messageDays)
        rules.receiptsShown = limits("DUKA_LIMITS_RECEIPTS", rules.receiptsShown)
        rules.status = limits("DUKA_LIMITS_STATUS", [rules.status]).first ?? RateLimit(count: 1_000_000, seconds: 1)
        rules.wrongTokens =
            limits("DUKA_LIMITS_WRONG_TOKENS", [rules.wrongTokens]).first ?? RateLimit(count: 1_000_000, seconds: 1)
        return rules
    }

    /// What practice allows and live does not.
    mutating func refuseInLive(
        publicURL: String, deskHost: String?, callbackBase: String, mpesa: [String: String]
    ) {
        if let deskHost, !["127.0.0.1", "::1", "localhost"].contains(deskHost) {
            problems.append(
                "DUKA_ADMIN_LISTEN is at \"\(deskHost)\"; live needs 127.0.0.1 there, for passwords cross it in clear.")
        }
        for (key, url) in [("DUKA_PUBLIC_URL", publicURL), ("MPESA_CALLBACK_BASE_URL", callbackBase)]
        where !url.hasPrefix("https://") {
            problems.append("\(key) is \"\(url)\"; live needs an https address.")
        }
        // Daraja refuses these words in callback addresses, in any case.
        let words = ["mpesa", "m-pesa", "safaricom", "exe", "exec", "cmd", "sql", "query"]
        if let word = words.first(where: { callbackBase.lowercased().contains($0) }) {
            problems.append(
                "MPESA_CALLBACK_BASE_URL contains \"\(word)\", which Daraja refuses; use another host name.")
        }
        if (mpesa["environment"] ?? "simulator") != "production" {
            problems.append("MPESA_ENVIRONMENT is \"\(mpesa["environment"] ?? "simulator")\"; live needs production.")
        }
    }
}
