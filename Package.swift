// swift-tools-version:6.2
// The map of the house. A target exists where the compiler guards something: unsafe code, purity, a plugin's contract,
// or the direction of imports. Everything else is a folder. `scripts/test` builds with
// `--explicit-target-dependency-import-check error`, so an import that is not listed here does not build.
import PackageDescription

let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]
/// Tests talk to raw sockets and to processes, so `unsafe` need not be spelt out in them.
let swiftInTests: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "duka",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "duka", targets: ["CLI"]),
        .library(name: "PaymentKit", targets: ["PaymentKit"]),
        .library(name: "PaymentKitTesting", targets: ["PaymentKitTesting"]),
        .executable(name: "simulation", targets: ["SimulationRun"]),
    ],
    dependencies: [
        // The command line: help texts, validation and completion that we would otherwise write badly.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // One log interface that plugins, packages and operators share.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Settings from the environment and one file; without its traits it needs no full Foundation.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        // The type of a file's path that swift-configuration takes.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Signals and the order in which services start and stop.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Logic-free templates, escaped by default.
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        // C libraries: a module map and a shim each.
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Wrappers: the only places where C is called.
        .target(name: "Blocking", swiftSettings: swift),
        .target(name: "HTTPServer", dependencies: ["CMicrohttpd", "CZlib"], swiftSettings: swift),
        .target(name: "HTTPClient", dependencies: ["CCurl", "Blocking"], swiftSettings: swift),
        .target(name: "Database", dependencies: ["CSQLite", "CMariaDB", "Blocking"], swiftSettings: swift),
        .target(name: "Cryptography", dependencies: ["COpenSSL", "Blocking"], swiftSettings: swift),

        // Runs programs beside the shop; the C is what must happen between fork and exec.
        .target(name: "CChildProcess"),
        .target(name: "Processes", dependencies: ["CChildProcess", "Blocking"], swiftSettings: swift),

        // Values and rules; pure.
        .target(name: "PaymentKit", swiftSettings: swift),
        .target(name: "PaymentKitTesting", dependencies: ["PaymentKit"], swiftSettings: swift),
        .target(name: "Commerce", dependencies: ["PaymentKit"], swiftSettings: swift),

        // The floors.
        .target(
            name: "PluginHost",
            dependencies: ["PaymentKit", "HTTPClient", "Cryptography", "Blocking", "Processes", logging],
            swiftSettings: swift),
        .target(
            name: "Storage", dependencies: ["Commerce", "PaymentKit", "Database", "Cryptography"], swiftSettings: swift),
        .target(
            name: "Checkout",
            dependencies: [
                "Commerce", "PaymentKit", "PluginHost", "Storage", "Database", "HTTPClient", "Cryptography", logging,
            ],
            swiftSettings: swift),
        .target(
            name: "Web",
            dependencies: ["Commerce", "PaymentKit", "Checkout", "HTTPServer", mustache, logging],
            swiftSettings: swift),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Web", "Checkout", "Storage", "Database", "Processes", "PluginHost", "HTTPServer", "HTTPClient",
                "Cryptography",
                "Commerce", "PaymentKit", "PaymentKitTesting", "MPesa", "MPesaSimulator", "Airtel", "AirtelSimulator",
                "BankTransfer", "CashOnDelivery", argumentParser, configuration,
                lifecycle, logging, systemPackage,
                "Paystack", "PaystackSimulator",
            ],
            swiftSettings: swift),

        // Providers. A plugin sees PaymentKit and nothing else; a simulator is a small server beside it.
        .target(name: "MPesa", dependencies: ["PaymentKit"], path: "plugins/mpesa/Sources", swiftSettings: swift),
        .target(
            // Cryptography: it decrypts the operator's password and hashes payers' numbers, as Safaricom does.
            name: "MPesaSimulator", dependencies: ["HTTPServer", "HTTPClient", "Cryptography"],
            path: "plugins/mpesa/Simulator", exclude: ["README.md"], swiftSettings: swift),
        .target(name: "Airtel", dependencies: ["PaymentKit"], path: "plugins/airtel/Sources", swiftSettings: swift),
        .target(
            name: "BankTransfer", dependencies: ["PaymentKit"], path: "plugins/banktransfer/Sources",
            swiftSettings: swift),
        .target(
            name: "CashOnDelivery", dependencies: ["PaymentKit"], path: "plugins/cash/Sources", swiftSettings: swift),
        .target(
            name: "AirtelSimulator", dependencies: ["HTTPServer", "HTTPClient"], path: "plugins/airtel/Simulator",
            exclude: ["README.md"], swiftSettings: swift),
        .target(name: "Paystack", dependencies: ["PaymentKit"], path: "plugins/paystack/Sources", swiftSettings: swift),
        .target(
            // Cryptography: it signs its messages, as Paystack does.
            name: "PaystackSimulator", dependencies: ["HTTPServer", "HTTPClient", "Cryptography"],
            path: "plugins/paystack/Simulator", swiftSettings: swift),

        // Tests.
        .target(
            name: "DukaTesting",
            dependencies: [
                "Web", "Checkout", "Storage", "Database", "Processes", "PluginHost", "HTTPServer", "HTTPClient",
                "Cryptography",
                "Commerce", "PaymentKit", "MPesa", "MPesaSimulator", "FaultTesting", logging,
            ],
            path: "Tests/DukaTesting", swiftSettings: swiftInTests),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer"], swiftSettings: swiftInTests),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "HTTPServer", "FaultTesting"],
            swiftSettings: swiftInTests),
        .target(
            name: "FaultTesting", dependencies: ["Database"], path: "Tests/FaultTesting", swiftSettings: swiftInTests),
        .testTarget(
            name: "DatabaseTests", dependencies: ["Database", "FaultTesting"], swiftSettings: swiftInTests),
        // Kills, cuts and misleads the real program while people buy; scripts/torture runs it.
        .executableTarget(
            name: "Torture",
            dependencies: [
                "FaultTesting", "Checkout", "Storage", "Database", "HTTPClient", "Commerce", "PaymentKit",
                "Cryptography", argumentParser,
            ],
            path: "Tests/Torture", exclude: ["Shim"], swiftSettings: swiftInTests),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: swiftInTests),
        // A provider's plugin that is right, or wrong in one way; and the same as a program of its own.
        .target(
            name: "Kiosk", dependencies: ["PaymentKit", "PaymentKitTesting"], path: "Tests/Kiosk",
            swiftSettings: swiftInTests),
        .executableTarget(
            name: "KioskProgram", dependencies: ["Kiosk", "PaymentKit"], path: "Tests/KioskProgram",
            swiftSettings: swiftInTests),
        .testTarget(
            name: "PaymentKitTests", dependencies: ["PaymentKit", "PaymentKitTesting", "Kiosk"], exclude: ["Fixtures"],
            swiftSettings: swiftInTests),
        .testTarget(name: "CommerceTests", dependencies: ["Commerce", "PaymentKit"], swiftSettings: swiftInTests),
        .testTarget(
            name: "PluginHostTests",
            dependencies: [
                "PluginHost", "PaymentKit", "PaymentKitTesting", "Kiosk", "KioskProgram", "HTTPClient", "HTTPServer",
                "Processes", logging,
            ],
            exclude: ["Rogue"], swiftSettings: swiftInTests),
        .testTarget(
            name: "MPesaTests", dependencies: ["MPesa", "PaymentKit", "PaymentKitTesting"], path: "plugins/mpesa/Tests",
            exclude: ["Fixtures"], swiftSettings: swiftInTests),
        .testTarget(
            name: "BankTransferTests",
            dependencies: ["BankTransfer", "PaymentKit", "PaymentKitTesting", "DukaTesting", "Checkout", "Database"],
            path: "plugins/banktransfer/Tests", swiftSettings: swiftInTests),
        .testTarget(
            name: "CashOnDeliveryTests",
            dependencies: [
                "CashOnDelivery", "BankTransfer", "PaymentKit", "PaymentKitTesting", "DukaTesting", "Checkout",
                "FaultTesting", "Storage", "Database", "Commerce",
            ],
            path: "plugins/cash/Tests", swiftSettings: swiftInTests),
        .testTarget(
            name: "AirtelTests",
            dependencies: [
                "Airtel", "AirtelSimulator", "PaymentKit", "PaymentKitTesting", "HTTPServer", "HTTPClient",
                "DukaTesting", "Checkout", "Storage", "Database", "Commerce",
            ],
            path: "plugins/airtel/Tests", swiftSettings: swiftInTests),
        .testTarget(
            name: "MPesaSimulatorTests",
            dependencies: [
                "MPesaSimulator", "MPesa", "PaymentKit", "PaymentKitTesting", "HTTPServer", "HTTPClient",
                "Cryptography",
            ],
            exclude: ["Fixtures"], swiftSettings: swiftInTests),
        .testTarget(
            name: "ShopTests",
            dependencies: [
                "DukaTesting", "FaultTesting", "ManyOrders", "Checkout", "Storage", "Database", "HTTPClient",
                "Commerce",
                "PaymentKit", "PluginHost", "Cryptography", "MPesaSimulator", "HTTPServer", logging,
                "Paystack", "PaystackSimulator",
            ], swiftSettings: swiftInTests),
        .target(
            name: "Simulation", dependencies: ["Checkout", "Storage", "Database", "Commerce", "PaymentKit"],
            path: "Tests/Simulation", swiftSettings: swiftInTests),
        .executableTarget(
            name: "SimulationRun", dependencies: ["Simulation"], path: "Tests/SimulationRun",
            swiftSettings: swiftInTests),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "Checkout", "Storage", "Commerce", "PaymentKit"],
            swiftSettings: swiftInTests),
        // Readers of foreign bytes and what must be true of them: scripts/fuzz runs them for long, a test over a corpus.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "MPesa", "MPesaSimulator", "PaymentKit", "PaymentKitTesting", "HTTPServer", "Checkout", "Commerce",
                "Cryptography",
            ],
            path: "Tests/Fuzzing/Targets", swiftSettings: swiftInTests),
        .testTarget(
            name: "FuzzCorpusTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Regression",
            swiftSettings: swiftInTests),
        // Orders by the hundred thousand, and the program that writes them: scripts/bench measures the desk on them.
        .target(
            name: "ManyOrders", dependencies: ["Storage", "Database", "Cryptography", "Commerce", "PaymentKit"],
            path: "Benchmarks/ManyOrders", swiftSettings: swiftInTests),
        .executableTarget(
            name: "FillOrders", dependencies: ["ManyOrders", "Database", "Cryptography", "Commerce"],
            path: "Benchmarks/FillOrders", swiftSettings: swiftInTests),
        // What a plugin's own process costs; scripts/bench runs it.
        .executableTarget(
            name: "PluginTiming", dependencies: ["Kiosk", "PluginHost", "PaymentKit", "PaymentKitTesting", logging],
            path: "Benchmarks/PluginTiming", swiftSettings: swiftInTests),
        .testTarget(
            name: "HouseRules", path: "Tests/HouseRules", exclude: ["Interfaces"],
            swiftSettings: swiftInTests),
    ]
)

// libFuzzer's driver links only with `-sanitize=fuzzer`, so it exists for scripts/fuzz alone.
if Context.environment["DUKA_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Driver", swiftSettings: swiftInTests))
}
