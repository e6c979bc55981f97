import Twinlock

/// A phone with one account, on the clock of the test.
public struct FakePhone: Sendable {
    /// The account, for codes at any time.
    public let account: AuthenticatorAccount
    private let clock: @Sendable () -> Double

    /// Scans an `otpauth://` URI, or takes a base32 secret with the usual settings (SHA-1, 6 digits, 30 s).
    ///
    /// - Throws: ``Twinlock/TwoFactorError/invalidSecret(reason:)``
    public init(_ uriOrSecret: String, clock: VirtualClock) throws {
        let uri = uriOrSecret.hasPrefix("otpauth:") ? uriOrSecret : "otpauth://totp/test?secret=\(uriOrSecret)"
        account = try AuthenticatorAccount(uri: uri)
        self.clock = clock.now
    }

    /// The code shown that many steps from now, before now when negative.
    public func code(after steps: Int = 0) throws -> String {
        try account.code(at: clock() + Double(steps * account.period))
    }

    /// Consecutive codes, the oldest first, the newest shown now: `code` and `nextCodes` of a call that asks for three.
    public func codes(_ count: Int = 3) throws -> [String] {
        try (1 - count...0).map(code(after:))
    }

    /// A code that matches no step anywhere near now.
    public func wrongCode() throws -> String {
        let near = Set(try (-60...60).map(code(after:)))
        for number in 0... {
            let digits = String(number)
            let code = String(repeating: "0", count: account.digits - digits.count) + digits
            if !near.contains(code) { return code }
        }
        throw BrokenLaw("every code is right")
    }
}

/// Enrolls a pretend phone. The code it shows now is used: advance the clock before signing in.
///
/// ```swift
/// let (phone, enrolled) = try await enroll(twoFactor, "42", clock: clock)
/// clock.advance(30)
/// let step = try await twoFactor.afterFirstFactor("42")
/// let verification = try await twoFactor.verify(step.challenge!, code: phone.code())
/// ```
///
/// - Parameters:
///   - twoFactor: on that clock
///   - userId: who gets the second factor
///   - clock: the clock of `twoFactor`
/// - Returns: the phone, and what the confirmation answered: backup codes, proof, device
public func enroll(
    _ twoFactor: TwoFactor, _ userId: some UserIdentifier, clock: VirtualClock
) async throws -> (phone: FakePhone, enrolled: Enrolled) {
    let enrollment = try await twoFactor.beginEnrollment(userId, accountName: "ada@example.com")
    let phone = try FakePhone(enrollment.uri, clock: clock)
    let enrolled = try await twoFactor.confirmEnrollment(userId, setup: enrollment.setup, code: phone.code())
    return (phone, enrolled)
}

/// A fresh proof (assurance) by the code that the phone shows now, which must be unused.
///
/// - Parameters:
///   - twoFactor: where the user is enrolled
///   - userId: who proves it
///   - phone: theirs
/// - Returns: the `assurance` that sensitive operations ask for
public func proof(_ twoFactor: TwoFactor, _ userId: some UserIdentifier, phone: FakePhone) async throws -> String {
    let step = try await twoFactor.afterFirstFactor(userId, fresh: true)
    guard let challenge = step.challenge else { throw TwoFactorError.notEnabled }
    return try await twoFactor.verify(challenge, code: phone.code()).assurance
}
