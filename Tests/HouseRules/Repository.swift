import Foundation
import Testing

/// A text file of the repository.
struct TextFile: Sendable {
    /// Below the repository, such as `Sources/Web/Site.swift`.
    let path: String
    let text: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
}

/// A line that breaks a rule, and what to do about it.
struct Finding: Hashable, Comparable, CustomStringConvertible {
    let path: String
    /// From 1.
    let line: Int
    let advice: String

    var description: String { "\(path):\(line): \(advice)" }

    static func < (left: Finding, right: Finding) -> Bool { (left.path, left.line) < (right.path, right.line) }
}

/// Fails once for each finding.
func report(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
    for finding in findings.sorted() { Issue.record("\(finding)", sourceLocation: sourceLocation) }
}

/// The files as they lie in the folder of this test.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().standardizedFileURL.path

    /// Every text file that is not made by a build or a run.
    static let texts = readAll()

    private static func readAll() -> [TextFile] {
        var texts: [TextFile] = []
        do { try collect("", into: &texts) } catch { preconditionFailure("\(root) cannot be read: \(error)") }
        precondition(texts.count > 100, "The repository was not found at \(root).")
        return texts
    }

    private static func collect(_ folder: String, into texts: inout [TextFile]) throws {
        let made = [".git", ".build", ".swiftpm", "var", "Package.resolved", "__pycache__"]
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted() {
            if made.contains(name) || name.hasPrefix(".build") { continue }
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) else { continue }
            if isFolder.boolValue {
                try collect(path, into: &texts)
            } else if let data = FileManager.default.contents(atPath: "\(root)/\(path)"), data.count < 1_000_000,
                !data.contains(0), let text = String(data: data, encoding: .utf8)
            {
                texts.append(TextFile(path: path, text: text))
            }
        }
    }

    /// All Swift files of the folders.
    static let swift: [SwiftFile] = texts.filter { file in
        file.path.hasSuffix(".swift") && ["Sources/", "plugins/", "Tests/"].contains { file.path.hasPrefix($0) }
    }.map(SwiftFile.init)

    /// What the program is made of: without tests.
    static var program: [SwiftFile] {
        swift.filter { !$0.path.hasPrefix("Tests/") && !$0.path.contains("/Tests/") }
    }

    static func swift(in folders: [String]) -> [SwiftFile] {
        swift.filter { file in folders.contains { file.path.hasPrefix($0) } }
    }

    static func texts(in folder: String, ending: String = "") -> [TextFile] {
        texts.filter { $0.path.hasPrefix(folder) && $0.path.hasSuffix(ending) }
    }
}
