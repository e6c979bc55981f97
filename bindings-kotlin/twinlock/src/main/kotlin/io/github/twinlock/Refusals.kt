package io.github.twinlock

import io.github.twinlock.ffi.InternalException
import io.github.twinlock.ffi.Refusal
import io.github.twinlock.ffi.RefusalException
import java.nio.charset.CharacterCodingException
import java.util.concurrent.CancellationException

/** The engine's refusal as an exception. */
internal fun Refusal.exception(operation: String = TwoFactorException.OTHER): TwoFactorException {
    val exception = when (code) {
        "invalid_code" -> InvalidCodeException(reason)
        "malformed_code" -> MalformedCodeException(reason)
        "throttled" -> ThrottledException(reason, retryAfter?.toLong() ?: 1)
        "more_codes_required" -> MoreCodesRequiredException(reason, count?.toInt() ?: 3)
        "challenge_expired" -> ChallengeExpiredException(reason)
        "setup_expired" -> SetupExpiredException(reason)
        "assurance_required" -> AssuranceRequiredException(reason)
        "not_enabled" -> NotEnabledException(reason)
        "already_enrolled" -> AlreadyEnrolledException(reason)
        "too_many_authenticators" -> TooManyAuthenticatorsException(reason)
        "last_authenticator" -> LastAuthenticatorException(reason)
        "not_found" -> NotFoundException(reason)
        "invalid_secret" -> InvalidSecretException(reason)
        "malformed_request" -> MalformedRequestException(reason)
        "configuration_error" -> ConfigurationException(reason)
        "contention" -> ContentionException(reason)
        "storage_error" -> StorageErrorException(reason)
        "storage_timeout" -> StorageTimeoutException(reason)
        "record_tampered" -> RecordTamperedException(reason)
        "unknown_key" -> UnknownKeyException(reason)
        else -> InternalErrorException(reason)
    }
    exception.operation = operation
    return exception
}

/** Calls the native library. Whatever it throws is a refusal. */
internal inline fun <T> guarded(call: () -> T): T {
    try {
        return call()
    } catch (error: Throwable) {
        throw native(error)
    }
}

/** What the native library threw, as a refusal. */
internal fun native(error: Throwable): Throwable = when (error) {
    is TwoFactorException -> error

    is CancellationException -> error

    // an IllegalStateException, too
    is RefusalException.Refused -> error.refusal.exception()

    is CharacterCodingException -> MalformedRequestException("text must be well-formed Unicode")

    is InternalException -> InternalErrorException("internal error", error)

    is IllegalStateException -> ConfigurationException("it is closed", error)

    is LinkageError -> ConfigurationException(Library.problem(), error)

    else -> error
}
