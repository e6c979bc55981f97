import Foundation
import Testing
import TwinlockTesting

/// Files that all languages share, and where this package lies.
enum Shared {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let tests = package.deletingLastPathComponent().appending(path: "tests")

    static func read<Value: Decodable>(_ path: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: tests.appending(path: path)))
    }

    static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: tests.appending(path: folder).path)
            .filter { $0.hasSuffix(".json") }.sorted()
    }

    struct Manifest: Decodable {
        let vectors: [String: Int]
        let scenarios: [String: Int]
        let records: [String: Int]
    }

    static func manifest() throws -> Manifest {
        try read("manifest.json")
    }
}

/// An engine over a memory of its own, and its clock.
func engine(
    storage: any Storage = MemoryStorage(), timeout: Duration = .seconds(5)
) throws -> (twoFactor: TwoFactor, clock: VirtualClock) {
    let clock = VirtualClock()
    let twoFactor = try TwoFactor(
        issuer: "Acme", storage: storage, keys: .generate(), clock: clock.now, storageTimeout: timeout)
    return (twoFactor, clock)
}

/// The code that a call is refused with; nil when it succeeds.
func refusal(_ call: () async throws -> some Any) async -> TwoFactorError? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error as? TwoFactorError
    }
}
