import ArgumentParser
import Foundation

struct PluginNew: ParsableCommand {
    /// What a new plugin begins as.
    enum Kind: String, ExpressibleByArgument, CaseIterable { case prompt, incoming, redirect, offline }
    /// In which language.
    enum Tongue: String, ExpressibleByArgument, CaseIterable { case swift, python }

    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a new plugin that builds and keeps the laws at once.",
        discussion: """
            A copy of one of the examples under the new name, with its scenario. Kinds: prompt rings the customer's \
            phone; incoming also takes money that the customer sends by hand; redirect leads to the provider's page; \
            offline tells the customer how to pay without any request, such as cash at the door.
            """)

    @Argument(help: "Its name: lower-case letters, digits and dashes.")
    var name: String
    @Option(help: "What it does first: prompt, incoming, redirect or offline.")
    var kind = Kind.prompt
    @Option(help: "swift or python.")
    var language = Tongue.python
    @Option(help: "The folder in which its own is made.")
    var into = "."

    /// Words of the example that become the new plugin's own.
    private struct Example {
        let folder, title, type, id, name: String
        init(_ kind: Kind, _ language: Tongue) {
            let what =
                switch kind {
                case .prompt: "till"
                case .incoming: "paybill"
                case .redirect: "page"
                case .offline: "door"
                }
            folder = "\(language.rawValue)-\(what)"
            title = "Jirani \(what.capitalized)"
            type = "Jirani\(what.capitalized)"
            id = "example.jirani.\(what)"
            name = "jirani-\(what)"
        }
    }

    func run() throws {
        guard PluginFolder.isName(name) else {
            throw Stop("\"\(name)\" is no name; expected 2 to 30 lower-case letters, digits and dashes.")
        }
        let target = "\(into)/\(name)"
        guard !FileManager.default.fileExists(atPath: target) else { throw Stop("\(target) is there already.") }
        let repository = try Self.repository()
        let example = Example(kind, language)
        let parts = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let words = [
            (example.id, "com.example.\(name)"), (example.title, parts.joined(separator: " ")),
            (example.type, parts.joined()), (example.name, name),
            (#""../..""#, #""\#(repository)""#),
        ]
        let made = try copy("\(repository)/Examples/\(example.folder)", to: target, words)
        print("\(target): \(made.sorted().joined(separator: ", "))")
        switch language {
        case .python:
            print("Check it: duka plugin check --scenario \(target)/scenario.json -- python3 \(target)/plugin.py")
        case .swift:
            print("Build it: swift build --package-path \(target)")
            print("Check it: duka plugin check --scenario \(target)/scenario.json -- \(target)/.build/debug/\(name)")
        }
    }

    /// What a build or a run leaves behind.
    private static let leftovers = [".build", "__pycache__", "Package.resolved"]

    private func copy(_ folder: String, to target: String, _ words: [(String, String)]) throws -> [String] {
        guard PluginFolder.isFolder(folder) else { throw Stop("\(folder) is not there.") }
        var made: [String] = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
            let isLeft = file.split(separator: "/").contains { Self.leftovers.contains(String($0)) }
            guard !isLeft, !PluginFolder.isFolder("\(folder)/\(file)") else { continue }
            let text = Self.replaced(try read("\(folder)/\(file)"), words)
            let name = Self.replaced(file, words)
            try write(text, "\(target)/\(name)")
            made.append(name)
        }
        return made
    }

    private static func replaced(_ text: String, _ words: [(String, String)]) -> String {
        words.reduce(text) { text, word in text.replacing(word.0, with: word.1) }
    }

    private func read(_ path: String) throws -> String {
        do { return try String(contentsOf: URL(filePath: path), encoding: .utf8) } catch {
            throw Stop("\(path) cannot be read.")
        }
    }

    private func write(_ text: String, _ path: String) throws {
        let place = URL(filePath: path)
        do {
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: place)
        } catch { throw Stop("\(path) cannot be written.") }
    }

    /// Where the shop's repository lies: around the working folder or the program.
    private static func repository() throws -> String {
        var program = CommandLine.arguments[0]
        // Found through PATH the program is called by its bare name; Linux knows where it lies.
        do { program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") } catch {}
        var place = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
        var candidates = [URL(filePath: FileManager.default.currentDirectoryPath)]
        for _ in 0..<5 {
            candidates.append(place)
            place.deleteLastPathComponent()
        }
        guard let found = candidates.first(where: { PluginFolder.isFolder($0.appending(path: "Examples").path) }) else {
            throw Stop("The folder Examples is not here; run this where the shop's repository lies.")
        }
        return found.standardizedFileURL.path
    }
}
