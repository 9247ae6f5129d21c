import Commerce
import Database
import PaymentKit
import Storage

/// How far a shop is set up: what its owner must do before people can buy.
package struct SetUp: Sendable {
    /// What is to be done, in this order. The way to pay is the first that is offered, or the first of all.
    package enum Step: String, CaseIterable, Sendable {
        /// A second factor for the owner.
        case codes
        case name, goods, delivery
        /// The way to pay has all its settings.
        case way
        /// The provider accepts them.
        case accepted
        /// What the provider sends reaches the shop.
        case address
        /// Somebody has paid a prompt.
        case prompt
        /// The provider knows where to report payments that come without a prompt.
        case incoming
    }
    package let done: Set<Step>
    /// The steps that this shop has: not every way to pay can do everything.
    package let steps: [Step]
    /// The way to pay that the later steps are about.
    package let way: WaySettings?
    package var isComplete: Bool { steps.allSatisfy(done.contains) }
}

extension Shop {
    /// - Parameter hasCodes: Whether whoever looks signs in with a second factor.
    package func setUp(hasCodes: Bool) async throws -> SetUp {
        let ways = try await waySettings()
        let way = ways.first { !$0.isOff } ?? ways.first
        let radar = radarReport?.finding.isGood == true
        let (isNamed, hasGoods, hasDelivery, tried, lastPaid, isRegistered) = try await database.read { reading in
            (
                try reading.shopSetting(OwnerSetting.name.rawValue) != nil, try !reading.products().isEmpty,
                try !reading.deliveryChoices().isEmpty,
                try way.flatMap { try reading.shopSetting(Self.triedKey($0.name)) }.flatMap(Int64.init),
                try way.flatMap { try reading.lastPromptPaid(instance: $0.name) },
                try way.map { try reading.shopSetting("incoming \($0.name)") != nil } ?? false
            )
        }
        let since = way?.changedAt?.milliseconds ?? 0
        var done: Set<SetUp.Step> = []
        if hasCodes { done.insert(.codes) }
        if isNamed { done.insert(.name) }
        if hasGoods { done.insert(.goods) }
        if hasDelivery { done.insert(.delivery) }
        if radar { done.insert(.address) }
        if let way, way.problems.isEmpty, !way.isOff {
            done.insert(.way)
            if let tried, tried >= since { done.insert(.accepted) }
            if let lastPaid, lastPaid.milliseconds >= since { done.formUnion([.prompt, .accepted]) }
            if isRegistered { done.insert(.incoming) }
        }
        var steps = SetUp.Step.allCases
        if isPractice { steps.removeAll { $0 == .codes } }
        if way?.canTest == false { steps.removeAll { $0 == .accepted } }
        // Nobody's phone rings for a page: the first customer is the test.
        if way?.manifest.page != nil { steps.removeAll { $0 == .prompt } }
        if way?.canRegister == false { steps.removeAll { $0 == .incoming } }
        return SetUp(done: done, steps: steps, way: way)
    }

    /// Keeps whether the provider accepted the settings of a way to pay.
    package func noteTried(_ name: String, isAccepted: Bool) async throws {
        let text = isAccepted ? "\(now().milliseconds)" : "0"
        try await database.transaction { try $0.setShopSetting(Self.triedKey(name), to: text) }
    }

    private static func triedKey(_ name: String) -> String { "tried \(name)" }
}
