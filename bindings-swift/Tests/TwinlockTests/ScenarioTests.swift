import Foundation
import Testing
import TwinlockTesting

/// SHA-256 of the text `twinlock scenario key <id>`, worked out beforehand: Foundation has no hash function on Linux.
func scenarioKey(_ id: String) -> Data {
    let known = [
        "2026a": "a20efab6e987d7b64125dced82d0b75482fa1da40eb0f037ede3c56da850691d",
        "2026b": "bfa9d526b31f9ce167d335a686e5c52d1cb903369a6f322f05722fb985a143fd",
    ]
    let digits = Array(known[id] ?? "")
    return Data(stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 })
}

@Suite("the stories of tests/scenarios", .timeLimit(.minutes(2)))
struct ScenarioTests {
    @Test("over a storage that answers at once", arguments: try Shared.names("scenarios"))
    func atOnce(_ name: String) async throws {
        try await Walker(Shared.read("scenarios/\(name)"), over: { $0 }).walk()
    }

    @Test("over a storage that answers later", arguments: try Shared.names("scenarios"))
    func later(_ name: String) async throws {
        try await Walker(Shared.read("scenarios/\(name)"), over: Later.init).walk()
    }

    @Test("no story is missing or cut")
    func counted() throws {
        let names = try Shared.names("scenarios")
        for (name, steps) in try Shared.manifest().scenarios {
            #expect(names.contains(name))
            let story: [String: JSONValue] = try Shared.read("scenarios/\(name)")
            #expect((story["steps"]?.list?.count ?? 0) >= steps)
        }
    }
}

/// A memory that answers like a database: not at once.
private struct Later: Storage {
    let memory: MemoryStorage

    func load(userId: String) async throws -> StoredRecord? {
        await Task.yield()
        return memory.load(userId: userId)
    }

    func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) async throws -> Bool {
        await Task.yield()
        return memory.save(userId: userId, expected: expected, record: record, events: events)
    }

    func erase(userId: String) async throws {
        await Task.yield()
        memory.erase(userId: userId)
    }
}
