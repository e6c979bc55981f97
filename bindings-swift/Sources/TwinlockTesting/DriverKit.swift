import Foundation
import Twinlock

/// What a driver is made of in the kit.
public struct DriverParts: Sendable {
    /// Stores, with faults to order.
    public let storage: any Storage
    /// Seal what is stored.
    public let keys: KeyRing
    /// To be asked anew in every round.
    public let clock: @Sendable () throws -> Double
    /// To be told of events after their commit.
    public let onEvent: @Sendable (TwoFactorEvent, Bool) -> Void
    /// After which a storage is given up.
    public let storageTimeout: Duration
}

/// Puts a driver together.
public typealias MakeDriver = @Sendable (DriverParts) throws -> TwoFactor

/// One law of the driver kit.
public struct DriverLaw: Sendable, CustomStringConvertible {
    /// The law in words, as a test runner should show it.
    public let name: String
    let needsTime: Bool
    let body: @Sendable (DriverBench) async throws -> Void

    init(_ name: String, needsTime: Bool = false, _ body: @escaping @Sendable (DriverBench) async throws -> Void) {
        self.name = name
        self.needsTime = needsTime
        self.body = body
    }

    /// Holds a driver to it, over a storage that answers later and, where no time is needed, over one that answers at once.
    ///
    /// - Throws: ``BrokenLaw`` that names the law and says what broke it
    public func hold(_ make: @escaping MakeDriver) async throws {
        for isImmediate in needsTime ? [false] : [false, true] {
            try await underLaw(name) { try await body(DriverBench.ready(make, isImmediate: isImmediate)) }
        }
    }

    public var description: String { name }
}

/// What every driver must hold to: the rules of DESIGN's drivers, each tried on a storage with faults to order.
public enum DriverKit {
    /// The laws, one by one.
    public static let laws: [DriverLaw] = [
        DriverLaw("what changes nothing writes nothing", whatChangesNothingWritesNothing),
        DriverLaw("a counted wrong code is written before it is told", aWrongCodeIsWrittenBeforeItIsTold),
        DriverLaw("what fails lets nobody in", whatFailsLetsNobodyIn),
        DriverLaw("what was burned stays burned", whatWasBurnedStaysBurned),
        DriverLaw("what answers late refuses, and its write goes on", needsTime: true, whatAnswersLateRefuses),
        DriverLaw("what never answers refuses", needsTime: true, whatNeverAnswersRefuses),
        DriverLaw("who hangs up loses the answer, never the write", needsTime: true, whoHangsUpLosesTheAnswer),
        DriverLaw("a lost race is decided on a fresh record", aLostRaceIsDecidedOnAFreshRecord),
        DriverLaw("a lost race is decided on a fresh clock", aLostRaceIsDecidedOnAFreshClock),
        DriverLaw("five lost races refuse", fiveLostRacesRefuse),
        DriverLaw("of many at once one gets in", ofManyAtOnceOneGetsIn),
        DriverLaw("a broken clock refuses", aBrokenClockRefuses),
        DriverLaw("erase is told when it is done", eraseIsToldWhenItIsDone),
    ]

    /// Holds a driver to every law.
    ///
    /// - Throws: ``BrokenLaw`` for the first one that does not hold
    public static func hold(_ make: @escaping MakeDriver) async throws {
        for law in laws { try await law.hold(make) }
    }
}

/// A user with a phone behind a driver, at the moment when a code is due.
final class DriverBench: Sendable {
    /// What a listener was told.
    struct Told: Sendable, Equatable {
        let type: String
        let durable: Bool
    }

    private struct State {
        var told: [Told] = []
        /// How often the clock was read, how many seconds pass then, and what happens once.
        var readings = 0
        var ticks = 0.0
        var broken: (@Sendable () throws -> Double)?
        var hook: (@Sendable () -> Void)?
    }

    // Far above what a disk or a busy machine takes: only what is meant to be late may be.
    private static let timeout = Duration.seconds(1)
    private static let late = Duration.milliseconds(2_500)

    let time = VirtualClock()
    let inner = MemoryStorage()
    let faults: Faults
    let slow: FaultyStorage?
    let driver: TwoFactor
    /// Another process on the same storage.
    let elsewhere: TwoFactor
    let user = "driver-kit-\(UUID().userIdText)"
    let phone: FakePhone
    let backupCode: String
    private let state: Guarded<State>

    static func ready(_ make: MakeDriver, isImmediate: Bool) async throws -> DriverBench {
        try await DriverBench(make, isImmediate: isImmediate)
    }

    private init(_ make: MakeDriver, isImmediate: Bool) async throws {
        let (time, state) = (time, Guarded(State()))
        let slow = isImmediate ? nil : FaultyStorage(inner: inner, late: Self.late)
        let immediate = ImmediateFaultyStorage(inner: inner)
        let parts = DriverParts(
            storage: slow ?? immediate,
            keys: try .generate(),
            clock: { try Self.reading(state, time) },
            onEvent: { event, durable in state.use { $0.told.append(Told(type: event.type, durable: durable)) } },
            storageTimeout: Self.timeout)
        self.slow = slow
        self.state = state
        faults = slow?.faults ?? immediate.faults
        driver = try make(parts)
        elsewhere = try make(parts)
        let (phone, enrolled) = try await enroll(driver, user, clock: time)
        self.phone = phone
        backupCode = enrolled.backupCodes[0]
        time.advance(60)
        state.use { $0 = State() }
    }

    var told: [Told] { state.use { $0.told } }
    var readings: Int { state.use { $0.readings } }

    func everyReading(takes seconds: Double) {
        state.use { $0.ticks = seconds }
    }

    func breakClock(_ broken: (@Sendable () throws -> Double)?) {
        state.use { $0.broken = broken }
    }

    /// Done once, when the clock is read next.
    func whenTheClockIsRead(_ hook: @escaping @Sendable () -> Void) {
        state.use { $0.hook = hook }
    }

    func challenge() async throws -> String {
        guard let challenge = try await driver.afterFirstFactor(user).challenge else {
            throw BrokenLaw("a user with a second factor must get a challenge")
        }
        return challenge
    }

    @discardableResult
    func verify(_ challenge: String, _ code: String? = nil) async throws -> Verification {
        try await driver.verify(challenge, code: code ?? phone.code())
    }

    var version: Int64? { inner.load(userId: user)?.version }

    private static func reading(_ state: Guarded<State>, _ time: VirtualClock) throws -> Double {
        let (hook, broken, ticks) = state.use { state in
            state.readings += 1
            defer { state.hook = nil }
            return (state.hook, state.broken, state.ticks)
        }
        hook?()
        if let broken { return try broken() }
        let now = time.now()
        time.advance(ticks)
        return now
    }
}

/// Holds an operation to a refusal with that code; gives the error.
@discardableResult
func refused(_ code: String, _ rule: String, _ call: () async throws -> some Any) async throws -> TwoFactorError {
    do {
        _ = try await call()
    } catch let error as TwoFactorError {
        try must(error.code == code, "\(rule): it must be refused with \(code), not \(error.code)")
        return error
    }
    throw BrokenLaw("\(rule): it must be refused with \(code), not succeed")
}
