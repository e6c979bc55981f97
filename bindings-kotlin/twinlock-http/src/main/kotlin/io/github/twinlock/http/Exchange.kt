package io.github.twinlock.http

/**
 * One request and its answer, as the contract sees them: the only thing that a framework has to bring.
 *
 * @param C the framework's own call
 * @property call handed to the application's hooks
 */
public abstract class Exchange<out C>(public val call: C) {
    private val cookies = LinkedHashMap<String, SetCookie>()
    private val sent: Map<String, String> by lazy { cookiesIn(header("Cookie").orEmpty()) }

    /** Whether something was written to the session that has to be stored before the answer leaves. */
    internal var sessionChanged: Boolean = false

    /** The method, in capitals. */
    public abstract val method: String

    /** `http` or `https`, as far as the framework trusts its proxies. */
    public abstract val scheme: String

    /** Host and port, as far as the framework trusts its proxies. */
    public abstract val host: String

    /** The caller's address, as far as the framework trusts its proxies; for events and device lists. */
    public abstract val address: String?

    /** The query as it came, without `?`; empty when there is none. */
    public abstract val query: String

    /** The server-side session, made when it is first written to; `null` where there is none. */
    public abstract val session: Session?

    /** A header by its name in any case. Several of one name are joined by `", "`, and so are no token, origin or host any more. */
    public abstract fun header(name: String): String?

    /** The bytes of the body, but never more than [limit]: reading may stop there. */
    public abstract suspend fun readBody(limit: Int): ByteArray

    /** Whole values for `Set-Cookie`. What they hold is base64url and needs no quoting. */
    public val setCookieLines: List<String>
        get() = cookies.values.map { it.line() }

    /** A cookie that came with the request; an empty one counts as none. */
    internal fun cookie(name: String): String? = sent[name]?.ifEmpty { null }

    /** Sets a cookie with the answer; the last word counts. */
    internal fun setCookie(cookie: SetCookie) {
        cookies[cookie.name] = cookie
    }
}

/** The session that a framework keeps on the server. */
public interface Session {
    /** What was kept under [name], if it is text. */
    public suspend fun get(name: String): String?

    /** Keeps [value] under [name]; `null` drops it. */
    public suspend fun set(name: String, value: String?)

    /** A new id, so that one planted before the sign-in is worth nothing; everything in the session stays. */
    public suspend fun rotate()

    /** Stores what was written, and returns when it is stored: a client that has the answer finds the session. */
    public suspend fun commit() {}
}

/** A cookie to set; [maxAge] in seconds, 0 deletes, `null` is until the browser is closed. */
internal class SetCookie(val name: String, val value: String, val secure: Boolean, val maxAge: Long?) {
    fun line(): String = buildString {
        append(name).append('=').append(value)
        if (maxAge != null) append("; Max-Age=").append(maxAge)
        append("; Path=/; HttpOnly; SameSite=Lax")
        if (secure) append("; Secure")
    }
}

/** The first of each name: browsers send the one with the longest path first. */
private fun cookiesIn(header: String): Map<String, String> {
    val found = LinkedHashMap<String, String>()
    for (pair in header.split(';')) {
        val name = pair.substringBefore('=', "").trim()
        if (name.isNotEmpty()) found.putIfAbsent(name, pair.substringAfter('=').trim())
    }
    return found
}
