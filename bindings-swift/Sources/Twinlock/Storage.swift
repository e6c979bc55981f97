import Foundation

/// One user's record as it is stored: sealed, opaque to the storage.
public struct StoredRecord: Sendable, Hashable {
    /// Chosen by the engine, below 2^53; a storage compares it and never counts.
    public let version: Int64
    /// Whether the user has a second factor: in clear for counting, bound into the seal.
    public let enabled: Bool
    /// The key that sealed it: in clear for key sweeps, bound into the seal. 1 to 16 characters of ASCII.
    public let keyId: String
    /// The sealed bytes, at most some kilobytes.
    public let data: Data

    /// As the storage keeps it.
    public init(version: Int64, enabled: Bool, keyId: String, data: Data) {
        self.version = version
        self.enabled = enabled
        self.keyId = keyId
        self.data = data
    }
}

/// Where records live: three calls, one of them a compare-and-swap. Run `StorageKit` of `TwinlockTesting` on your own.
///
/// What each wrong answer costs:
/// - `load` from a replica that lags: a used code may be accepted again. Read from the primary.
/// - `save` that does not compare the version: two requests with one code both get in.
/// - `save` that says `true` before the commit is durable: a crash undoes a lockout or revives a used code.
/// - `save` inside the caller's transaction: its rollback undoes a lockout.
/// - user ids compared by Swift's `==` (in a dictionary, say): it takes two spellings of one letter for the same text. Compare
///   `utf8`.
///
/// What a storage throws becomes ``TwoFactorError/storageError(reason:cause:)``; what does not answer within the time-out
/// ``TwoFactorError/storageTimeout``. A `load` that nobody waits for any more is cancelled, a `save` or `erase` never is.
public protocol Storage: Sendable {
    /// The record of that user; nil: there never was one. Must see every committed `save`.
    func load(userId: String) async throws -> StoredRecord?
    /// Writes record and events in one commit of its own if the stored version still is `expected` (nil: only if there is no
    /// record).
    ///
    /// - Returns: false: somebody else was first, nothing was written, events neither
    func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) async throws -> Bool
    /// Deletes the record and the events of that user; nothing there is fine.
    func erase(userId: String) async throws
}

/// A storage that answers at once, without waiting for a disk, a network or another task: it is called in place, without the task
/// and the timer that bound others. One that may wait must be a plain ``Storage``.
public protocol ImmediateStorage: Storage {
    /// As in ``Storage``.
    func load(userId: String) throws -> StoredRecord?
    /// As in ``Storage``.
    func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) throws -> Bool
    /// As in ``Storage``.
    func erase(userId: String) throws
}

/// What a storage can tell beyond single records; optional for an adapter.
public protocol Reports: Sendable {
    /// The newest events of a user first, `limit` at most, with ids below `before` where given.
    func events(userId: String, before: Data?, limit: Int) async throws -> [TwoFactorEvent]
    /// Figures for an operator's page; `now` in Unix seconds, a month is 30 days of 86,400 seconds.
    func stats(now: Int64) async throws -> Stats
    /// Users whose records are sealed by another key than `keyId`, in the byte order of their ids, after `after`.
    func stale(keyId: String, after: String?, limit: Int) async throws -> [String]
    /// Deletes events older than `before` (Unix seconds); gives how many.
    func purge(before: Int64) async throws -> Int
}

/// Figures for an operator's page.
public struct Stats: Sendable, Hashable {
    /// Users with a second factor now.
    public let enabledUsers: Int
    /// Times it was switched on in the last 30 days.
    public let enabled30d: Int
    /// Times it was switched off or reset in the last 30 days.
    public let disabled30d: Int
    /// Counted wrong codes in the last 30 days.
    public let failed30d: Int

    /// As the storage counted them.
    public init(enabledUsers: Int, enabled30d: Int, disabled30d: Int, failed30d: Int) {
        self.enabledUsers = enabledUsers
        self.enabled30d = enabled30d
        self.disabled30d = disabled30d
        self.failed30d = failed30d
    }
}
