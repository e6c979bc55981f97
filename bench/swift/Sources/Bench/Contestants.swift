import TwinlockTesting

typealias Run = () async throws -> Void

/// Something to time: `prepare` does what is not timed, and gives what does so many tries.
struct Contestant: Sendable {
    let name: String
    let prepare: @Sendable (_ count: Int) async throws -> Run
}

/// A whole `verify`: open the challenge, load, open the record, decide, seal, save, answer. The names are those of the other
/// languages.
let contestants = [
    Contestant(name: "right code, known browser") { count in
        let desk = try await Desk()
        let tries = try await desk.tries(count, device: desk.device)
        return { try await desk.signIn(tries) }
    },
    Contestant(name: "right code, known browser, storage that may wait") { count in
        let desk = try await Desk(over: Waiting())
        let tries = try await desk.tries(count, device: desk.device)
        return { try await desk.signIn(tries) }
    },
    Contestant(name: "right code, new browser each time") { count in
        let desk = try await Desk()
        // The record is full afterwards: 10 devices, 16 challenges.
        try await desk.signIn(desk.tries(20, device: nil))
        let tries = try await desk.tries(count, device: nil)
        return { try await desk.signIn(tries) }
    },
    Contestant(name: "wrong code, counted") { count in
        let desk = try await Desk()
        var tries: [(challenge: String, wrong: String)] = []
        for number in 0..<count {
            // One user each: a second wrong code soon meets the throttle.
            let phone = try await enroll(desk.twoFactor, "user \(number)", clock: desk.clock).phone
            tries.append((try await desk.challenge("user \(number)"), try phone.wrongCode()))
        }
        desk.clock.advance(Desk.pastTheWindow)
        return { [tries] in
            for one in tries { try await desk.refused(one.challenge, one.wrong, "invalid_code") }
        }
    },
    Contestant(name: "used code again") { count in
        let desk = try await Desk()
        // The enrollment has used it.
        let (challenge, code) = (try await desk.challenge(), try desk.phone.code())
        return { try await desk.refused(challenge, code, "invalid_code", times: count) }
    },
    Contestant(name: "any code while throttled") { count in
        let desk = try await Desk()
        desk.clock.advance(Desk.pastTheWindow)
        let (challenge, wrong) = (try await desk.challenge(), try desk.phone.wrongCode())
        for _ in 0..<4 { try await desk.refused(challenge, wrong, "invalid_code") }
        return { try await desk.refused(challenge, wrong, "throttled", times: count) }
    },
]

/// A memory behind the face of a storage that may wait: each call gets its task and its timer.
private struct Waiting: Storage {
    let memory = MemoryStorage()

    func load(userId: String) async throws -> StoredRecord? { memory.load(userId: userId) }

    func save(userId: String, expected: Int64?, record: StoredRecord, events: [TwoFactorEvent]) async throws -> Bool {
        memory.save(userId: userId, expected: expected, record: record, events: events)
    }

    func erase(userId: String) async throws { memory.erase(userId: userId) }
}
