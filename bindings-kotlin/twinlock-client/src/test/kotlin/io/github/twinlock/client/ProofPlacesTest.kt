package io.github.twinlock.client

import io.github.twinlock.client.http.JdkTransport
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import java.util.concurrent.atomic.AtomicInteger

/** The same way wherever the server keeps the proof: in its session, in cookies, with the client, in the application's own token. */
class ProofPlacesTest {
    /** Somebody at one application of the server under test. */
    private class Visitor(
        private val place: String,
    ) {
        val name = "visitor${COUNT.incrementAndGet()}"
        val store = MemoryTokenStore()
        private val manner = if (place in listOf("session", "cookie")) Manner.Cookies() else Manner.Bearer(store)
        private val transport = ScriptedTransport(JdkTransport()::send)
        val client = TwoFactorClient("${server.address}/$place/2fa", manner, transport)
        lateinit var phone: Phone

        suspend fun login() = client.login("/$place/login", jsonOf("username" to name, "password" to "password of $name"))

        suspend fun code(later: Long = Phone.PERIOD): String {
            val body = JsonObject(mapOf("advance" to JsonPrimitive(later)))
            val now = client.call("POST", "/$place/test/clock", body).orThrow()?.jsonObject
            return phone.code(now.long("now") ?: 0)
        }

        suspend fun enroll() {
            login().orThrow()
            val enrollment = client.setup(password = "password of $name".takeIf { place == "strict" }).orThrow()
            phone = Phone(enrollment.secret)
            client.confirmSetup(enrollment.setup, code()).orThrow()
        }

        suspend fun guarded() = client.call("GET", "/$place/guarded/fresh")

        suspend fun fault(kind: String?) {
            client.call("POST", "/$place/test/storage", JsonObject(mapOf("fault" to JsonPrimitive(kind)))).orThrow()
        }

        fun addresses() = transport.requests.map { it.url }
    }

    @ParameterizedTest
    @ValueSource(strings = ["session", "cookie", "bearer", "strict", "claim"])
    fun `enrolled, signed in, proved anew`(place: String) =
        runBlocking {
            val visitor = Visitor(place)
            visitor.enroll()
            visitor.guarded().orThrow()
            visitor.client.forget()
            visitor.guarded().refusal<Refusal.NotSignedIn>()
            val step = assertInstanceOf(LoginStep.CodeNeeded::class.java, visitor.login().orThrow())
            visitor.guarded().refusal<Refusal.NotSignedIn>()
            visitor.client.verify(step.challenge, visitor.phone.wrongCode(0)).refusal<Refusal.InvalidCode>()
            val proved = visitor.client.verify(step.challenge, visitor.code()).orThrow()
            assertEquals("totp", proved.method)
            visitor.guarded().orThrow()
            // Six minutes later the proof is too old, and a new one opens the way.
            val next = visitor.code(later = 360)
            visitor.guarded().refusal<Refusal.AssuranceRequired>()
            visitor.client.proving({ TypedCode(next) }) { visitor.guarded() }.orThrow()
            assertNotNull(
                visitor.client
                    .status()
                    .orThrow()
                    .proof.freshUntil,
            )
            assertTrue(
                visitor.client
                    .status()
                    .orThrow()
                    .devices
                    .any { it.current },
            )
        }

    @ParameterizedTest
    @ValueSource(strings = ["session", "cookie"])
    fun `where the server keeps the challenge it can be left out`(place: String) =
        runBlocking {
            val visitor = Visitor(place)
            visitor.enroll()
            visitor.client.forget()
            assertInstanceOf(LoginStep.CodeNeeded::class.java, visitor.login().orThrow())
            visitor.client.verify(null, visitor.code()).orThrow()
            visitor.guarded().orThrow()
            Unit
        }

    @Test
    fun `with the client the tokens are kept, sent back and never in an address`() =
        runBlocking {
            val visitor = Visitor("bearer")
            visitor.enroll()
            val held = visitor.store.load()
            val tokens = listOfNotNull(held.access, held.assurance, held.device)
            assertEquals(3, tokens.size)
            visitor.guarded().orThrow()
            assertFalse(visitor.addresses().any { address -> tokens.any { it in address } })
            // Without the proof the sign-in alone opens nothing.
            visitor.store.save(Tokens(access = held.access))
            visitor.guarded().refusal<Refusal.AssuranceRequired>()
            Unit
        }

    @ParameterizedTest
    @ValueSource(strings = ["unavailable", "lost_race"])
    fun `a store that fails lets nobody in, and the client says when to try again`(fault: String) =
        runBlocking {
            val visitor = Visitor("bearer")
            visitor.enroll()
            val step = assertInstanceOf(LoginStep.CodeNeeded::class.java, visitor.login().orThrow())
            val code = visitor.code()
            visitor.fault(fault)
            assertEquals(
                1,
                visitor.client
                    .verify(step.challenge, code)
                    .refusal<Refusal.Unavailable>()
                    .retryAfter,
            )
            visitor.fault(null)
            visitor.client.verify(step.challenge, code).orThrow()
            Unit
        }

    @Test
    fun `a record that was tampered with is a fault`() =
        runBlocking {
            val visitor = Visitor("bearer")
            visitor.enroll()
            visitor.fault("tampered")
            visitor.client.status().refusal<Refusal.Fault>()
            visitor.fault(null)
        }

    private companion object {
        val COUNT = AtomicInteger()
        val server = ContractServer()

        @JvmStatic
        @AfterAll
        fun stop() = server.close()
    }
}
