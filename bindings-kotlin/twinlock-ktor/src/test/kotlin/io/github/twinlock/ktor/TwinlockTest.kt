package io.github.twinlock.ktor

import io.github.twinlock.ConfigurationException
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.TwoFactor
import io.github.twinlock.http.Answered
import io.github.twinlock.http.ProofMode
import io.github.twinlock.http.TwoFactorUser
import io.github.twinlock.testing.FakePhone
import io.github.twinlock.testing.VirtualClock
import io.github.twinlock.testing.enroll
import io.github.twinlock.testing.proof
import io.ktor.client.request.get
import io.ktor.client.request.header
import io.ktor.client.request.post
import io.ktor.client.request.setBody
import io.ktor.client.statement.HttpResponse
import io.ktor.client.statement.bodyAsText
import io.ktor.http.ContentType
import io.ktor.http.contentType
import io.ktor.server.application.install
import io.ktor.server.auth.Authentication
import io.ktor.server.auth.UserIdPrincipal
import io.ktor.server.auth.authenticate
import io.ktor.server.auth.bearer
import io.ktor.server.auth.principal
import io.ktor.server.request.header
import io.ktor.server.response.respondText
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import io.ktor.server.sessions.SessionSerializer
import io.ktor.server.sessions.Sessions
import io.ktor.server.sessions.cookie
import io.ktor.server.testing.ApplicationTestBuilder
import io.ktor.server.testing.testApplication
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A session that Ktor puts into the cookie itself, where the client holds it. */
data class CookieSession(val userId: String? = null, override val twoFactor: TwoFactorState = TwoFactorState()) :
    TwoFactorSession<CookieSession> {
    override fun with(twoFactor: TwoFactorState) = copy(twoFactor = twoFactor)
}

private object InTheCookie : SessionSerializer<CookieSession> {
    override fun serialize(session: CookieSession): String = session.userId.orEmpty()

    override fun deserialize(text: String): CookieSession = CookieSession(text)
}

class TwinlockTest {
    private val clock = VirtualClock()
    private val engine = TwoFactor("Acme", MemoryStorage(), KeyRing.generate(), clock = clock)
    private val guarded = ArrayList<String>()

    /** Users sign in by saying who they are; the proof comes in the header of the contract. */
    private fun TwinlockConfig.byHeader() {
        twoFactor = engine
        proof = ProofMode.BEARER
        user { call -> call.request.header("User")?.let { TwoFactorUser(it) } }
        onVerified { _, verified -> Answered.members(mapOf("for" to verified.userId)) }
    }

    private fun withRoutes(test: suspend ApplicationTestBuilder.() -> Unit) = testApplication {
        install(Twinlock) { byHeader() }
        routing {
            requireTwoFactor {
                get("/any") { respond(call) }
                requireTwoFactor(maxAge = 300) { get("/fresh") { respond(call) } }
            }
            requireTwoFactor(ifEnabled = true) { get("/optional") { respond(call) } }
            get("/inside") {
                call.requireTwoFactor(maxAge = 300)
                respond(call)
            }
            post("/login") { call.twoFactorLogin(call.request.header("User")?.let { TwoFactorUser(it) }) }
        }
        test()
    }

    private suspend fun respond(call: io.ktor.server.application.ApplicationCall) {
        guarded += call.twoFactorUser.id
        call.respondText("in")
    }

    private suspend fun ApplicationTestBuilder.call(path: String, user: String? = null, assurance: String? = null): HttpResponse =
        client.get(path) {
            user?.let { header("User", it) }
            assurance?.let { header("Twinlock-Assurance", it) }
        }

    private fun enrolled(): FakePhone = runBlocking { enroll(engine, "ada", clock).phone.also { clock.advance(30) } }

    @Test
    fun `what a guard refuses never reaches the route`() = withRoutes {
        enrolled()
        for (path in listOf("/any", "/fresh", "/inside", "/any?x=1", "http://localhost//any")) {
            val nobody = call(path)
            assertEquals(401, nobody.status.value, path)
            assertTrue("not_signed_in" in nobody.bodyAsText())
            val unproved = call(path, "ada")
            assertEquals(401, unproved.status.value, path)
            assertTrue("assurance_required" in unproved.bodyAsText())
            assertTrue(unproved.headers["WWW-Authenticate"].orEmpty().contains("insufficient_user_authentication"))
            assertEquals(403, call(path, "bob").status.value, path)
        }
        assertEquals(emptyList<String>(), guarded)
    }

    @Test
    fun `guards within guards both ask`() = withRoutes {
        val assurance = proof(engine, "ada", enrolled())
        assertEquals(200, call("/fresh", "ada", assurance).status.value)
        clock.advance(301)
        assertEquals(200, call("/any", "ada", assurance).status.value)
        assertEquals(401, call("/fresh", "ada", assurance).status.value)
        assertEquals(401, call("/inside", "ada", assurance).status.value)
        assertEquals(listOf("ada", "ada"), guarded)
    }

    @Test
    fun `a guard for whole applications lets through who has none`() = withRoutes {
        assertEquals(200, call("/optional", "bob").status.value)
        enrolled()
        assertEquals(401, call("/optional", "ada").status.value)
        assertEquals(listOf("bob"), guarded)
    }

    @Test
    fun `a login signs in or gives a challenge`() = withRoutes {
        enrolled()
        val login: suspend (String?) -> HttpResponse = { user -> client.post("/login") { user?.let { header("User", it) } } }
        assertTrue("\"for\":\"bob\"" in login("bob").bodyAsText())
        val ada = login("ada").bodyAsText()
        assertTrue("two_factor_required" in ada && "\"ada\"" !in ada)
        assertEquals(401, login(null).status.value)
    }

    @Test
    fun `a principal of the framework is the user`() = testApplication {
        install(Authentication) { bearer { authenticate { UserIdPrincipal(it.token) } } }
        routing {
            authenticate(optional = true) {
                route("/app") {
                    install(Twinlock) {
                        byHeader()
                        user { call -> call.principal<UserIdPrincipal>()?.let { TwoFactorUser(it.name) } }
                    }
                    requireTwoFactor(ifEnabled = true) { get("/me") { respond(call) } }
                }
            }
        }
        for (path in listOf("/app/me", "/app/2fa/status")) {
            assertEquals(401, client.get(path).status.value, path)
            assertEquals(200, client.get(path) { header("Authorization", "Bearer eve") }.status.value, path)
        }
        assertEquals(listOf("eve"), guarded)
    }

    @Test
    fun `the help desk's calls do not exist unless they are mounted`() = withRoutes {
        assertEquals(404, call("/2fa/admin/stats", "admin").status.value)
    }

    @Test
    fun `a session that the client holds is refused`() = testApplication {
        install(Sessions) { cookie<CookieSession>("session") { serializer = InTheCookie } }
        install(Twinlock) {
            byHeader()
            proof = ProofMode.SESSION
            session { CookieSession() }
        }
        val answer = client.get("/2fa/status") { header("User", "ada") }
        assertEquals(500, answer.status.value)
    }

    @Test
    fun `a hook that responds by itself does not go unnoticed`() = testApplication {
        install(Twinlock) {
            byHeader()
            onVerified { call, _ ->
                call.respondText("signed in")
                Answered.NOTHING
            }
        }
        routing {
            post("/login") {
                val failed = runCatching { call.twoFactorLogin(TwoFactorUser("bob")) }
                guarded += failed
                    .exceptionOrNull()
                    ?.javaClass
                    ?.simpleName
                    .orEmpty()
            }
        }
        client.post("/login") {
            contentType(ContentType.Application.Json)
            setBody("{}")
        }
        assertEquals(listOf("IllegalStateException"), guarded)
    }

    @Test
    fun `settings that cannot be meant are refused when it is installed`() {
        val broken = listOf<TwinlockConfig.() -> Unit>(
            { twoFactor = null },
            { proof = ProofMode.SESSION },
            { allowedOrigins = listOf("app.example.com") },
        )
        for (change in broken) {
            assertThrows(ConfigurationException::class.java) {
                testApplication {
                    install(Twinlock) {
                        byHeader()
                        change()
                    }
                    client.get("/")
                }
            }
        }
    }

    @Test
    fun `what is kept in a session is not printed`() {
        val state = TwoFactorState(mapOf("assurance" to "a secret"))
        assertFalse("secret" in CookieSession("ada", state).toString())
        assertEquals(state, TwoFactorState(mapOf("assurance" to "a secret")))
    }
}
