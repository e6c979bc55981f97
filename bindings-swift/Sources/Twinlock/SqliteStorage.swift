import Dispatch
import Foundation
internal import TwinlockFFI

/// Records and events in one SQLite file of its own, for many processes at once.
///
/// The calls wait for a disk, so they run on threads of their own and never on Swift's: one for what writes, because only one
/// writer
/// at a time gets anywhere in SQLite, and others for what reads.
public final class SqliteStorage: Storage, Reports {
    /// When a save counts as done.
    public enum Synchronous: Sendable {
        /// On the disk: a lockout survives power loss.
        case full
        /// With the operating system: faster.
        case normal
    }

    private let native: TwinlockFFI.SqliteStorage
    private let path: String
    private let writers = DispatchQueue(label: "twinlock.sqlite.write")
    private let readers = DispatchQueue(label: "twinlock.sqlite.read", attributes: .concurrent)

    /// Opens the file, which must hold nothing else: two SQLite libraries in one process on one file can corrupt it.
    ///
    /// - Parameters:
    ///   - path: of the file; its folder must exist
    ///   - create: makes a missing file. False refuses one: for production, where a wrong path would look like a world without
    ///     second
    ///     factors
    ///   - synchronous: when a save counts as done
    ///   - busyTimeout: a call that waits longer for others is refused
    /// - Throws: ``TwoFactorError/configuration(reason:)``, which says what to do
    public init(
        path: String, create: Bool = true, synchronous: Synchronous = .full, busyTimeout: Duration = .seconds(5)
    ) throws {
        let (seconds, attoseconds) = busyTimeout.components
        guard seconds >= 0, attoseconds >= 0, seconds < 1 << 31 else {
            throw TwoFactorError.configuration(reason: "busyTimeout must be at least 0")
        }
        let milliseconds = UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
        native = try refusing {
            try TwinlockFFI.SqliteStorage(
                path: path, create: create, full: synchronous == .full, busyTimeoutMs: milliseconds)
        }
        self.path = path
    }

    public func load(userId: String) async throws -> StoredRecord? {
        let found = try await asked(readers) { try $0.load(userId: userId) }
        return found.map { record in
            StoredRecord(
                version: Int64(clamping: record.version), enabled: record.enabled, keyId: record.keyId, data: record.data)
        }
    }

    public func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) async throws -> Bool {
        let expected = try expected.map(whole)
        let record = TwinlockFFI.StoredRecord(
            version: try whole(record.version), enabled: record.enabled, keyId: record.keyId, data: record.data)
        let stored = events.map { $0.stored() }
        return try await asked(writers) { try $0.save(userId: userId, expected: expected, record: record, events: stored) }
    }

    public func erase(userId: String) async throws {
        try await asked(writers) { try $0.erase(userId: userId) }
    }

    public func events(userId: String, before: Data?, limit: Int) async throws -> [TwoFactorEvent] {
        let limit = UInt32(clamping: limit)
        return try await asked(readers) { try $0.events(userId: userId, before: before, limit: limit) }.map(TwoFactorEvent.init)
    }

    public func stats(now: Int64) async throws -> Stats {
        let now = try whole(now)
        let stats = try await asked(readers) { try $0.stats(now: now) }
        return Stats(
            enabledUsers: Int(clamping: stats.enabledUsers), enabled30d: Int(clamping: stats.enabled30d),
            disabled30d: Int(clamping: stats.disabled30d), failed30d: Int(clamping: stats.failed30d))
    }

    public func stale(keyId: String, after: String?, limit: Int) async throws -> [String] {
        let limit = UInt32(clamping: limit)
        return try await asked(readers) { try $0.stale(keyId: keyId, after: after, limit: limit) }
    }

    public func purge(before: Int64) async throws -> Int {
        let before = try whole(before)
        return Int(clamping: try await asked(writers) { try $0.purge(before: before) })
    }

    private func asked<Value: Sendable>(
        _ queue: DispatchQueue, _ question: @escaping @Sendable (TwinlockFFI.SqliteStorage) throws -> Value
    ) async throws -> Value {
        let native = native
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try question(native) }.mapError(Self.failure))
            }
        }
    }

    private func whole(_ number: Int64) throws -> UInt64 {
        guard let whole = UInt64(exactly: number) else {
            throw TwoFactorError.storageError(reason: "a number below 0 cannot be stored", cause: nil)
        }
        return whole
    }

    private static func failure(_ error: any Error) -> any Error {
        switch error {
        case StoreError.Timeout: TwoFactorError.storageTimeout
        case StoreError.Failed(let reason): TwoFactorError.storageError(reason: reason, cause: nil)
        default: error
        }
    }
}

extension SqliteStorage: CustomStringConvertible {
    public var description: String { "SqliteStorage(\(path))" }
}
