package io.github.twinlock.client.http

/**
 * Sends one request and reads one answer. Implement it to use the HTTP library that the app has already, OkHttp for example:
 *
 * ```kotlin
 * val transport = HttpTransport { request ->
 *     val call = okHttp.newCall(request.toOkHttp())          // a client with followRedirects(false) and retryOnConnectionFailure(false)
 *     call.executeAsync().use { HttpResponse(it.code, it.headers.toMultimap(), it.body.bytes()) }
 * }
 * ```
 */
public fun interface HttpTransport {
    /**
     * Sends the request once.
     *
     * Never follow a redirect: it would carry a code to a place that nobody named. Never send a request twice: the second
     * would find the code used. Keep no cookies. When the coroutine is cancelled, which is also how a call ends whose time is
     * up, drop the connection.
     *
     * @throws java.io.IOException when no answer came
     */
    public suspend fun send(request: HttpRequest): HttpResponse

    public companion object {
        /** The platform's own: `java.net.http` on Java 11 and newer, else, as on Android, `HttpURLConnection`. */
        public fun platform(): HttpTransport =
            try {
                Class.forName("java.net.http.HttpClient")
                JdkTransport()
            } catch (_: ClassNotFoundException) {
                UrlConnectionTransport()
            }
    }
}

/** One request. */
public class HttpRequest(
    /** `GET`, `POST`, `PATCH` or `DELETE`. */
    public val method: String,
    /** The whole address; no token is in it. */
    public val url: String,
    /** Headers, which may hold tokens. */
    public val headers: Map<String, String>,
    /** The body, in JSON and UTF-8. */
    public val body: ByteArray?,
    /** How long to wait for a connection and for each byte, in milliseconds. The call as a whole is cancelled after the same time. */
    public val timeoutMillis: Long,
) {
    // Headers and body hold tokens and codes.
    override fun toString(): String = "$method ${url.substringBefore('?')}"
}

/** One answer, of any status. */
public class HttpResponse(
    /** The HTTP status. */
    public val status: Int,
    headers: Map<String, List<String>>,
    /** The whole body; empty when there was none. */
    public val body: ByteArray,
) {
    /** All headers; names in lower case. */
    public val headers: Map<String, List<String>> =
        headers.entries.groupBy({ it.key.lowercase() }, { it.value }).mapValues { it.value.flatten() }

    override fun toString(): String = "HttpResponse($status)"
}
