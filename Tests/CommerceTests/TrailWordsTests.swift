import Commerce
import Foundation
import Testing

/// The desk's words for what staff did and for what waits.
@Suite struct TrailWordsTests {
    private static let sources: [String] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects ?? []).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.compactMap {
            do { return try String(contentsOf: $0, encoding: .utf8) } catch { return nil }
        }
    }()

    /// What stands between quotes after one of these beginnings.
    private static func found(_ patterns: [String]) throws -> Set<String> {
        var found: Set<String> = []
        for pattern in patterns {
            let regex = try Regex("(?:\(pattern))\\s*\"([a-z_]+)\"")
            for source in sources {
                for match in source.matches(of: regex) { found.insert(String(match.output[1].substring ?? "")) }
            }
        }
        return found
    }

    @Test("Everything that staff do has its Swahili words")
    func deeds() throws {
        let deeds = try Self.found([
            "Deed\\(action:", "orderDeed\\(visit, parameters,", "settingsDeed\\(visit,",
            "AuditEntry\\([^,()]+(?:\\([^)]*\\))?,",
        ])
        #expect(deeds.count > 30, "the pattern no longer finds how deeds are named: \(deeds.sorted())")
        let missing = deeds.filter { AuditEntry.swahili[AuditEntry("amina", $0, "").deed] == nil }
        #expect(missing.isEmpty, "\(missing.sorted())")
    }

    @Test("An end is told from a beginning, and names that only look like an end are whole")
    func endings() {
        let done = AuditEntry("amina", "refund_approved_done", "R1")
        #expect(done.deed == "refund_approved" && done.ending == .done)
        #expect(done.actionWords(in: .english) == "refund approved done")
        #expect(done.actionWords(in: .swahili) == "kuidhinisha kurudisha pesa: imefanyika")
        let refused = AuditEntry("amina", "sign_in_refused", "-")
        #expect(refused.deed == "sign_in_refused" && refused.ending == nil)
        #expect(AuditEntry("amina", "something_new", "-").actionWords(in: .swahili) == "something new")
    }

    @Test("An item's detail is said in Swahili with its values, and what others wrote stays")
    func details() {
        for (english, swahili) in [
            ("money for an order that has ended", "pesa za agizo lililokwisha"),
            ("a success over 300, expected 250", "mafanikio ya 300, yaliyotarajiwa 250"),
            ("7 of 9 prompts were not answered", "maombi 7 kati ya 9 hayakujibiwa"),
            ("a no (1032) after it was paid", "hapana (1032) baada ya kulipwa"),
            ("tried 3 times", "imejaribiwa mara 3"),
            ("1032 Request cancelled by user", "1032 Request cancelled by user"),
            ("", ""),
        ] { #expect(StaffSwahili.detail(english) == swahili) }
    }
}
