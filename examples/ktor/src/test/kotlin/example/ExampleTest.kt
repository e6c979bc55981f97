package example

import io.ktor.client.statement.bodyAsText
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue

class ExampleTest {
    @Test
    fun `register, sign in, enrol, sign in with a code, delete the account`() = withExample { clock ->
        val ada = Visitor(this)
        ada.register("ada")
        assertEquals("none", ada.login("ada").json().text("method"))
        val (phone, backupCodes) = ada.enroll(clock)
        assertEquals(10, backupCodes.size)

        val again = ada.another()
        val waiting = again.login("ada").json()
        assertEquals("true", waiting.text("two_factor_required"))
        again.get("/api/user/me").refused(401, "not_signed_in")
        assertEquals("totp", again.post("$BASE/verify", "code" to phone.code()).json().text("method"))
        assertContains(again.get("/api/user/me").bodyAsText(), "\"amr\":[\"pwd\",\"otp\"]")

        clock.advance(301)
        again.call("DELETE", "/api/user/account").refused(401, "assurance_required")
        again.post("$BASE/step-up", "code" to phone.code()).json()
        assertEquals(204, again.call("DELETE", "/api/user/account").status.value)
        again.login("ada").refused(401, "wrong_credentials")
    }

    @Test
    fun `a code works once`() = withExample { clock ->
        val ada = Visitor(this)
        ada.register("ada")
        ada.login("ada")
        val (phone) = ada.enroll(clock)
        for (expected in listOf(200, 401)) {
            val other = ada.another()
            other.login("ada")
            assertEquals(expected, other.post("$BASE/verify", "code" to phone.code()).status.value)
        }
    }

    @Test
    fun `the sensitive action wants a second factor at all`() = withExample {
        val ada = Visitor(this)
        ada.register("ada")
        ada.login("ada")
        val refused = ada.call("DELETE", "/api/user/account").json(403)
        assertEquals("not_enabled" to "/account", refused.text("code") to refused.text("setup_url"))
    }

    @Test
    fun `the session gets a new id at each success, and the old one is nobody's`() = withExample { clock ->
        val ada = Visitor(this)
        ada.register("ada")
        ada.login("ada")
        val before = ada.cookie("session")
        ada.enroll(clock)
        assertNotEquals(before, ada.cookie("session"))
        val thief = ada.another()
        thief.call("GET", "/api/user/me", headers = mapOf("Cookie" to "session=$before")).refused(401, "not_signed_in")
    }

    @Test
    fun `switching on ends sessions that never proved anything`() = withExample { clock ->
        val (ada, elsewhere) = Visitor(this).let { it to it.another() }
        ada.register("ada")
        ada.login("ada")
        elsewhere.login("ada")
        ada.enroll(clock)
        assertEquals(200, ada.get("/api/user/me").status.value)
        elsewhere.get("/api/user/me").refused(401, "not_signed_in")
    }

    @Test
    fun `a changed password ends other sessions`() = withExample {
        val (ada, elsewhere) = Visitor(this).let { it to it.another() }
        ada.register("ada")
        ada.login("ada")
        elsewhere.login("ada")
        ada.post("/api/user/password", "password" to "wrong", "new_password" to "another walk").refused(400, "wrong_password")
        assertEquals(204, ada.post("/api/user/password", "password" to PASSWORD, "new_password" to "another walk").status.value)
        assertEquals(200, ada.get("/api/user/me").status.value)
        elsewhere.get("/api/user/me").refused(401, "not_signed_in")
    }

    @Test
    fun `a signed-out session is over on the server`() = withExample {
        val ada = Visitor(this)
        ada.register("ada")
        ada.login("ada")
        val kept = ada.cookie("session")
        assertEquals(204, ada.post("/api/auth/logout").status.value)
        ada.another().call("GET", "/api/user/me", headers = mapOf("Cookie" to "session=$kept")).refused(401, "not_signed_in")
    }

    @Test
    fun `another site cannot make a browser do anything`() = withExample {
        val ada = Visitor(this)
        ada.register("ada")
        ada.login("ada")
        for (foreign in listOf("Origin" to "https://evil.example", "Sec-Fetch-Site" to "cross-site", "Sec-Fetch-Site" to "same-site")) {
            ada.call("POST", "/api/auth/logout", headers = mapOf(foreign)).refused(403, "origin_refused")
        }
        ada.call("POST", "/api/auth/logout", headers = mapOf("X-CSRF-Token" to "made up")).refused(403, "csrf_refused")
        ada.call("POST", "$BASE/setup", headers = mapOf("X-CSRF-Token" to "")).refused(403, "csrf_refused")
        assertEquals(200, ada.get("/api/user/me").status.value)
    }

    @Test
    fun `names and addresses are taken once, in any spelling`() = withExample {
        val ada = Visitor(this)
        ada.register("ada")
        ada.post("/api/auth/register", "username" to "ADA", "email" to "b@example.com", "password" to PASSWORD).refused(409, "username_taken")
        ada.post("/api/auth/register", "username" to "bob", "email" to "Ada@Example.com", "password" to PASSWORD).refused(409, "email_taken")
        ada.post("/api/auth/register", "username" to "x", "email" to "b@example.com", "password" to PASSWORD).refused(400, "malformed_request")
    }

    @Test
    fun `tries are limited`() = withExample(triesPerMinute = 3) {
        val ada = Visitor(this)
        repeat(3) { ada.post("/api/auth/login", "username" to "ada", "password" to "wrong").refused(401, "wrong_credentials") }
        ada.post("/api/auth/login", "username" to "ada", "password" to "wrong").refused(429, "too_many_requests")
    }

    @Test
    fun `the pages are there, and nothing of them is kept`() = withExample {
        val visitor = Visitor(this)
        for (path in listOf("/", "/register", "/login", "/account", "/static/shell.js", "$BASE/web/twinlock.js", "$BASE/web/twinlock.css")) {
            val page = visitor.get(path)
            assertEquals(200, page.status.value, path)
            assertTrue(page.headers["Content-Security-Policy"].orEmpty().startsWith("default-src 'none'"), path)
        }
        assertContains(visitor.get("/login").bodyAsText(), "data-csrf-cookie=\"csrf\"")
        assertFalse("phone.js" in visitor.get("/login").bodyAsText())
        assertEquals(404, visitor.get("/dev/phone.js").status.value)
    }
}
