import Commerce
import Database
import Foundation
import PaymentKit
import PluginHost
import Storage

/// Why settings were left as they are.
package enum SettingsRefusal: Error, Sendable, Hashable {
    case noSuchWay
    /// Somebody else changed them since the page was shown.
    case changedMeanwhile
    /// The operator's environment sets it.
    case isFixed(OwnerSetting)
    case value(OwnerSetting)
    /// By the key of the field; an empty one for the whole.
    case fields([FieldValues.Problem])
}

/// A way to pay as its page shows it. Holds no secret.
package struct WaySettings: Sendable {
    package let name: String
    package let manifest: Manifest
    /// By the key of the field: what is set, secrets down to their last characters.
    package let shown: [String: String]
    /// Fields that the operator's environment sets.
    package let fixed: Set<String>
    package let isOff: Bool
    /// What is wrong with what is set; nothing when it does.
    package let problems: [FieldValues.Problem]
    /// Whether it can send prompts, tell addresses to its provider, and be tested.
    package let canPrompt, canRegister, canTest: Bool
    /// Addresses of this shop that a person enters at the provider's, because the plugin cannot tell them.
    package let addresses: [String]
    /// When the owner set it last.
    package let changedAt: Timestamp?
    /// For ``Shop/setWay(_:typed:forget:isOff:version:)``.
    package let version: Int64
}

extension Shop {
    // MARK: Settings of the shop

    /// A setting as it is typed, and whether the desk may change it.
    package func setting(_ setting: OwnerSetting) -> (value: String, isFixed: Bool) {
        let value: String =
            switch setting {
            case .name: name
            case .contact: contact ?? ""
            case .ways: settled.now.ways.map(\.provider.name).joined(separator: "\n")
            case .languages, .orderMinutes, .promptsPerOrder, .promptsPerPhone, .largestOrder, .depositPercent,
                .confirmFrom, .secondPersonFrom, .ownerEmail, .ownerPhone, .ownerLanguage, .quietHours, .untold:
                setting.value(in: rules) ?? ""
            }
        return (value, given.fixed.contains(setting))
    }

    /// Tells one state of the settings from another, for a form that shows them.
    package var settingsMark: String { settled.now.mark ?? "" }

    /// Sets what was typed, all or nothing; what did not change is left alone.
    ///
    /// - Parameter mark: ``settingsMark`` of what the page showed; nil for whatever they are.
    /// - Throws: ``SettingsRefusal``.
    /// - Returns: What was changed.
    @discardableResult
    package func set(_ typed: [OwnerSetting: String], over mark: String? = nil) async throws -> [OwnerSetting] {
        let now = now()
        try await readSettings()
        var changes: [(setting: OwnerSetting, value: String)] = []
        for setting in OwnerSetting.allCases {
            guard let text = typed[setting] else { continue }
            guard let kept = setting.kept(text) else { throw SettingsRefusal.value(setting) }
            let (value, isFixed) = self.setting(setting)
            guard kept != value else { continue }
            guard !isFixed else { throw SettingsRefusal.isFixed(setting) }
            changes.append((setting, kept))
        }
        guard !changes.isEmpty else { return [] }
        try await database.transaction { [changes, vault] transaction in
            if let mark, try transaction.settingsMark() != mark { throw SettingsRefusal.changedMeanwhile }
            for change in changes {
                let name = change.setting.rawValue
                if change.setting.isSealed {
                    try transaction.setSealedSetting(name, to: change.value, vault)
                } else {
                    try transaction.setShopSetting(name, to: change.value)
                }
            }
            try transaction.markSettingsChanged(at: now)
        }
        try await readSettings()
        return changes.map(\.setting)
    }

    // MARK: Ways to pay

    /// Every way to pay that this shop could have, in its order.
    package func waySettings() async throws -> [WaySettings] {
        try await readSettings()
        let stored = try await database.read { [vault] in try $0.providerSettings(vault) }
        return settled.now.ways.map { way in
            let abilities = way.instance?.abilities
            return WaySettings(
                name: way.provider.name, manifest: way.provider.manifest,
                shown: Self.shown(way.values, way.provider.manifest.settings), fixed: Set(way.provider.fixed.keys),
                isOff: way.isOff, problems: way.problems,
                canPrompt: abilities.map { $0.offline == nil && $0.manifest.page == nil } ?? false,
                canRegister: abilities?.incoming != nil || abilities?.reconciling != nil,
                canTest: abilities?.connection != nil,
                addresses: abilities == nil || abilities?.incoming != nil ? [] : standingAddresses(of: way.provider),
                changedAt: way.changedAt,
                version: stored.first { $0.instance == way.provider.name }?.version ?? 0)
        }
    }

    /// What may be shown of settings: secrets become their last four characters at most.
    private static func shown(_ values: [String: String], _ specs: [FieldSpec]) -> [String: String] {
        var shown: [String: String] = [:]
        for spec in specs {
            guard let value = values[spec.key] else { continue }
            shown[spec.key] = spec.kind == .secret ? Secret(value).description : value
        }
        return shown
    }

    /// Sets a way to pay; from the next call on it runs with this, here at once and on other nodes within seconds.
    ///
    /// - Parameters:
    ///   - typed: By the key of the field. An empty secret keeps the one that is set.
    ///   - forget: Secrets to take away.
    ///   - version: Of what the page showed.
    /// - Throws: ``SettingsRefusal``; nothing is changed then.
    package func setWay(
        _ name: String, typed: [String: String], forget: Set<String> = [], isOff: Bool, version: Int64
    ) async throws {
        let now = now()
        let (way, values) = try await wayValues(name, typed: typed, forget: forget)
        // What does not do is not kept, unless it is kept switched off.
        let (_, problems) = Self.make(way.provider, values.all, named: way.shopName)
        guard problems.isEmpty || isOff else { throw SettingsRefusal.fields(problems) }
        let settings = StoredProviderSettings(
            instance: name, values: values.own, isOff: isOff, changedAt: now, version: version)
        try await database.transaction { [vault] transaction in
            guard try transaction.save(settings, vault, at: now) else { throw SettingsRefusal.changedMeanwhile }
            try transaction.markSettingsChanged(at: now)
        }
        try await readSettings()
        wake.now()
    }

    /// Asks the provider whether it accepts what was typed, before it is kept.
    ///
    /// - Returns: One line for each thing that was checked.
    /// - Throws: ``SettingsRefusal`` when it cannot even be asked, ``PaymentError`` with what the provider said.
    package func testWay(_ name: String, typed: [String: String], forget: Set<String> = []) async throws -> [String] {
        let (way, values) = try await wayValues(name, typed: typed, forget: forget)
        let (abilities, problems) = Self.make(way.provider, values.all, named: way.shopName)
        guard let abilities else { throw SettingsRefusal.fields(problems) }
        // A key is tried by fetching a token with it, whatever is known already.
        let trial = instance(way.provider, abilities, nil)
        defer { (abilities.provider as? ProcessProvider)?.process.stop() }
        return try await trial.testConnection()
    }

    /// What a way to pay would be set to: all values, and those that are the owner's.
    private func wayValues(
        _ name: String, typed: [String: String], forget: Set<String>
    ) async throws -> (way: SettledShop.Way, values: (own: [String: String], all: [String: String])) {
        try await readSettings()
        guard let way = settled.now.ways.first(where: { $0.provider.name == name }) else {
            throw SettingsRefusal.noSuchWay
        }
        let old = try await database.read { [vault] reading in
            try reading.providerSettings(vault).first { $0.instance == name }?.values ?? [:]
        }
        var own: [String: String] = [:]
        for spec in way.provider.manifest.settings where way.provider.fixed[spec.key] == nil {
            let text = typed[spec.key]?.trimmed ?? (spec.kind == .secret ? "" : old[spec.key] ?? "")
            if !text.isEmpty {
                own[spec.key] = text
            } else if spec.kind == .secret, !forget.contains(spec.key) {
                own[spec.key] = old[spec.key]
            }
        }
        return (way, (own, own.merging(way.provider.fixed) { _, fixed in fixed }))
    }
}
