import Foundation
internal import TwinlockFFI

/// Loads, decides, saves, tells; knows no policy. `core/src/driver.rs` is the reference that this mirrors:
///
/// 1. Save before tell: an outcome, good or bad, leaves only after its write is committed. What changes nothing writes nothing.
/// 2. A counted wrong code is an outcome *with a write*, not an early error.
/// 3. After a lost race, decide again on a freshly loaded record and a freshly read clock; at most 5 rounds, then `contention`.
/// 4. Any storage failure or time-out refuses; what was burned stays burned; the outcome is dropped unseen.
/// 5. Never cache a record; never run inside the caller's transaction.
/// 6. No policy here.
/// 7. A cancelled caller loses the answer, never the write: a save runs in a task of its own, which nobody cancels.
struct Driver: Sendable {
    static let rounds = 5

    let engine: Engine
    let storage: any Storage
    let clock: @Sendable () throws -> Double
    let onEvent: (@Sendable (TwoFactorEvent, Bool) -> Void)?
    let timeout: Duration

    /// Carries an operation out.
    ///
    /// - Throws: ``TwoFactorError``, or `CancellationError` for a cancelled caller
    func run(_ call: Call) async throws -> Outcome {
        let userId = try refusing { try engine.open(call: call) }
        for _ in 0..<Self.rounds {
            try Task.checkCancellation()
            let row = try await load(userId)
            let step = engine.decide(call: call, row: row, now: try now())
            guard try await carriedOut(step, userId) else { continue }
            if case .refused(let refusal) = step.outcome { throw TwoFactorError(refusal) }
            return step.outcome
        }
        throw TwoFactorError.contention
    }

    /// Unix seconds; what the clock gives is checked by the engine.
    func now() throws -> Double {
        do {
            return try clock()
        } catch {
            throw TwoFactorError.configuration(reason: "the clock failed")
        }
    }

    /// Asks the storage for something else; the time-out holds here too.
    func ask<Value: Sendable>(_ question: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await bounded(goesOn: false, question)
    }

    private func load(_ userId: String) async throws -> TwinlockFFI.StoredRecord? {
        let found: StoredRecord?
        if let storage = storage as? any ImmediateStorage {
            found = try blaming { try immediately(storage, load: userId) }
        } else {
            found = try await bounded(goesOn: false) { [storage] in try await storage.load(userId: userId) }
        }
        return try found.map(native)
    }

    /// False when somebody else was first. What is committed is announced by whoever wrote it: a caller that hangs up loses the
    /// answer, and keeps nobody from the news.
    private func carriedOut(_ step: Step, _ userId: String) async throws -> Bool {
        switch step.todo {
        case .nothing:
            announce([], step.notices)
            return true
        case .save(let expected, let record, let events):
            let save = Save(
                userId: userId, expected: expected.map { Int64(clamping: $0) },
                record: StoredRecord(
                    version: Int64(clamping: record.version), enabled: record.enabled, keyId: record.keyId, data: record.data),
                events: events.map(TwoFactorEvent.init))
            return try await carriedOut(save, step.notices)
        case .erase:
            if let storage = storage as? any ImmediateStorage {
                try blaming { try immediately(storage, erase: userId) }
                announce([], step.notices)
            } else {
                try await bounded(goesOn: true) {
                    try await storage.erase(userId: userId)
                    announce([], step.notices)
                }
            }
            return true
        }
    }

    private struct Save: Sendable {
        let userId: String
        let expected: Int64?
        let record: StoredRecord
        let events: [TwoFactorEvent]
    }

    private func carriedOut(_ save: Save, _ notices: [StoredEvent]) async throws -> Bool {
        if let storage = storage as? any ImmediateStorage {
            let stored = try blaming { try immediately(storage, save: save) }
            if stored { announce(save.events, notices) }
            return stored
        }
        return try await bounded(goesOn: true) {
            let stored = try await storage.save(
                userId: save.userId, expected: save.expected, record: save.record, events: save.events)
            if stored { announce(save.events, notices) }
            return stored
        }
    }

    private func bounded<Value: Sendable>(
        goesOn: Bool, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            return try await answer(within: timeout, goesOn: goesOn, late: { TwoFactorError.storageTimeout }, of: work)
        } catch {
            throw Task.isCancelled && error is CancellationError ? error : Self.failure(error)
        }
    }

    private func blaming<Value>(_ call: () throws -> Value) throws -> Value {
        do {
            return try call()
        } catch {
            throw Self.failure(error)
        }
    }

    // Synchronous functions, because Swift would call the asynchronous twin of a method from an asynchronous one.

    private func immediately(_ storage: any ImmediateStorage, load userId: String) throws -> StoredRecord? {
        try storage.load(userId: userId)
    }

    private func immediately(_ storage: any ImmediateStorage, save: Save) throws -> Bool {
        try storage.save(userId: save.userId, expected: save.expected, record: save.record, events: save.events)
    }

    private func immediately(_ storage: any ImmediateStorage, erase userId: String) throws {
        try storage.erase(userId: userId)
    }

    private func announce(_ events: [TwoFactorEvent], _ notices: [StoredEvent]) {
        guard let onEvent else { return }
        for event in events { onEvent(event, true) }
        for notice in notices { onEvent(TwoFactorEvent(notice), false) }
    }

    private func native(_ record: StoredRecord) throws -> TwinlockFFI.StoredRecord {
        guard let version = UInt64(exactly: record.version) else {
            throw TwoFactorError.storageError(reason: "load gave a version below 0", cause: nil)
        }
        return TwinlockFFI.StoredRecord(version: version, enabled: record.enabled, keyId: record.keyId, data: record.data)
    }

    /// What a storage threw, as a refusal; its own error stays at hand.
    static func failure(_ error: any Error) -> any Error {
        error is TwoFactorError ? error : TwoFactorError.storageError(reason: "the storage failed", cause: error)
    }
}
