import Foundation
import Logging
import PaymentKit
import PaymentKitTesting
import PluginHost

/// The configured plugins that run in processes of their own: a file `NAME.json` each, in the folder `DUKA_PLUGINS`.
struct PluginFolder: Sendable {
    let path: String

    /// One configured copy, as its file says.
    struct Instance: Sendable {
        let name: String
        /// Of this copy's files.
        let folder: String
        let file: File

        struct File: Codable, Sendable, Hashable {
            /// The program and its arguments.
            var program: [String]
            /// Where it runs: beside the file itself when it is left out.
            var folder: String?
            var settings: [String: Value]?
            /// Address space in mebibytes.
            var memory: UInt64?
        }
        /// A setting's text, or the environment variable that holds it.
        enum Value: Codable, Sendable, Hashable {
            case text(String)
            case environment(String)

            private struct Reference: Codable { let env: String }
            init(from decoder: any Decoder) throws {
                let box = try decoder.singleValueContainer()
                do { self = .text(try box.decode(String.self)) } catch {
                    self = .environment(try box.decode(Reference.self).env)
                }
            }
            func encode(to encoder: any Encoder) throws {
                var box = encoder.singleValueContainer()
                switch self {
                case .text(let text): try box.encode(text)
                case .environment(let name): try box.encode(Reference(env: name))
                }
            }
        }

        /// Where the program runs.
        var runsIn: String {
            let below = file.folder ?? "."
            return below.hasPrefix("/") ? below : URL(filePath: folder).appending(path: below).standardizedFileURL.path
        }
    }
}

extension PluginFolder {
    /// What was decided about a copy, in `NAME.state.json`: it exists once the copy has been enabled.
    struct State: Codable, Sendable {
        /// Whether customers may choose it. One that is not offered still takes news of the payments it began.
        var isOffered: Bool
        /// What the plugin said of itself when it was enabled; it must not say anything else since.
        var introduction: PluginIntroduction
        /// When it was enabled last: a process that was refused begins anew then.
        var enabledAt: Date?
    }

    /// All copies, by name.
    ///
    /// - Throws: ``Stop`` with the file and what is wrong there.
    func instances() throws -> [Instance] { try names().map(instance) }

    /// The names of all copies, sorted, whether their files read or not.
    ///
    /// - Throws: ``Stop`` when the folder is none.
    func names() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        guard Self.isFolder(path) else { throw Stop("DUKA_PLUGINS is \"\(path)\"; expected a folder.") }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted().compactMap { file in
                let parts = file.split(separator: ".", omittingEmptySubsequences: false)
                return parts.count == 2 && parts[1] == "json" ? String(parts[0]) : nil
            }
        } catch { throw Stop("The folder \(path) cannot be read.") }
    }

    /// Names of copies that were enabled and whose own file was taken away.
    func leftNames() -> [String] {
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: path) } catch { return [] }
        return files.filter { $0.hasSuffix(".state.json") }.map { String($0.dropLast(".state.json".count)) }.filter {
            Self.isName($0) && !files.contains("\($0).json")
        }
    }

    /// - Throws: ``Stop`` when there is none of that name, or its file does not read.
    func instance(_ name: String) throws -> Instance {
        guard Self.isName(name) else {
            throw Stop(
                "\"\(name)\" is no plugin's name: 2 to 30 lower-case letters, digits and dashes, and not "
                    + "that of a way to pay of the shop's own (\(Self.ownNames.joined(separator: ", ")))."
            )
        }
        let place = "\(path)/\(name).json"
        guard let data = FileManager.default.contents(atPath: place) else {
            throw Stop("There is no plugin \(name): expected the file \(place).")
        }
        do {
            let file = try JSONDecoder().decode(Instance.File.self, from: data)
            guard file.program.first?.isEmpty == false else { throw Stop("\(place): program is empty.") }
            return Instance(name: name, folder: path, file: file)
        } catch let error as DecodingError { throw Stop("\(place) does not read: \(error.place).") }
    }

    static func isFolder(_ path: String) -> Bool {
        do {
            return try URL(filePath: path).resolvingSymlinksInPath().resourceValues(forKeys: [.isDirectoryKey])
                .isDirectory == true
        } catch { return false }
    }

    /// Ways to pay that are part of the program.
    private static let ownNames = ["mpesa", "airtel", "bank", "cash", "paystack"]

    static func isName(_ name: String) -> Bool {
        (2...30).contains(name.count) && !ownNames.contains(name) && name.first?.isLetter == true
            && name.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) }
    }

    /// Nil when the copy was never enabled.
    func state(_ name: String) throws -> State? {
        guard let data = FileManager.default.contents(atPath: "\(path)/\(name).state.json") else { return nil }
        do { return try Self.decoder.decode(State.self, from: data) } catch let error as DecodingError {
            throw Stop("\(path)/\(name).state.json does not read: \(error.place). Run: duka plugin enable \(name)")
        }
    }

    /// Whether there is something that was decided about a copy, whether it reads or not.
    func hasState(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name).state.json") }

    func write(_ state: State, of name: String) throws { try write(state, "\(name).state.json") }

    /// A copy's report with what was checked: a number that a plugin gives itself proves little.
    struct CheckedCopy: Codable {
        /// What was run, and what it said of itself.
        struct Subject: Codable, Hashable {
            let program: [String]
            let folder: String?
            let manifest: Manifest
            let abilities: Set<Ability>

            init(_ file: Instance.File, _ introduction: PluginIntroduction) {
                (program, folder) = (file.program, file.folder)
                (manifest, abilities) = (introduction.manifest, Set(introduction.abilities))
            }
        }
        private enum Key: String, CodingKey { case checked }
        let report: ConformanceReport
        /// Nil in reports of before it was kept.
        let checked: Subject?

        init(_ report: ConformanceReport, of checked: Subject) { (self.report, self.checked) = (report, checked) }

        init(from decoder: any Decoder) throws {
            report = try ConformanceReport(from: decoder)
            checked = try decoder.container(keyedBy: Key.self).decodeIfPresent(Subject.self, forKey: .checked)
        }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var box = encoder.container(keyedBy: Key.self)
            try box.encodeIfPresent(checked, forKey: .checked)
        }
    }

    /// What the laws said when the copy was checked last; nil when it never was.
    private func report(_ name: String) throws -> CheckedCopy? {
        guard let data = FileManager.default.contents(atPath: "\(path)/\(name).report.json") else { return nil }
        do { return try Self.decoder.decode(CheckedCopy.self, from: data) } catch let error as DecodingError {
            throw Stop("\(path)/\(name).report.json does not read: \(error.place). Run: duka plugin check \(name)")
        }
    }

    func write(_ report: CheckedCopy, of name: String) throws { try write(report, "\(name).report.json") }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
    }

    private func write(_ value: some Encodable, _ file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .secondsSince1970
        do { try encoder.encode(value).write(to: URL(filePath: "\(path)/\(file)"), options: .atomic) } catch {
            throw Stop("\(path)/\(file) cannot be written.")
        }
    }

    /// Whether a copy may be used where money is real: checked in exactly the version that was enabled, by the program
    /// that is run, which says of itself what it said then.
    ///
    /// - Returns: Why not, as a sentence; nil when it may.
    func whyNotLive(_ name: String, _ introduction: PluginIntroduction) throws -> String? {
        let manifest = introduction.manifest
        guard let known = try report(name) else { return "it was never checked: duka plugin check \(name)" }
        let report = known.report
        guard report.id == manifest.id, report.version == manifest.version else {
            return "the check was of \(report.id) \(report.version), and this is \(manifest.id) \(manifest.version): "
                + "duka plugin check \(name)"
        }
        guard Set(manifest.hosts).isSubset(of: report.hosts) else {
            return "it wants to talk to hosts that were not checked: duka plugin check \(name)"
        }
        if let page = manifest.page {
            guard let checked = report.pageHosts else {
                return "the check was made before pages were looked at: duka plugin check \(name)"
            }
            guard Set(page.hosts).isSubset(of: checked) else {
                return "it wants to send customers to hosts that were not checked: duka plugin check \(name)"
            }
        }
        let now = CheckedCopy.Subject(try instance(name).file, introduction)
        guard let checked = known.checked, checked.program == now.program, checked.folder == now.folder else {
            return "the check was of another program: duka plugin check \(name)"
        }
        guard checked == now else {
            return "it says other things of itself than when it was checked: duka plugin check \(name)"
        }
        return report.isGood ? nil : "the check found \(report.broken.count) broken laws: duka plugin check \(name)"
    }

    /// The settings that a copy's file gives, with those looked up that it names.
    func values(of instance: Instance, _ source: (String) -> String?) -> [String: String] {
        var values: [String: String] = [:]
        for (key, value) in instance.file.settings ?? [:] {
            switch value {
            case .text(let text): values[key] = text
            // One that is not set is left to the owner, or to the plugin's own schema, which says whether it is needed.
            case .environment(let name): values[key] = source(name)
            }
        }
        return values
    }

    /// The process of a copy; it is started by its first call.
    func process(
        of instance: Instance, _ values: [String: String], isLive: Bool, shopName: String, pinned: PluginIntroduction?,
        lane: ProviderLane? = nil, log: Logger
    ) -> PluginProcess {
        PluginProcess(
            PluginProcess.Configuration(
                name: instance.name, command: instance.file.program, folder: instance.runsIn,
                memoryBytes: (instance.file.memory ?? 1_024) << 20, environment: isLive ? .live : .practice,
                shopName: shopName, settings: values), pinned: pinned, lane: lane, log: log)
    }
}
