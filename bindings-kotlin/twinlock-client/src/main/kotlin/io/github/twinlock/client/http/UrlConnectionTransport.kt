package io.github.twinlock.client.http

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.suspendCancellableCoroutine
import java.net.HttpURLConnection
import java.net.URL
import kotlin.coroutines.resumeWithException

/**
 * A transport on [HttpURLConnection], for Android: there it sends once, knows `PATCH` and any header.
 *
 * A JVM's `HttpURLConnection` refuses `PATCH` ([renaming][io.github.twinlock.client.TwoFactorClient.renameAuthenticator] then
 * fails as a network error), leaves out `Origin`, which the cookie manner needs, and may send a request again when the
 * connection breaks, unless the system property `sun.net.http.retryPost` is `false`: take [JdkTransport] there.
 */
public class UrlConnectionTransport : HttpTransport {
    override suspend fun send(request: HttpRequest): HttpResponse =
        suspendCancellableCoroutine { continuation ->
            val blocking = Dispatchers.IO.asExecutor()
            blocking.execute {
                val connection =
                    try {
                        open(request)
                    } catch (thrown: Exception) {
                        continuation.resumeWithException(thrown)
                        return@execute
                    }
                // The blocked thread below ends with its connection. Whoever cancels may be a thread that must not do network calls.
                continuation.invokeOnCancellation { blocking.execute(connection::disconnect) }
                if (continuation.isActive) continuation.resumeWith(runCatching { exchange(connection, request.body) })
            }
        }

    private fun open(request: HttpRequest): HttpURLConnection {
        val connection = URL(request.url).openConnection() as HttpURLConnection
        val timeout = request.timeoutMillis.coerceAtMost(Int.MAX_VALUE.toLong()).toInt()
        connection.requestMethod = request.method
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        connection.connectTimeout = timeout
        connection.readTimeout = timeout
        request.headers.forEach(connection::setRequestProperty)
        return connection
    }

    private fun exchange(
        connection: HttpURLConnection,
        body: ByteArray?,
    ): HttpResponse {
        if (body != null) {
            connection.doOutput = true
            // A streamed body is never sent again. A JVM would throw the answer away when it is a 401.
            if (ON_ANDROID) connection.setFixedLengthStreamingMode(body.size)
            connection.outputStream.use { it.write(body) }
        }
        val status = connection.responseCode
        val stream = if (status >= FIRST_ERROR) connection.errorStream else connection.inputStream
        val read = stream?.use { it.readBytes() } ?: ByteArray(0)
        // The status line stands among the headers, under no name.
        val headers = connection.headerFields.filterKeys { name: String? -> name != null }
        return HttpResponse(status, headers, read)
    }

    private companion object {
        const val FIRST_ERROR = 400
        val ON_ANDROID = System.getProperty("java.vendor")?.contains("Android") == true
    }
}
