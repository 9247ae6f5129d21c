import Foundation
import PaymentKitTesting
import Testing

/// The page about the laws counts them as they are.
@Suite struct LawPaper {
    @Test("The laws' page names how many there are, and each group from its first to its last")
    func counts() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: folder.appending(path: "docs/plugins/laws.md"), encoding: .utf8)
        #expect(page.contains("against \(Conformance.laws.count) laws"))
        for (letter, laws) in Dictionary(grouping: Conformance.laws, by: { $0.number.prefix(1) }) {
            let numbers = laws.map(\.number).sorted()
            let last = String(format: "%02d", laws.count)
            #expect(numbers.last == "\(letter)\(last)")
            #expect(page.contains("| \(letter)01 to \(letter)\(last) |"), "\(letter)")
        }
    }
}
