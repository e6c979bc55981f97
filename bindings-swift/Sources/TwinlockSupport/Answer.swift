/// Waits for work, at most for a time.
///
/// The work runs in a task of its own: a cancelled caller gets `CancellationError` at once and loses the answer, and so does
/// one whose time is over. What the work answers later is dropped.
///
/// - Parameters:
///   - limit: how long to wait; nil for as long as it takes
///   - goesOn: whether the work goes on when nobody waits for it any more, as a write must; else it is cancelled
///   - late: what to throw when the time is over
///   - work: what to do
/// - Throws: what `work` throws, `late()`, or `CancellationError`
package func answer<Value: Sendable>(
    within limit: Duration?,
    goesOn: Bool,
    late: @escaping @Sendable () -> any Error,
    of work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let race = Race<Value>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            guard race.start(continuation) else { return }
            let working = Task {
                do {
                    race.finish(.success(try await work()))
                } catch {
                    race.finish(.failure(error))
                }
            }
            if !goesOn { race.endsWithIt { working.cancel() } }
            guard let limit else { return }
            let timer = Task {
                try await Task.sleep(for: limit)
                race.finish(.failure(late()))
            }
            race.endsWithIt { timer.cancel() }
        }
    } onCancel: {
        race.finish(.failure(CancellationError()))
    }
}

/// Resumes a continuation once, with whatever comes first.
private final class Race<Value: Sendable>: Sendable {
    private struct State {
        var waiting: CheckedContinuation<Value, any Error>?
        var over: Result<Value, any Error>?
        var ends: [@Sendable () -> Void] = []
    }

    private let state = Guarded(State())

    /// False when the caller was cancelled before anything began: it has its answer then.
    func start(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let over = state.use { state in
            if state.over == nil { state.waiting = continuation }
            return state.over
        }
        guard let over else { return true }
        continuation.resume(with: over)
        return false
    }

    /// What is to end when the race is over.
    func endsWithIt(_ end: @escaping @Sendable () -> Void) {
        let isOver = state.use { state in
            if state.over == nil { state.ends.append(end) }
            return state.over != nil
        }
        if isOver { end() }
    }

    func finish(_ result: Result<Value, any Error>) {
        let before: State? = state.use { state in
            guard state.over == nil else { return nil }
            defer { state = State(over: result) }
            return state
        }
        guard let before else { return }
        for end in before.ends { end() }
        before.waiting?.resume(with: result)
    }
}
