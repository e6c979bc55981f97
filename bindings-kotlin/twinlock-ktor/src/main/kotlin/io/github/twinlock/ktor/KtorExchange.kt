package io.github.twinlock.ktor

import io.github.twinlock.http.Answer
import io.github.twinlock.http.Exchange
import io.github.twinlock.http.Session
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.http.content.ByteArrayContent
import io.ktor.http.content.OutgoingContent
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.isHandled
import io.ktor.server.plugins.origin
import io.ktor.server.request.httpMethod
import io.ktor.server.request.path
import io.ktor.server.request.queryString
import io.ktor.server.response.respond
import io.ktor.utils.io.readAvailable

/** A call of Ktor as the contract sees it; the plugins for forwarded headers decide what proxies may tell. */
internal class KtorExchange(
    call: ApplicationCall,
    private val clientIp: (ApplicationCall) -> String?,
    open: ((ApplicationCall) -> KtorSession<*>)?,
) : Exchange<ApplicationCall>(call) {
    private val request = call.request

    override val method: String get() = request.httpMethod.value
    override val scheme: String get() = request.origin.scheme
    override val host: String get() = if (forwarded) forwardedHost() else header(HttpHeaders.Host).orEmpty()
    override val address: String? get() = clientIp(call)
    override val query: String get() = request.queryString()
    override val session: Session? by lazy { open?.invoke(call) }

    private val forwarded: Boolean
        get() {
            val (origin, local) = request.origin to request.local
            return origin.scheme != local.scheme || origin.serverHost != local.serverHost || origin.serverPort != local.serverPort
        }

    override fun header(name: String): String? = request.headers.getAll(name)?.joinToString(", ")

    override suspend fun readBody(limit: Int): ByteArray {
        val channel = request.receiveChannel()
        val bytes = ByteArray(limit)
        var size = 0
        while (size < limit) {
            val read = channel.readAvailable(bytes, size, limit - size)
            if (read < 0) break
            size += read
        }
        return bytes.copyOf(size)
    }

    private fun forwardedHost(): String = request.origin.run {
        val usual = serverPort == if (scheme == "https") 443 else 80
        if (usual || serverPort <= 0) serverHost else "$serverHost:$serverPort"
    }
}

/** The part of the path that [count] segments of the router stand for, as it came. Like the router it takes `//` for `/`. */
internal fun ApplicationCall.lastOfPath(count: Int): String {
    val segments = request.path().split('/')
    val last = if (segments.last().isEmpty()) listOf("") else emptyList()
    return "/" + (segments.filter { it.isNotEmpty() } + last).takeLast(count).joinToString("/")
}

/** Sends an answer of ours. */
internal suspend fun ApplicationCall.send(answer: Answer) {
    // Whoever responds in `onVerified` responds before the proof is kept: that must not stay unnoticed.
    check(!isHandled) { "onVerified must not respond: give members, or a function that responds (Answered.instead)" }
    for ((name, value) in answer.headers) {
        // Ktor takes no header back, so at least none is said twice.
        if (name != HttpHeaders.ContentType && value !in response.headers.values(name)) response.headers.append(name, value)
    }
    for (cookie in answer.cookies) response.headers.append(HttpHeaders.SetCookie, cookie)
    val instead = answer.instead
    if (instead != null) return instead()
    val status = answer.status?.let(HttpStatusCode::fromValue) ?: response.status() ?: HttpStatusCode.OK
    val body = answer.body ?: return respond(Nothing(status))
    respond(ByteArrayContent(body, answer.headers[HttpHeaders.ContentType]?.let(ContentType::parse), status))
}

private class Nothing(override val status: HttpStatusCode) : OutgoingContent.NoContent()
