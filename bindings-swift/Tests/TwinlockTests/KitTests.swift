import Foundation
import Testing
import TwinlockTesting

@Suite(.timeLimit(.minutes(2)))
struct KitTests {
    @Test("the driver holds to", arguments: DriverKit.laws)
    func driver(_ law: DriverLaw) async throws {
        try await law.hold { parts in
            try TwoFactor(
                issuer: "Acme", storage: parts.storage, keys: parts.keys, clock: parts.clock,
                storageTimeout: parts.storageTimeout, onEvent: parts.onEvent)
        }
    }

    @Test("MemoryStorage holds to", arguments: StorageKit.laws)
    func memory(_ law: StorageLaw) async throws {
        let storage = MemoryStorage()
        try await law.hold(StorageUnderTest(open: { storage }))
    }

    @Test("SqliteStorage holds to", arguments: StorageKit.laws)
    func sqlite(_ law: StorageLaw) async throws {
        try await temporary { folder in
            let path = folder.appending(path: "2fa.db").path
            try await law.hold(StorageUnderTest(open: { try SqliteStorage(path: path) }))
        }
    }

    @Test("the storage kit finds a storage that compares user ids as Swift compares text")
    func foldedUserIds() async throws {
        let law = try #require(StorageKit.laws.first { $0.name == "odd user ids stay apart" })
        let storage = FoldingStorage()
        await #expect(throws: BrokenLaw.self) { try await law.hold(StorageUnderTest(open: { storage })) }
    }

    @Test("the storage kit finds a storage that does not compare versions")
    func lastWriterWins() async throws {
        let storage = FoldingStorage()
        for name in ["a stale save is refused", "of parallel saves exactly one wins"] {
            let law = try #require(StorageKit.laws.first { $0.name == name })
            await #expect(throws: BrokenLaw.self) { try await law.hold(StorageUnderTest(open: { storage })) }
        }
    }
}

/// Wrong on purpose: a dictionary by text, where the last writer wins.
private actor FoldingStorage: Storage {
    private var records: [String: StoredRecord] = [:]

    func load(userId: String) -> StoredRecord? { records[userId] }

    func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) -> Bool {
        records[userId] = record
        return true
    }

    func erase(userId: String) { records[userId] = nil }
}

/// A folder of its own for a test, gone afterwards.
func temporary(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "twinlock-\(UUID().userIdText)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}
