import Foundation
internal import TwinlockFFI

/// The second lock after the password.
///
/// User ids are the application's own: text, an integer or a `UUID` (stored in lower case). `context` (at most 256 bytes, such as
/// browser and address) goes into the events and, in part, becomes the name of a browser. Times are Unix seconds. Tokens are opaque
/// text of at most 1,280 characters: keep them, never put them into a URL.
///
/// What is refused is thrown as ``TwoFactorError``. Beside what each operation says, all of them throw `malformedRequest` (an
/// argument of the wrong length or form), `storageError`, `storageTimeout`, `contention`, `recordTampered`, `unknownKey`,
/// `configuration` (the clock) and `internalError`: nobody is let in then, and a code that was burned stays burned. A cancelled
/// task gets `CancellationError` and loses the answer, never the write.
///
/// ```swift
/// let twoFactor = try TwoFactor(issuer: "Acme", storage: SqliteStorage(path: "2fa.db"))   // keys from TWINLOCK_KEYS
///
/// let enrollment = try await twoFactor.beginEnrollment("42", accountName: "ada@example.com")
/// show(try enrollment.qrSvg(), enrollment.secret)
/// let codes = try await twoFactor.confirmEnrollment("42", setup: enrollment.setup, code: "123456").backupCodes
///
/// let step = try await twoFactor.afterFirstFactor("42")                                   // after the password
/// if let challenge = step.challenge {
///     let verification = try await twoFactor.verify(challenge, code: "654321")            // throws invalidCode, throttled, …
///     signIn(verification.userId)
/// }
/// ```
public final class TwoFactor: Sendable {
    /// The policy in force.
    public let policy: Policy
    /// The storage below.
    public let storage: any Storage
    /// The id of the key that seals, for sweeps of stale records.
    public let activeKeyId: String
    let driver: Driver

    /// Sets up the engine.
    ///
    /// - Parameters:
    ///   - issuer: what authenticator apps show: 1 to 64 bytes
    ///   - storage: where records live
    ///   - keys: the keys that seal them; nil: those of `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names
    ///   - policy: the numbers
    ///   - clock: gives Unix seconds, fractions allowed
    ///   - namespace: keeps staging from production, and application from application, on the same keys
    ///   - storageTimeout: a storage that takes longer refuses; above 0
    ///   - onEvent: told of every event after its commit, and of refusals that are not stored (its second argument is false then):
    ///     for
    ///     mail, logs, metrics. It runs before the answer goes out, on any thread: keep it short
    /// - Throws: ``TwoFactorError/configuration(reason:)``, also when there are no keys
    public init(
        issuer: String,
        storage: any Storage,
        keys: KeyRing? = nil,
        policy: Policy = .default,
        clock: @escaping @Sendable () throws -> Double = { Date().timeIntervalSince1970 },
        namespace: String = "",
        storageTimeout: Duration = .seconds(5),
        onEvent: (@Sendable (_ event: TwoFactorEvent, _ durable: Bool) -> Void)? = nil
    ) throws {
        guard storageTimeout > .zero else {
            throw TwoFactorError.configuration(reason: "storageTimeout must be above 0")
        }
        let keys = try keys ?? .fromEnvironment()
        let engine = try refusing {
            try Engine(issuer: issuer, keys: keys.native, policy: policy.settings.native, namespace: namespace)
        }
        self.policy = policy
        self.storage = storage
        activeKeyId = engine.activeKeyId()
        driver = Driver(engine: engine, storage: storage, clock: clock, onEvent: onEvent, timeout: storageTimeout)
    }

    // MARK: Enrollment

    /// Begins an enrollment: a new secret, shown as QR code and text. Stores nothing.
    ///
    /// - Parameters:
    ///   - userId: whose
    ///   - accountName: what the app shows beside the issuer: 1 to 128 bytes
    ///   - assurance: proves the second factor of a user who already has one
    ///   - setup: of an unexpired enrollment gives the same secret again, for a page that reloads
    ///   - issuer: 1 to 64 bytes, shown instead of the engine's
    ///   - context: where the call came from
    /// - Throws: `assuranceRequired` when the user is active and the proof is missing or older than the policy allows,
    ///   `tooManyAuthenticators`
    public func beginEnrollment(
        _ userId: some UserIdentifier, accountName: String, assurance: String? = nil, setup: String? = nil, issuer: String? = nil,
        context: String? = nil
    ) async throws -> Enrollment {
        let call = Call.beginEnrollment(
            userId: userId.userIdText, accountName: accountName, assurance: assurance, setup: setup, issuer: issuer,
            context: context)
        guard case .enrollment(let enrollment) = try await driver.run(call) else { throw unexpected }
        return Enrollment(native: enrollment)
    }

    /// Confirms a setup with a code of the new authenticator; with the first one the second factor is on.
    ///
    /// - Parameters:
    ///   - userId: whose
    ///   - setup: of ``beginEnrollment(_:accountName:assurance:setup:issuer:context:)``
    ///   - code: of the new authenticator
    ///   - nextCodes: none, or the two codes that followed `code`, when `moreCodesRequired` asked for them
    ///   - name: for lists, such as "Ada's phone": 1 to 64 bytes; without it the authenticator is numbered
    ///   - context: where the call came from
    /// - Throws: `invalidCode`, `malformedCode`, `moreCodesRequired` (the phone's clock is off: three codes teach the drift),
    ///   `setupExpired`, `alreadyEnrolled`, `assuranceRequired` (became active meanwhile), `tooManyAuthenticators`
    public func confirmEnrollment(
        _ userId: some UserIdentifier, setup: String, code: String, nextCodes: [String] = [], name: String? = nil,
        context: String? = nil
    ) async throws -> Enrolled {
        let call = Call.confirmEnrollment(
            userId: userId.userIdText, setup: setup, code: code, nextCodes: nextCodes, name: name, context: context)
        guard
            case .enrolled(let id, let codes, let assurance, let device, let verifiedAt, let body) = try await driver.run(call)
        else { throw unexpected }
        return Enrolled(
            authenticatorId: id, backupCodes: codes, assurance: assurance, device: device, verifiedAt: Int64(clamping: verifiedAt),
            body: body)
    }

    // MARK: Sign-in

    /// After the password: says whether a second factor is due, and makes the challenge. Stores nothing.
    ///
    /// - Parameters:
    ///   - userId: whose password was right
    ///   - device: the token of this browser, of an earlier success
    ///   - required: whether this user must have a second factor
    ///   - fresh: asks for a code even where a trusted device would do, for step-up
    ///   - carry: at most 512 bytes, sealed into the challenge and given back by
    ///     ``verify(_:code:nextCodes:trustDevice:userId:context:)``
    ///   - context: where the call came from
    public func afterFirstFactor(
        _ userId: some UserIdentifier, device: String? = nil, required: Bool = false, fresh: Bool = false, carry: String? = nil,
        context: String? = nil
    ) async throws -> NextStep {
        let call = Call.afterFirstFactor(
            userId: userId.userIdText, device: device, required: required, fresh: fresh, carry: carry, context: context)
        guard
            case .nextStep(let status, let challenge, let methods, let codes, let assurance, let at, let seconds, let body) =
                try await driver.run(call),
            let status = NextStep.Status(rawValue: status)
        else { throw unexpected }
        return NextStep(
            status: status, challenge: challenge, methods: methods.compactMap(Method.init(rawValue:)), codesRequired: Int(codes),
            assurance: assurance, expiresAt: at.map { Int64(clamping: $0) }, expiresIn: seconds.map { Int64(clamping: $0) },
            body: body)
    }

    /// Proves a second factor, at sign-in and for step-up. Sign in `userId` of the result and nobody else.
    ///
    /// - Parameters:
    ///   - challenge: of ``afterFirstFactor(_:device:required:fresh:carry:context:)``
    ///   - code: of an authenticator, or a backup code; with `nextCodes` the oldest of three consecutive ones
    ///   - nextCodes: none, or the two codes that followed `code`
    ///   - trustDevice: do not ask in this browser for as long as the policy says
    ///   - userId: who it must be, where somebody is signed in already
    ///   - context: where the call came from
    /// - Throws: `invalidCode`, `malformedCode`, `throttled`, `moreCodesRequired`, `challengeExpired`
    public func verify(
        _ challenge: String, code: String, nextCodes: [String] = [], trustDevice: Bool = false,
        userId: (any UserIdentifier)? = nil, context: String? = nil
    ) async throws -> Verification {
        let call = Call.verify(
            challenge: challenge, code: code, nextCodes: nextCodes, trustDevice: trustDevice, userId: userId?.userIdText,
            context: context)
        guard
            case .verification(
                let userId, let method, let id, let left, let assurance, let device, let carry, let verifiedAt, let body) =
                try await driver.run(call),
            let method = Method(rawValue: method)
        else { throw unexpected }
        return Verification(
            userId: userId, method: method, authenticatorId: id, backupCodesLeft: Int(left), assurance: assurance, device: device,
            carry: carry, verifiedAt: Int64(clamping: verifiedAt), body: body)
    }

    /// Checks a proof; gives when it was made, in Unix seconds. Writes nothing.
    ///
    /// - Parameters:
    ///   - userId: who is signed in
    ///   - assurance: the proof
    ///   - maxAge: how many seconds old it may be; nil: however old
    /// - Throws: `assuranceRequired` (missing, of another user, ended, too old), `notEnabled`
    public func checkAssurance(_ userId: some UserIdentifier, assurance: String, maxAge: Int64?) async throws -> Int64 {
        let call = Call.checkAssurance(userId: userId.userIdText, assurance: assurance, maxAge: maxAge)
        guard case .seconds(let seconds) = try await driver.run(call) else { throw unexpected }
        return Int64(clamping: seconds)
    }

    /// All that a settings page needs; no secret is in it.
    ///
    /// - Parameters:
    ///   - userId: whose
    ///   - device: the token of this browser, to mark it
    ///   - assurance: the proof of this session, to say how fresh it is
    public func status(_ userId: some UserIdentifier, device: String? = nil, assurance: String? = nil) async throws -> Status {
        let call = Call.status(userId: userId.userIdText, device: device, assurance: assurance)
        guard case .status(let status) = try await driver.run(call) else { throw unexpected }
        return Status(status)
    }
}

extension TwoFactor {
    /// The outcome of another operation: cannot be, and lets nobody in.
    var unexpected: TwoFactorError { .internalError(reason: "the engine answered something else") }

    func done(_ call: Call) async throws {
        guard case .nothing = try await driver.run(call) else { throw unexpected }
    }
}
