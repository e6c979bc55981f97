import Foundation
import Testing
import TwinlockTesting

@Suite("wrong input")
struct ArgumentTests {
    @Test("a user id has 1 to 255 bytes and no control characters")
    func userIds() async throws {
        let (twoFactor, _) = try engine()
        for id in ["", String(repeating: "x", count: 256), String(repeating: "é", count: 128), "a\0b", "a\nb", "\u{7f}"] {
            #expect(await refusal { try await twoFactor.status(id) }?.code == "malformed_request")
        }
        #expect(try await twoFactor.status(String(repeating: "x", count: 255)).enabled == false)
    }

    @Test("a UUID is stored in lower case, and an integer as it is written")
    func kindsOfIds() async throws {
        let storage = MemoryStorage()
        let (twoFactor, clock) = try engine(storage: storage)
        let id = try #require(UUID(uuidString: "6F9619FF-8B86-D011-B42D-00CF4FC964FF"))
        _ = try await enroll(twoFactor, id, clock: clock)
        _ = try await enroll(twoFactor, Int64(42), clock: clock)
        #expect(storage.load(userId: "6f9619ff-8b86-d011-b42d-00cf4fc964ff") != nil && storage.load(userId: "42") != nil)
        #expect(try await twoFactor.status("6f9619ff-8b86-d011-b42d-00cf4fc964ff").enabled)
    }

    @Test("two spellings of one letter are two users")
    func spellings() async throws {
        let (twoFactor, clock) = try engine()
        _ = try await enroll(twoFactor, "ad\u{e4}", clock: clock)
        #expect(try await twoFactor.status("ada\u{308}").enabled == false)
    }

    @Test("what cannot be a code is told so", arguments: ["", "hello", "12345", "123456789", "١٢٣٤٥٦", "１２３４５６", "123\u{a0}456"])
    func codes(_ code: String) async throws {
        let (twoFactor, clock) = try engine()
        _ = try await enroll(twoFactor, "42", clock: clock)
        let challenge = try #require(try await twoFactor.afterFirstFactor("42").challenge)
        #expect(await refusal { try await twoFactor.verify(challenge, code: code) }?.code == "malformed_code")
        let next = await refusal { try await twoFactor.verify(challenge, code: "123456", nextCodes: [code]) }
        #expect(next?.code == "malformed_code")
    }

    @Test("a challenge that is none has expired", arguments: ["", "x", "ünï", String(repeating: "A", count: 100_000)])
    func challenges(_ challenge: String) async throws {
        let (twoFactor, _) = try engine()
        #expect(await refusal { try await twoFactor.verify(challenge, code: "123456") }?.code == "challenge_expired")
    }

    @Test("numbers out of range are refused, never wrapped")
    func numbers() async throws {
        let (twoFactor, _) = try engine()
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        for (digits, period) in [(0, 30), (-1, 30), (.max, 30), (.min, 30), (6, 0), (6, -1), (6, .max), (262, 30)] {
            let error = await refusal {
                try await twoFactor.importAuthenticator("42", actor: "test", secret: secret, digits: digits, period: period)
            }
            #expect(["invalid_secret", "malformed_request"].contains(error?.code))
        }
        for drift in [-21, 21, 256, .max, .min] {
            let error = await refusal { try await twoFactor.importAuthenticator("42", actor: "test", secret: secret, drift: drift) }
            #expect(error?.code == "malformed_request")
        }
        let before = await refusal {
            try await twoFactor.importAuthenticator("42", actor: "test", secret: secret, lastUsedStep: -1)
        }
        #expect(before?.code == "malformed_request")
        #expect(await refusal { try await twoFactor.checkAssurance("42", assurance: "x", maxAge: -1) }?.code == "malformed_request")
        for limit in [0, 201, .max, .min] {
            #expect(await refusal { try await twoFactor.events("42", limit: limit) }?.code == "malformed_request")
        }
        for cursor in ["", "x", String(repeating: "A", count: 32), String(repeating: "é", count: 16)] {
            #expect(await refusal { try await twoFactor.events("42", cursor: cursor) }?.code == "malformed_request")
        }
    }

    @Test("a storage that gives nonsense refuses")
    func nonsense() async throws {
        let (twoFactor, clock) = try engine()
        _ = try await enroll(twoFactor, "42", clock: clock)
        for row in [
            StoredRecord(version: -1, enabled: true, keyId: "k1", data: Data([1])),
            StoredRecord(version: 1, enabled: true, keyId: "k1", data: Data()),
            StoredRecord(version: .max, enabled: true, keyId: "nobody's", data: Data([1, 2, 3])),
        ] {
            let (other, _) = try engine(storage: Always(row: row))
            let error = await refusal { try await other.afterFirstFactor("42") }
            #expect(["storage_error", "record_tampered", "unknown_key"].contains(error?.code))
        }
    }

    @Test("what is wrongly set up is told when it is set up")
    func configuration() throws {
        #expect(throws: TwoFactorError.self) { try KeyRing([:]) }
        #expect(throws: TwoFactorError.self) { try KeyRing(["2026a": Data(count: 31)]) }
        #expect(throws: TwoFactorError.self) { try KeyRing(["2026a": Data(count: 32), "2026a": Data(count: 32)]) }
        #expect(throws: TwoFactorError.self) { try KeyRing(text: "2026a:xx") }
        #expect(throws: TwoFactorError.self) { try KeyRing.fromEnvironment([:]) }
        #expect(throws: TwoFactorError.self) { try KeyRing.fromEnvironment(["TWINLOCK_KEYS_FILE": "/nowhere"]) }
        #expect(throws: TwoFactorError.self) { try Policy { $0.digits = 5 } }
        #expect(throws: TwoFactorError.self) { try Policy { $0.budget = .nan } }
        #expect(throws: TwoFactorError.self) { try Policy { $0.setupTtl = .max } }
        #expect(throws: TwoFactorError.self) { try Policy.fixedLockout() }
        #expect(throws: TwoFactorError.self) { try SqliteStorage(path: "/nowhere/2fa.db") }
        #expect(throws: TwoFactorError.self) { try SqliteStorage(path: "missing.db", create: false) }
        let keys = try KeyRing.generate()
        for issuer in ["", String(repeating: "x", count: 65)] {
            #expect(throws: TwoFactorError.self) { try TwoFactor(issuer: issuer, storage: MemoryStorage(), keys: keys) }
        }
        #expect(throws: TwoFactorError.self) {
            try TwoFactor(issuer: "Acme", storage: MemoryStorage(), keys: keys, storageTimeout: .zero)
        }
    }

    @Test("keys come from the environment, from text and from bytes")
    func keys() throws {
        let ring = try KeyRing(["2026b": Data(1...32), "2026a": Data(2...33)])
        #expect(ring.activeId == "2026b")
        let read = try KeyRing.fromEnvironment(["TWINLOCK_KEYS": ring.text, "TWINLOCK_KEYS_FILE": "/nowhere"])
        #expect(read.text == ring.text)
        #expect(try Policy.fixedLockout(acceptRisk: true).yearlyGuessProbability > 1e-4)
        #expect(Policy.default.yearlyGuessProbability < 1e-4)
    }
}

/// Gives the same row whatever is asked.
private struct Always: Storage {
    let row: StoredRecord

    func load(userId: String) async throws -> StoredRecord? { row }
    func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) async throws -> Bool { true }
    func erase(userId: String) async throws {}
}
