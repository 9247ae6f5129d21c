import Foundation
import Testing

/// What plugin authors build on does not change under them unnoticed.
@Suite("The public interface: a promise with a version")
struct PublicInterface {
    @Test("Every version's interface stays what it was; another one is another version")
    func gate() throws {
        let version = try #require(Self.version, "PaymentPlugin.swift no longer says `interface = \"…\"`.")
        let file = "Tests/HouseRules/Interfaces/\(version).txt"
        let now = Self.declarations
        #expect(now.count > 200, "The declarations are no longer found.")
        guard let kept = Repository.texts(in: file).first?.text else {
            try FileManager.default.createDirectory(
                atPath: "\(Repository.root)/Tests/HouseRules/Interfaces", withIntermediateDirectories: true)
            try Data((now.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(Repository.root)/\(file)"))
            Issue.record("\(file) was written: this is the first time that this version is seen. Commit it.")
            return
        }
        let known = kept.split(separator: "\n").map(String.init)
        let gone = Set(known).subtracting(now).sorted()
        let new = Set(now).subtracting(known).sorted()
        for line in gone { Issue.record("Gone since version \(version): \(line)") }
        for line in new { Issue.record("Not in version \(version): \(line)") }
        #expect(
            gone.isEmpty && new.isEmpty,
            """
            Plugins were built against the interface in \(file). Give `Manifest.interface` and `Wire.interfaces` the \
            next version (a new first number if something is gone), and delete no file of a version that is out.
            """)
    }

    @Test("The kit speaks the version that manifests have by themselves")
    func spoken() throws {
        let version = try #require(Self.version)
        let wire = Repository.texts(in: "Sources/PaymentKit/Wire/WireCalls.swift").first?.text ?? ""
        #expect(wire.contains("static let interfaces = [\"\(version)\""))
    }

    private static var version: String? {
        let text = Repository.texts(in: "Sources/PaymentKit/PaymentPlugin.swift").first?.text ?? ""
        return text.firstMatch(of: /var interface = "([0-9.]+)"/).map { String($0.output.1) }
    }

    /// One line for each public declaration of the kit, case of a public enum and requirement of a public protocol,
    /// with the type that it stands in.
    static var declarations: [String] {
        Repository.swift(in: ["Sources/PaymentKit/", "Sources/PaymentKitTesting/"]).flatMap(declarations(in:)).sorted()
    }

    private static func declarations(in file: SwiftFile) -> [String] {
        var found: [String] = []
        // The types that are open, with the depth of what stands in them, and whether everything there is public.
        var types: [(name: String, depth: Int, isOpen: Bool)] = []
        var depth = 0
        var lines = file.code[...]
        while let code = lines.popFirst() {
            var text = code.trimmingCharacters(in: .whitespaces)
            let isDeclared = text.hasPrefix("public ") || text.contains(" public ")
            let isInside = types.last.map { $0.isOpen && $0.depth == depth && Self.isMember(text) } ?? false
            if isDeclared || isInside {
                // A signature may go on over several lines.
                while text.count(where: { $0 == "(" }) > text.count(where: { $0 == ")" }),
                    let more = lines.popFirst()
                {
                    text += " " + more.trimmingCharacters(in: .whitespaces)
                }
                let words = text.split(separator: "{", maxSplits: 1).first.map(String.init) ?? text
                let plain = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                found.append((types.map(\.name) + [plain]).joined(separator: " | "))
            }
            let opened = depth
            depth += text.count(where: { $0 == "{" }) - text.count(where: { $0 == "}" })
            if depth > opened,
                let match = text.firstMatch(of: /\b(struct|enum|protocol|extension|class|actor)\s+([A-Za-z_.]+)/)
            {
                let kind = match.output.1
                types.append((String(match.output.2), depth, isDeclared && (kind == "enum" || kind == "protocol")))
            }
            while let last = types.last, last.depth > depth { types.removeLast() }
        }
        return found
    }

    private static func isMember(_ text: String) -> Bool {
        ["case ", "func ", "var ", "static ", "init", "associatedtype ", "mutating "].contains { text.hasPrefix($0) }
    }
}
