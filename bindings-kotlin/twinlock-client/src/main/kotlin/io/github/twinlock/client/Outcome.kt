package io.github.twinlock.client

/**
 * What became of a call. The value is behind [Success], so it cannot be had without asking which one it is.
 *
 * ```kotlin
 * when (val outcome = client.verify(step.challenge, code)) {
 *     is Outcome.Success -> signedIn(outcome.value)
 *     is Outcome.Refused -> when (val refusal = outcome.refusal) {
 *         is Refusal.InvalidCode -> askAgain()
 *         is Refusal.Throttled -> waitFor(refusal.retryAfter)
 *         is Refusal.ChallengeExpired -> backToPassword()
 *         else -> show(refusal)
 *     }
 * }
 * ```
 */
public sealed interface Outcome<out T> {
    /** The server did it. */
    public class Success<out T>(
        /** What it answered. */
        public val value: T,
    ) : Outcome<T> {
        // The value may hold secrets or tokens.
        override fun toString(): String = "Success"
    }

    /** The server refused, or did not answer. */
    public class Refused(
        /** Why. */
        public val refusal: Refusal,
    ) : Outcome<Nothing> {
        override fun toString(): String = "Refused($refusal)"
    }
}

/**
 * The value of a success.
 *
 * @throws RefusedException with the refusal otherwise
 */
public fun <T> Outcome<T>.orThrow(): T =
    when (this) {
        is Outcome.Success -> value
        is Outcome.Refused -> throw RefusedException(refusal)
    }

/** A refusal as an exception, for callers that prefer one: see [orThrow]. */
public class RefusedException(
    /** Why the call was refused. */
    public val refusal: Refusal,
) : Exception(refusal.toString(), (refusal as? Refusal.Network)?.cause)

internal inline fun <T, R> Outcome<T>.map(change: (T) -> R): Outcome<R> =
    when (this) {
        is Outcome.Success -> Outcome.Success(change(value))
        is Outcome.Refused -> this
    }
