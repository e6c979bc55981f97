package io.github.twinlock.http

import java.security.MessageDigest

/**
 * The built custom elements: `<base>/web/twinlock.js` and `twinlock.css`.
 *
 * They hold nothing of any user, so they may be kept by browsers, which ask each time whether they changed.
 */
internal object Pages {
    private val MEDIA_TYPES = mapOf(
        "twinlock.js" to "text/javascript; charset=utf-8",
        "twinlock.css" to "text/css; charset=utf-8",
    )
    private val pages: Map<String, Page> by lazy { MEDIA_TYPES.entries.associate { (name, type) -> "/web/$name" to Page(name, type) } }

    /** The answer to a request for a page; `null` when the path is none. */
    fun serve(exchange: Exchange<*>, path: String): Answer? {
        val page = pages[path] ?: return null
        // A framework whose GET also serves HEAD leaves out the body itself.
        if (exchange.method != "GET" && exchange.method != "HEAD") return notAllowed("GET")
        val content = page.content ?: return refused("not_found").answer()
        val known = exchange.header("If-None-Match")?.contains(page.tag) ?: false
        return if (known) Answer(304, page.headers) else Answer(200, page.headers, body = content)
    }
}

private class Page(name: String, mediaType: String) {
    /** `null` when the jar was built without its pages. */
    val content: ByteArray? = Pages::class.java.getResourceAsStream("/twinlock/web/$name")?.use { it.readBytes() }
    val tag: String = "\"${digest(content ?: ByteArray(0)).take(TAG_DIGITS)}\""
    val headers: Map<String, String> = mapOf(
        "Content-Type" to mediaType,
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
