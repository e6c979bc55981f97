package io.github.twinlock.client

import io.github.twinlock.client.Manner.Occasion
import io.github.twinlock.client.http.HttpRequest
import io.github.twinlock.client.http.HttpResponse
import io.github.twinlock.client.http.HttpTransport
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import java.io.IOException

/**
 * Sends calls. How often one is sent:
 *
 *   refused with `not_signed_in`    refresh, once, and the same call again
 *   anything else                   is the answer
 *
 * Never the other way round: a wrong code or a missing proof is no reason to refresh. Calls refused at the same time share one
 * refresh, and one whose refusal comes late finds that it has been done.
 */
internal class Calls(
    private val address: Address,
    private val manner: Manner,
    private val transport: HttpTransport,
    private val timeoutMillis: Long,
) {
    private val refreshing = Mutex()

    /** A call and its remedy. The answer is an object, or anything else that is JSON, or none where the body is empty. */
    suspend fun send(
        method: String,
        url: String,
        body: JsonObject? = null,
        occasion: Occasion = Occasion.CALL,
    ): Outcome<JsonElement?> {
        val signIn = manner.signIn()
        val outcome = sendOnce(method, url, body, occasion)
        val refused = outcome is Outcome.Refused && outcome.refusal is Refusal.NotSignedIn
        if (!refused || occasion == Occasion.SIGN_IN || !refreshed(signIn)) return outcome
        return sendOnce(method, url, body, occasion)
    }

    private suspend fun refreshed(signIn: Any?): Boolean {
        val path = manner.refreshPath ?: return false
        // A refresh token works once: whoever is cancelled in the middle must not lose the one that came in its place.
        return withContext(NonCancellable) {
            refreshing.withLock {
                if (manner.signIn() != signIn) return@withLock true
                val body = manner.refreshBody() ?: return@withLock false
                sendOnce("POST", address.application(path), body, Occasion.CALL) is Outcome.Success
            }
        }
    }

    private suspend fun sendOnce(
        method: String,
        url: String,
        body: JsonObject?,
        occasion: Occasion,
    ): Outcome<JsonElement?> {
        val headers = manner.sign(occasion, method, url) + ("Accept" to JSON)
        val typed = if (body == null) headers else headers + ("Content-Type" to JSON)
        val request = HttpRequest(method, url, typed, body?.toString()?.encodeToByteArray(), timeoutMillis)
        val response =
            try {
                withTimeoutOrNull(timeoutMillis) { transport.send(request) }
            } catch (thrown: IOException) {
                return network(thrown)
            } ?: return network(null)
        val outcome = outcomeOf(response)
        val answer = (outcome as? Outcome.Success)?.value as? JsonObject
        // What came is kept whole, even when the caller has just been cancelled.
        withContext(NonCancellable) {
            if (outcome is Outcome.Success) manner.keep(occasion, answer, response.headers, url)
        }
        return outcome
    }

    private fun network(cause: IOException?): Outcome.Refused =
        Outcome.Refused(refusalOf(Told("network", 0, cause?.message ?: "no answer in time", cause = cause)))
}

private const val JSON = "application/json"
private const val NO_CONTENT = 204
private const val UNAUTHORIZED = 401
private val DONE = 200..299

/** What an answer says. What is neither empty nor JSON did not come from the contract. */
internal fun outcomeOf(response: HttpResponse): Outcome<JsonElement?> {
    val body = jsonIn(response.body)
    if (response.status in DONE) {
        if (body != null || response.status == NO_CONTENT) return Outcome.Success(body)
        return Outcome.Refused(refusalOf(Told("unexpected", response.status)))
    }
    return Outcome.Refused(refusalIn(body as? JsonObject, response))
}

private fun refusalIn(
    problem: JsonObject?,
    response: HttpResponse,
): Refusal {
    fun header(name: String): String? = response.headers[name]?.firstOrNull()
    // An application's error handler may have put a page of its own round the guard's refusal: RFC 9470 says it too.
    val stepUp = response.status == UNAUTHORIZED && "insufficient_user_authentication" in header("www-authenticate").orEmpty()
    return refusalOf(
        Told(
            code = problem.text("code") ?: if (stepUp) "assurance_required" else "unexpected",
            status = response.status,
            detail = problem.text("detail"),
            retryAfter = problem.long("retry_after") ?: header("retry-after")?.toLongOrNull(),
            count = problem.int("count"),
            challenge = problem.text("challenge"),
            setupUrl = problem.text("setup_url"),
        ),
    )
}
