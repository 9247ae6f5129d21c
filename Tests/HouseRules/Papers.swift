import Foundation
import Testing

@Suite("Papers: names, comments, migrations, and what must not be in any file")
struct Papers {
    @Test("What others may use is explained")
    func comments() throws {
        let pattern = try Regex(
            #"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(public|package)\s+"#
                + #"(?:(?:static|final|indirect|mutating|nonisolated|convenience)\s+)*"#
                + #"(func|struct|class|enum|actor|protocol|typealias)\s+(\S+)"#)
        var found: [Finding] = []
        for file in Repository.program {
            for (number, line) in file.code.enumerated() {
                guard let match = line.firstMatch(of: pattern) else { continue }
                let kind = match.output[2].substring ?? ""
                let name = match.output[3].substring ?? ""
                if kind == "func", Self.isExplainedElsewhere(String(name), file.path) { continue }
                var above = number - 1
                while above >= 0, file.code[above].trimmingCharacters(in: .whitespaces).hasPrefix("@") { above -= 1 }
                if above < 0 || !file.comments[above].contains("///") {
                    found.append(
                        Finding(
                            path: file.path, line: number + 1,
                            advice: "\(kind) \(name) needs `///`: what it is or does, and what its name cannot say."))
                }
            }
        }
        report(found)
    }

    /// Operators, and functions that a protocol asks for and explains.
    private static func isExplainedElsewhere(_ name: String, _ path: String) -> Bool {
        let isOperator = name.first.map { !$0.isLetter && $0 != "_" } ?? false
        let asked = ["enqueue(", "appendLiteral(", "next(", "encode("]
        let askedOfPlugins = [
            "send(", "token(", "invalidate(", "note(", "start(", "status(", "events(", "testConnection(", "refund(",
            "balance(", "instructions(", "question(", "reply(", "registerIncoming(", "receipt(", "lookUp(",
            "statement(", "registerStatement(", "code(",
        ]
        let isPlugin =
            ["plugins/", "Sources/PaymentKitTesting/"].contains { path.hasPrefix($0) }
            || path == "Sources/PluginHost/Process/ProcessProvider.swift"
        return isOperator || asked.contains { name.hasPrefix($0) }
            || (isPlugin && askedOfPlugins.contains { name.hasPrefix($0) })
    }

    @Test("A file is called after what it holds")
    func names() {
        for file in Repository.texts {
            let name = file.name.lowercased()
            let isHeap = ["utils", "util", "helpers", "helper", "extensions", "misc", "common"].contains { word in
                name == "\(word).swift" || name.hasSuffix("+\(word).swift")
                    || (name.hasSuffix("\(word).swift")
                        && file.name.contains(word.capitalized))
            }
            #expect(!isHeap, "\(file.path):1: put each part beside its one user.")
        }
    }

    @Test("Migrations work on both engines and wait for no row")
    func migrations() throws {
        let files = Repository.texts(in: "migrations/", ending: ".sql")
        #expect(!files.isEmpty)
        let pattern = try Regex(
            #"(?i)\bAUTO_?INCREMENT\b|\bFOR\s+UPDATE\b|\b(FLOAT|DOUBLE|REAL)\b|\bON\s+DUPLICATE\b|\bON\s+CONFLICT\b"#)
        for file in files {
            for (number, line) in file.lines.enumerated() {
                let statement = line.prefix(upTo: line.range(of: "--")?.lowerBound ?? line.endIndex)
                #expect(
                    !statement.contains(pattern),
                    "\(file.path):\(number + 1): own ids, whole numbers, and a version that is checked instead.")
            }
        }
    }

    @Test("Migrations are numbered without a gap")
    func migrationNumbers() {
        let numbers = Repository.texts(in: "migrations/", ending: ".sql").map { Int($0.name.prefix(4)) }
        #expect(numbers == Array(1...numbers.count), "migrations/: number them 0001, 0002 and so on.")
    }

    /// Written in pieces, so that this file obeys its own rule.
    private static let forbidden: [(pattern: String, advice: String)] = [
        ("/" + "home/[a-z]", "a folder of one machine; use a path below the repository."),
        ("/" + "Users/[A-Za-z]", "a folder of one machine; use a path below the repository."),
        (#"(^|[\s"'(=:])/"# + #"(work|root|workspace|workspaces|wt)/"#, "a folder of one machine."),
        ("/" + "tmp/wt/", "a folder of one machine; use a path below the repository."),
        ("gh" + "[pousr]_[A-Za-z0-9]{20,}", "a token; revoke it."),
        ("AK" + "IA[0-9A-Z]{16}", "a token; revoke it."),
        ("xox" + "[abpr]-[0-9A-Za-z-]{10,}", "a token; revoke it."),
        ("s" + "k-[A-Za-z0-9_-]{32,}", "a token; revoke it."),
        (
            #"(?i)\b(clau"# + "de|anth" + "ropic|open" + "ai|chat" + "gpt|cop" + #"ilot|lang"# + #"uage model)\b"#,
            "a word that has nothing to do with a shop."
        ),
    ]

    @Test("No file holds a path of one machine, a token or a word that does not belong here")
    func secrets() throws {
        for (pattern, advice) in Self.forbidden {
            let regex = try Regex(pattern)
            report(
                Repository.texts.filter { $0.text.contains(regex) }.flatMap { file in
                    file.lines.enumerated().filter { $1.contains(regex) }.map {
                        Finding(path: file.path, line: $0.offset + 1, advice: advice)
                    }
                })
        }
    }

    /// Private keys that are published on purpose, and why they guard nothing.
    private static let publishedKeys = [
        "plugins/mpesa/Simulator/PracticeKey.swift": "the simulated provider reads practice passwords with it"
    ]

    @Test("Private keys lie in test fixtures only, but for those that are published on purpose")
    func privateKeys() {
        let mark = "PRIVATE " + "KEY-----"
        let found = Repository.texts.filter { $0.text.contains(mark) }.map(\.path)
        for path in found where Self.publishedKeys[path] == nil {
            #expect(path.contains("Tests/"), "\(path):1: a private key; revoke it.")
        }
        for path in Self.publishedKeys.keys {
            #expect(found.contains(path), "\(path) holds no private key any more; take it off the list.")
        }
    }

    private static let readMe = Repository.texts.first { $0.path == "README.md" }

    @Test("Every setting is in the README", .enabled(if: Papers.readMe != nil, "There is no README.md yet."))
    func settings() throws {
        let keys = try Self.settingKeys()
        let text = try #require(Self.readMe).text
        for key in keys.sorted() { #expect(text.contains(key), "README.md:1: the setting \(key) is missing.") }
    }

    @Test("Every setting that is read is declared")
    func declaredSettings() throws {
        let declared = try Self.settingKeys()
        let pattern = try Regex(#"^(DUKA_[A-Z0-9_]+)$"#)
        var found: [Finding] = []
        for file in Repository.swift(in: ["Sources/CLI/"]) {
            for (number, line) in file.literals.enumerated() {
                for word in line.split(separator: " ") {
                    guard let key = word.firstMatch(of: pattern)?.output[1].substring else { continue }
                    if !declared.contains(String(key)), !key.hasSuffix("_") {
                        found.append(
                            Finding(path: file.path, line: number + 1, advice: "declare \(key) in CLI/Settings.swift."))
                    }
                }
            }
        }
        report(found)
    }

    /// The keys that `CLI/Settings.swift` declares.
    private static func settingKeys() throws -> Set<String> {
        let file = try #require(Repository.swift.first { $0.path == "Sources/CLI/Settings.swift" })
        let pattern = try Regex(#"key:\s*"([A-Z][A-Z0-9_]+)""#)
        let keys = Set(
            file.lines.joined(separator: "\n").matches(of: pattern).compactMap {
                $0.output[1].substring.map(String.init)
            })
        #expect(keys.contains("DUKA_MODE"), "The pattern no longer finds how settings are declared.")
        return keys
    }
}
