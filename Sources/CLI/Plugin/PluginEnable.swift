import ArgumentParser
import Foundation
import PaymentKit
import PluginHost

struct PluginEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Offer a plugin of the folder DUKA_PLUGINS at the checkout.",
        discussion: """
            Starts the plugin once with its settings and keeps what it says of itself: should it ever say something \
            else, it is not used. In live mode it must have passed duka plugin check in this very version. A shop that \
            runs offers it within seconds, and takes up changed settings and secrets of a copy in the same way: \
            calls that are on their way end with what they began with.
            """)

    @Argument(help: "The plugin: NAME of the file NAME.json.")
    var name: String

    func run() async throws {
        let settings = try Settings(try await SettingsSource())
        let folder = PluginFolder(path: settings.plugins)
        let instance = try folder.instance(name)
        let process = folder.process(
            of: instance, folder.values(of: instance) { settings.source($0) }, isLive: settings.mode == .live,
            shopName: "Duka", pinned: nil, log: Wiring.quietLog(settings))
        defer { process.stop() }
        let introduction: PluginIntroduction
        do { introduction = try await process.introduction() } catch let error as PaymentError {
            throw Stop("\(name): \(Self.sentence(error, process))")
        }
        if settings.mode == .live, let why = try folder.whyNotLive(name, introduction) {
            throw Stop("\(name) is not offered in live mode: \(why)")
        }
        try folder.write(
            PluginFolder.State(isOffered: true, introduction: introduction, enabledAt: Wiring.now().date), of: name)
        let manifest = introduction.manifest
        print("\(name): \(manifest.name) \(manifest.version) (\(manifest.id)) is offered at the checkout.")
        print("    Talks to: \(introduction.hosts.joined(separator: ", ")).")
        if let page = manifest.page { print("    Sends customers to: \(page.hosts.joined(separator: ", ")).") }
        if process.health.isCutOff == false { print("    This system does not let it be cut off from the network.") }
        print("    A shop that runs here offers it within seconds.")
    }

    static func sentence(_ error: PaymentError, _ process: PluginProcess) -> String {
        switch error {
        case .misconfigured(let why, let setting?): "\(why) (setting \(setting))."
        case .misconfigured(let why, nil): "\(why)."
        case .busy, .invalidInput, .notSent, .unavailable, .outcomeUnknown, .unsupported:
            "it does not start: \(process.health.lastError ?? "\(error)")"
        }
    }
}

struct PluginDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Offer a plugin no longer, within seconds and without a restart.",
        discussion: "Payments that it began are asked about and recorded all the same.")

    @Argument(help: "The plugin: NAME of the file NAME.json.")
    var name: String

    func run() async throws {
        let settings = try Settings(try await SettingsSource())
        let folder = PluginFolder(path: settings.plugins)
        guard var state = try folder.state(name) else { throw Stop("\(name) is not enabled.") }
        state.isOffered = false
        try folder.write(state, of: name)
        print("\(name) is not offered any more. Payments that it began go on.")
    }
}
