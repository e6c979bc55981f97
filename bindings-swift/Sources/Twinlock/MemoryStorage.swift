import Foundation

/// Records and events in memory, for tests and for trying things out: everything is gone when the process ends.
public final class MemoryStorage: ImmediateStorage, Reports {
    private struct Entry {
        var record: StoredRecord
        var events: [TwoFactorEvent]
    }

    private static let month: Int64 = 30 * 86_400
    private let users = Guarded([Exact: Entry]())

    /// Empty.
    public init() {}

    public func load(userId: String) -> StoredRecord? {
        users.use { $0[Exact(userId)]?.record }
    }

    public func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) -> Bool {
        let exact = Exact(userId)
        return users.use { users in
            guard users[exact]?.record.version == expected else { return false }
            users[exact, default: Entry(record: record, events: [])].record = record
            users[exact]?.events += events
            return true
        }
    }

    public func erase(userId: String) {
        users.use { $0[Exact(userId)] = nil }
    }

    public func events(userId: String, before: Data?, limit: Int) -> [TwoFactorEvent] {
        let events = users.use { $0[Exact(userId)]?.events ?? [] }
        let older = before.map { before in events.filter { $0.idBytes.lexicographicallyPrecedes(before) } } ?? events
        return Array(older.sorted { $1.idBytes.lexicographicallyPrecedes($0.idBytes) }.prefix(limit))
    }

    public func stats(now: Int64) -> Stats {
        let entries = users.use { Array($0.values) }
        let recent = entries.flatMap(\.events).filter { $0.at >= now - Self.month }
        func count(_ types: String...) -> Int {
            recent.count { types.contains($0.type) }
        }
        return Stats(
            enabledUsers: entries.count { $0.record.enabled }, enabled30d: count("enrolled"),
            disabled30d: count("disabled", "reset"), failed30d: count("failed"))
    }

    public func stale(keyId: String, after: String?, limit: Int) -> [String] {
        let others = users.use { $0.filter { $0.value.record.keyId != keyId }.map(\.key.text) }
        let later = after.map { after in others.filter { after.utf8.lexicographicallyPrecedes($0.utf8) } } ?? others
        return Array(later.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(limit))
    }

    public func purge(before: Int64) -> Int {
        users.use { users in
            var purged = 0
            for userId in users.keys {
                let events = users[userId]?.events ?? []
                let kept = events.filter { $0.at >= before }
                purged += events.count - kept.count
                users[userId]?.events = kept
            }
            return purged
        }
    }
}

/// A user id as a key: compared byte by byte. Swift's own `==` takes two spellings of one letter for the same text.
private struct Exact: Hashable {
    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}
