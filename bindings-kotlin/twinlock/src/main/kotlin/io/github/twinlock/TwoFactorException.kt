package io.github.twinlock

import io.github.twinlock.ffi.Refusal
import io.github.twinlock.ffi.refusalProblem

/**
 * An operation was refused; nobody was let in. One subclass for each stable [code], the same in every language.
 *
 * Three drawers: an outcome the *user* caused, a mistake of the *caller*, a fault of the *world*. Messages are for logs and never
 * hold a code, a secret, a token or a user id; [problem] is what a stranger may read.
 */
public sealed class TwoFactorException(message: String, cause: Throwable?, stack: Boolean) :
    RuntimeException(message, cause, true, stack) {
    /** The stable code, e.g. `invalid_code`. */
    public abstract val code: String

    /** Seconds after which trying again makes sense, where that is known. */
    public open val retryAfter: Long? get() = null

    /** The place in the HTTP contract where it was refused. */
    internal var operation: String = OTHER

    internal open val codes: Int? get() = null

    /**
     * The HTTP status at that place of the contract: `verify`, `step_up`, `confirm`, `guard`, `login` or `other`; empty for the
     * operation that was refused.
     */
    @JvmOverloads
    public fun httpStatus(operation: String = ""): Int = HttpContract.httpStatus(code, operation.ifEmpty { this.operation })

    /** The RFC 9457 problem as JSON text, told at that place of the contract, see [httpStatus]. */
    @JvmOverloads
    public fun problem(operation: String = ""): String = guarded {
        val refusal = Refusal(code, "", retryAfter?.toULong(), codes?.toUByte())
        refusalProblem(refusal, operation.ifEmpty { this.operation })
    }

    internal companion object {
        const val OTHER = "other"
    }
}

/** The code is wrong, was used before or is unknown: one answer for all three. The user caused it. */
public class InvalidCodeException(message: String) : TwoFactorException(message, null, false) {
    override val code: String get() = "invalid_code"
}

/** What was typed is not a code: 6 to 8 digits or a backup code. The user caused it; it costs nothing. */
public class MalformedCodeException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "malformed_code"
}

/** Too many wrong codes: wait [retryAfter] seconds, or give three consecutive codes. The user (or an attacker) caused it. */
public class ThrottledException(message: String, override val retryAfter: Long) : TwoFactorException(message, null, false) {
    override val code: String get() = "throttled"
}

/** Only [count] consecutive codes of one authenticator, or a backup code, are taken. The user (or an attacker) caused it. */
public class MoreCodesRequiredException(message: String, public val count: Int) : TwoFactorException(message, null, false) {
    override val code: String get() = "more_codes_required"
    override val codes: Int get() = count
}

/** The challenge is used, expired, foreign or garbage: begin the sign-in again. The user caused it. */
public class ChallengeExpiredException(message: String) : TwoFactorException(message, null, false) {
    override val code: String get() = "challenge_expired"
}

/** The setup is expired, foreign or garbage: begin the enrollment again. The user caused it. */
public class SetupExpiredException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "setup_expired"
}

/** A fresh proof of the second factor is needed: ask for a code first. The user caused it. */
public class AssuranceRequiredException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "assurance_required"
}

/** The user has no second factor. The user caused it. */
public class NotEnabledException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "not_enabled"
}

/** That very secret is enrolled already. The user caused it. */
public class AlreadyEnrolledException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "already_enrolled"
}

/** There are as many authenticators as the policy allows: remove one. The user caused it. */
public class TooManyAuthenticatorsException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "too_many_authenticators"
}

/** The last authenticator goes only by `disable`. The user caused it. */
public class LastAuthenticatorException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "last_authenticator"
}

/** There is no such authenticator or device. The user caused it. */
public class NotFoundException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "not_found"
}

/** The secret or URI to import is none. The caller's mistake. */
public class InvalidSecretException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "invalid_secret"
}

/** An argument has the wrong length, range or form. The caller's mistake. */
public class MalformedRequestException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "malformed_request"
}

/** Keys, policy, clock, storage or native library cannot be used as they are. The caller's mistake. */
public class ConfigurationException
    @JvmOverloads
    constructor(message: String, cause: Throwable? = null) :
    TwoFactorException(message, cause, true) {
        override val code: String get() = "configuration_error"
    }

/** Too many changes of one record at once: try again. The world's fault. */
public class ContentionException
    @JvmOverloads
    constructor(message: String = "too many changes at once: try again") :
    TwoFactorException(message, null, true) {
        override val code: String get() = "contention"
        override val retryAfter: Long get() = SOON
    }

/** The storage failed; [cause] is what it threw. The world's fault. */
public class StorageErrorException
    @JvmOverloads
    constructor(message: String = "the storage failed", cause: Throwable? = null) :
    TwoFactorException(message, cause, true) {
        override val code: String get() = "storage_error"
        override val retryAfter: Long get() = SOON
    }

/** The storage did not answer in time; whether a write happened is unknown. The world's fault. */
public class StorageTimeoutException
    @JvmOverloads
    constructor(
        message: String = "the storage did not answer in time",
        cause: Throwable? = null,
    ) : TwoFactorException(message, cause, true) {
        override val code: String get() = "storage_timeout"
        override val retryAfter: Long get() = SOON
    }

/** The stored record is not the one that was sealed for this user. The world's fault. */
public class RecordTamperedException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "record_tampered"
}

/** The key that sealed the record is not in the ring. The world's fault. */
public class UnknownKeyException(message: String) : TwoFactorException(message, null, true) {
    override val code: String get() = "unknown_key"
}

/** A defect in Twinlock: refused. */
public class InternalErrorException
    @JvmOverloads
    constructor(message: String, cause: Throwable? = null) :
    TwoFactorException(message, cause, true) {
        override val code: String get() = "internal_error"
    }

private const val SOON = 1L
