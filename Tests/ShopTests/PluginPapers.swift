import DukaTesting
import Foundation
import Testing

/// What `docs/plugins` shows is what happens.
@Suite struct PluginPapers {
    /// A command of a page, and lines that it must print.
    struct Shown: Sendable, CustomTestStringConvertible {
        let page, command: String
        let lines: [String]
        var testDescription: String { "\(page): \(command)" }
    }

    private static let folder = "\(TestDatabase.repository)/docs/plugins"

    /// The commands of the pages' console blocks, in order.
    static func commands() throws -> [Shown] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap { page -> [Shown] in
            let text = try String(contentsOf: URL(filePath: "\(folder)/\(page)"), encoding: .utf8)
            var shown: [Shown] = []
            var isInside = false
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("```") {
                    isInside = line == "```console"
                } else if isInside, line.hasPrefix("$ ") {
                    shown.append(Shown(page: page, command: String(line.dropFirst(2)), lines: []))
                } else if isInside, let last = shown.last, line != "…" {
                    shown[shown.count - 1] = Shown(
                        page: page, command: last.command, lines: last.lines + [String(line)])
                }
            }
            return shown
        }
    }

    @Test("The provider that is written out for authors is the example, word for word")
    func examples() throws {
        func read(_ path: String) throws -> String {
            try String(contentsOf: URL(filePath: "\(TestDatabase.repository)/\(path)"), encoding: .utf8)
        }
        let page = try read("docs/plugins/redirect.md")
        #expect(page.split(separator: "\n", omittingEmptySubsequences: false).count <= 201)
        let python = try read("Examples/python-page/plugin.py")
        #expect(page.contains("```python\n\(python)```"))
        let swift = try read("Examples/swift-page/Sources/JiraniPage/JiraniPage.swift")
        let shown = try #require(page.split(separator: "```swift\n").last).split(separator: "\n```")[0]
        for part in shown.split(separator: "\n\n") { #expect(swift.contains(part), "\(part)") }
    }

    @Test("The kit for Python is the same in every example")
    func kits() throws {
        let kits = try ["python-till", "python-paybill", "python-page", "python-door"].map { name in
            let path = "\(TestDatabase.repository)/Examples/\(name)/paymentkit.py"
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        }
        #expect(Set(kits).count == 1)
    }

    @Test("Every command of the pages for authors does what the page shows")
    func commandsOfPages() async throws {
        let shown = try Self.commands()
        #expect(shown.count >= 8)
        try await TestShop.open(.sqlite) { shop in
            let files = FileManager.default
            try files.createSymbolicLink(
                atPath: "\(shop.folder)/Examples", withDestinationPath: "\(TestDatabase.repository)/Examples")
            try files.createDirectory(atPath: "\(shop.folder)/bin", withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: "\(shop.folder)/bin/duka", withDestinationPath: Program.path)
            for one in shown {
                let ended = try await OperatorCommands.runAll(
                    shop, ["-c", "PATH=\(shop.folder)/bin:/usr/bin:/bin; \(one.command)"], program: "/bin/bash")
                #expect(ended.code == 0, "\(one.testDescription): \(ended.remarks) \(ended.output)")
                for line in one.lines {
                    #expect(ended.output.contains(line), "\(one.testDescription) does not print: \(line)")
                }
            }
        }
    }
}
