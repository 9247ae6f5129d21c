import Airtel
import BankTransfer
import CashOnDelivery
import Commerce
import Database
import Foundation
import HTTPServer
import Logging
import MPesa
import PaymentKit
import Paystack

/// All settings of a shop, read and checked at the start.
struct Settings: Sendable {
    /// Whether real money moves.
    enum Mode: String, CaseIterable, Sendable { case practice, live }

    var mode: Mode
    var host: String
    var port: UInt16
    var publicURL: String
    /// Where the desk has a listener of its own; nil when it is served beside the shop's pages.
    var desk: (host: String, port: UInt16)?
    var callbackBase: String
    var database: DatabaseLocation
    var secretKey: Secret?
    var trustedProxies: [AddressRange]
    var node: String
    var caFile: String?
    var logLevel: Logger.Level
    var loops: Int?
    var contact: String?
    var messages: MessageSettings
    var spool: String
    var folders: Folders
    var simulatorPort, airtelSimulatorPort: UInt16
    var rules: ShopRules
    /// What the environment sets, so that the desk cannot.
    var fixed: Set<OwnerSetting>
    var providerPerSecond: Double?
    /// The M-PESA plugin's settings by field key, as text; the plugin's own schema checks them.
    var mpesa: [String: String]
    /// The same of the other plugins.
    var airtel, bank, cash, paystack: [String: String]
    /// Folder of the plugins that run in processes of their own.
    var plugins: String
    /// Where these plugins' settings are looked up.
    var source: SettingsSource

    struct Folders: Sendable {
        var templates, files, migrations: String
    }

    /// One setting: what `--help` and the README show.
    struct Declaration: Sendable {
        let key, help: String
        let defaultText: String
        var isSecret = false
    }

    static let declarations: [Declaration] = [
        Declaration(key: "DUKA_MODE", help: "practice (no real money moves) or live", defaultText: "practice"),
        Declaration(key: "DUKA_LISTEN", help: "address and port to listen on", defaultText: "127.0.0.1:8080"),
        Declaration(
            key: "DUKA_PUBLIC_URL", help: "the shop's address as customers see it; https in live",
            defaultText: "http://DUKA_LISTEN"),
        Declaration(
            key: "DUKA_ADMIN_LISTEN",
            help: "address and port for the desk (/admin) alone, 127.0.0.1 in live; the shop's then has none",
            defaultText: "the shop's"),
        Declaration(
            key: "DUKA_DATABASE", help: "sqlite:FILE, or mariadb://user:password@host:3306/name (?socket=FILE)",
            defaultText: "sqlite:var/duka.db"),
        Declaration(
            key: "DUKA_SECRET_KEY", help: "64 hexadecimal digits; older keys after commas as id:digits",
            defaultText: "made on the first run with SQLite", isSecret: true),
        Declaration(
            key: "DUKA_TRUSTED_PROXIES", help: "addresses or ranges, separated by commas, whose X-Forwarded-For counts",
            defaultText: "none"),
        Declaration(key: "DUKA_NODE", help: "this node's name in the log", defaultText: "host name"),
        Declaration(
            key: "DUKA_CA_FILE", help: "a PEM file of certificate authorities for outbound TLS",
            defaultText: "the system's"),
        Declaration(
            key: "DUKA_LOG_LEVEL", help: "trace, debug, info, notice, warning, error or critical", defaultText: "info"),
        Declaration(key: "DUKA_LOOPS", help: "event loops, 1 to 16", defaultText: "half the cores, 4 at most"),
        Declaration(key: "DUKA_CONTACT", help: "the shop's telephone number, shown on its pages", defaultText: "none"),
        Declaration(
            key: "DUKA_SMTP_URL",
            help: "the mail server: smtp://HOST:PORT (STARTTLS, needed but for this machine) or smtps://HOST:PORT",
            defaultText: "no letters"),
        Declaration(key: "DUKA_SMTP_USER", help: "the user at the mail server", defaultText: "none"),
        Declaration(
            key: "DUKA_SMTP_PASSWORD", help: "the password at the mail server", defaultText: "none", isSecret: true),
        Declaration(key: "DUKA_MAIL_FROM", help: "the address that letters come from", defaultText: "none"),
        Declaration(
            key: "DUKA_OWNER_EMAIL", help: "who gets letters about what is wrong with the shop", defaultText: "none"),
        Declaration(
            key: "DUKA_OWNER_PHONE", help: "who gets SMS about what is wrong with the shop", defaultText: "none"),
        Declaration(key: "DUKA_SMS_USERNAME", help: "the user at Africa's Talking", defaultText: "no SMS"),
        Declaration(
            key: "DUKA_SMS_API_KEY", help: "the key of that user", defaultText: "none", isSecret: true),
        Declaration(
            key: "DUKA_SMS_FROM", help: "the registered name or short code that SMS come from",
            defaultText: "the account's"),
        Declaration(
            key: "DUKA_SMS_URL", help: "another address of the SMS service; http on this machine in practice only",
            defaultText: "Africa's Talking's"),
        Declaration(
            key: "DUKA_OWNER_LANGUAGE", help: "the language of letters and SMS to the owner, en or sw",
            defaultText: "en"),
        Declaration(
            key: "DUKA_LANGUAGES",
            help: "what the shop's pages may be read in, the first for browsers that ask for neither: en,sw or one",
            defaultText: "en,sw"),
        Declaration(
            key: "DUKA_WAYS", help: "the ways to pay that come first at the checkout, by name, separated by commas",
            defaultText: "M-PESA first"),
        Declaration(
            key: "DUKA_QUIET_HOURS", help: "hours of a day in East Africa without SMS that can wait, or off",
            defaultText: "21-7"),
        Declaration(
            key: "DUKA_SPOOL", help: "folder for provider messages while the database is away", defaultText: "var/spool"
        ),
        Declaration(key: "DUKA_TEMPLATES", help: "folder of the templates", defaultText: "templates"),
        Declaration(key: "DUKA_FILES", help: "folder of the files served as they are", defaultText: "public"),
        Declaration(key: "DUKA_MIGRATIONS", help: "folder of the migrations", defaultText: "migrations"),
        Declaration(
            key: "DUKA_PLUGINS", help: "folder of the plugins that run as programs of their own, a file for each",
            defaultText: "plugins.d"),
        Declaration(
            key: "DUKA_SIMULATOR_PORT", help: "port of the built-in simulator on 127.0.0.1 (practice)",
            defaultText: "8081"),
        Declaration(
            key: "DUKA_ORDER_EXPIRY_SECONDS", help: "an unpaid order's life, 1200 to 259200", defaultText: "3600"),
        Declaration(
            key: "DUKA_LARGEST_ORDER", help: "the largest order that is taken, in shillings, 1 to 1000000",
            defaultText: "1000000"),
        Declaration(
            key: "DUKA_DEPOSIT_PERCENT",
            help:
                "percent of an order that are paid before its goods leave, where the rest is paid at the door, 0 to 90",
            defaultText: "0"),
        Declaration(
            key: "DUKA_ATTEMPT_SECONDS", help: "when a prompt without news closes, 150 to 600", defaultText: "180"),
        Declaration(
            key: "DUKA_QUERY_SECONDS",
            help: "when to ask about a prompt: seconds after it, ascending, separated by commas",
            defaultText: "8,16,30,50,75,120,175,300,900,3600,21600,86400,169200"),
        Declaration(
            key: "DUKA_CONFIRM_FROM",
            help: "from this many shillings on a callback is confirmed by a query first, 1 to 1000000",
            defaultText: "10000"),
        Declaration(
            key: "DUKA_REFUND_QUERY_SECONDS",
            help: "when to ask about a refund or payout: seconds after it was sent; then a person must look",
            defaultText: "30,120,300,900,3600,21600,86400"),
        Declaration(
            key: "DUKA_SECOND_PERSON_FROM",
            help: "from this many shillings on another person approves a refund or payout, 1 to 1000000",
            defaultText: "5000"),
        Declaration(
            key: "DUKA_KEEP_PEOPLE_DAYS",
            help: "days after an order's end for which names, numbers and addresses are kept, 30 to 3650",
            defaultText: "180"),
        Declaration(
            key: "DUKA_KEEP_MESSAGES_DAYS", help: "days for which providers' messages are kept, 7 to 3650",
            defaultText: "90"),
        Declaration(key: "DUKA_LIMITS_PHONE", help: "prompts per phone", defaultText: "2/2m,4/10m,6/1h,10/1d"),
        Declaration(key: "DUKA_LIMITS_PHONE_AMOUNT", help: "prompts per phone and amount", defaultText: "1/2m"),
        Declaration(key: "DUKA_LIMITS_ORDER", help: "prompts in an order's life, 1 to 20", defaultText: "5"),
        Declaration(key: "DUKA_LIMITS_IPV4", help: "prompts per IPv4 address", defaultText: "30/10m,100/1h"),
        Declaration(key: "DUKA_LIMITS_IPV6_64", help: "prompts per IPv6 /64", defaultText: "10/10m"),
        Declaration(key: "DUKA_LIMITS_IPV6_56", help: "prompts per IPv6 /56", defaultText: "30/10m"),
        Declaration(key: "DUKA_LIMITS_IPV6_48", help: "prompts per IPv6 /48", defaultText: "100/10m"),
        Declaration(key: "DUKA_LIMITS_PHONES_IPV4", help: "different phones per IPv4 address", defaultText: "20/1h"),
        Declaration(key: "DUKA_LIMITS_PHONES_IPV6_64", help: "different phones per IPv6 /64", defaultText: "5/1h"),
        Declaration(
            key: "DUKA_LIMITS_UNANSWERED",
            help: "rest after the 3rd, 4th, … unanswered prompt in a row: seconds, or off",
            defaultText: "1800,7200,86400"),
        Declaration(
            key: "DUKA_LIMITS_STATUS", help: "looks at an order's status per address and node", defaultText: "60/1m"),
        Declaration(
            key: "DUKA_LIMITS_WRONG_TOKENS", help: "wrong secret addresses per address and node", defaultText: "10/1m"),
        Declaration(
            key: "DUKA_LIMITS_RECEIPTS", help: "receipts that shoppers may show per order and per address",
            defaultText: "5/10m"),
        Declaration(
            key: "DUKA_LIMITS_FIND", help: "looks for an order by its number and a phone, per address",
            defaultText: "10/10m"),
        Declaration(key: "DUKA_LIMITS_PROVIDER", help: "requests per second to the provider, or off", defaultText: "2"),
        Declaration(
            key: "DUKA_AIRTEL_SIMULATOR_PORT",
            help: "port of the simulated Airtel Money on 127.0.0.1 (practice, DUKA_AIRTEL_ENVIRONMENT=simulator)",
            defaultText: "8082"),
        Declaration(
            key: "MPESA_CALLBACK_BASE_URL", help: "public address for results, when it is another than DUKA_PUBLIC_URL",
            defaultText: "DUKA_PUBLIC_URL"),
    ]

    /// The plugins' settings, from their own schemas.
    static var pluginDeclarations: [Declaration] {
        let all = [MPesa.manifest, Airtel.manifest, BankTransfer.manifest, CashOnDelivery.manifest, Paystack.manifest]
        return all.flatMap(\.settings).compactMap { spec in
            spec.env.map {
                Declaration(
                    key: $0, help: "\(spec.label). \(spec.help)", defaultText: spec.default ?? "none",
                    isSecret: spec.kind == .secret)
            }
        }
    }

    static var help: String {
        (declarations + pluginDeclarations).map { "  \($0.key)\n      \($0.help); default: \($0.defaultText)" }
            .joined(separator: "\n")
    }
}

extension Settings {
    /// Where staff find the desk.
    var deskURL: String {
        desk.map { "http://\($0.host.contains(":") ? "[\($0.host)]" : $0.host):\($0.port)" } ?? publicURL
    }

    /// Reads and checks all settings; every problem is told at once.
    init(_ source: SettingsSource) throws {
        var reader = SettingsReader(source)
        self.source = source
        plugins = reader.text("DUKA_PLUGINS") ?? "plugins.d"
        mode = reader.choice("DUKA_MODE", Mode.self, default: .practice)
        (host, port) = reader.listen("DUKA_LISTEN", default: ("127.0.0.1", 8080))
        let address = host.contains(":") ? "[\(host)]" : host
        publicURL = reader.address("DUKA_PUBLIC_URL", default: "http://\(address):\(port)")
        desk = reader.optionalListen("DUKA_ADMIN_LISTEN")
        callbackBase = reader.address("MPESA_CALLBACK_BASE_URL", default: publicURL)
        database = reader.parsed(
            "DUKA_DATABASE", default: .sqlite(path: "var/duka.db"), expected: "sqlite:FILE or mariadb://…"
        ) {
            do { return try DatabaseLocation($0) } catch { return nil }
        }
        secretKey = reader.text("DUKA_SECRET_KEY").map(Secret.init)
        trustedProxies = reader.list("DUKA_TRUSTED_PROXIES", expected: "addresses or ranges such as 10.0.0.0/8") {
            AddressRange($0)
        }
        node = reader.text("DUKA_NODE") ?? ProcessInfo.processInfo.hostName
        caFile = reader.text("DUKA_CA_FILE")
        logLevel = reader.parsed("DUKA_LOG_LEVEL", default: .info, expected: "a level such as info") {
            Logger.Level(rawValue: $0)
        }
        loops = reader.optionalInteger("DUKA_LOOPS", 1...16)
        contact = reader.text("DUKA_CONTACT")
        messages = reader.messages(isLive: mode == .live)
        spool = reader.text("DUKA_SPOOL") ?? "var/spool"
        folders = Folders(
            templates: reader.folder("DUKA_TEMPLATES", default: "templates"),
            files: reader.folder("DUKA_FILES", default: "public"),
            migrations: reader.folder("DUKA_MIGRATIONS", default: "migrations"))
        simulatorPort = UInt16(reader.integer("DUKA_SIMULATOR_PORT", 0...65_535, default: 8081))
        airtelSimulatorPort = UInt16(reader.integer("DUKA_AIRTEL_SIMULATOR_PORT", 0...65_535, default: 8082))
        rules = reader.rules()
        fixed = Set(OwnerSetting.allCases.filter { $0.env.flatMap { reader.text($0) } != nil })
        let rate = reader.text("DUKA_LIMITS_PROVIDER") ?? "2"
        providerPerSecond =
            rate == "off"
            ? nil
            : reader.parsed("DUKA_LIMITS_PROVIDER", default: 2, expected: "a number from 0.1 to 1000, or off") {
                Double($0).flatMap { (0.1...1_000).contains($0) ? $0 : nil }
            }
        mpesa = reader.values(of: MPesa.manifest.settings)
        airtel = reader.values(of: Airtel.manifest.settings)
        bank = reader.values(of: BankTransfer.manifest.settings)
        cash = reader.values(of: CashOnDelivery.manifest.settings)
        paystack = reader.values(of: Paystack.manifest.settings)
        if mode == .live {
            if mpesa["environment"] == nil { mpesa["environment"] = "production" }
            if !airtel.isEmpty, airtel["environment"] == nil { airtel["environment"] = "production" }
            reader.refuseInLive(
                publicURL: publicURL, deskHost: desk?.host, callbackBase: callbackBase, mpesa: mpesa)
        }
        try reader.finish()
    }
}
