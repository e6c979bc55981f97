internal import TwinlockFFI

/// An operation was refused; nobody was let in.
///
/// Three drawers: an outcome the *user* caused, a mistake of the *caller*, a fault of the *world*. No text holds a code, a secret,
/// a token or a user id. Anything that, ignored, would let somebody in is thrown, never returned.
///
/// ```swift
/// do {
///     signIn(try await twoFactor.verify(challenge, code: code).userId)
/// } catch TwoFactorError.throttled(let seconds) {
///     wait(seconds)
/// }
/// ```
public enum TwoFactorError: Error, Sendable {
    // The user caused it.

    /// Wrong, used or unknown: one answer for all three.
    case invalidCode
    /// It cannot be a code; nothing was compared, nothing is lost.
    case malformedCode
    /// Too many wrong codes: wait, or give three consecutive codes.
    case throttled(retryAfter: Int)
    /// That many consecutive codes of one authenticator are needed.
    case moreCodesRequired(count: Int)
    /// Used, expired, of somebody else, or garbage: start again at the password.
    case challengeExpired
    /// Used, expired, of somebody else, or garbage: begin the enrollment again.
    case setupExpired
    /// A (fresher) proof of the second factor is needed.
    case assuranceRequired
    /// The user has no second factor.
    case notEnabled
    /// This very secret is enrolled already.
    case alreadyEnrolled
    /// Remove an authenticator first.
    case tooManyAuthenticators
    /// The last authenticator goes only by `disable`.
    case lastAuthenticator
    /// There is no such authenticator or device.
    case notFound

    // The caller's mistake.

    /// The secret or URI cannot be used.
    case invalidSecret(reason: String)
    /// An argument has not the length or form it must have.
    case malformedRequest(reason: String)
    /// Keys, policy, clock or storage are not set up as they must be.
    case configuration(reason: String)

    // The world's fault: refused, closed rather than open.

    /// Too many changes came at once: try again.
    case contention
    /// The storage failed; `cause` is what it threw.
    case storageError(reason: String, cause: (any Error)?)
    /// The storage did not answer in time: whether it wrote is unknown.
    case storageTimeout
    /// A stored record is not the one that was stored.
    case recordTampered
    /// The key that sealed a record is missing.
    case unknownKey(reason: String)
    /// The engine failed.
    case internalError(reason: String)

    /// The stable code, the same in every language.
    public var code: String {
        switch self {
        case .invalidCode: "invalid_code"
        case .malformedCode: "malformed_code"
        case .throttled: "throttled"
        case .moreCodesRequired: "more_codes_required"
        case .challengeExpired: "challenge_expired"
        case .setupExpired: "setup_expired"
        case .assuranceRequired: "assurance_required"
        case .notEnabled: "not_enabled"
        case .alreadyEnrolled: "already_enrolled"
        case .tooManyAuthenticators: "too_many_authenticators"
        case .lastAuthenticator: "last_authenticator"
        case .notFound: "not_found"
        case .invalidSecret: "invalid_secret"
        case .malformedRequest: "malformed_request"
        case .configuration: "configuration_error"
        case .contention: "contention"
        case .storageError: "storage_error"
        case .storageTimeout: "storage_timeout"
        case .recordTampered: "record_tampered"
        case .unknownKey: "unknown_key"
        case .internalError: "internal_error"
        }
    }

    /// Seconds after which trying again makes sense, where that is known.
    public var retryAfter: Int? {
        switch self {
        case .throttled(let seconds): seconds
        case .contention, .storageError, .storageTimeout: 1
        default: nil
        }
    }

    init(_ refusal: Refusal) {
        self =
            switch refusal.code {
            case "invalid_code": .invalidCode
            case "malformed_code": .malformedCode
            case "throttled": .throttled(retryAfter: refusal.retryAfter.map { Int(clamping: $0) } ?? 1)
            case "more_codes_required": .moreCodesRequired(count: refusal.count.map(Int.init) ?? 3)
            case "challenge_expired": .challengeExpired
            case "setup_expired": .setupExpired
            case "assurance_required": .assuranceRequired
            case "not_enabled": .notEnabled
            case "already_enrolled": .alreadyEnrolled
            case "too_many_authenticators": .tooManyAuthenticators
            case "last_authenticator": .lastAuthenticator
            case "not_found": .notFound
            case "invalid_secret": .invalidSecret(reason: refusal.reason)
            case "malformed_request": .malformedRequest(reason: refusal.reason)
            case "configuration_error": .configuration(reason: refusal.reason)
            case "contention": .contention
            case "storage_error": .storageError(reason: refusal.reason, cause: nil)
            case "storage_timeout": .storageTimeout
            case "record_tampered": .recordTampered
            case "unknown_key": .unknownKey(reason: refusal.reason)
            // A code that this release does not know refuses as well.
            default: .internalError(reason: refusal.reason)
            }
    }
}

extension TwoFactorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidSecret(let reason), .malformedRequest(let reason), .configuration(let reason), .unknownKey(let reason),
            .internalError(let reason), .storageError(let reason, _):
            reason
        default: HTTPContract.detail(of: code)
        }
    }
}

extension TwoFactorError {
    /// The HTTP status at that place of the contract.
    public func httpStatus(at operation: HTTPContract.Operation = .other) -> Int {
        HTTPContract.status(of: code, at: operation)
    }

    /// The RFC 9457 problem at that place of the contract, as JSON text: what a stranger may read.
    public func problem(at operation: HTTPContract.Operation = .other) -> String {
        HTTPContract.problem(of: code, at: operation, retryAfter: retryAfter, count: count)
    }

    private var count: Int? {
        if case .moreCodesRequired(let count) = self { count } else { nil }
    }
}

/// Calls the native library; what it refuses is thrown as ``TwoFactorError``.
func refusing<Value>(_ call: () throws -> Value) throws -> Value {
    do {
        return try call()
    } catch RefusalError.Refused(let refusal) {
        throw TwoFactorError(refusal)
    }
}
