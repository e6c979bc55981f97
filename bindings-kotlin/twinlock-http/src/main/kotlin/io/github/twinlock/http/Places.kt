package io.github.twinlock.http

/** Holds one token for one client: session, cookie, header, the application's own token. Never a URL. */
internal interface Place<in C> {
    /** The member of a body in which a client that keeps its tokens itself is told. */
    val member: String? get() = null

    /** The token that this request comes with, unchecked. */
    suspend fun read(exchange: Exchange<C>): String?

    /** Keeps the token for the next request; `null` drops it. */
    suspend fun write(exchange: Exchange<C>, token: String?)
}

/** The server keeps nothing. */
internal object Nowhere : Place<Any?> {
    override suspend fun read(exchange: Exchange<Any?>): String? = null

    override suspend fun write(exchange: Exchange<Any?>, token: String?) {}
}

/** The client keeps the token: it reads it from a body's member and sends it as a header. */
internal class HeaderPlace(private val name: String, override val member: String) : Place<Any?> {
    override suspend fun read(exchange: Exchange<Any?>): String? = exchange.header(name)

    override suspend fun write(exchange: Exchange<Any?>, token: String?) {}
}

/** The application keeps the token (claim `tfa` of its own, a cookie of its own) and tells it by a hook. */
internal class HeldPlace<C>(private val reader: suspend (C) -> String?) : Place<C> {
    override suspend fun read(exchange: Exchange<C>): String? = reader(exchange.call)

    override suspend fun write(exchange: Exchange<C>, token: String?) {}
}

/** A key of the framework's session, which has to live on the server. */
internal class SessionPlace(private val key: String) : Place<Any?> {
    override suspend fun read(exchange: Exchange<Any?>): String? = sessionOf(exchange).get(key)

    override suspend fun write(exchange: Exchange<Any?>, token: String?) {
        // An untouched session stays untouched, and after a sign-out there may be none any more.
        if (token == null && exchange.session?.get(key) == null) return
        sessionOf(exchange).set(key, token)
        exchange.sessionChanged = true
    }
}

internal fun sessionOf(exchange: Exchange<*>): Session =
    exchange.session ?: throw misconfigured("proof in the session needs sessions that are kept on the server")

/**
 * An HttpOnly cookie of this very host: `__Host-`, Secure, SameSite=Lax; relaxed on plain-http loopback only.
 *
 * @param maxAge seconds; `null` is until the browser is closed
 */
internal class CookiePlace(private val name: String, private val maxAge: Long?) : Place<Any?> {
    private val strict = "__Host-$name"

    override suspend fun read(exchange: Exchange<Any?>): String? = readable(exchange).firstNotNullOfOrNull(exchange::cookie)

    override suspend fun write(exchange: Exchange<Any?>, token: String?) {
        if (token != null) {
            val relaxed = isPlainLoopback(exchange)
            exchange.setCookie(SetCookie(if (relaxed) name else strict, token, !relaxed, maxAge))
            return
        }
        for (sent in readable(exchange)) {
            if (exchange.cookie(sent) != null) exchange.setCookie(SetCookie(sent, "", sent == strict, 0))
        }
    }

    // A relaxed one could be set by any subdomain, so it counts on loopback only.
    private fun readable(exchange: Exchange<*>) = if (isPlainLoopback(exchange)) listOf(strict, name) else listOf(strict)
}

private val FORWARDED = listOf("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Via")
private val LOOPBACK = Regex("^http://(?:localhost|.*\\.localhost|\\[::1]|127(?:\\.\\d+){3}):\\d+$")

/**
 * Development on one's own machine: `http` and a loopback host, where `Secure` cookies would be dropped.
 *
 * A proxy may name a loopback host too, so what was forwarded never counts, nor what a page of our own on https sent.
 */
internal fun isPlainLoopback(exchange: Exchange<*>): Boolean {
    if (exchange.scheme != "http" || FORWARDED.any { exchange.header(it) != null }) return false
    val ours = exchange.header("Sec-Fetch-Site") == "same-origin"
    if (ours && exchange.header("Origin").orEmpty().startsWith("https:")) return false
    return normalOrigin("http://${exchange.host}")?.matches(LOOPBACK) ?: false
}
