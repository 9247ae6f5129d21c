import FoundationEssentials
import PaymentKit
import PaymentKitTesting
import Testing

/// Paying without any request: the laws are kept by a plugin that is right, and each mistake is caught by its law.
@Suite struct OfflineLawTests {
    /// One mistake; nil for none.
    enum Flaw: String, CaseIterable, Sendable {
        case keepsGoodsForEver, hasOneName, isNeverFound, roundsTheAmount, remembersTheAmount, namesNoOrder
        case speaksEnglishOnly, saysNothingAfterwards, tellsAStory, countsItsSteps, tellsTheSecret, beginsAllTheSame
    }

    /// Cash to a rider.
    fileprivate struct Rider: PaymentPlugin, OfflinePaying {
        static let manifest = described(by: nil)
        static let first = Money(whole: 150, .kes)
        let flaw: Flaw?
        let key: String
        let copy = UInt32.random(in: .min ... .max)

        init(_ setup: Setup) {
            flaw = setup.settings["flaw"].flatMap(Flaw.init)
            key = setup.settings.secret("api_key")?.reveal() ?? ""
        }

        static func described(by flaw: Flaw?) -> Manifest {
            var manifest = Manifest(
                id: "example.rider", name: "Rider", version: "1.0.0", summary: "The customer pays the rider.",
                currencies: [.kes],
                settings: [FieldSpec("api_key", "Key", kind: .secret), FieldSpec("flaw", "Flaw", need: .never)])
            manifest.offline = OfflineTerms(
                names: flaw == .hasOneName ? ["en": "Rider"] : ["en": "Rider", "sw": "Mwendeshaji"],
                holdFor: flaw == .keepsGoodsForEver ? 9_999_999 : 86_400, isAtHandOver: flaw != .isNeverFound)
            return manifest
        }

        func instructions(for amount: Money, account: String) -> Instructions {
            let shown = flaw == .remembersTheAmount ? Self.first : amount
            let value = flaw == .roundsTheAmount ? "\(shown.minor / 10_000)00" : shown.decimalText
            var words = ["en": "Give this", "sw": "Toa hii"]
            if flaw == .countsItsSteps { words["en"] = "Give this \(copy)" }
            if flaw == .tellsTheSecret { words["en"] = "Give this, \(key)" }
            if flaw == .tellsAStory { words["en"] = String(repeating: "Give this. ", count: 40) }
            let order = flaw == .speaksEnglishOnly ? ["en": "Say"] : ["en": "Say", "sw": "Taja"]
            return Instructions(
                [.init(words, value: value), .init(order, value: flaw == .namesNoOrder ? nil : account)],
                afterwards: flaw == .saysNothingAfterwards ? nil : ["en": "Done", "sw": "Tayari"])
        }

        func start(_ request: StartRequest, _ call: Call) throws -> Started {
            guard flaw == .beginsAllTheSame else { throw PaymentError.unsupported("nothing is begun") }
            return Started(.pending)
        }
    }

    private static func check(_ flaw: Flaw?) async throws -> ConformanceReport {
        var settings = ["api_key": "canary-key-5d20"]
        if let flaw { settings["flaw"] = flaw.rawValue }
        let manifest = Rider.described(by: flaw)
        let subject = Subject(manifest) { setup in
            let rider = Rider(setup)
            return Abilities(of: rider, manifest, hosts: [], callbackSources: [], declared: Set(Ability.allCases))
        }
        return try await Conformance.check(subject, Scenario(settings: settings, form: [:], answers: []))
    }

    @Test("A right plugin keeps every law that is about it, and they are enough")
    func right() async throws {
        let report = try await Self.check(nil)
        #expect(report.broken.isEmpty, "\(report.broken)")
        #expect(report.kept.filter { $0.number.hasPrefix("H") }.count == 12)
        #expect(report.isGood)
    }

    @Test(
        "Each mistake of a way without requests is caught by the law that is meant for it, and by no other",
        arguments: [
            (Flaw.keepsGoodsForEver, "H02"), (.hasOneName, "H03"), (.isNeverFound, "H04"), (.roundsTheAmount, "H05"),
            (.remembersTheAmount, "H06"), (.namesNoOrder, "H07"), (.speaksEnglishOnly, "H08"),
            (.saysNothingAfterwards, "H08"), (.tellsAStory, "H09"), (.countsItsSteps, "H10"), (.tellsTheSecret, "H11"),
            (.beginsAllTheSame, "H12"),
        ])
    func caught(_ flaw: Flaw, by law: String) async throws {
        let report = try await Self.check(flaw)
        let broken = Set(report.broken.map(\.number))
        #expect(broken.contains(law) && broken.isSubset(of: [law, "H06"]), "\(flaw): \(broken.sorted())")
        #expect(!report.isGood)
    }

    @Test("No mistake of a way without requests is left without a test")
    func allFlaws() { #expect(Flaw.allCases.count == 12) }

    @Test("A manifest that says offline where the plugin begins payments is caught, and the other way round")
    func halves() async throws {
        for (manifest, declared) in [(Rider.manifest, Set<Ability>()), (Rider.plain, Set(Ability.allCases))] {
            let subject = Subject(manifest) { setup in
                Abilities(of: Rider(setup), manifest, hosts: [], callbackSources: [], declared: declared)
            }
            let scenario = Scenario(settings: ["api_key": "canary-key-5d20"], form: [:], answers: [])
            #expect(try await Conformance.check(subject, scenario).broken.map(\.number).contains("H01"))
        }
    }
}

extension OfflineLawTests.Rider {
    fileprivate static var plain: Manifest {
        var manifest = manifest
        manifest.offline = nil
        return manifest
    }
}
