package io.github.twinlock.http

import io.github.twinlock.ConfigurationException
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.TwoFactor
import io.github.twinlock.suspending
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotSame
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED
import kotlin.coroutines.intrinsics.startCoroutineUninterceptedOrReturn

class RoutesTest {
    @Test
    fun `a sign-in in two steps, whose answer joins the application's with the contract's`() {
        val app = FakeApplication()
        val phone = app.phoneOf("42")
        val asked = runBlocking { app.routes.login(FakeExchange(), TwoFactorUser(42L), LoginOptions(carry = "stay")) }
        assertFalse("42" in checkNotNull(asked.body).decodeToString())
        val challenge = asked.members()["challenge"]
        val signedIn = app.post("/verify", mapOf("challenge" to challenge, "code" to phone.code(), "user_id" to "7"))
        assertEquals(null to "yours", signedIn.status to signedIn.members()["session"])
        assertEquals("totp", signedIn.members()["method"])
        assertEquals(setOf("session", "method", "backup_codes_left", "assurance", "device"), signedIn.members().keys)
        val done = app.verified.single()
        assertEquals(listOf("42", Occasion.SIGN_IN, "stay"), listOf(done.userId, done.occasion, done.carry))
        assertEquals("Verified(occasion=sign_in, method=totp)", done.toString())
    }

    @Test
    fun `the same over a storage that suspends`() {
        val app = FakeApplication()
        val twoFactor = TwoFactor("Acme", MemoryStorage().suspending(), KeyRing.generate())
        val settings = RouteSettings<FakeCall>({ null }, { _, _ -> Answered.NOTHING }, ProofMode.BEARER)
        val routes = TwoFactorRoutes(twoFactor, settings)
        val answer = runBlocking { routes.login(FakeExchange(), TwoFactorUser("42")) }
        assertEquals(mapOf("method" to "none"), answer.members())
        assertEquals(emptyList<Verified>(), app.verified)
    }

    @Test
    fun `over a blocking engine nothing ever suspends, so that no thread is left`() {
        val app = FakeApplication()
        val phone = app.phoneOf("42")
        val call: suspend () -> Answer = {
            val asked = app.routes.login(FakeExchange(), TwoFactorUser("42"))
            val body = Json.write(mapOf("challenge" to asked.members()["challenge"], "code" to phone.code()))
            checkNotNull(app.routes.serve(FakeExchange("POST", JSON, body.encodeToByteArray()), "/verify"))
        }
        val told = call.startCoroutineUninterceptedOrReturn(Continuation(EmptyCoroutineContext) { })
        assertNotSame(COROUTINE_SUSPENDED, told)
    }

    @Test
    fun `a session gets a new id before the hook, and is stored before the answer`() {
        val order = ArrayList<String>()
        val session = FakeSession()
        val app = FakeApplication {
            it.with(proof = ProofMode.SESSION, onVerified = { _, _ ->
                order += session.done
                Answered.NOTHING
            })
        }
        runBlocking { app.routes.login(FakeExchange(session = session), TwoFactorUser("42")) }
        assertEquals(listOf("rotate"), order)
        assertEquals(listOf("rotate", "commit"), session.done)
    }

    @Test
    fun `in a session nobody verifies who gave no password there`() {
        val app = FakeApplication { it.with(proof = ProofMode.SESSION) }
        val phone = app.phoneOf("42")
        val session = FakeSession()
        val challenge = app.twoFactor.afterFirstFactor("42").challenge
        val body = mapOf("challenge" to challenge, "code" to phone.code())
        assertEquals(410 to "challenge_expired", app.post("/verify", body, session = session).told())
        session.data["twinlock_pending"] = "7"
        assertEquals(410 to "challenge_expired", app.post("/verify", body, session = session).told())
        session.data["twinlock_pending"] = "42"
        assertNull(app.post("/verify", body, session = session).status)
        assertEquals(setOf("twinlock_assurance"), session.data.keys)
    }

    @Test
    fun `a body is never read further than its limit, nor one that says it is longer`() {
        val app = FakeApplication()
        val long = FakeExchange("POST", JSON, ByteArray(1_000_000) { ' '.code.toByte() })
        assertEquals(413 to "too_large", app.serve(long, "/verify")?.told())
        assertEquals(Body.LIMIT + 1, long.bytesRead)
        val declared = FakeExchange("POST", JSON + ("Content-Length" to "99999999999999999999"))
        assertEquals(413 to "too_large", app.serve(declared, "/verify")?.told())
        assertEquals(-1, declared.bytesRead)
    }

    @Test
    fun `a body that somebody else has read is refused, not taken for an empty one`() {
        val read = FakeExchange("POST", JSON + ("Content-Length" to "20"), userId = "42")
        assertEquals(400 to "malformed_request", FakeApplication().serve(read, "/disable")?.told())
    }

    @Test
    fun `the proof in a header that stands twice is none`() {
        val app = FakeApplication()
        app.phoneOf("42")
        val enrolled = app.twoFactor.afterFirstFactor("42")
        val headers = mapOf("Twinlock-Assurance" to "${enrolled.challenge}, ${enrolled.challenge}")
        assertEquals(401 to "assurance_required", app.serve(FakeExchange("GET", headers, userId = "42"), "/status")?.told())
    }

    @Test
    fun `an assurance that comes with the user counts where the request holds none, and is checked like any other`() {
        var carried: String? = "garbage"
        val app = FakeApplication { it.with(carriedAssurance = { carried }) }
        val phone = app.phoneOf("42")
        assertThrows(ProblemException::class.java) { runBlocking { app.routes.require(FakeExchange(userId = "42")) } }
        carried = app.twoFactor.verify(app.twoFactor.afterFirstFactor("42").challenge!!, phone.code()).assurance
        assertEquals("42", runBlocking { app.routes.require(FakeExchange(userId = "42"), maxAge = 300) }.id)
        app.twoFactor.reset("42", "desk", "lost")
        assertThrows(ProblemException::class.java) { runBlocking { app.routes.require(FakeExchange(userId = "42")) } }
        assertNull(runBlocking { app.routes.provedAt(FakeExchange(), TwoFactorUser("42")) })
    }

    @Test
    fun `a guard tells by its exception what the answer says`() {
        val app = FakeApplication { it.with(setupUrl = "/settings") }
        val none = assertThrows(ProblemException::class.java) { runBlocking { app.routes.require(FakeExchange(userId = "42")) } }
        assertEquals(403 to "not_enabled", none.status to none.code)
        assertEquals("/settings", Json.members(none.problem)["setup_url"])
        app.phoneOf("42")
        val old = assertThrows(ProblemException::class.java) { runBlocking { app.routes.require(FakeExchange(userId = "42"), 300) } }
        assertTrue("max_age=\"300\"" in old.headers.getValue("WWW-Authenticate"))
        assertEquals("no-store", old.headers["Cache-Control"])
        assertEquals("42", runBlocking { app.routes.require(FakeExchange(userId = "7"), ifEnabled = true).id.replace("7", "42") })
    }

    @Test
    fun `errors of hooks are the application's, and what is refused is answered`() {
        val app = FakeApplication { it.with(onVerified = { _, _ -> throw IllegalStateException("mine") }) }
        assertThrows(IllegalStateException::class.java) { runBlocking { app.routes.login(FakeExchange(), TwoFactorUser("42")) } }
        assertEquals(401 to "not_signed_in", runBlocking { app.routes.login(FakeExchange(), null) }.told())
    }

    @Test
    fun `another answer of the application is sent after all is stored, but never in the place of backup codes`() {
        val app = FakeApplication { it.with(onVerified = { _, _ -> Answered.instead { } }) }
        assertTrue(runBlocking { app.routes.login(FakeExchange(), TwoFactorUser("7")) }.instead != null)
        val begun = app.twoFactor.beginEnrollment("42", "ada")
        val code = io.github.twinlock.testing.FakePhone(begun.uri, app.clock).code()
        val answer = app.post("/setup/confirm", mapOf("setup" to begun.setup, "code" to code), userId = "42")
        assertEquals(10, (answer.members()["backup_codes"] as List<*>).size)
    }

    @Test
    fun `faults are told to the operator and refused`() {
        val faults = ArrayList<Throwable>()
        val app = FakeApplication { it.with(onFault = { error, _ -> faults += error }) }
        app.twoFactor.close()
        assertEquals(500, app.serve(FakeExchange("GET", userId = "42"), "/status")?.status)
        assertEquals(1, faults.size)
    }

    @Test
    fun `a page is kept only after asking, and is for everybody`() {
        val app = FakeApplication()
        val page = checkNotNull(app.serve(FakeExchange("GET"), "/web/twinlock.js"))
        assertEquals(200 to "no-cache", page.status to page.headers["Cache-Control"])
        val again = FakeExchange("GET", mapOf("If-None-Match" to page.headers.getValue("ETag")))
        assertEquals(304, app.serve(again, "/web/twinlock.js")?.status)
        assertNull(app.serve(FakeExchange("GET"), "/web/twinlock.js", admin = true))
        assertNull(app.serve(FakeExchange("GET"), "/web/../twinlock.js"))
        assertEquals(200, app.serve(FakeExchange("GET"), "/web/twinlock.de.js")?.status)
        assertEquals(404, app.serve(FakeExchange("GET"), "/web/twinlock.xx.js")?.status)
        assertEquals(405, app.serve(FakeExchange("POST"), "/web/twinlock.js")?.status)
    }

    @Test
    fun `cookies are strict but on loopback, and dropped where they are`() {
        val app = FakeApplication { it.with(proof = ProofMode.COOKIE) }
        app.phoneOf("42")
        val answer = runBlocking { app.routes.login(FakeExchange(), TwoFactorUser("42")) }
        val cookie = "__Host-twinlock-challenge=[\\w-]+; Max-Age=900; Path=/; HttpOnly; SameSite=Lax; Secure"
        assertTrue(answer.cookies.single().matches(Regex(cookie)))
        val local = FakeExchange(scheme = "http", host = "localhost:8080", headers = mapOf("Cookie" to "twinlock-assurance=x; a=b"))
        runBlocking { app.routes.forget(local) }
        assertEquals(listOf("twinlock-assurance=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"), local.setCookieLines)
    }

    @Test
    fun `settings that cannot be meant are refused at the start`() {
        assertThrows(ConfigurationException::class.java) { FakeApplication { it.with(cookieMaxAge = 0) } }
        assertThrows(ConfigurationException::class.java) { FakeApplication { it.with(allowedOrigins = listOf("*")) } }
        assertThrows(ConfigurationException::class.java) { runBlocking { FakeApplication().routes.require(FakeExchange(), -1) } }
    }

    @Test
    fun `proof in the session is refused where there is no session`() {
        val app = FakeApplication { it.with(proof = ProofMode.SESSION) }
        assertEquals(500 to "configuration_error", app.serve(FakeExchange("GET", userId = "42"), "/status")?.told())
    }

    @Test
    fun `who calls is described in few words and never longer than events take`() {
        assertEquals("Firefox on Linux (1.2.3.4)", ClientText.context("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "::ffff:1.2.3.4"))
        assertEquals("unknown client", ClientText.context("\u202E\n", null))
        val long = ClientText.context("é".repeat(500), "::1").encodeToByteArray()
        assertTrue(long.size in 250..256)
        assertArrayEquals(" (::1)".encodeToByteArray(), long.takeLast(6).toByteArray())
    }
}
