package io.github.twinlock.http

import java.security.MessageDigest
import java.util.concurrent.ConcurrentHashMap

/**
 * The built custom elements: `<base>/web/twinlock.js`, `twinlock.css` and, one file a language, `twinlock.de.js`.
 *
 * They hold nothing of any user, so they may be kept by browsers, which ask each time whether they changed.
 */
internal object Pages {
    private val ELEMENTS = setOf("/web/twinlock.js", "/web/twinlock.css")
    private val CATALOGUE = Regex("/web/twinlock\\.[a-z]{2,3}\\.js")
    private val pages = ConcurrentHashMap<String, Page>()

    // A jar does not tell what is in it: what is named like a catalogue is looked for, and kept when it is one.
    private fun find(path: String): Page? {
        if (path !in ELEMENTS && !CATALOGUE.matches(path)) return null
        return pages[path] ?: Page(path).also { if (it.content != null) pages[path] = it }
    }

    /** The answer to a request for a page; `null` when the path is none. */
    fun serve(exchange: Exchange<*>, path: String): Answer? {
        val page = find(path) ?: return null
        // A framework whose GET also serves HEAD leaves out the body itself.
        if (exchange.method != "GET" && exchange.method != "HEAD") return notAllowed("GET")
        val content = page.content ?: return refused("not_found").answer()
        val known = exchange.header("If-None-Match")?.contains(page.tag) ?: false
        return if (known) Answer(304, page.headers) else Answer(200, page.headers, body = content)
    }
}

private class Page(path: String) {
    /** `null` when the jar was built without it. */
    val content: ByteArray? = Pages::class.java.getResourceAsStream("/twinlock$path")?.use { it.readBytes() }
    val tag: String = "\"${digest(content ?: ByteArray(0)).take(TAG_DIGITS)}\""
    val headers: Map<String, String> = mapOf(
        "Content-Type" to if (path.endsWith(".css")) "text/css; charset=utf-8" else "text/javascript; charset=utf-8",
        "ETag" to tag,
        "Cache-Control" to "no-cache",
        "X-Content-Type-Options" to "nosniff",
    )

    private companion object {
        const val TAG_DIGITS = 32

        fun digest(content: ByteArray): String =
            MessageDigest.getInstance("SHA-256").digest(content).joinToString("") { "%02x".format(it) }
    }
}
