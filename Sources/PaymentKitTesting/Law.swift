import FoundationEssentials
import PaymentKit

/// Something that must hold of every plugin.
public struct Law: Sendable {
    /// A letter for what it is about, and a number: `A03`.
    public let number: String
    /// What must hold, as a sentence.
    public let rule: String
    /// What the author should do when it does not.
    public let advice: String
    /// - Returns: What was seen instead; nil when the law is kept.
    let check: @Sendable (LawBench) async throws -> String?

    init(
        _ number: String, _ rule: String, advice: String,
        _ check: @escaping @Sendable (LawBench) async throws -> String?
    ) {
        self.number = number
        self.rule = rule
        self.advice = advice
        self.check = check
    }
}

/// The law is about something that this plugin cannot do, or that the scenario does not tell.
struct NotAsked: Error {
    let why: String
    init(_ why: String) { self.why = why }
}

/// What came of one law.
public struct Verdict: Sendable, Codable, Hashable {
    /// Whether a law is kept, broken, or about something that the plugin does not do.
    public enum Result: String, Sendable, Codable { case kept, broken, notAsked }
    public let number, rule: String
    public let result: Result
    /// What was seen, and what to do; empty when the law is kept.
    public let detail, advice: String
}

/// What the laws say of one version of a plugin.
public struct ConformanceReport: Sendable, Codable {
    /// The plugin's own, from its manifest.
    public let id, version, interface: String
    /// The hosts that it talks to with live settings, by its manifest.
    public let hosts: [String]
    /// The hosts of the provider's page, by its manifest; nil in reports of before they were told.
    package let pageHosts: [String]?
    public let verdicts: [Verdict]

    public var broken: [Verdict] { verdicts.filter { $0.result == .broken } }
    public var kept: [Verdict] { verdicts.filter { $0.result == .kept } }
    /// Whether no law is broken, and enough was looked at to mean something: 40 laws, or 30 where nothing is begun.
    public var isGood: Bool {
        let beginsNothing = kept.contains { $0.number == OfflineLaws.first }
        return broken.isEmpty && kept.count >= (beginsNothing ? 30 : 40)
    }
}

/// A plugin as the laws see it: inside this process, or a stand-in for one in another.
public struct Subject: Sendable {
    let manifest: Manifest
    let make: @Sendable (Setup) async throws -> Abilities

    /// - Parameter make: A fresh copy with these settings.
    public init(_ manifest: Manifest, make: @escaping @Sendable (Setup) async throws -> Abilities) {
        self.manifest = manifest
        self.make = make
    }

    public init(_ plugin: any PaymentPlugin.Type) {
        self.init(plugin.manifest) { setup in Abilities(of: try plugin.init(setup)) }
    }
}

/// The laws, and how a plugin is held against them.
public enum Conformance {
    /// All laws, in the order in which they are checked.
    public static var laws: [Law] {
        ManifestLaws.all + StartLaws.all + TroubleLaws.all + StatusLaws.all + MessageLaws.all + RefundLaws.all
            + PageLaws.all + OfflineLaws.all
    }

    /// Holds a plugin against every law.
    ///
    /// - Throws: Only when the scenario's own settings make no plugin; the error says why.
    public static func check(_ subject: Subject, _ scenario: Scenario) async throws -> ConformanceReport {
        let bench = try await LawBench(subject, scenario)
        var verdicts: [Verdict] = []
        for law in laws { verdicts.append(await bench.verdict(of: law)) }
        return ConformanceReport(
            id: subject.manifest.id, version: subject.manifest.version, interface: subject.manifest.interface,
            hosts: subject.manifest.hosts, pageHosts: subject.manifest.page?.hosts ?? [], verdicts: verdicts)
    }
}
