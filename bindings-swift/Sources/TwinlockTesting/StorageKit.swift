import Foundation
import Twinlock

/// A storage for the kit: how to open it, and what else the kit may use.
public struct StorageUnderTest: Sendable {
    /// Gives another connection to the same data each time; the same object again where there are no connections.
    public var open: @Sendable () async throws -> any Storage
    /// Closes what `open` gave; called once for each call of it.
    public var close: @Sendable (any Storage) async throws -> Void
    /// For databases: begins a transaction of the application's own on the same database, awaits the argument, rolls back. Without
    /// it
    /// the law about rollbacks is not tried.
    public var rollback: (@Sendable (_ save: @Sendable () async throws -> Void) async throws -> Void)?

    /// - Parameters:
    ///   - open: gives another connection to the same data
    ///   - close: closes it
    ///   - rollback: a transaction of the application's own, rolled back
    public init(
        open: @escaping @Sendable () async throws -> any Storage,
        close: @escaping @Sendable (any Storage) async throws -> Void = { _ in },
        rollback: (@Sendable (_ save: @Sendable () async throws -> Void) async throws -> Void)? = nil
    ) {
        self.open = open
        self.close = close
        self.rollback = rollback
    }
}

/// One law of the storage kit.
public struct StorageLaw: Sendable, CustomStringConvertible {
    /// The law in words, as a test runner should show it.
    public let name: String
    let body: @Sendable (Bench) async throws -> Void

    /// Holds a storage to it.
    ///
    /// - Throws: ``BrokenLaw`` that names the law and says what broke it
    public func hold(_ subject: StorageUnderTest) async throws {
        try await underLaw(name) {
            let bench = Bench(subject)
            do {
                try await body(bench)
                try await bench.tidy()
            } catch {
                try? await bench.close()
                throw error
            }
        }
    }

    public var description: String { name }
}

/// What every storage must hold to, yours included. It works on users of its own and erases them; still, give it a database made
/// for
/// tests.
///
/// ```swift
/// @Test(arguments: StorageKit.laws) func storage(_ law: StorageLaw) async throws {
///     try await law.hold(StorageUnderTest(open: { MyStorage(url) }))
/// }
/// ```
public enum StorageKit {
    /// The laws, one by one. Those of `Reports` hold for storages that are one.
    public static let laws: [StorageLaw] = [
        StorageLaw(name: "a record is created once", body: createsOnce),
        StorageLaw(name: "a stale save is refused", body: refusesStaleSaves),
        StorageLaw(name: "of parallel saves exactly one wins", body: oneOfParallelSavesWins),
        StorageLaw(name: "another connection loads what was saved", body: anotherConnectionSeesIt),
        StorageLaw(name: "bytes and types come back", body: bytesComeBack),
        StorageLaw(name: "large records come back", body: largeRecordsComeBack),
        StorageLaw(name: "odd user ids stay apart", body: oddUserIdsStayApart),
        StorageLaw(name: "events are written with their record or not at all", body: eventsGoWithTheirRecord),
        StorageLaw(name: "a save outlives the caller's rollback", body: outlivesTheRollback),
        StorageLaw(name: "what is erased is gone", body: erases),
        StorageLaw(name: "events come back as they were, newest first", body: eventsComeBack),
        StorageLaw(name: "the figures count", body: counts),
        StorageLaw(name: "old events can be purged", body: purges),
        StorageLaw(name: "records of other keys are found", body: findsStaleRecords),
    ]

    /// Holds a storage to every law.
    ///
    /// - Throws: ``BrokenLaw`` for the first one that does not hold
    public static func hold(_ subject: StorageUnderTest) async throws {
        for law in laws { try await law.hold(subject) }
    }
}

/// Opens connections for one law; behind it erases the users it made and closes them all.
final class Bench: Sendable {
    let subject: StorageUnderTest
    private let opened = Guarded([any Storage]())
    private let touched = Guarded([String]())

    init(_ subject: StorageUnderTest) {
        self.subject = subject
    }

    func connect() async throws -> any Storage {
        let storage = try await subject.open()
        opened.use { $0.append(storage) }
        return storage
    }

    /// The name of a user that no other run of the kit has.
    func user(_ about: String) -> String {
        let name = "kit-\(about)-\(UUID().userIdText)"
        touch(name)
        return name
    }

    func touch(_ userId: String) {
        touched.use { $0.append(userId) }
    }

    func tidy() async throws {
        if let storage = opened.use({ $0.first }) {
            for userId in touched.use({ $0 }) { try await storage.erase(userId: userId) }
        }
        try await close()
    }

    func close() async throws {
        let storages = opened.use { opened in
            defer { opened = [] }
            return opened
        }
        for storage in storages { try await subject.close(storage) }
    }
}

/// A record as the engine makes it.
func record(_ version: Int64, _ data: String = "data", enabled: Bool = true, keyId: String = "2026a") -> StoredRecord {
    StoredRecord(version: version, enabled: enabled, keyId: keyId, data: Data(data.utf8))
}

extension Storage {
    /// Saves where nothing was.
    func creates(_ userId: String, _ record: StoredRecord, _ events: [TwoFactorEvent] = []) async throws {
        let won = try await save(userId: userId, expected: nil, record: record, events: events)
        try must(won, "the first save of a user must create")
    }

    func saves(_ userId: String, _ expected: Int64?, _ record: StoredRecord, _ events: [TwoFactorEvent] = []) async throws -> Bool {
        try await save(userId: userId, expected: expected, record: record, events: events)
    }
}
