// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Bench",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "Twinlock", path: "../../bindings-swift")],
    targets: [
        .executableTarget(
            name: "Bench",
            dependencies: [
                .product(name: "Twinlock", package: "Twinlock"),
                .product(name: "TwinlockTesting", package: "Twinlock"),
            ])
    ]
)
