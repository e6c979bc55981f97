import Foundation
import Twinlock

/// What an ordered failure throws: an error of the storage's own.
public struct OrderedFailure: Error, Sendable, Hashable {
    /// Which fault was ordered.
    public let fault: Fault
}

/// What goes wrong at the next call of that kind.
public enum Fault: String, Sendable, CaseIterable {
    /// `load` throws.
    case loadFails
    /// `load` answers after the time-out.
    case loadLate
    /// `load` does not answer.
    case loadNever
    /// `save` throws, and nothing is written.
    case saveFailsBefore
    /// `save` throws, although it has written.
    case saveFailsAfter
    /// `save` writes and answers after the time-out.
    case saveLate
    /// `save` writes and does not answer.
    case saveNever
    /// `save` says that somebody else was first.
    case saveLosesRace
    /// `erase` throws.
    case eraseFails
    /// `erase` does not answer.
    case eraseNever

    /// Whether it is about waiting, which a storage that answers at once cannot do.
    var isAboutTime: Bool { [.loadLate, .loadNever, .saveLate, .saveNever, .eraseNever].contains(self) }
}

/// Faults that wait for their call, and what was called.
public final class Faults: Sendable {
    private struct State {
        var orders: [Fault] = []
        var loads = 0
        var saves = 0
    }

    private let state = Guarded(State())

    /// Orders faults behind those that wait; each happens once, at the call it is about.
    public func order(_ faults: Fault...) {
        state.use { $0.orders += faults }
    }

    /// How often `load` was called.
    public var loads: Int { state.use { $0.loads } }
    /// How often `save` was called.
    public var saves: Int { state.use { $0.saves } }

    func next(_ call: String) -> Fault? {
        state.use { state in
            if call == "load" { state.loads += 1 }
            if call == "save" { state.saves += 1 }
            guard state.orders.first?.rawValue.hasPrefix(call) == true else { return nil }
            return state.orders.removeFirst()
        }
    }
}

/// A storage with faults to order, for holding drivers to their rules.
///
/// ```swift
/// let storage = FaultyStorage()
/// storage.faults.order(.loadFails)
/// try await storage.load(userId: "42")  // throws OrderedFailure
/// try await storage.load(userId: "42")  // nil
/// ```
public final class FaultyStorage: Storage {
    /// What is really stored.
    public let inner: MemoryStorage
    /// What goes wrong.
    public let faults = Faults()
    private let late: Duration
    private let unanswered = Guarded([AsyncStream<Never>.Continuation]())
    private let waiting = Guarded(0)

    /// - Parameters:
    ///   - inner: what really stores
    ///   - late: how long a late answer takes
    public init(inner: MemoryStorage = MemoryStorage(), late: Duration = .milliseconds(50)) {
        self.inner = inner
        self.late = late
    }

    /// Waits until every late answer has come, and every late write with it.
    public func idle() async throws {
        while waiting.use({ $0 }) > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    public func load(userId: String) async throws -> StoredRecord? {
        let fault = faults.next("load")
        if fault == .loadFails { throw OrderedFailure(fault: .loadFails) }
        if fault == .loadLate { await pause() }
        let found = inner.load(userId: userId)
        if fault == .loadNever { await forever() }
        return found
    }

    public func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) async throws -> Bool {
        let fault = faults.next("save")
        await Task.yield()
        if fault == .saveFailsBefore { throw OrderedFailure(fault: .saveFailsBefore) }
        if fault == .saveLosesRace { return false }
        if fault == .saveLate { await pause() }
        let won = inner.save(userId: userId, expected: expected, record: record, events: events)
        if fault == .saveNever { await forever() }
        if fault == .saveFailsAfter { throw OrderedFailure(fault: .saveFailsAfter) }
        return won
    }

    public func erase(userId: String) async throws {
        let fault = faults.next("erase")
        if fault == .eraseFails { throw OrderedFailure(fault: .eraseFails) }
        if fault == .eraseNever { await forever() }
        inner.erase(userId: userId)
    }

    /// However much the caller hurries: a real engine does not hear of it either.
    private func pause() async {
        waiting.use { $0 += 1 }
        let late = late
        await Task.detached { try? await Task.sleep(for: late) }.value
        waiting.use { $0 -= 1 }
    }

    private func forever() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        unanswered.use { $0.append(continuation) }
        for await _ in stream {}
    }
}

/// The same for a storage that answers at once: faults about time do not happen in it.
public final class ImmediateFaultyStorage: ImmediateStorage {
    /// What is really stored.
    public let inner: MemoryStorage
    /// What goes wrong.
    public let faults = Faults()

    /// - Parameter inner: what really stores
    public init(inner: MemoryStorage = MemoryStorage()) {
        self.inner = inner
    }

    public func load(userId: String) throws -> StoredRecord? {
        if faults.next("load") == .loadFails { throw OrderedFailure(fault: .loadFails) }
        return inner.load(userId: userId)
    }

    public func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) throws -> Bool {
        let fault = faults.next("save")
        if fault == .saveFailsBefore { throw OrderedFailure(fault: .saveFailsBefore) }
        if fault == .saveLosesRace { return false }
        let won = inner.save(userId: userId, expected: expected, record: record, events: events)
        if fault == .saveFailsAfter { throw OrderedFailure(fault: .saveFailsAfter) }
        return won
    }

    public func erase(userId: String) throws {
        if faults.next("erase") == .eraseFails { throw OrderedFailure(fault: .eraseFails) }
        inner.erase(userId: userId)
    }
}
