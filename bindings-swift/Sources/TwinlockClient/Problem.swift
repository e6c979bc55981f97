import TwinlockSupport

/// The stable code of a refusal. A server newer than this package may know further ones: keep a `default` branch.
public struct ProblemCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// As it stands in the contract.
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    private init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }

    /// This very secret is enrolled already.
    public static let alreadyEnrolled = Self("already_enrolled")
    /// Ask for a code, ``TwoFactorClient/stepUp(code:nextCodes:)``, repeat the call.
    public static let assuranceRequired = Self("assurance_required")
    /// Used, expired, of somebody else, or garbage: start again at the password.
    public static let challengeExpired = Self("challenge_expired")
    /// The application's one-call sign-in wants a code.
    public static let codeRequired = Self("code_required")
    /// The server's operator has to look at its settings.
    public static let configurationError = Self("configuration_error")
    /// Too many changes came at once: try again.
    public static let contention = Self("contention")
    /// The server's operator has to look at this.
    public static let internalError = Self("internal_error")
    /// Wrong, used or unknown: one answer for all three.
    public static let invalidCode = Self("invalid_code")
    /// The last authenticator goes only by switching the second factor off.
    public static let lastAuthenticator = Self("last_authenticator")
    /// It cannot be a code; nothing was compared and nothing is lost.
    public static let malformedCode = Self("malformed_code")
    /// Not the form that the call takes.
    public static let malformedRequest = Self("malformed_request")
    /// Three consecutive codes are needed.
    public static let moreCodesRequired = Self("more_codes_required")
    /// Not for this user.
    public static let notAdministrator = Self("not_administrator")
    /// The user has no second factor.
    public static let notEnabled = Self("not_enabled")
    /// There is no such entry.
    public static let notFound = Self("not_found")
    /// The body was not JSON.
    public static let notJSON = Self("not_json")
    /// Nobody is signed in: refresh the token, or sign in.
    public static let notSignedIn = Self("not_signed_in")
    /// The request seemed to come from another site.
    public static let originRefused = Self("origin_refused")
    /// The application asks for the password again.
    public static let passwordRequired = Self("password_required")
    /// The server's operator has to look at this record.
    public static let recordTampered = Self("record_tampered")
    /// This user must keep a second factor.
    public static let requiredByPolicy = Self("required_by_policy")
    /// Used, expired, of somebody else, or garbage: begin the setup again.
    public static let setupExpired = Self("setup_expired")
    /// The server's storage failed: try again.
    public static let storageError = Self("storage_error")
    /// The server's storage did not answer in time: try again.
    public static let storageTimeout = Self("storage_timeout")
    /// Too many wrong codes: wait, or send three consecutive codes.
    public static let throttled = Self("throttled")
    /// The body was too large.
    public static let tooLarge = Self("too_large")
    /// Remove an authenticator first.
    public static let tooManyAuthenticators = Self("too_many_authenticators")
    /// The server lacks the key of this record.
    public static let unknownKey = Self("unknown_key")
    /// It is not the password.
    public static let wrongPassword = Self("wrong_password")

    /// No answer came in time; never sent by a server.
    public static let network = Self("network")
    /// The answer was not of the contract; never sent by a server.
    public static let unexpected = Self("unexpected")

    /// Every code of the contract, in alphabetical order.
    public static let contract: [ProblemCode] = [
        .alreadyEnrolled, .assuranceRequired, .challengeExpired, .configurationError, .contention, .internalError,
        .invalidCode, .lastAuthenticator, .malformedCode, .malformedRequest, .moreCodesRequired, .notAdministrator,
        .notEnabled, .notFound, .notJSON, .notSignedIn, .originRefused, .passwordRequired, .recordTampered,
        .requiredByPolicy, .setupExpired, .storageError, .storageTimeout, .throttled, .tooLarge, .tooManyAuthenticators,
        .unknownKey, .wrongPassword,
    ]
}

/// A refusal: the server's RFC 9457 problem, or ``ProblemCode/network`` / ``ProblemCode/unexpected`` when there was none.
public struct ProblemError: Error, Sendable, Confidential {
    /// The stable code to decide on.
    public let code: ProblemCode
    /// HTTP status; 0 when no answer came.
    public let status: Int
    /// A sentence for logs; never shown to users.
    public let detail: String?
    /// Seconds until another try makes sense.
    public let retryAfter: Int?
    /// How many consecutive codes are needed (`more_codes_required`).
    public let count: Int?
    /// The challenge to send with the next try at `/step-up`. A token: left out when the error is printed.
    public let challenge: String?
    /// Where the user can switch the second factor on (`not_enabled`).
    public let setupURL: String?
    /// What was thrown underneath (`network`).
    public let cause: (any Error)?

    /// - Parameters:
    ///   - code: the stable code
    ///   - status: HTTP status, 0 when no answer came
    ///   - detail: a sentence for logs
    ///   - retryAfter: seconds until another try makes sense
    ///   - count: how many consecutive codes are needed
    ///   - challenge: to send with the next try
    ///   - setupURL: where the user can switch the second factor on
    ///   - cause: what was thrown underneath
    public init(
        _ code: ProblemCode,
        status: Int = 0,
        detail: String? = nil,
        retryAfter: Int? = nil,
        count: Int? = nil,
        challenge: String? = nil,
        setupURL: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
        self.count = count
        self.challenge = challenge
        self.setupURL = setupURL
        self.cause = cause
    }

    public var shown: KeyValuePairs<String, Any> {
        ["code": code, "status": status, "detail": detail as Any, "retryAfter": retryAfter as Any, "count": count as Any]
    }

    /// The problem in an answer's body, as far as it is one.
    init(body: JSONValue?, status: Int, retryAfter: String?) {
        let told = body?.object ?? [:]
        let seconds = told["retry_after"]?.integer ?? retryAfter.flatMap(Int64.init)
        self.init(
            told["code"]?.text.map(ProblemCode.init(rawValue:)) ?? .unexpected,
            status: status,
            detail: told["detail"]?.text,
            retryAfter: seconds.flatMap { $0 >= 0 ? Int(exactly: $0) : nil },
            count: told["count"]?.integer.flatMap { Int(exactly: $0) },
            challenge: told["challenge"]?.text,
            setupURL: told["setup_url"]?.text)
    }
}
