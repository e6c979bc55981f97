// swift-tools-version: 6.0
import Foundation
import PackageDescription

// `TwinlockClient` is pure Swift, for apps whose server speaks the contract. `Twinlock` decides by itself, over the native library:
// on Apple's platforms that of the XCFramework (scripts/build-xcframework), on Linux one that `-Xlinker -L<folder>` finds.
let framework = "TwinlockFFIC.xcframework"
let native: Target =
    FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + framework)
    ? .binaryTarget(name: "TwinlockFFIC", path: framework) : .systemLibrary(name: "TwinlockFFIC")

let package = Package(
    name: "Twinlock",
    platforms: [.iOS(.v16), .macOS(.v13), .tvOS(.v16), .watchOS(.v9)],
    products: [
        .library(name: "Twinlock", targets: ["Twinlock"]),
        .library(name: "TwinlockTesting", targets: ["TwinlockTesting"]),
        .library(name: "TwinlockClient", targets: ["TwinlockClient"]),
    ],
    targets: [
        .target(name: "TwinlockSupport"),
        .target(name: "TwinlockClient", dependencies: ["TwinlockSupport"]),
        native,
        .target(name: "TwinlockFFI", dependencies: ["TwinlockFFIC"]),
        .target(name: "Twinlock", dependencies: ["TwinlockFFI", "TwinlockSupport"]),
        .target(name: "TwinlockTesting", dependencies: ["Twinlock"]),
        .testTarget(name: "TwinlockClientTests", dependencies: ["TwinlockClient"]),
        .testTarget(name: "TwinlockTests", dependencies: ["Twinlock", "TwinlockTesting"]),
    ]
)
