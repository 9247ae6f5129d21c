// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "jirani-paybill",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "jirani-paybill", targets: ["jirani-paybill"])],
    dependencies: [.package(name: "duka", path: "../..")],
    targets: [
        // The plugin, which knows the kit and nothing else; its program; and the laws.
        .target(name: "JiraniPaybill", dependencies: [.product(name: "PaymentKit", package: "duka")]),
        .executableTarget(
            name: "jirani-paybill", dependencies: ["JiraniPaybill", .product(name: "PaymentKit", package: "duka")]),
        .testTarget(
            name: "JiraniPaybillTests",
            dependencies: [
                "JiraniPaybill", .product(name: "PaymentKit", package: "duka"),
                .product(name: "PaymentKitTesting", package: "duka"),
            ]),
    ]
)
