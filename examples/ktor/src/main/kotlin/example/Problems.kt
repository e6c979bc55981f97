package example

import io.github.twinlock.HttpContract
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.install
import io.ktor.server.plugins.statuspages.StatusPages
import io.ktor.server.response.header
import io.ktor.server.response.respondText
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject

private val OWN = mapOf(
    "wrong_credentials" to (401 to "the name or the password is wrong"),
    "session_ended" to (401 to "the session has ended"),
    "csrf_refused" to (403 to "the token of the session is missing"),
    "username_taken" to (409 to "this user name is taken"),
    "email_taken" to (409 to "this address has an account already"),
    "too_many_requests" to (429 to "too many attempts"),
)

/** A refusal of the application's own, answered in the form of Twinlock's. */
class Problem(val code: String, val retryAfter: Long? = null) : Exception(code) {
    val status: Int get() = OWN[code]?.first ?: HttpContract.httpStatus(code, "other")

    fun json(): String {
        val (status, title) = OWN[code] ?: return HttpContract.problem(code, "other")
        return buildJsonObject {
            put("type", JsonPrimitive("about:blank"))
            put("title", JsonPrimitive(title))
            put("status", JsonPrimitive(status))
            put("code", JsonPrimitive(code))
            if (retryAfter != null) put("retry_after", JsonPrimitive(retryAfter))
        }.toString()
    }
}

fun Application.installProblems() {
    install(StatusPages) {
        exception<Problem> { call, problem -> call.respondProblem(problem) }
    }
}

private suspend fun ApplicationCall.respondProblem(problem: Problem) {
    problem.retryAfter?.let { response.header(HttpHeaders.RetryAfter, it.toString()) }
    respondText(problem.json(), ContentType.Application.ProblemJson, HttpStatusCode.fromValue(problem.status))
}
