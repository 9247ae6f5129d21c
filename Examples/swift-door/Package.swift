// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "jirani-door",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "jirani-door", targets: ["jirani-door"])],
    dependencies: [.package(name: "duka", path: "../..")],
    targets: [
        // The plugin, which knows the kit and nothing else; its program; and the laws.
        .target(name: "JiraniDoor", dependencies: [.product(name: "PaymentKit", package: "duka")]),
        .executableTarget(
            name: "jirani-door", dependencies: ["JiraniDoor", .product(name: "PaymentKit", package: "duka")]),
        .testTarget(
            name: "JiraniDoorTests",
            dependencies: [
                "JiraniDoor", .product(name: "PaymentKit", package: "duka"),
                .product(name: "PaymentKitTesting", package: "duka"),
            ]),
    ]
)
