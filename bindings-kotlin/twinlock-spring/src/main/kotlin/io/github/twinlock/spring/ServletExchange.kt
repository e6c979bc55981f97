package io.github.twinlock.spring

import io.github.twinlock.http.Answer
import io.github.twinlock.http.Exchange
import io.github.twinlock.http.Session
import jakarta.servlet.ServletRequestWrapper
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import kotlinx.coroutines.runBlocking
import java.util.Collections

/** One request with its response. */
internal class ServletCall(val request: HttpServletRequest, val response: HttpServletResponse)

/** What servlets say of a request; `server.forward-headers-strategy` decides what proxies may tell. */
internal class ServletExchange(call: ServletCall) : Exchange<ServletCall>(call) {
    constructor(request: HttpServletRequest, response: HttpServletResponse) : this(ServletCall(request, response))

    private val request get() = call.request

    override val method: String get() = request.method
    override val scheme: String get() = request.scheme
    override val host: String get() = "${bracketed(request.serverName)}:${request.serverPort}"
    override val address: String? get() = request.remoteAddr
    override val query: String get() = request.queryString.orEmpty()
    override val session: Session = ServletSession(request)

    override fun header(name: String): String? {
        val values = Collections.list(request.getHeaders(name)).ifEmpty { hidden(name) }
        return if (values.isEmpty()) null else values.joinToString(", ")
    }

    override suspend fun readBody(limit: Int): ByteArray = request.inputStream.readNBytes(limit)

    /** Spring's filter takes away what proxies say; that there was a proxy still counts. */
    private fun hidden(name: String): List<String> {
        if (name !in TAKEN_AWAY) return emptyList()
        var inner = request
        while (inner is ServletRequestWrapper) inner = inner.request as? HttpServletRequest ?: return emptyList()
        return Collections.list(inner.getHeaders(name))
    }

    private fun bracketed(name: String) = if (':' in name && !name.startsWith("[")) "[$name]" else name

    companion object {
        /** Where the filter keeps that of a request. */
        val ATTRIBUTE: String = ServletExchange::class.java.name

        private val TAKEN_AWAY = setOf("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")
    }
}

/** The servlet session. Servlets store it themselves when the answer leaves. */
private class ServletSession(private val request: HttpServletRequest) : Session {
    override suspend fun get(name: String): String? = request.getSession(false)?.getAttribute(name) as? String

    override suspend fun set(name: String, value: String?) {
        if (value != null) request.session.setAttribute(name, value) else request.getSession(false)?.removeAttribute(name)
    }

    override suspend fun rotate() {
        // One that is made now has an id that nobody planted.
        if (request.getSession(false) == null) request.session else request.changeSessionId()
    }
}

/** Sends an answer of ours. */
internal fun send(answer: Answer, response: HttpServletResponse) {
    // Whoever answers in a hook answers before the proof is stored: that must not stay unnoticed.
    check(!response.isCommitted) { "a SignIn must not send the response: give Answered.members or Answered.instead" }
    for (line in answer.cookies) response.addHeader("Set-Cookie", line)
    for ((name, value) in answer.headers) response.setHeader(name, value)
    answer.status?.let { response.status = it }
    val body = answer.body
    val instead = answer.instead
    if (instead != null) {
        runBlocking { instead() }
    } else if (body != null) {
        response.setContentLength(body.size)
        response.outputStream.write(body)
    }
    if (instead == null) response.flushBuffer()
}
