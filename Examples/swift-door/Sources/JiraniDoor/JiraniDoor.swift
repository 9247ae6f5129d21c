import PaymentKit

/// The customer pays the neighbour's rider in cash.
public struct JiraniDoor: PaymentPlugin, OfflinePaying {
    public static let manifest: Manifest = {
        var manifest = Manifest(
            id: "example.jirani.door", name: "Jirani Door", version: "1.0.0",
            summary: "The customer pays the rider in cash.", currencies: [.kes],
            settings: [FieldSpec("rider", "Rider", help: "Whom customers give the money.", length: 2...40)])
        manifest.offline = OfflineTerms(
            names: ["en": "Cash to the rider", "sw": "Pesa kwa mwendeshaji"], holdFor: 604_800, isAtHandOver: true)
        return manifest
    }()

    let rider: String

    public init(_ setup: Setup) { rider = setup.settings["rider"] ?? "" }

    public func instructions(for amount: Money, account: String) -> Instructions {
        let shillings = amount.whole.map { "\($0)" } ?? amount.decimalText
        return Instructions(
            [
                .init(["en": "Give \(rider) this amount", "sw": "Mpe \(rider) kiasi hiki"], value: shillings),
                .init(["en": "Say the number of your order", "sw": "Taja nambari ya oda yako"], value: account),
            ], afterwards: ["en": "This page says Paid then.", "sw": "Kisha ukurasa huu utasema Umelipa."])
    }
}
