import TwinlockSupport

/// How often a call is sent, and what happens in between:
///
///     refused with `not_signed_in`       refresh, once      ─┐
///     refused with `assurance_required`  step-up, once      ─┴─▶ the same call again
///     anything else                      is the answer
///
/// Never the other way round: a wrong code or a missing proof is no reason to refresh. Calls refused at the same time share one
/// refresh and one step-up, and one whose refusal comes late finds that it has been done.
struct Attempts: Sendable {
    typealias Refresh = @Sendable () async throws -> String?
    typealias Prove = @Sendable () async throws -> Void

    /// The token to send now.
    let token: @Sendable () async throws -> String?
    /// A new one; nil where there is nothing to refresh.
    let refresh: Refresh?
    /// Asks for a fresh code; nil where nobody can be asked.
    let prove: Prove?

    private let refreshing = Once<String?>()
    private let proving = Once<Void>()

    init(_ manner: ClientConfiguration.Manner, prove: Prove?) {
        self.prove = prove
        switch manner {
        case .bearer(let accessToken):
            token = { try await accessToken(false) }
            refresh = { try await accessToken(true) }
        case .cookies(let renew?):
            token = { nil }
            refresh = {
                try await renew()
                return nil
            }
        case .cookies(nil):
            token = { nil }
            refresh = nil
        }
    }

    /// Some call proved the second factor: whoever was refused before may simply try again.
    func proved() {
        proving.isDone()
    }

    /// Sends until there is an answer to hand on.
    ///
    /// - Parameters:
    ///   - guarded: false for calls that prove the second factor themselves
    ///   - send: one request with that token
    ///   - refusal: the refusal in an answer, if it is one
    func run<Answer: Sendable>(
        guarded: Bool,
        send: (_ token: String?) async throws -> Answer,
        refusal: (Answer) -> ProblemError?
    ) async throws -> Answer {
        var refresh = refresh
        var prove = guarded ? prove : nil
        var fresh: String??
        while true {
            let current: String? = if let fresh { fresh } else { try await token() }
            let (refreshed, proved) = (refreshing.done, proving.done)
            let answer = try await send(current)
            switch refusal(answer)?.code {
            case .notSignedIn?:
                guard let renew = refresh else { return answer }
                fresh = try await refreshing.since(refreshed, renew)
                refresh = nil
            case .assuranceRequired?:
                guard let ask = prove else { return answer }
                do {
                    _ = try await proving.since(proved, ask)
                } catch is CancellationError where !Task.isCancelled {
                    // The user closed the dialog: the refusal stands.
                    return answer
                }
                // The proof may have come with a new token.
                prove = nil
                fresh = nil
            default:
                return answer
            }
        }
    }
}

/// Something that callers do together, and that nobody does again who began before it was done.
private final class Once<Value: Sendable>: Sendable {
    private struct State {
        var done = 0
        var running: Task<Value, any Error>?
    }

    private let state = Guarded(State())

    var done: Int { state.use { $0.done } }

    func isDone() {
        state.use { $0.done += 1 }
    }

    /// Does it, unless it has been done since the caller saw `seen`: nil then. A cancelled caller does not end it for the others.
    func since(_ seen: Int, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        let running: Task<Value, any Error>? = state.use { state in
            if state.running == nil {
                if seen != state.done { return nil }
                state.running = Task { try await self.finish(work) }
            }
            return state.running
        }
        guard let running else { return nil }
        return try await answer(within: nil, goesOn: true, late: { CancellationError() }) { try await running.value }
    }

    private func finish(_ work: @Sendable () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            state.use { state in
                state.done += 1
                state.running = nil
            }
            return value
        } catch {
            state.use { $0.running = nil }
            throw error
        }
    }
}
