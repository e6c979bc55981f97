package io.github.twinlock.http

import io.github.twinlock.ConfigurationException
import io.github.twinlock.HttpContract
import io.github.twinlock.TwoFactorException

/**
 * A refusal of the HTTP layer: what guards throw to the framework's error handling.
 *
 * @property code the stable code
 * @property status the HTTP status
 * @property headers of the answer: `Cache-Control`, `WWW-Authenticate`, `Retry-After`
 */
public class ProblemException internal constructor(
    private val members: Map<String, Any?>,
    maxAge: Long? = null,
    cause: Throwable? = null,
) : RuntimeException(members["detail"] as? String, cause) {
    public val code: String = members["code"] as String
    public val status: Int = (members["status"] as Number).toInt()
    public val headers: Map<String, String> = headersOf(members, status, maxAge)

    /** Seconds after which trying again makes sense, where that is known. */
    public val retryAfter: Long? get() = (members["retry_after"] as? Number)?.toLong()

    /** The RFC 9457 problem, as JSON text. */
    public val problem: String get() = Json.write(members)

    internal fun answer(more: Map<String, Any?> = emptyMap()): Answer =
        Answer(status, headers + PROBLEM_TYPE, body = Json.write(members + more).encodeToByteArray())

    private companion object {
        const val serialVersionUID = 1L
        val PROBLEM_TYPE = mapOf("Content-Type" to "application/problem+json")
    }
}

/** What a refusal is told with: where in the contract (empty: where it arose), how fresh a proof is wanted, further members. */
internal class Telling(
    val operation: String = "",
    val maxAge: Long? = null,
    val members: Map<String, Any?> = emptyMap(),
)

/** A refusal of ours; its body comes from the core's one table. */
internal fun refused(code: String, telling: Telling = Telling()): ProblemException =
    ProblemException(Json.members(HttpContract.problem(code, telling.operation.ifEmpty { "other" })) + telling.members, telling.maxAge)

/** A refusal as the HTTP layer tells it; `null` for what is none. */
internal fun problemOf(error: Throwable, telling: Telling): ProblemException? = when (error) {
    is ProblemException -> error
    is TwoFactorException -> ProblemException(Json.members(error.problem(telling.operation)), telling.maxAge, error)
    else -> null
}

/** The code of a refusal, whoever threw it. */
internal fun codeOf(error: Throwable): String? = (error as? TwoFactorException)?.code ?: (error as? ProblemException)?.code

private fun headersOf(body: Map<String, Any?>, status: Int, maxAge: Long?): Map<String, String> {
    val headers = LinkedHashMap(NO_STORE)
    if (status == 401) headers["WWW-Authenticate"] = challengeOf(body["code"] as String, maxAge)
    body["retry_after"]?.let { headers["Retry-After"] = it.toString() }
    return headers
}

/** RFC 9470 when a (fresher) second factor is what is missing. */
private fun challengeOf(code: String, maxAge: Long?): String {
    // RFC 6750, section 3: never the scheme alone.
    if (code != "assurance_required") return "Bearer realm=\"account\""
    val age = if (maxAge == null) "" else ", max_age=\"$maxAge\""
    return "Bearer error=\"insufficient_user_authentication\", error_description=\"a second factor is needed\"$age"
}

/** A mistake in the settings. */
internal fun misconfigured(message: String): Throwable = ConfigurationException(message)
