/// What became of a code that the user typed. Everything else that may go wrong is thrown as ``ProblemError``.
///
/// ```swift
/// switch try await client.verify(challenge: challenge, code: code) {
/// case .accepted(let verified): show(verified.backupCodesLeft)
/// case .wrongCode: shake()
/// case .notACode: markField()
/// case .moreCodesRequired: askForThree()
/// case .throttled(let seconds): wait(seconds)
/// case .expired: startAgain()
/// }
/// ```
public enum CodeOutcome<Answer: Sendable>: Sendable {
    /// It was right.
    case accepted(Answer)
    /// Wrong, used or unknown: one answer for all three. Let the user try again.
    case wrongCode
    /// It cannot be a code; nothing was compared, nothing is lost.
    case notACode
    /// Ask for that many consecutive codes: `code` the oldest, `nextCodes` those that followed.
    case moreCodesRequired(count: Int)
    /// Too many wrong codes: wait that many seconds, or ask for three consecutive codes.
    case throttled(retryAfter: Int)
    /// The challenge or the setup is used or expired: start again.
    case expired

    /// What was answered, when the code was right.
    public var accepted: Answer? {
        if case .accepted(let answer) = self { answer } else { nil }
    }

    init?(refusal: ProblemError) {
        switch refusal.code {
        case .invalidCode: self = .wrongCode
        case .malformedCode: self = .notACode
        case .moreCodesRequired: self = .moreCodesRequired(count: refusal.count ?? 3)
        case .throttled: self = .throttled(retryAfter: refusal.retryAfter ?? 1)
        case .challengeExpired, .setupExpired: self = .expired
        default: return nil
        }
    }
}

/// What the application's own login answered.
public enum SignInOutcome: Sendable {
    /// Signed in; the application's answer.
    case signedIn([String: JSONValue])
    /// The password was right, and a code is due: hand `challenge` to
    /// ``TwoFactorClient/verify(challenge:code:nextCodes:trustDevice:)``.
    case secondFactorDue(LoginChallenge)
}
