import FoundationEssentials
import PaymentKit

/// Laws about what a plugin says of itself, and about being made from settings.
enum ManifestLaws {
    private static func say(_ isRight: Bool, _ seen: @autoclosure () -> String) -> String? { isRight ? nil : seen() }

    private static func isName(_ text: String, allowing more: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || more.contains($0)) }
    }

    static let all: [Law] = identity + money + fields + addresses + making

    private static let identity: [Law] = [
        Law(
            "M01", "The id is a reversed domain name in lower case",
            advice: "Name it after a domain of yours, such as com.example.till; it never changes."
        ) {
            let id = $0.manifest.id
            return say(isName(id, allowing: ".-") && id.contains(".") && !id.hasPrefix("."), id)
        },
        Law("M02", "The version is three numbers", advice: "Write the version as 1.0.0.") {
            let parts = $0.manifest.version.split(separator: ".", omittingEmptySubsequences: false)
            return say(parts.count == 3 && parts.allSatisfy { UInt($0) != nil }, $0.manifest.version)
        },
        Law(
            "M03", "It speaks an interface that this kit knows",
            advice: "Leave interface out in Swift; on the wire say 1.1."
        ) {
            say(Wire.interfaces.contains($0.manifest.interface), $0.manifest.interface)
        },
        Law("M04", "The name fits a button", advice: "Give the provider's own name in 2 to 30 characters.") {
            say((2...30).contains($0.manifest.name.count), $0.manifest.name)
        },
        Law("M05", "The summary is one sentence", advice: "Say in 10 to 200 characters what the customer does.") {
            say((10...200).contains($0.manifest.summary.count), $0.manifest.summary)
        },
    ]

    private static let money: [Law] = [
        Law("M06", "Currencies are listed by their codes", advice: "List ISO 4217 codes such as KES.") {
            let codes = $0.manifest.currencies.map(\.rawValue)
            let areCodes = codes.allSatisfy { $0.count == 3 && $0.allSatisfy { $0.isASCII && $0.isUppercase } }
            return say(!codes.isEmpty && areCodes, "\(codes)")
        },
        Law(
            "M07", "The smallest amount is above zero and below the largest",
            advice: "Give minimum and maximum in one of the currencies, smallest first."
        ) { bench in
            let (least, most) = (bench.manifest.minimum, bench.manifest.maximum)
            let known = [least, most].compactMap { $0 }
            let areKnown = known.allSatisfy { bench.manifest.currencies.contains($0.currency) && $0.minor > 0 }
            return say(areKnown && (least?.minor ?? 0) <= (most?.minor ?? .max), "\(known)")
        },
        Law(
            "M08", "The rate is one that a shop can wait for",
            advice: "Give requestsPerSecond between 0.1 and 1000, or leave it out."
        ) {
            say((0.1...1_000).contains($0.manifest.requestsPerSecond ?? 1), "\($0.manifest.requestsPerSecond ?? 0)")
        },
        Law(
            "M09", "\"Not found\" becomes final within a day",
            advice: "Give notFoundGrace in seconds: how long the provider may take to know of a payment."
        ) {
            say((0...86_400).contains($0.manifest.notFoundGrace), "\($0.manifest.notFoundGrace)")
        },
        Law(
            "M10", "The scenario's amount is one that the plugin takes",
            advice: "Choose an amount between minimum and maximum in the scenario."
        ) { bench in
            let amount = bench.amount.minor
            let isIn = amount >= bench.manifest.minimum?.minor ?? 1 && amount <= bench.manifest.maximum?.minor ?? .max
            return say(isIn && (!bench.manifest.wholeUnitsOnly || bench.amount.whole != nil), "\(bench.amount)")
        },
    ]

    private static let fields: [Law] = [
        Law("M11", "Every field has a key of its own", advice: "Give each field another key, in lower case.") {
            for list in [$0.manifest.settings, $0.manifest.form, $0.manifest.payoutForm] {
                let keys = list.map(\.key)
                guard Set(keys).count == keys.count, keys.allSatisfy({ isName($0, allowing: "_") }) else {
                    return "\(keys)"
                }
            }
            return nil
        },
        Law("M12", "Every field has a label", advice: "Write a label that a person understands.") {
            let fields = $0.manifest.settings + $0.manifest.form + $0.manifest.payoutForm
            return fields.first { $0.label.isEmpty || $0.label.count > 60 }?.key
        },
        Law(
            "M13", "What must stay secret is a secret field",
            advice: "Set kind to secret for keys, passwords, passkeys and tokens: they are masked and sealed then."
        ) {
            let words = ["secret", "password", "passkey", "token", "api_key", "apikey", "private"]
            return $0.manifest.settings.first { field in
                field.kind != .secret && words.contains { field.key.contains($0) }
            }?.key
        },
        Law("M14", "A default passes the field's own check", advice: "Mend the default or the rule.") {
            for field in $0.manifest.settings where field.default != nil {
                do { _ = try FieldValues([:], checkedAgainst: [field]) } catch { return field.key }
            }
            return nil
        },
        Law("M15", "No secret has a default", advice: "Leave the default of secret fields out: the owner gives them.") {
            $0.manifest.settings.first { $0.kind == .secret && $0.default != nil }?.key
        },
        Law(
            "M16", "The customer is asked only for what the checkout can ask",
            advice:
                "The checkout asks for phone and email itself: at most one field of each kind. Others are of the kinds "
                + "text, integer or choice; leave secrets and long texts out."
        ) { bench in
            let form = bench.manifest.form
            for kind in [FieldSpec.Kind.phone, .email] where form.count(where: { $0.kind == kind }) > 1 {
                return "two fields for one thing"
            }
            return form.first { field in
                switch field.kind {
                case .text, .integer, .phone, .email, .choice: false
                case .multiline, .secret, .url: true
                }
            }?.key
        },
    ]

    private static let addresses: [Law] = [
        Law("M17", "Hosts are bare names", advice: "Write hosts without https:// and without a path.") {
            $0.manifest.hosts.first { host in
                host.isEmpty || host.contains("/") || host.contains("*") || host.contains("@")
                    || host.contains { $0.isUppercase || $0.isWhitespace }
            }
        },
        Law(
            "M18", "Routes are named in lower-case letters and dashes, each once",
            advice: "Rename the route, for example payment-result."
        ) {
            let names = $0.manifest.routes.map(\.name)
            let areNames = names.allSatisfy {
                !$0.isEmpty && $0.allSatisfy { "abcdefghijklmnopqrstuvwxyz-".contains($0) }
            }
            return say(areNames && Set(names).count == names.count, "\(names)")
        },
        Law(
            "M19", "Who reads messages has a route, and who has a route reads messages",
            advice: "List the addresses under routes and conform to WebhookReceiving; or have neither."
        ) {
            say($0.manifest.routes.isEmpty == ($0.plugin.webhooks == nil), "\($0.manifest.routes.map(\.name))")
        },
        Law(
            "M20", "The plugin says how a payment is found again",
            advice:
                "Conform to StatusQuerying, WebhookReceiving or Reconciling: a lost answer is for ever unknown else."
        ) {
            if $0.plugin.offline != nil { throw NotAsked("it begins nothing") }
            return say(
                $0.plugin.status != nil || $0.plugin.webhooks != nil || $0.plugin.reconciling != nil, "none of them")
        },
        Law(
            "M25", "Whoever signs names a header and a secret setting",
            advice: "Give signature the header's name and the key of a setting of the kind secret that must be given."
        ) { bench in
            for route in bench.manifest.routes {
                guard let signature = route.signature else { continue }
                let setting = bench.manifest.settings.first { $0.key == signature.setting }
                guard setting?.kind == .secret, setting?.need == .always, !signature.header.isEmpty else {
                    return route.name
                }
            }
            return nil
        },
        Law("M21", "Routes are answered with success", advice: "Give routes a reply of status 200 to 299.") {
            $0.manifest.routes.first { !(200...299).contains($0.reply.status) }?.name
        },
    ]

    private static let making: [Law] = [
        Law(
            "M22", "Two copies made from the same settings talk to the same hosts",
            advice: "Derive hosts from the settings only."
        ) { bench in
            let another = try await bench.another()
            return say(another.hosts == bench.plugin.hosts, "\(another.hosts)")
        },
        Law(
            "M23", "A copy's hosts are the manifest's, or this machine's in practice",
            advice: "List every host in the manifest; a setting may change it to 127.0.0.1 for tests only."
        ) { bench in
            bench.plugin.hosts.first { host in
                let name = host.split(separator: ":").first.map(String.init) ?? host
                return !bench.manifest.hosts.contains(host) && !["127.0.0.1", "localhost"].contains(name)
            }
        },
        Law(
            "M24", "The settings of the scenario hold every needed secret",
            advice:
                "Give each secret setting a value of six characters or more in the scenario, so it can be looked for."
        ) {
            bench in
            bench.manifest.settings.first { field in
                field.kind == .secret && field.need != .never && (bench.scenario.settings[field.key]?.count ?? 0) < 6
            }?.key
        },
    ]
}
