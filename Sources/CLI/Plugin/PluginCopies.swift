import Checkout
import Commerce
import Foundation
import Logging
import PaymentKit
import PluginHost
import Synchronization

/// The enabled copies of the folder as ways to pay, read again whenever one of its files, or the file of settings, has
/// changed. Nothing is started: a plugin's process begins with its first call.
final class PluginCopies: Sendable {
    /// Tells one state of a file from another.
    private struct Stamp: Hashable {
        let path: String
        let changedAt: Date?
        let bytes, number: Int
    }
    /// A copy as its files were read last.
    private struct Copy {
        let instance: PluginFolder.Instance
        var state: PluginFolder.State
        let values: [String: String]
        /// What speaks against it where money is real.
        let verdict: String?
        var trouble: String?
        var revision = 0

        /// Whether the same process does for both.
        func runs(as other: Copy) -> Bool {
            instance.file == other.instance.file && values == other.values
                && state.introduction == other.state.introduction && state.enabledAt == other.state.enabledAt
        }
    }
    /// What a copy of a name keeps, whatever becomes of its files.
    private struct Home {
        let seat = PluginSeat()
        let lane = ProviderLane()
    }
    /// A name whose files were not there at any of the last looks.
    private struct Missing {
        let since: Timestamp
        var looks = 0

        /// A file that somebody saves by another name, or a folder that is put in place anew, is back before that.
        func isLong(at now: Timestamp) -> Bool { looks >= 3 && now.milliseconds - since.milliseconds >= 5_000 }
    }
    private struct Known {
        /// Of the files as they were read last.
        var stamps: Set<Stamp>
        /// As they were found last, and since when they are so: a file that is being written is not read.
        var found: (stamps: Set<Stamp>, since: Timestamp)
        /// The environment that read last.
        var source: SettingsSource
        var sourceFails = false
        var copies: [String: Copy] = [:]
        var homes: [String: Home] = [:]
        var missing: [String: Missing] = [:]
        var gone: [String: Manifest] = [:]
        /// Of those, the ones that were missed for long enough.
        var decided: Set<String> = []
        var revision = 0
        var apart = Shop.ProvidersApart()
    }
    private let folder: PluginFolder
    private let settings: Settings
    private let log: Logger
    private let now: @Sendable () -> Timestamp
    private let known: Mutex<Known>

    /// Reads all files for the first time.
    ///
    /// - Throws: ``Stop`` when one does not read.
    init(_ settings: Settings, _ log: Logger, now: @escaping @Sendable () -> Timestamp) throws {
        self.settings = settings
        self.log = log
        self.now = now
        folder = PluginFolder(path: settings.plugins)
        let stamps = Self.stamps(settings)
        known = Mutex(Known(stamps: stamps, found: (stamps, now()), source: settings.source))
        // Later, what does not read leaves its copy as it was; now there is none yet.
        for instance in try folder.instances() { _ = try folder.state(instance.name) }
        known.withLock { read(&$0) }
    }

    /// As they are known.
    var apart: Shop.ProvidersApart { known.withLock { $0.apart } }

    /// As they are now, once their files stand still. What does not read leaves its copy as it was, except that
    /// customers are not offered it when what was decided about it does not read.
    func look() async -> Shop.ProvidersApart {
        let stamps = Self.stamps(settings)
        let (isDue, old, apart) = known.withLock { known in
            if known.found.stamps != stamps { known.found = (stamps, now()) }
            // Two looks in a row; a page of the desk may look right after another one.
            let isStill = now().milliseconds - known.found.since.milliseconds >= 1_000
            let isNew = known.stamps != stamps || known.sourceFails || !known.missing.isEmpty
            return (isStill && isNew, known.source, known.apart)
        }
        guard isDue else { return apart }
        let source: SettingsSource?
        do { source = try await old.again() } catch {
            source = nil
            if !known.withLock({ $0.sourceFails }) {
                log.error("The file of settings does not read", metadata: ["error": "\(type(of: error))"])
            }
        }
        return known.withLock { known in
            let isNew = known.stamps != stamps || source != nil && known.sourceFails || !known.missing.isEmpty
            known.sourceFails = source == nil
            if let source { known.source = source }
            guard isNew else { return known.apart }
            known.stamps = stamps
            read(&known)
            return known.apart
        }
    }

    /// Of the file of settings, and of all files of copies.
    private static func stamps(_ settings: Settings) -> Set<Stamp> {
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: settings.plugins) } catch { files = [] }
        let paths = files.filter { $0.hasSuffix(".json") }.map { "\(settings.plugins)/\($0)" }
        return Set((paths + [settings.source.file].compactMap { $0 }).compactMap(stamp))
    }

    /// Nil when there is no such file.
    private static func stamp(_ path: String) -> Stamp? {
        do {
            let found = try FileManager.default.attributesOfItem(atPath: path)
            return Stamp(
                path: path, changedAt: found[.modificationDate] as? Date, bytes: found[.size] as? Int ?? 0,
                number: found[.systemFileNumber] as? Int ?? 0)
        } catch { return nil }
    }

    // MARK: Reading

    private func read(_ known: inout Known) {
        let names: Set<String>
        do { names = Set(try folder.names()) } catch {
            // Nothing can be told of any copy: all stay as they are.
            return log.error("The plugins' folder does not read", metadata: ["why": "\(error)"])
        }
        guard known.copies.isEmpty || FileManager.default.fileExists(atPath: folder.path) else {
            return log.error("The plugins' folder is away; all stay as they are")
        }
        let left = folder.leftNames().filter { known.gone[$0] == nil }
        for name in left where known.copies[name] == nil {
            do { known.gone[name] = try folder.state(name)?.introduction.manifest } catch { continue }
            known.missing[name] = Missing(since: now())
        }
        var copies: [String: Copy] = [:]
        for name in names.union(known.copies.keys) {
            copies[name] = copy(name, known.copies[name], known.source)
        }
        for name in names.union(known.copies.keys).union(known.missing.keys) {
            let isThere = names.contains(name) && folder.hasState(name)
            if isThere || copies[name] == nil && known.gone[name] == nil {
                known.missing[name] = nil
                known.decided.remove(name)
            } else if miss(name, &known) {
                known.gone[name] = known.gone[name] ?? known.copies[name]?.state.introduction.manifest
                copies[name] = nil
            }
        }
        for name in copies.keys.sorted() { tell(of: name, &copies[name], &known) }
        for name in copies.keys { known.gone[name] = nil }
        known.copies = copies
        let providers = copies.sorted { $0.key < $1.key }.map { provider($0.key, $0.value, &known) }
        known.apart = Shop.ProvidersApart(
            providers, gone: known.gone, undecided: Set(known.gone.keys).subtracting(known.decided),
            number: known.apart.number + 1)
    }

    /// Counts a look at which a name's files were not there.
    ///
    /// - Returns: Whether it is gone.
    private func miss(_ name: String, _ known: inout Known) -> Bool {
        guard !known.decided.contains(name) else { return true }
        var missing = known.missing[name] ?? Missing(since: now())
        missing.looks += 1
        guard missing.isLong(at: now()) else {
            known.missing[name] = missing
            return false
        }
        known.missing[name] = nil
        known.decided.insert(name)
        log.warning("A way to pay is gone", metadata: ["provider": "\(name)"])
        return true
    }

    /// A copy as its files say; nil when it was never enabled. One that does not read stays as it was, but what was
    /// decided about it is read apart: it is the emergency stop, so where that does not read it is not offered.
    private func copy(_ name: String, _ old: Copy?, _ source: SettingsSource) -> Copy? {
        var isOffered = false
        do {
            guard let state = try folder.state(name) else {
                guard old != nil else { return nil }
                throw Stop("What was decided about \(name) is not there any more.")
            }
            isOffered = state.isOffered
            let instance = try folder.instance(name)
            return Copy(
                instance: instance, state: state, values: folder.values(of: instance) { source($0) },
                verdict: verdict(name, state.introduction))
        } catch {
            var copy = old
            copy?.trouble = "\(error)"
            copy?.state.isOffered = isOffered
            if old?.trouble != copy?.trouble || old == nil {
                log.error("A plugin's file does not read", metadata: ["provider": "\(name)", "why": "\(error)"])
            }
            return copy
        }
    }

    private func verdict(_ name: String, _ introduction: PluginIntroduction) -> String? {
        do { return try folder.whyNotLive(name, introduction) } catch { return "\(error)" }
    }

    /// Numbers a copy's process, and says in the log what is new.
    private func tell(of name: String, _ copy: inout Copy?, _ known: inout Known) {
        guard let next = copy else { return }
        let old = known.copies[name]
        if let old, next.runs(as: old) {
            copy?.revision = old.revision
        } else {
            known.revision += 1
            copy?.revision = known.revision
            log.notice(
                old == nil ? "A plugin is known" : "A plugin is set otherwise",
                metadata: ["provider": "\(name)", "version": "\(next.state.introduction.manifest.version)"])
        }
        if settings.mode == .live, let why = next.verdict, why != old?.verdict {
            log.error("A plugin is not offered", metadata: ["provider": "\(name)", "why": "\(why)"])
        }
    }

    private func provider(_ name: String, _ copy: Copy, _ known: inout Known) -> Shop.Provider {
        let home = known.homes[name] ?? Home()
        known.homes[name] = home
        let isLive = settings.mode == .live
        let pinned = copy.state.introduction
        let (folder, log) = (folder, log)
        return Shop.Provider(
            name: name, pinned.manifest, fixed: copy.values, seat: home.seat, revision: copy.revision,
            isOffered: copy.state.isOffered, withheld: isLive ? copy.verdict : nil, verdict: copy.verdict,
            trouble: copy.trouble, lane: home.lane
        ) { [instance = copy.instance] values, shopName in
            _ = try FieldValues(values, checkedAgainst: pinned.manifest.settings, live: isLive)
            let process = folder.process(
                of: instance, values, isLive: isLive, shopName: shopName, pinned: pinned, lane: home.lane, log: log)
            return ProcessProvider.abilities(of: process, pinned)
        }
    }
}

/// The processes that a command has started, to be ended with it.
final class Processes: Sendable {
    private let all = Mutex<[PluginProcess]>([])
    func add(_ process: PluginProcess) { all.withLock { $0.append(process) } }
    func stop() { for process in all.withLock({ $0 }) { process.stop() } }
}
