// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "jirani-page",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "jirani-page", targets: ["jirani-page"])],
    dependencies: [.package(name: "duka", path: "../..")],
    targets: [
        // The plugin, which knows the kit and nothing else; its program; and the laws.
        .target(name: "JiraniPage", dependencies: [.product(name: "PaymentKit", package: "duka")]),
        .executableTarget(
            name: "jirani-page", dependencies: ["JiraniPage", .product(name: "PaymentKit", package: "duka")]),
        .testTarget(
            name: "JiraniPageTests",
            dependencies: [
                "JiraniPage", .product(name: "PaymentKit", package: "duka"),
                .product(name: "PaymentKitTesting", package: "duka"),
            ]),
    ]
)
