import Foundation
import Testing
import TwinlockTesting

/// Stored bytes of every released format must open for ever: status, codes, tokens, backup codes.
@Suite("the records of tests/records")
struct RecordTests {
    struct Frozen: Decodable {
        let keys: String
        let namespace: String
        let records: [Record]
    }

    struct Record: Decodable {
        let name: String
        let user_id: String
        let version: Int64
        let enabled: Bool
        let key_id: String
        let data: Data
        let at: Double
        let status: JSONValue
        let opens: [String: String]
    }

    @Test("none is missing")
    func counted() throws {
        let names = try Shared.names("records")
        for (name, count) in try Shared.manifest().records {
            #expect(names.contains(name))
            let frozen: Frozen = try Shared.read("records/\(name)")
            #expect(frozen.records.count >= count)
        }
    }

    @Test("they open", arguments: try Shared.names("records"))
    func open(_ name: String) async throws {
        let frozen: Frozen = try Shared.read("records/\(name)")
        for record in frozen.records { try await check(frozen, record) }
    }

    private func check(_ frozen: Frozen, _ record: Record) async throws {
        let (memory, clock) = (MemoryStorage(), VirtualClock(record.at))
        let row = StoredRecord(version: record.version, enabled: record.enabled, keyId: record.key_id, data: record.data)
        #expect(memory.save(userId: record.user_id, expected: nil, record: row, events: []))
        let twoFactor = try TwoFactor(
            issuer: "Acme", storage: memory, keys: KeyRing(text: frozen.keys), clock: clock.now, namespace: frozen.namespace)
        let user = record.user_id

        let status = try await twoFactor.status(user, device: record.opens["device"])
        let body = try JSONDecoder().decode(JSONValue.self, from: Data(status.body.utf8))
        #expect(contains(body, record.status), "\(record.name)")
        if let assurance = record.opens["assurance"] {
            _ = try await twoFactor.checkAssurance(user, assurance: assurance, maxAge: nil)
        }
        func challenge() async throws -> String {
            try #require(try await twoFactor.afterFirstFactor(user, device: record.opens["device"], fresh: true).challenge)
        }
        if let spent = record.opens["spent_backup_code"] {
            let token = try await challenge()
            #expect(await refusal { try await twoFactor.verify(token, code: spent) }?.code == "invalid_code")
        }
        if let code = record.opens["backup_code"] {
            #expect(try await twoFactor.verify(challenge(), code: code).method == .backupCode)
        }
        if let uri = record.opens["uri"] {
            clock.advance(60)
            let phone = try FakePhone(uri, clock: clock)
            #expect(try await twoFactor.verify(challenge(), code: phone.code()).userId == user)
        }
    }

    /// Every member that is wanted is there; others do not matter.
    private func contains(_ found: JSONValue?, _ wanted: JSONValue) -> Bool {
        if let members = wanted.object { return members.allSatisfy { contains(found?.object?[$0.key], $0.value) } }
        guard let items = wanted.list else { return found == wanted }
        return found?.list?.count == items.count && zip(found?.list ?? [], items).allSatisfy { contains($0, $1) }
    }
}
