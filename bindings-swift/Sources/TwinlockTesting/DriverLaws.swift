import Foundation
import Twinlock

private let rounds = 5
private let atOnce = 200
private let notTold = "what was not stored, or may not be, must not be told"

func whatChangesNothingWritesNothing(_ bench: DriverBench) async throws {
    let (loads, saves) = (bench.faults.loads, bench.faults.saves)
    let challenge = try await bench.challenge()
    _ = try await bench.driver.status(bench.user)
    try must(bench.faults.loads == loads + 2, "each call must load the record once: nothing is cached")
    try await refused("invalid_code", "a wrong backup code is an outcome") {
        try await bench.verify(challenge, "0000-0000-0000-0000")
    }
    try must(bench.faults.saves == saves, "what changes nothing must write nothing")
    try must(bench.told == [.init(type: "failed", durable: false)], "a refusal that is not stored must be told as such")
}

func aWrongCodeIsWrittenBeforeItIsTold(_ bench: DriverBench) async throws {
    let challenge = try await bench.challenge()
    let (saves, version) = (bench.faults.saves, bench.version)
    let wrong = try bench.phone.wrongCode()
    try await refused("invalid_code", "a counted wrong code is an outcome") { try await bench.verify(challenge, wrong) }
    try must(bench.faults.saves == saves + 1 && bench.version != version, "a counted wrong code must be written")
    try must(bench.told == [.init(type: "failed", durable: true)], "and its event told after the commit")
    bench.faults.order(.saveFailsBefore)
    try await refused("storage_error", "a wrong code whose count was not written must not be told as one") {
        try await bench.verify(challenge, wrong)
    }
    try must(bench.told.count == 1, notTold)
}

func whatFailsLetsNobodyIn(_ bench: DriverBench) async throws {
    let challenge = try await bench.challenge()
    for fault in [Fault.loadFails, .saveFailsBefore] {
        bench.faults.order(fault)
        let error = try await refused("storage_error", "when \(fault)") { try await bench.verify(challenge) }
        guard case .storageError(_, let cause) = error, cause as? OrderedFailure == OrderedFailure(fault: fault) else {
            throw BrokenLaw("the storage's own error must be the cause")
        }
    }
    bench.faults.order(.loadFails)
    try await refused("storage_error", "a user whose record cannot be loaded must not pass as one without a second factor") {
        try await bench.driver.afterFirstFactor(bench.user)
    }
    try must(bench.told.isEmpty, notTold)
    try await bench.verify(challenge)  // nothing was written, so nothing is burned
}

func whatWasBurnedStaysBurned(_ bench: DriverBench) async throws {
    let (challenge, other) = (try await bench.challenge(), try await bench.challenge())
    bench.faults.order(.saveFailsAfter)
    try await refused("storage_error", "nobody may be let in on doubt") { try await bench.verify(challenge) }
    try must(bench.told.isEmpty, notTold)
    try await refused("invalid_code", "a code burned by a save that failed after writing stays burned") {
        try await bench.verify(other)
    }
    try await refused("challenge_expired", "and so does its challenge") {
        try await bench.verify(challenge, bench.backupCode)
    }
}

func whatAnswersLateRefuses(_ bench: DriverBench) async throws {
    let (challenge, other, version) = (try await bench.challenge(), try await bench.challenge(), bench.version)
    bench.faults.order(.loadLate)
    try await refused("storage_timeout", "a late load must refuse") { try await bench.verify(challenge) }
    try await bench.slow?.idle()
    try must(bench.version == version, "a load that answers after the time-out must lead to no write")
    bench.faults.order(.saveLate)
    try await refused("storage_timeout", "a late save must refuse") { try await bench.verify(challenge) }
    try must(bench.told.isEmpty, "an outcome must not be told before its write is done")
    try await bench.slow?.idle()
    try must(bench.version != version, "a write that was begun must go on")
    try await refused("invalid_code", "what a late save burned stays burned") { try await bench.verify(other) }
}

func whatNeverAnswersRefuses(_ bench: DriverBench) async throws {
    let challenge = try await bench.challenge()
    for fault in [Fault.loadNever, .saveNever] {
        bench.faults.order(fault)
        try await refused("storage_timeout", "when \(fault)") { try await bench.verify(challenge) }
    }
    bench.faults.order(.loadNever)
    try await refused("storage_timeout", "a user whose load never answers") {
        try await bench.driver.afterFirstFactor(bench.user)
    }
    try must(bench.told.isEmpty, notTold)
}

func whoHangsUpLosesTheAnswer(_ bench: DriverBench) async throws {
    let (challenge, other) = (try await bench.challenge(), try await bench.challenge())
    for fault in [Fault.loadLate, .saveLate] {
        let version = bench.version
        bench.faults.order(fault)
        let (loads, saves) = (bench.faults.loads, bench.faults.saves)
        let caller = Task { try await bench.verify(challenge) }
        while fault == .loadLate ? bench.faults.loads == loads : bench.faults.saves == saves { await Task.yield() }
        caller.cancel()
        switch await caller.result {
        case .failure(is CancellationError): break
        case .failure(let error): throw BrokenLaw("a cancelled caller must get CancellationError, not \(error)")
        case .success: throw BrokenLaw("a cancelled caller must not be let in")
        }
        try must(bench.version == version && bench.told.isEmpty, "a cancelled caller must not wait for the storage")
        try await bench.slow?.idle()
        try must((bench.version == version) == (fault == .loadLate), "a save that was begun goes on, and none is begun afterwards")
    }
    try await refused("invalid_code", "what a cancelled caller's save burned stays burned") { try await bench.verify(other) }
    try must(bench.told.contains(.init(type: "verified", durable: true)), "what is committed must be told to who listens")
}

func aLostRaceIsDecidedOnAFreshRecord(_ bench: DriverBench) async throws {
    let (mine, other, code) = (try await bench.challenge(), try await bench.challenge(), try bench.phone.code())
    // Just before this driver decides, the same code comes in elsewhere.
    let elsewhere = Guarded(Task<Verification, any Error>?.none)
    let isDone = DispatchSemaphore(value: 0)
    bench.whenTheClockIsRead {
        elsewhere.use { task in
            task = Task.detached {
                defer { isDone.signal() }
                return try await bench.elsewhere.verify(other, code: code)
            }
        }
        isDone.wait()
    }
    let here = await Task { try await bench.verify(mine, code) }.result
    guard let task = elsewhere.use({ $0 }) else { throw BrokenLaw("the clock must be read between load and save") }
    let there = await task.result
    guard case .success = there, case .failure(let error) = here else {
        throw BrokenLaw("of two sign-ins with one code exactly the first must get in")
    }
    let code2 = (error as? TwoFactorError)?.code
    try must(
        code2 == "invalid_code", "the other must be decided on the record that the first wrote, not get \(code2 ?? "\(error)")")
}

func aLostRaceIsDecidedOnAFreshClock(_ bench: DriverBench) async throws {
    let challenge = try await bench.challenge()
    let (loads, readings) = (bench.faults.loads, bench.readings)
    bench.faults.order(.saveLosesRace)
    bench.everyReading(takes: 600)
    try await refused("challenge_expired", "after a lost race the clock must be read again") { try await bench.verify(challenge) }
    try must(bench.faults.loads == loads + 2, "after a lost race the record must be loaded again")
    try must(bench.readings == readings + 2, "the clock must be read once in each round")
}

func fiveLostRacesRefuse(_ bench: DriverBench) async throws {
    let challenge = try await bench.challenge()
    let (loads, saves) = (bench.faults.loads, bench.faults.saves)
    for _ in 0..<rounds { bench.faults.order(.saveLosesRace) }
    try await refused("contention", "five lost races must end in contention") { try await bench.verify(challenge) }
    let isFive = bench.faults.loads == loads + rounds && bench.faults.saves == saves + rounds
    try must(isFive, "there must be five rounds, not more")
    try must(bench.told.isEmpty, notTold)
    for _ in 1..<rounds { bench.faults.order(.saveLosesRace) }
    try await bench.verify(challenge)  // the fifth round still counts
    let verified = bench.told.count { $0.type == "verified" }
    try must(verified == 1, "an event must be told once, however many rounds it took")
}

func ofManyAtOnceOneGetsIn(_ bench: DriverBench) async throws {
    var challenges: [String] = []
    for _ in 0..<atOnce { challenges.append(try await bench.challenge()) }
    let (code, saves) = (try bench.phone.code(), bench.faults.saves)
    let refusals = try await withThrowingTaskGroup(of: String?.self) { group in
        for challenge in challenges {
            group.addTask {
                do {
                    try await bench.verify(challenge, code)
                    return nil
                } catch let error as TwoFactorError {
                    return error.code
                }
            }
        }
        return try await group.reduce(into: [String?]()) { $0.append($1) }
    }
    let inside = refusals.count { $0 == nil }
    try must(inside == 1, "of \(atOnce) sign-ins at once with one code exactly one must get in, not \(inside)")
    let known = refusals.compactMap { $0 }.allSatisfy { ["invalid_code", "contention"].contains($0) }
    try must(known, "the others must be refused in words")
    try must(bench.faults.saves - saves <= atOnce * rounds, "and nobody may try more than five rounds")
}

func aBrokenClockRefuses(_ bench: DriverBench) async throws {
    let challenge = try await bench.challenge()
    let saves = bench.faults.saves
    for value in [-1, Double.nan, .infinity, -.infinity, 9.3e18] {
        bench.breakClock { value }
        try await refused("configuration_error", "a clock that shows \(value)") { try await bench.verify(challenge) }
    }
    bench.breakClock { throw OrderedFailure(fault: .loadFails) }
    try await refused("configuration_error", "a clock that throws") { try await bench.verify(challenge) }
    bench.breakClock(nil)
    try must(bench.faults.saves == saves, "on a broken clock nothing may be written")
    try await bench.verify(challenge)
}

func eraseIsToldWhenItIsDone(_ bench: DriverBench) async throws {
    bench.faults.order(.eraseFails)
    try await refused("storage_error", "an erase that failed must be told as such") { try await bench.driver.erase(bench.user) }
    if bench.slow != nil {
        bench.faults.order(.eraseNever)
        try await refused("storage_timeout", "an erase without an answer must refuse") { try await bench.driver.erase(bench.user) }
    }
    try must(bench.told.isEmpty, "what may not be erased must not be told")
    try await bench.driver.erase(bench.user)
    try must(bench.told == [.init(type: "erased", durable: false)], "an erase must be told, and not as stored")
    try must(bench.version == nil, "an erase must leave no record")
}
