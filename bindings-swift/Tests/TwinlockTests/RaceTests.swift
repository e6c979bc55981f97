import Foundation
import Testing
import TwinlockTesting

@Suite("many at once", .timeLimit(.minutes(2)))
struct RaceTests {
    private static let tasks = 200

    private func outcomes(_ calls: [@Sendable () async throws -> Verification]) async -> [TwoFactorError?] {
        await withTaskGroup(of: TwoFactorError?.self) { group in
            for call in calls { group.addTask { await refusal(call) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// One code, many challenges: exactly one gets in, and the code is spent.
    private func oneCode(_ storage: any Storage, tasks: Int) async throws {
        let (twoFactor, clock) = try engine(storage: storage)
        let (phone, _) = try await enroll(twoFactor, "42", clock: clock)
        clock.advance(30)
        let code = try phone.code()
        var challenges: [String] = []
        for _ in 0..<tasks { challenges.append(try #require(try await twoFactor.afterFirstFactor("42").challenge)) }
        let outcomes = await outcomes(challenges.map { challenge in { try await twoFactor.verify(challenge, code: code) } })
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.compactMap { $0 }.allSatisfy { ["invalid_code", "contention"].contains($0.code) })
    }

    @Test("200 tasks with one code of one user: one gets in, over a memory")
    func memory() async throws {
        try await oneCode(MemoryStorage(), tasks: Self.tasks)
    }

    @Test("200 tasks with one code of one user: one gets in, over a storage that answers later")
    func later() async throws {
        try await oneCode(FaultyStorage(), tasks: Self.tasks)
    }

    @Test("200 tasks with one code of one user: one gets in, over SQLite")
    func sqlite() async throws {
        try await temporary { folder in
            try await oneCode(SqliteStorage(path: folder.appending(path: "2fa.db").path, synchronous: .normal), tasks: Self.tasks)
        }
    }

    @Test("one backup code gets in once")
    func backupCode() async throws {
        let (twoFactor, clock) = try engine()
        let (_, enrolled) = try await enroll(twoFactor, "42", clock: clock)
        var challenges: [String] = []
        for _ in 0..<20 { challenges.append(try #require(try await twoFactor.afterFirstFactor("42").challenge)) }
        let code = enrolled.backupCodes[0]
        let outcomes = await outcomes(challenges.map { challenge in { try await twoFactor.verify(challenge, code: code) } })
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(try await twoFactor.status("42").backupCodes.left == 9)
    }

    @Test("many threads on one TwoFactor, each with a user of its own: all get in")
    func threads() async throws {
        let (twoFactor, clock) = try engine()
        var phones: [FakePhone] = []
        for user in 0..<64 { phones.append(try await enroll(twoFactor, user, clock: clock).phone) }
        clock.advance(30)
        let (inside, done) = (Guarded(0), DispatchGroup())
        for (user, phone) in phones.enumerated() {
            done.enter()
            Thread.detachNewThread {
                Task {
                    defer { done.leave() }
                    let step = try await twoFactor.afterFirstFactor(user)
                    let verification = try await twoFactor.verify(step.challenge ?? "", code: phone.code())
                    if verification.userId == String(user) { inside.use { $0 += 1 } }
                }
            }
        }
        await withCheckedContinuation { continuation in done.notify(queue: .global()) { continuation.resume() } }
        #expect(inside.use { $0 } == 64)
    }

    @Test("a cancelled task does nothing more", arguments: [true, false])
    func cancelled(atOnce: Bool) async throws {
        let (slow, immediate) = (FaultyStorage(), ImmediateFaultyStorage())
        let (twoFactor, _) = try engine(storage: atOnce ? immediate : slow)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await twoFactor.status("42")
        }
        guard case .failure(let error) = await task.result else { throw Walker.Failure(description: "it answered") }
        #expect(error is CancellationError && slow.faults.loads + immediate.faults.loads == 0)
    }
}
