package io.github.twinlock.client

import com.sun.net.httpserver.HttpServer
import io.github.twinlock.client.http.HttpRequest
import io.github.twinlock.client.http.HttpTransport
import io.github.twinlock.client.http.JdkTransport
import io.github.twinlock.client.http.UrlConnectionTransport
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** What every transport keeps to, on real sockets of this machine. */
class TransportTest {
    private val seen = CopyOnWriteArrayList<String>()
    private val server =
        HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0).apply {
            createContext("/") { exchange ->
                val body = exchange.requestBody.readBytes().decodeToString()
                seen += "${exchange.requestMethod} ${exchange.requestURI} ${exchange.requestHeaders.getFirst("Authorization")} $body"
                val status = exchange.requestURI.path
                    .removePrefix("/")
                    .toInt()
                exchange.responseHeaders.add("Location", "/200")
                exchange.responseHeaders.add("Set-Cookie", "a=1")
                exchange.responseHeaders.add("Set-Cookie", "b=2")
                if (status == 401) exchange.responseHeaders.add("WWW-Authenticate", "Bearer")
                val answer = if (status == 204) ByteArray(0) else "answer".toByteArray()
                exchange.sendResponseHeaders(status, if (status == 204) -1 else answer.size.toLong())
                exchange.responseBody.use { it.write(answer) }
            }
            start()
        }

    @AfterEach
    fun stop() = server.stop(0)

    private fun request(
        status: Int,
        method: String = "POST",
        body: ByteArray? = "{}".toByteArray(),
        port: Int = server.address.port,
    ) = HttpRequest(
        method,
        "http://127.0.0.1:$port/$status",
        mapOf("Authorization" to "Bearer t", "Accept" to "application/json"),
        body,
        5_000,
    )

    @ParameterizedTest
    @MethodSource("transports")
    fun `sends once and reads any status with its body`(transport: HttpTransport) =
        runBlocking {
            for (status in listOf(200, 201, 400, 401, 403, 410, 429, 500, 503)) {
                val answer = transport.send(request(status))
                assertEquals(status, answer.status)
                assertArrayEquals("answer".toByteArray(), answer.body)
                assertEquals(setOf("a=1", "b=2"), answer.headers["set-cookie"]?.toSet())
            }
            assertEquals(9, seen.size)
            assertEquals("POST /200 Bearer t {}", seen[0])
        }

    @ParameterizedTest
    @MethodSource("transports")
    fun `reads an answer without a body, and sends none`(transport: HttpTransport) =
        runBlocking {
            assertEquals(0, transport.send(request(204, "DELETE", null)).body.size)
            assertEquals(204, transport.send(request(204, "GET", null)).status)
            assertEquals(listOf("DELETE /204 Bearer t ", "GET /204 Bearer t "), seen)
        }

    @ParameterizedTest
    @MethodSource("transports")
    fun `follows no redirect`(transport: HttpTransport) =
        runBlocking {
            for (status in listOf(301, 302, 303, 307, 308)) assertEquals(status, transport.send(request(status)).status)
            for (status in listOf(302, 307)) assertEquals(status, transport.send(request(status, "GET", null)).status)
            assertTrue(seen.none { "/200" in it }, seen.toString())
        }

    @ParameterizedTest
    @MethodSource("transports")
    fun `a connection that nobody takes is an IOException`(transport: HttpTransport) =
        runBlocking {
            val free = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }
            assertInstanceOf(IOException::class.java, runCatching { transport.send(request(200, port = free)) }.exceptionOrNull())
            Unit
        }

    @ParameterizedTest
    @MethodSource("transports")
    fun `a cancelled call drops its connection`(transport: HttpTransport) =
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { silent ->
            val arrived = CountDownLatch(1)
            val dropped = CountDownLatch(1)
            val peer =
                Thread {
                    silent.accept().use { socket ->
                        val input = socket.getInputStream()
                        input.read()
                        arrived.countDown()
                        // Until the other side is gone.
                        runCatching { input.readBytes() }
                        dropped.countDown()
                    }
                }.apply { start() }
            runBlocking {
                val job = launch(Dispatchers.Default) { transport.send(request(200, port = silent.localPort)) }
                assertTrue(arrived.await(5, TimeUnit.SECONDS))
                job.cancelAndJoin()
            }
            assertTrue(dropped.await(4, TimeUnit.SECONDS), "the connection stays")
            peer.join(1_000)
        }

    @Test
    fun `only the newer one renames on a JVM`() =
        runBlocking {
            assertEquals(204, JdkTransport().send(request(204, "PATCH")).status)
            assertInstanceOf(
                IOException::class.java,
                runCatching { UrlConnectionTransport().send(request(204, "PATCH")) }.exceptionOrNull(),
            )
            assertInstanceOf(JdkTransport::class.java, HttpTransport.platform())
            Unit
        }

    private companion object {
        @JvmStatic
        fun transports(): List<HttpTransport> = listOf(JdkTransport(), UrlConnectionTransport())
    }
}
