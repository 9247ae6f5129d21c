import Commerce
import PaymentKit
import PluginHost

/// How a way to pay does on this node, for its owner.
package struct WayHealth: Sendable {
    /// Whether a new payment may use it; when not, the first thing that is in the way.
    package enum Offer: Sendable, Hashable {
        case offered
        /// The owner has taken it off.
        case off
        /// Something is missing or wrong in its settings.
        case notSetUp
        /// The operator has taken it off, by `duka plugin disable`.
        case disabled
        /// Live mode withholds it, with why.
        case withheld(String)
    }
    package let name: String
    package let manifest: Manifest
    package let offer: Offer
    /// Whether it is a program of its own.
    package let isApart: Bool
    /// How its process does; nil when it has none, or its settings make none.
    package let process: PluginHealth?
    /// Seconds for which nothing is sent, because its provider does not answer.
    package let restSeconds: Int?
    /// What speaks against it in live mode; nil for one that is part of the program, and when the laws were kept.
    package let verdict: String?
    /// What is wrong with its files.
    package let trouble: String?
    /// Whether the owner has taken it off.
    package let isOff: Bool

    /// Whether customers choose it and it cannot be used.
    package var isAway: Bool { offer == .offered && process?.isAway == true }
}

extension Shop {
    /// Every way to pay that this shop could have, in its order, as it does on this node.
    package var wayHealth: [WayHealth] {
        settled.now.ways.map { way in
            let provider = way.provider
            let offer: WayHealth.Offer =
                if let why = provider.withheld {
                    .withheld(why)
                } else if !provider.isOffered {
                    .disabled
                } else if way.isOff {
                    .off
                } else {
                    way.instance == nil ? .notSetUp : .offered
                }
            return WayHealth(
                name: provider.name, manifest: provider.manifest, offer: offer, isApart: provider.seat != nil,
                process: provider.seat?.process?.health, restSeconds: way.instance?.restSeconds.map { Int($0) },
                verdict: provider.verdict, trouble: provider.trouble, isOff: way.isOff)
        }
    }

    /// Offers a way to pay to customers, or takes it off; its settings stay.
    ///
    /// - Throws: ``SettingsRefusal``.
    package func offer(_ name: String, _ isOffered: Bool) async throws {
        guard let way = try await waySettings().first(where: { $0.name == name }) else {
            throw SettingsRefusal.noSuchWay
        }
        try await setWay(name, typed: [:], isOff: !isOffered, version: way.version)
    }
}
