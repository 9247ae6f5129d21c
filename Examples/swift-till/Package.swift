// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "jirani-till",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "jirani-till", targets: ["jirani-till"])],
    dependencies: [.package(name: "duka", path: "../..")],
    targets: [
        // The plugin, which knows the kit and nothing else; its program; and the laws.
        .target(name: "JiraniTill", dependencies: [.product(name: "PaymentKit", package: "duka")]),
        .executableTarget(
            name: "jirani-till", dependencies: ["JiraniTill", .product(name: "PaymentKit", package: "duka")]),
        .testTarget(
            name: "JiraniTillTests",
            dependencies: [
                "JiraniTill", .product(name: "PaymentKit", package: "duka"),
                .product(name: "PaymentKitTesting", package: "duka"),
            ]),
    ]
)
