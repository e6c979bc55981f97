package io.github.twinlock.http

import java.net.URI
import java.net.URISyntaxException
import java.util.Locale

/**
 * Requests that another site made a browser send (CSRF) are refused before anything is read.
 *
 * Browsers say where a request comes from: `Sec-Fetch-Site`, or `Origin` where they are too old for that. Neither can be set by a
 * page. A client that sends neither is no browser and holds no cookies it was tricked into using. The framework's own CSRF token,
 * where there is one, stays in force beside this.
 *
 * @param allowed origins such as `https://app.example.com`
 * @param onlyWithCookies a bearer host is only open to CSRF where it reads its token from a cookie
 */
internal class OriginCheck(allowed: Collection<String>, private val onlyWithCookies: Boolean) {
    private val allowed: Set<String> = allowed.mapTo(HashSet()) { origin ->
        normalOrigin(origin)
            ?: throw misconfigured("allowedOrigins holds origins such as https://app.example.com: scheme, host and port")
    }

    /** Refuses an unsafe request of a site that is not allowed: `origin_refused`. */
    fun check(exchange: Exchange<*>) {
        if (exchange.method in SAFE_METHODS || !applies(exchange)) return
        if (!fromHere(exchange) && !fromAllowed(exchange)) throw refused("origin_refused")
    }

    /** Another site cannot send `Authorization` without a CORS preflight, which the application grants or not. */
    private fun applies(exchange: Exchange<*>): Boolean =
        !onlyWithCookies || (exchange.header("Cookie") != null && exchange.header("Authorization") == null)

    private fun fromAllowed(exchange: Exchange<*>): Boolean = normalOrigin(exchange.header("Origin").orEmpty()) in allowed

    private fun fromHere(exchange: Exchange<*>): Boolean {
        val site = exchange.header("Sec-Fetch-Site")
        if (site != null) return site == "same-origin" || site == "none"
        val given = exchange.header("Origin") ?: return true
        val origin = normalOrigin(given) ?: return false
        // Behind a proxy that ends TLS we see http while the browser says https; the other way round is an attack.
        return origin == normalOrigin("${exchange.scheme}://${exchange.host}") || origin == normalOrigin("https://${exchange.host}")
    }

    private companion object {
        val SAFE_METHODS = setOf("GET", "HEAD", "OPTIONS")
    }
}

// Scheme, host and port; no user, no path but "/".
private val ORIGIN = Regex("^[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\\\\\\s]+/?$")

/** Scheme, host and explicit port in lower case; `null` for what is no origin, which then equals nothing. */
internal fun normalOrigin(origin: String): String? {
    val text = origin.trim()
    if (!ORIGIN.matches(text)) return null
    val uri = try {
        URI(text)
    } catch (_: URISyntaxException) {
        return null
    }
    val host = uri.host ?: return null
    val scheme = uri.scheme.lowercase(Locale.ROOT)
    val port = if (uri.port >= 0) {
        uri.port
    } else if (scheme == "http") {
        80
    } else if (scheme == "https") {
        443
    } else {
        0
    }
    return "$scheme://${host.lowercase(Locale.ROOT)}:$port"
}
