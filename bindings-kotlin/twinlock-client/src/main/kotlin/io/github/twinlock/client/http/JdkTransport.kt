package io.github.twinlock.client.http

import kotlinx.coroutines.suspendCancellableCoroutine
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.CompletionException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/** A transport on `java.net.http` of Java 11 and newer. It sends once and follows no redirect. Android does not have it. */
public class JdkTransport : HttpTransport {
    private val client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build()

    override suspend fun send(request: HttpRequest): HttpResponse =
        suspendCancellableCoroutine { continuation ->
            val sent = client.sendAsync(request.toJdk(), BodyHandlers.ofByteArray())
            continuation.invokeOnCancellation { sent.cancel(true) }
            sent.whenComplete { answer, thrown ->
                if (thrown == null) {
                    continuation.resume(HttpResponse(answer.statusCode(), answer.headers().map(), answer.body()))
                } else {
                    continuation.resumeWithException((thrown as? CompletionException)?.cause ?: thrown)
                }
            }
        }

    private fun HttpRequest.toJdk(): java.net.http.HttpRequest {
        val body = body?.let(BodyPublishers::ofByteArray) ?: BodyPublishers.noBody()
        val address = URI(url)
        val builder = java.net.http.HttpRequest
            .newBuilder(address)
            .method(method, body)
        // Without TLS it would ask to go over to HTTP/2, which servers answer with a warning.
        if (address.scheme == "http") builder.version(HttpClient.Version.HTTP_1_1)
        headers.forEach(builder::setHeader)
        return builder.timeout(Duration.ofMillis(timeoutMillis)).build()
    }
}
