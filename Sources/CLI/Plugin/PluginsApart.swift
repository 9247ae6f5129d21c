import Checkout
import Foundation
import Logging
import PaymentKit
import PluginHost
import Synchronization

extension PluginFolder {
    /// The enabled copies as ways to pay. Nothing is started yet: a plugin's process begins with its first call.
    ///
    /// - Throws: ``Stop`` when a file does not read.
    func providers(_ settings: Settings, _ log: Logger) throws -> [Shop.Provider] {
        try instances().compactMap { instance in
            guard let state = try state(instance.name) else { return nil }
            let pinned = state.introduction
            let offer = Offer(folder: self, name: instance.name, state.isOffered)
            if settings.mode == .live, let why = try whyNotLive(instance.name, pinned) {
                log.error(
                    "A plugin is not offered", metadata: ["provider": "\(instance.name)", "why": "\(why)"])
                offer.forbid()
            }
            let isLive = settings.mode == .live
            let seat = PluginSeat()
            return Shop.Provider(
                name: instance.name, pinned.manifest, fixed: values(of: instance) { settings.source($0) }, seat: seat,
                isOffered: { offer.isOpen }
            ) { values, shopName in
                _ = try FieldValues(values, checkedAgainst: pinned.manifest.settings, live: isLive)
                let process = process(
                    of: instance, values, isLive: isLive, shopName: shopName, pinned: pinned, log: log)
                return ProcessProvider.abilities(of: process, pinned)
            }
        }
    }
}

/// Whether customers may choose a copy: what its state file says, which `duka plugin enable` and `disable` change while
/// the shop runs.
private final class Offer: Sendable {
    private struct Known {
        var isOffered: Bool
        var changedAt: Date?
        var isForbidden = false
    }
    private let folder: PluginFolder
    private let name: String
    private let known: Mutex<Known>

    init(folder: PluginFolder, name: String, _ isOffered: Bool) {
        self.folder = folder
        self.name = name
        known = Mutex(Known(isOffered: isOffered, changedAt: Self.changed(folder, name)))
    }

    func forbid() { known.withLock { $0.isForbidden = true } }

    var isOpen: Bool {
        known.withLock { known in
            if known.isForbidden { return false }
            let changedAt = Self.changed(folder, name)
            guard changedAt != known.changedAt else { return known.isOffered }
            known.changedAt = changedAt
            // A file that is gone or does not read offers nothing.
            do { known.isOffered = try folder.state(name)?.isOffered ?? false } catch { known.isOffered = false }
            return known.isOffered
        }
    }

    private static func changed(_ folder: PluginFolder, _ name: String) -> Date? {
        do {
            return try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name).state.json")[
                .modificationDate]
                as? Date
        } catch { return nil }
    }
}

/// The processes that a command has started, to be ended with it.
final class Processes: Sendable {
    private let all = Mutex<[PluginProcess]>([])
    func add(_ process: PluginProcess) { all.withLock { $0.append(process) } }
    func stop() { for process in all.withLock({ $0 }) { process.stop() } }
}
