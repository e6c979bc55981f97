package io.github.twinlock.client

import io.github.twinlock.client.http.HttpRequest
import io.github.twinlock.client.http.HttpResponse
import io.github.twinlock.client.http.HttpTransport
import java.util.Collections

/** Answers as a test says and remembers what was asked. */
class ScriptedTransport(
    private val answer: suspend (HttpRequest) -> HttpResponse,
) : HttpTransport {
    val requests: MutableList<HttpRequest> = Collections.synchronizedList(mutableListOf())

    override suspend fun send(request: HttpRequest): HttpResponse {
        requests += request
        return answer(request)
    }

    fun sentTo(path: String): List<HttpRequest> = requests.filter { it.url.endsWith(path) }
}

fun json(
    status: Int,
    body: String,
    vararg headers: Pair<String, String>,
) = HttpResponse(status, headers.associate { (name, value) -> name to listOf(value) }, body.toByteArray())

fun problem(
    status: Int,
    code: String,
    more: String = "",
) = json(status, """{"type": "urn:twinlock:problem:$code", "title": "t", "status": $status, "code": "$code", "detail": "d"$more}""")

const val BASE = "https://app.example.com/2fa"
const val PROVED = """{"method": "totp", "backup_codes_left": 3, "assurance": "proof-token", "device": "device-token"}"""
