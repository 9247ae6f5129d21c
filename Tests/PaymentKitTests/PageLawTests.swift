import FoundationEssentials
import Kiosk
import PaymentKit
import PaymentKitTesting
import Testing

/// Paying on a provider's page: the laws are kept by a plugin that is right, and each mistake is caught by its law.
@Suite struct PageLawTests {
    private static func broken(_ flaw: PageFlaw?, page: HostedPage?? = .none) async throws -> Set<String> {
        var scenario = PageKiosk.scenario
        if let flaw { scenario.settings["flaw"] = flaw.rawValue }
        let manifest = page.map { PageKiosk.described(page: $0) } ?? PageKiosk.manifest
        let subject = Subject(manifest) { setup in
            let plugin = try PageKiosk(setup)
            return Abilities(
                of: plugin, manifest, hosts: plugin.hosts, callbackSources: [],
                pageHosts: manifest.page?.hosts ?? [], declared: Set(Ability.allCases))
        }
        return Set(try await Conformance.check(subject, scenario).broken.map(\.number))
    }

    @Test("A right plugin with a page keeps every law, also those about pages")
    func right() async throws {
        let report = try await Conformance.check(Subject(PageKiosk.self), PageKiosk.scenario)
        #expect(report.broken.isEmpty, "\(report.broken)")
        #expect(report.verdicts.filter { $0.number.hasPrefix("G") && $0.result == .kept }.count == 12)
    }

    @Test(
        "Each mistake with a page is caught by the law that is meant for it",
        arguments: [
            (PageFlaw.hasAPlainAddress, "G07"), (.leadsElsewhere, "G07"), (.putsTheKeyIntoTheAddress, "G08"),
            (.putsThePhoneIntoTheAddress, "G08"), (.leadsAfterARefusal, "G11"), (.makesAddressesUp, "G12"),
            (.tellsNoWayBack, "G09"), (.needsAWayBack, "G10"), (.callsTheStartPaid, "G06"),
        ])
    func caught(_ flaw: PageFlaw, by law: String) async throws {
        let broken = try await Self.broken(flaw)
        #expect(broken.contains(law), "\(flaw): \(broken.sorted())")
    }

    @Test("No mistake with a page is left without a test")
    func allFlaws() { #expect(PageFlaw.allCases.count == 9) }

    @Test("What a manifest says wrongly of its page is caught")
    func terms() async throws {
        #expect(try await Self.broken(nil, page: .some(nil)).contains("G01"))
        let short = HostedPage(hosts: ["pay.kiosk.example"], openFor: 60)
        #expect(try await Self.broken(nil, page: short).contains("G02"))
        let wild = HostedPage(hosts: ["*.kiosk.example"], openFor: 600)
        #expect(try await Self.broken(nil, page: wild).isSuperset(of: ["G03", "G07"]))
    }

    @Test("A plugin that can only be waited for has no page")
    func notAsked() async throws {
        let subject = Subject(PageKiosk.manifest) { setup in
            Abilities(
                of: try PageKiosk(setup), PageKiosk.manifest, hosts: PageKiosk.manifest.hosts, callbackSources: [],
                pageHosts: ["stranger.example"], declared: [.webhooks])
        }
        let broken = Set(try await Conformance.check(subject, PageKiosk.scenario).broken.map(\.number))
        #expect(broken.isSuperset(of: ["G04", "G05"]))
    }

    @Test(
        "Addresses to which customers may be sent, and those to which not",
        arguments: [
            ("https://pay.example/p/1", true), ("https://PAY.example/p/1", false), ("http://pay.example/p/1", false),
            ("https://pay.example:444/p/1", false), ("https://evil.example/pay.example", false),
            ("https://pay.example@evil.example/", false), ("https://user:pw@pay.example/", false),
            ("javascript:alert(1)", false), ("ftp://pay.example/", false), ("/p/1", false),
            ("http://127.0.0.1:9999/p", true), ("http://127.0.0.1:9998/p", false),
            ("https://pay.example/" + String(repeating: "a", count: 2_000), false),
        ])
    func addresses(_ text: String, isGood: Bool) throws {
        let url = try #require(URL(string: text))
        #expect((HostedPage.problem(with: url, hosts: ["pay.example", "127.0.0.1:9999"]) == nil) == isGood)
    }
}
