import Foundation
import JiraniDoor
import PaymentKitTesting
import Testing

@Test("The plugin keeps every law")
func laws() async throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let text = try Data(contentsOf: folder.appending(path: "scenario.json"))
    let scenario = try JSONDecoder().decode(Scenario.self, from: text)
    let report = try await Conformance.check(Subject(JiraniDoor.self), scenario)
    for verdict in report.broken {
        Issue.record("\(verdict.number) \(verdict.rule): \(verdict.detail). \(verdict.advice)")
    }
    #expect(report.isGood)
}
