package io.github.twinlock.client

/** What a problem tells: RFC 9457 with the members of the contract. */
internal class Told(
    val code: String,
    val status: Int,
    val detail: String? = null,
    val retryAfter: Long? = null,
    val count: Int? = null,
    val challenge: String? = null,
    val setupUrl: String? = null,
    val cause: Throwable? = null,
)

/**
 * Why a call was refused, one class for each that an app treats in its own way.
 *
 * Only [NotSignedIn] means that a token should be refreshed; [AssuranceRequired] means that a code is due.
 */
public sealed class Refusal(
    told: Told,
) {
    /** The stable code of the contract; `network` and `unexpected` are this client's own. */
    public val code: String = told.code

    /** The HTTP status; 0 when no answer came. */
    public val status: Int = told.status

    /** A sentence for logs, where the server sent one; not for users. */
    public val detail: String? = told.detail

    // Tokens stay out: refusals end up in logs.
    override fun toString(): String = if (status == 0) code else "$code ($status)"

    /** A refusal of the code that was sent. */
    public sealed class OfCode(
        told: Told,
    ) : Refusal(told) {
        /** From `/step-up`: send it with the next try, so that a success forgives the typos before it. */
        public val challenge: String? = told.challenge
    }

    /** Wrong, used or unknown: one answer for all three. The next try is welcome. */
    public class InvalidCode internal constructor(
        told: Told,
    ) : OfCode(told)

    /** Cannot be a code: nothing was compared and nothing is lost. */
    public class MalformedCode internal constructor(
        told: Told,
    ) : OfCode(told)

    /** Only consecutive codes are taken: the oldest as `code`, those that followed as `nextCodes`. */
    public class MoreCodesRequired internal constructor(
        told: Told,
    ) : OfCode(told) {
        /** How many consecutive codes to send. */
        public val count: Int = told.count ?: CONSECUTIVE_CODES
    }

    /** Too many wrong codes: wait, or send three consecutive codes, which are taken at any time. */
    public class Throttled internal constructor(
        told: Told,
    ) : OfCode(told) {
        /** Seconds until a single code is taken again. */
        public val retryAfter: Long = told.retryAfter ?: 1
    }

    /** The application's one-call sign-in wants a code. */
    public class CodeRequired internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The challenge is used, expired or not ours: back to the password. */
    public class ChallengeExpired internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The setup is used, expired or not ours: begin it again. */
    public class SetupExpired internal constructor(
        told: Told,
    ) : Refusal(told)

    /** Nobody is signed in, and a refresh, where there is one, did not help: sign in. */
    public class NotSignedIn internal constructor(
        told: Told,
    ) : Refusal(told)

    /** A fresh proof is due: ask for a code, send it by [TwoFactorClient.stepUp], repeat; or use [TwoFactorClient.proving]. */
    public class AssuranceRequired internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The user has no second factor. */
    public class NotEnabled internal constructor(
        told: Told,
    ) : Refusal(told) {
        /** Where it can be switched on, where the server told. */
        public val setupUrl: String? = told.setupUrl
    }

    /** This very secret is enrolled already. */
    public class AlreadyEnrolled internal constructor(
        told: Told,
    ) : Refusal(told)

    /** Remove an authenticator first. */
    public class TooManyAuthenticators internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The last authenticator goes only by switching the second factor off. */
    public class LastAuthenticator internal constructor(
        told: Told,
    ) : Refusal(told)

    /** There is no such authenticator or device. */
    public class NotFound internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The application asks for the password again. */
    public class PasswordRequired internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The password sent along is wrong. */
    public class WrongPassword internal constructor(
        told: Told,
    ) : Refusal(told)

    /** This user must keep a second factor. */
    public class RequiredByPolicy internal constructor(
        told: Told,
    ) : Refusal(told)

    /** The server has no answer now, and let nobody in: a store that failed or too many changes at once. */
    public class Unavailable internal constructor(
        told: Told,
    ) : Refusal(told) {
        /** Seconds until another try makes sense. */
        public val retryAfter: Long = told.retryAfter ?: 1
    }

    /** The operator of the server has to look at it. */
    public class Fault internal constructor(
        told: Told,
    ) : Refusal(told)

    /** Another refusal with a code: of the application itself, of a newer server, or for a mistake of the calling program. */
    public class Other internal constructor(
        told: Told,
    ) : Refusal(told)

    /** No answer came in time. What was sent may have been done all the same. */
    public class Network internal constructor(
        told: Told,
    ) : Refusal(told) {
        /** What the transport threw; none when the time was up. */
        public val cause: Throwable? = told.cause
    }

    /** An answer came, and not one of the contract. */
    public class Unexpected internal constructor(
        told: Told,
    ) : Refusal(told)
}

internal const val CONSECUTIVE_CODES = 3

private val KINDS: Map<String, (Told) -> Refusal> =
    mapOf(
        "invalid_code" to Refusal::InvalidCode,
        "malformed_code" to Refusal::MalformedCode,
        "more_codes_required" to Refusal::MoreCodesRequired,
        "throttled" to Refusal::Throttled,
        "code_required" to Refusal::CodeRequired,
        "challenge_expired" to Refusal::ChallengeExpired,
        "setup_expired" to Refusal::SetupExpired,
        "not_signed_in" to Refusal::NotSignedIn,
        "assurance_required" to Refusal::AssuranceRequired,
        "not_enabled" to Refusal::NotEnabled,
        "already_enrolled" to Refusal::AlreadyEnrolled,
        "too_many_authenticators" to Refusal::TooManyAuthenticators,
        "last_authenticator" to Refusal::LastAuthenticator,
        "not_found" to Refusal::NotFound,
        "password_required" to Refusal::PasswordRequired,
        "wrong_password" to Refusal::WrongPassword,
        "required_by_policy" to Refusal::RequiredByPolicy,
        "contention" to Refusal::Unavailable,
        "storage_error" to Refusal::Unavailable,
        "storage_timeout" to Refusal::Unavailable,
        "record_tampered" to Refusal::Fault,
        "unknown_key" to Refusal::Fault,
        "internal_error" to Refusal::Fault,
        "configuration_error" to Refusal::Fault,
        "network" to Refusal::Network,
        "unexpected" to Refusal::Unexpected,
    )

internal fun refusalOf(told: Told): Refusal = (KINDS[told.code] ?: Refusal::Other)(told)
