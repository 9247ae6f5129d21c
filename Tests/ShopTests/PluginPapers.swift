import DukaTesting
import Foundation
import PaymentKit
import Testing

/// What `docs/plugins` shows is what happens. `scripts/plugin-examples` follows its commands; what needs no command is
/// looked at here.
@Suite struct PluginPapers {
    private static func read(_ path: String) throws -> String {
        try String(contentsOf: URL(filePath: "\(TestDatabase.repository)/\(path)"), encoding: .utf8)
    }

    @Test("The providers that are written out for authors are the examples, word for word")
    func examples() throws {
        let page = try Self.read("docs/plugins/redirect.md")
        #expect(page.contains("```python\n\(try Self.read("Examples/python-page/plugin.py"))```"))
        let swift = try Self.read("Examples/swift-page/Sources/JiraniPage/JiraniPage.swift")
        let shown = try #require(page.split(separator: "```swift\n").last).split(separator: "\n```")[0]
        for part in shown.split(separator: "\n\n") { #expect(swift.contains(part), "\(part)") }
        let cash = try Self.read("docs/plugins/cash.md")
        #expect(cash.contains("```python\n\(try Self.read("Examples/python-door/plugin.py"))```"))
        let door = try Self.read("Examples/swift-door/Sources/JiraniDoor/JiraniDoor.swift")
        #expect(cash.contains("```swift\n\(door)```"))
    }

    @Test("The smallest plugin has forty lines at most, its program included, and one with a page two hundred")
    func sizes() throws {
        func lines(_ files: String...) throws -> Int {
            try files.reduce(0) { try $0 + Self.read("Examples/\($1)").split(separator: "\n").count }
        }
        #expect(
            try lines("swift-door/Sources/JiraniDoor/JiraniDoor.swift", "swift-door/Sources/jirani-door/Program.swift")
                <= 40)
        #expect(try lines("python-door/plugin.py") <= 40)
        #expect(
            try lines("swift-page/Sources/JiraniPage/JiraniPage.swift", "swift-page/Sources/jirani-page/Program.swift")
                <= 200)
        #expect(try lines("python-page/plugin.py") <= 200)
    }

    @Test("What stands in several examples, so that each can be taken alone, is the same in all")
    func copies() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: "\(TestDatabase.repository)/Examples")
        let kits = try folders.filter { $0.hasPrefix("python-") }.map { folder in
            try Data(contentsOf: URL(filePath: "\(TestDatabase.repository)/Examples/\(folder)/paymentkit.py"))
        }
        #expect(kits.count >= 4 && Set(kits).count == 1, "paymentkit.py")
        for kind in ["page", "door"] {
            for file in ["scenario.json"] + (kind == "page" ? ["provider.py"] : []) {
                let python = try Self.read("Examples/python-\(kind)/\(file)")
                #expect(try Self.read("Examples/swift-\(kind)/\(file)") == python, "\(kind)/\(file)")
            }
        }
    }

    /// A broken plugin of `laws.md`, and what the check is said to print.
    struct Broken: Sendable, CustomTestStringConvertible {
        let group, example, line, changed, printed: String
        var testDescription: String { group }
    }

    static func broken() throws -> [Broken] {
        let pattern = try Regex(
            #"### ([A-Z]): [^\n]*\n\n[^\n]*\n\n```diff\n--- Examples/([a-z-]+)/plugin\.py\n-([^\n]*)\n\+([^\n]*)\n```"#
                + #"\n\n```text\n((?:[^`][^\n]*\n)+)```"#)
        return try read("docs/plugins/laws.md").matches(of: pattern).map { found in
            let text = found.output.map { String($0.substring ?? "") }
            return Broken(group: text[1], example: text[2], line: text[3], changed: text[4], printed: text[5])
        }
    }

    @Test("Each group of laws is shown with a plugin that breaks it")
    func groups() throws {
        #expect(try Self.broken().map(\.group) == ["M", "A", "B", "C", "D", "E", "F", "G", "H"])
    }

    @Test("Each broken plugin of the laws' page is told what the page says", arguments: try broken())
    func breaks(_ broken: Broken) async throws {
        try await TestShop.open(.sqlite) { shop in
            let folder = "\(shop.folder)/broken"
            try FileManager.default.copyItem(
                atPath: "\(TestDatabase.repository)/Examples/\(broken.example)", toPath: folder)
            let file = URL(filePath: "\(folder)/plugin.py")
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text.split(separator: "\n").count { $0 == broken.line } == 1)
            try Data(text.replacing(broken.line, with: broken.changed).utf8).write(to: file)
            let checked = try await OperatorCommands.runAll(
                shop,
                [
                    "plugin", "check", "--scenario", "\(folder)/scenario.json", "--", "/usr/bin/python3",
                    "\(folder)/plugin.py",
                ])
            #expect(checked.code == 1)
            #expect(checked.output.contains(broken.printed), "\(checked.output)")
        }
    }

    @Test("Each kind of field is told with what fits, what does not, and the sentence about it")
    func fields() throws {
        let kinds: [String: FieldSpec.Kind] = [
            "text": .text, "multiline": .multiline, "secret": .secret, "integer": .integer, "url": .url,
            "phone": .phone, "email": .email, "choice": .choice(["rider", "shop"]),
        ]
        let row = try Regex(#"(?m)^\| `([a-z]+)` \| `([^`]+)` \| (?:`([^`]+)`|\(nothing\)) \| ([^|]+) \|$"#)
        let rows = try Self.read("docs/plugins/fields.md").matches(of: row)
        #expect(Set(rows.compactMap { $0.output[1].substring.map(String.init) }) == Set(kinds.keys))
        for found in rows {
            let text = found.output.map { String($0.substring ?? "") }
            let spec = FieldSpec("key", "Label", kind: try #require(kinds[text[1]]))
            _ = try FieldValues(["key": text[2]], checkedAgainst: [spec])
            do {
                _ = try FieldValues(["key": text[3]], checkedAgainst: [spec])
                Issue.record("\(text[1]) takes \(text[3])")
            } catch { #expect(error.list.map(\.message) == ["Label \(text[4])"], "\(text[1])") }
        }
    }
}
