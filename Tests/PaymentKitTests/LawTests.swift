import Kiosk
import PaymentKit
import PaymentKitTesting
import Testing

/// The laws are kept by a plugin that is right, and each mistake is reported by the law that is meant for it.
@Suite struct LawTests {
    private static func broken(_ flaw: Flaw?) async throws -> Set<String> {
        var scenario = Kiosk.scenario
        if let flaw { scenario.settings["flaw"] = flaw.rawValue }
        let report = try await Conformance.check(Subject(Kiosk.self), scenario)
        return Set(report.broken.map(\.number))
    }

    @Test("A right plugin keeps every law, and hardly any is left out")
    func right() async throws {
        let report = try await Conformance.check(Subject(Kiosk.self), Kiosk.scenario)
        #expect(report.broken.isEmpty, "\(report.broken)")
        #expect(report.kept.count >= 110)
        #expect(report.isGood)
    }

    @Test("There are sixty laws and more, each with a number of its own, a sentence and advice")
    func many() {
        let laws = Conformance.laws
        #expect(laws.count >= 60)
        #expect(Set(laws.map(\.number)).count == laws.count)
        for law in laws { #expect(law.rule.count > 10 && law.advice.count > 15, "\(law.number)") }
    }

    @Test(
        "Each mistake is caught by the law that is meant for it",
        arguments: [
            (Flaw.retriesTheAct, "B02"), (.declinesWhatFailed, "B02"), (.callsALostAnswerNotSent, "B02"),
            (.ignoresTheAnswer, "B05"), (.actsTwice, "A01"), (.asksElsewhere, "A06"), (.notesTheSecret, "A07"),
            (.keepsTheSecretAsReference, "A07"), (.notesThePhone, "A08"), (.quotesPages, "B19"),
            (.roundsTheAmount, "A12"), (.takesAnyAmount, "A14"), (.actsWithoutAToken, "B14"),
            (.fetchesATokenEachTime, "F03"), (.declinesWhatIsNotFound, "C05"), (.paysUnknownCodes, "C06"),
            (.paysPages, "C14"), (.actsWhenAsked, "C07"), (.takesTheAmountFromMemory, "D07"),
            (.putsTheClockIntoKeys, "D08"), (.paysHalfMessages, "D17"), (.namesAReceiptPerRoad, "D03"),
            (.answersAnyRoute, "D18"), (.countsItsCalls, "D08"), (.claimsLostRefunds, "E06"),
            (.refundsUnnamed, "E05"), (.callsBadConnectionsGood, "F02"),
        ])
    func caught(_ flaw: Flaw, by law: String) async throws {
        let broken = try await Self.broken(flaw)
        #expect(broken.contains(law), "\(flaw): \(broken.sorted())")
    }

    @Test("No mistake is left without a test")
    func allFlaws() { #expect(Flaw.allCases.count == 27) }

    @Test("A plugin of which too little is known is not called good")
    func tooLittle() async throws {
        var scenario = Kiosk.scenario
        scenario.status = nil
        scenario.messages = []
        scenario.refund = nil
        let report = try await Conformance.check(Subject(Kiosk.self), scenario)
        #expect(Set(report.broken.map(\.number)) == ["C01", "D01", "E01"])
        #expect(!report.isGood)
    }
}
