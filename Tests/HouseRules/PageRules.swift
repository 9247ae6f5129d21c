import Foundation
import Testing

@Suite("Pages and words: what shoppers get")
struct PageRules {
    private static let templates = Repository.texts(in: "templates/", ending: ".mustache")

    private static func findings(_ pattern: String, _ advice: String) throws -> [Finding] {
        let regex = try Regex(pattern)
        return templates.flatMap { file in
            file.lines.enumerated().filter { $1.contains(regex) }.map {
                Finding(path: file.path, line: $0.offset + 1, advice: advice)
            }
        }
    }

    @Test("Every value in a page is escaped")
    func escaping() throws {
        #expect(!Self.templates.isEmpty)
        report(try Self.findings(#"\{\{\{|\{\{\s*&"#, "write `{{…}}`: a value is never markup."))
    }

    @Test("No page of shoppers has a field for a password or a PIN")
    func secretFields() throws {
        report(
            try Self.findings(
                #"(?i)type\s*=\s*["']?password|<(input|textarea|select)[^>]*\b(pin|passcode|password)\b"#,
                "a shop never asks for a PIN (S6): it is entered on the phone."
            ).filter { !$0.path.hasPrefix("templates/admin/") && !$0.path.hasPrefix("templates/layout/staff_") })
    }

    @Test("Pages obey their own security policy: no style, handler or script in the markup")
    func inlineCode() throws {
        report(
            try Self.findings(
                #"(?i)\sstyle\s*=|\son[a-z]+\s*=|<style\b|javascript:|<script(?![^>]*\ssrc=)"#,
                "move it to `public/style.css` or `public/duka.js`."))
    }

    private static func words(_ language: String) throws -> [String: String] {
        let path = "templates/languages/\(language).json"
        let file = try #require(Repository.texts.first { $0.path == path })
        return try JSONDecoder().decode([String: String].self, from: Data(file.text.utf8))
    }

    private static func line(of key: String, _ language: String) -> Finding {
        let path = "templates/languages/\(language).json"
        let lines = Repository.texts.first { $0.path == path }?.lines ?? []
        let line = lines.firstIndex { $0.contains("\"\(key)\"") } ?? 0
        return Finding(path: path, line: line + 1, advice: key)
    }

    @Test("Both languages say the same things, with the same gaps to fill")
    func languages() throws {
        let english = try Self.words("en")
        let swahili = try Self.words("sw")
        let gap = try Regex(#"\{\d\}"#)
        func gaps(_ text: String?) -> [String] {
            (text ?? "").matches(of: gap).map { "\($0.output[0].substring ?? "")" }
        }
        for key in Set(english.keys).union(swahili.keys).sorted() {
            #expect(english[key] != nil, "\(Self.line(of: key, "sw")) is missing in en.json.")
            #expect(swahili[key] != nil, "\(Self.line(of: key, "en")) is missing in sw.json.")
            let same = Set(gaps(english[key])) == Set(gaps(swahili[key]))
            #expect(same, "\(Self.line(of: key, "sw")) has other gaps than in English.")
            #expect(english[key]?.isEmpty == false && swahili[key]?.isEmpty == false, "\(key) is empty.")
        }
    }

    @Test("A key stands once in a language file")
    func keysOnce() throws {
        let pattern = try Regex(#"^\s*"([^"]+)"\s*:"#)
        for file in Repository.texts(in: "templates/languages/", ending: ".json") {
            var seen: Set<Substring> = []
            for (number, line) in file.lines.enumerated() {
                guard let key = line.firstMatch(of: pattern)?.output[1].substring else { continue }
                #expect(seen.insert(key).inserted, "\(file.path):\(number + 1): \(key) stands here a second time.")
            }
        }
    }

    @Test("Every sentence that a page asks for exists")
    func wordsOfTemplates() throws {
        let known = try Self.words("en")
        let pattern = try Regex(#"\{\{[#^/]?\s*t\.([A-Za-z0-9_]+)\s*\}\}"#)
        var found: [Finding] = []
        for file in Self.templates {
            for (number, line) in file.lines.enumerated() {
                for match in line.matches(of: pattern) {
                    let key = String(match.output[1].substring ?? "")
                    if known[key] == nil {
                        found.append(
                            Finding(path: file.path, line: number + 1, advice: "add \(key) to both language files."))
                    }
                }
            }
        }
        report(found)
    }

    @Test("Every sentence that the program asks for exists and gets the values it has gaps for")
    func wordsOfProgram() throws {
        let known = try Self.words("en")
        let pattern = try Regex(#"\bwords\(\s*"([A-Za-z0-9_.]+)""#)
        var found: [Finding] = []
        var count = 0
        for file in Repository.swift(in: ["Sources/Web/"]) {
            for match in file.lines.joined(separator: "\n").matches(of: pattern) {
                count += 1
                let key = String(match.output[1].substring ?? "")
                guard known[key] == nil else { continue }
                let line = file.lines.firstIndex { $0.contains("\"\(key)\"") } ?? 0
                found.append(Finding(path: file.path, line: line + 1, advice: "add \(key) to both language files."))
            }
        }
        #expect(count > 20, "The pattern no longer finds how words are asked for.")
        report(found)
    }

    @Test("Every partial that a template includes exists")
    func partials() throws {
        let names = Set(Self.templates.map { $0.path.dropFirst("templates/".count).dropLast(".mustache".count) })
        let pattern = try Regex(#"\{\{>\s*([^\s}]+)\s*\}\}"#)
        for file in Self.templates {
            for (number, line) in file.lines.enumerated() {
                for match in line.matches(of: pattern) {
                    let name = match.output[1].substring ?? ""
                    #expect(names.contains(name), "\(file.path):\(number + 1): there is no template \(name).")
                }
            }
        }
    }
}
