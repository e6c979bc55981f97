package io.github.twinlock.client

import io.github.twinlock.client.http.HttpRequest
import io.github.twinlock.client.http.HttpResponse
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.io.IOException

/** How calls are sent, refreshed and given up, on a transport that does what it is told. */
@OptIn(ExperimentalCoroutinesApi::class)
class CallsTest {
    private val store = MemoryTokenStore(Tokens(access = "old", refresh = "refresh-1", assurance = "proof", device = "device"))
    private val manner = Manner.Bearer(store, refreshPath = "/refresh")
    private val refreshed = json(200, """{"access_token": "new", "refresh_token": "refresh-2"}""")
    private val done = HttpResponse(204, emptyMap(), ByteArray(0))

    private fun client(
        manner: Manner = this.manner,
        answer: suspend (HttpRequest) -> HttpResponse,
    ): Pair<TwoFactorClient, ScriptedTransport> {
        val transport = ScriptedTransport(answer)
        return TwoFactorClient(BASE, manner, transport, timeoutMillis = 1_000) to transport
    }

    private fun expiringServer(request: HttpRequest): HttpResponse =
        when {
            request.url.endsWith("/refresh") -> refreshed
            request.headers["Authorization"] == "Bearer new" -> done
            else -> problem(401, "not_signed_in")
        }

    @Test
    fun `a call says who is calling`() =
        runTest {
            val (client, transport) = client { done }
            client.backupCodesSaved().orThrow()
            val sent = transport.requests.single()
            assertEquals("POST $BASE/backup-codes/saved", sent.toString())
            assertEquals("Bearer old", sent.headers["Authorization"])
            assertEquals("proof", sent.headers["Twinlock-Assurance"])
            assertEquals("device", sent.headers["Twinlock-Device"])
        }

    @Test
    fun `a sign-in says nothing of whoever was signed in, but for the phone`() =
        runTest {
            val (client, transport) = client { json(200, PROVED) }
            client.verify("challenge", "123456").orThrow()
            assertEquals(
                setOf("Twinlock-Device", "Accept", "Content-Type"),
                transport.requests
                    .single()
                    .headers.keys,
            )
            assertEquals(Tokens(assurance = "proof-token", device = "device-token"), store.load())
        }

    @Test
    fun `a member of the application's own answer is no token, whatever it is called`() =
        runTest {
            val (client) = client { json(200, """{"device": "a tablet", "access_token": "x", "assurance": "full"}""") }
            val before = store.load()
            client.call("GET", "/orders").orThrow()
            assertEquals(before, store.load())
        }

    @Test
    fun `cookies go back where they came from, with the origin and the framework's token`() =
        runTest {
            val csrf = """, "devices": [], "authenticators": [], "backup_codes": {"left": 0, "total": 0, "saved": false},
                "throttle": {"codes_required": 1}, "proof": {}, "policy": {"digits": 6, "period": 30}, "csrf": "c5rf"}"""
            val (client, transport) =
                client(Manner.Cookies()) { request ->
                    val cookie = "Set-Cookie" to "session=s1; Path=/2fa; HttpOnly; Secure; SameSite=Lax"
                    if (request.method == "GET") json(200, """{"enabled": false, "required": false$csrf""", cookie) else done
                }
            client.status().orThrow()
            client.backupCodesSaved().orThrow()
            client.call("POST", "/elsewhere").orThrow()
            val (first, second, third) = transport.requests.map { it.headers }
            assertEquals(setOf("Accept"), first.keys)
            assertEquals(
                listOf("session=s1", "https://app.example.com", "c5rf"),
                listOf("Cookie", "Origin", "X-CSRF-Token").map(second::get),
            )
            assertNull(third["Cookie"])
        }

    @Test
    fun `calls refused at once share one refresh`() =
        runTest {
            val (client, transport) = client(answer = ::expiringServer)
            List(5) { async { client.backupCodesSaved() } }.awaitAll().forEach { it.orThrow() }
            assertEquals(1, transport.sentTo("/refresh").size)
            assertEquals(
                """{"refresh_token":"refresh-1"}""",
                transport
                    .sentTo("/refresh")
                    .single()
                    .body
                    ?.decodeToString(),
            )
            assertEquals(Tokens("new", "refresh-2", "proof", "device"), store.load())
        }

    @Test
    fun `a call whose refusal comes late finds the refresh done`() =
        runTest {
            val late = CompletableDeferred<Unit>()
            val (client, transport) =
                client { request ->
                    if (request.url.endsWith("/devices") && request.headers["Authorization"] == "Bearer old") late.await()
                    expiringServer(request)
                }
            val slow = async { client.revokeAllDevices() }
            runCurrent()
            client.backupCodesSaved().orThrow()
            late.complete(Unit)
            slow.await().orThrow()
            assertEquals(1, transport.sentTo("/refresh").size)
        }

    @Test
    fun `a caller cancelled during the refresh does not lose the new refresh token`() =
        runTest {
            val answered = CompletableDeferred<Unit>()
            val (client) =
                client { request ->
                    if (request.url.endsWith("/refresh")) answered.await()
                    expiringServer(request)
                }
            val job = launch { client.backupCodesSaved() }
            runCurrent()
            job.cancel()
            runCurrent()
            answered.complete(Unit)
            job.join()
            assertEquals("refresh-2", store.load().refresh)
        }

    @Test
    fun `a refresh that is refused leaves the refusal of the call`() =
        runTest {
            val (client, transport) =
                client { if (it.url.endsWith("/refresh")) problem(401, "session_ended") else problem(401, "not_signed_in") }
            client.status().refusal<Refusal.NotSignedIn>()
            assertEquals(2, transport.requests.size)
        }

    @Test
    fun `no other refusal refreshes or repeats`() =
        runTest {
            val refusals = listOf("invalid_code", "assurance_required", "more_codes_required", "wrong_credentials")
            for (code in refusals) {
                val (client, transport) = client { problem(401, code) }
                assertEquals(code, client.stepUp("123456").refusal<Refusal>().code)
                assertEquals(1, transport.requests.size, code)
            }
        }

    @Test
    fun `a sign-in is never refreshed`() =
        runTest {
            val (client, transport) = client { problem(401, "not_signed_in") }
            client.verify("challenge", "123456").refusal<Refusal.NotSignedIn>()
            assertEquals(1, transport.requests.size)
        }

    @Test
    fun `a call that takes too long is a network refusal, sent once`() =
        runTest {
            val (client, transport) = client { awaitCancellation() }
            assertNull(client.verify("challenge", "123456").refusal<Refusal.Network>().cause)
            assertEquals(1_000, currentTime)
            assertEquals(1, transport.requests.size)
        }

    @Test
    fun `what the transport throws is the cause`() =
        runTest {
            val broken = IOException("connection reset")
            val (client, transport) = client { throw broken }
            val outcome = client.disable()
            val cause = outcome.refusal<Refusal.Network>().cause
            assertEquals(broken.message, assertInstanceOf(IOException::class.java, cause).message)
            assertSame(cause, assertThrows(RefusedException::class.java) { outcome.orThrow() }.cause)
            assertEquals(1, transport.requests.size)
        }

    @Test
    fun `a cancelled call tells nothing and keeps what was there`() =
        runTest {
            var told: Outcome<*>? = null
            val (client) = client { awaitCancellation() }
            val before = store.load()
            val job = launch { told = client.verify("challenge", "123456") }
            runCurrent()
            job.cancelAndJoin()
            assertNull(told)
            assertEquals(before, store.load())
        }

    @Test
    fun `what an answer hands over is kept even when the caller has just been cancelled`() =
        runTest {
            val slow = CompletableDeferred<Unit>()
            val slowStore =
                object : TokenStore by store {
                    override suspend fun save(tokens: Tokens) {
                        slow.await()
                        store.save(tokens)
                    }
                }
            val (client) = client(Manner.Bearer(slowStore)) { json(200, PROVED) }
            val job = launch { client.stepUp("123456") }
            runCurrent()
            job.cancel()
            slow.complete(Unit)
            job.join()
            assertEquals("proof-token", store.load().assurance)
        }

    @Test
    fun `a store that throws is not an answer`() =
        runTest {
            val locked = IllegalStateException("locked")
            val broken =
                object : TokenStore {
                    override suspend fun load() = Tokens(access = "a")

                    override suspend fun save(tokens: Tokens) = throw locked
                }
            val (client) = client(Manner.Bearer(broken)) { json(200, PROVED) }
            val thrown = runCatching { client.stepUp("123456") }.exceptionOrNull()
            assertEquals("locked", assertInstanceOf(IllegalStateException::class.java, thrown).message)
        }

    @Test
    fun `switching off forgets proof and device, not who is signed in`() =
        runTest {
            val (client) = client { done }
            client.disable().orThrow()
            assertEquals(Tokens(access = "old", refresh = "refresh-1"), store.load())
        }

    @Test
    fun `signing out keeps the phone known unless told otherwise`() =
        runTest {
            val (client) = client { done }
            client.forget()
            assertEquals(Tokens(device = "device"), store.load())
            client.forget(device = true)
            assertEquals(Tokens(), store.load())
        }

    @Test
    fun `a step up sends the challenge of the refusal before`() =
        runTest {
            val typo = problem(400, "invalid_code", """, "challenge": "c0ffee"""")
            val bodies = mutableListOf<String>()
            val (client) =
                client { request ->
                    val body = request.body?.decodeToString().orEmpty()
                    if (request.url.endsWith("/step-up")) bodies += body
                    when {
                        request.url.endsWith("/disable") -> if (bodies.size < 2) problem(401, "assurance_required") else done
                        "challenge" in body -> json(200, PROVED)
                        else -> typo
                    }
                }
            client.proving({ TypedCode("123456") }) { client.disable() }.orThrow()
            assertEquals(listOf("""{"code":"123456"}""", """{"code":"123456","challenge":"c0ffee"}"""), bodies)
        }

    @Test
    fun `a proof that is refused for another reason ends the dialog`() =
        runTest {
            val (client, transport) =
                client { if (it.url.endsWith("/step-up")) problem(503, "storage_timeout") else problem(401, "assurance_required") }
            client.proving({ TypedCode("123456") }) { client.disable() }.refusal<Refusal.Unavailable>()
            assertEquals(2, transport.requests.size)
            assertInstanceOf(Refusal.AssuranceRequired::class.java, client.disable().refusal<Refusal>())
        }
}
