package io.github.twinlock.client

import io.github.twinlock.client.http.HttpResponse
import io.github.twinlock.client.http.HttpTransport
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** What answers are taken for, and what is never shown of them. */
class AnswersTest {
    private fun answering(response: HttpResponse) = TwoFactorClient(BASE, Manner.Bearer(), HttpTransport { response })

    private fun enrollment() = File(System.getProperty("twinlock.root"), "contract/openapi.yaml").readText()

    @Test
    fun `every code of the contract has its class, but for mistakes of the caller and of the operator`() {
        val codes =
            Regex("""code: \{ enum: \[(.*?)] }""").findAll(enrollment()).flatMap { it.groupValues[1].split(", ") }.toSet() + "code_required"
        assertTrue(codes.size > 25, codes.toString())
        val others = codes.filter { refusalOf(Told(it, 400)) is Refusal.Other }.toSet()
        assertEquals(setOf("malformed_request", "origin_refused", "not_administrator", "too_large", "not_json"), others)
    }

    @Test
    fun `a problem is read with all it tells`() =
        runBlocking {
            val body = """, "retry_after": 15, "count": 3, "challenge": "c0ffee", "setup_url": "/account""""
            val throttled = answering(problem(429, "throttled", body)).stepUp("123456").refusal<Refusal.Throttled>()
            assertEquals(15, throttled.retryAfter)
            assertEquals("c0ffee", throttled.challenge)
            assertEquals("d", throttled.detail)
            assertEquals(3, answering(problem(401, "more_codes_required", body)).stepUp("1").refusal<Refusal.MoreCodesRequired>().count)
            assertEquals("/account", answering(problem(403, "not_enabled", body)).status().refusal<Refusal.NotEnabled>().setupUrl)
        }

    @Test
    fun `a code that nobody knows yet is another refusal`() =
        runBlocking {
            val refusal = answering(problem(418, "teapot")).status().refusal<Refusal.Other>()
            assertEquals("teapot (418)", refusal.toString())
        }

    @Test
    fun `a guard's refusal behind an application's own page is still one`() =
        runBlocking {
            val header = "WWW-Authenticate" to """Bearer error="insufficient_user_authentication", max_age=300"""
            answering(json(401, "<h1>sorry</h1>", header)).disable().refusal<Refusal.AssuranceRequired>()
            answering(json(401, "<h1>sorry</h1>")).disable().refusal<Refusal.Unexpected>()
            Unit
        }

    @Test
    fun `what is not of the contract is unexpected, never a success`() =
        runBlocking {
            val wrong =
                listOf(
                    "",
                    "<html>",
                    "[]",
                    "null",
                    "3",
                    "{}",
                    """{"method": 1, "backup_codes_left": 3}""",
                    """{"method": "totp"}""",
                    "{\"a\":",
                )
            for (body in wrong) {
                answering(json(200, body)).verify("c", "123456").refusal<Refusal.Unexpected>()
                answering(json(200, body)).setup().refusal<Refusal.Unexpected>()
                answering(json(200, body)).status().refusal<Refusal.Unexpected>()
            }
            for (status in listOf(301, 302, 307, 404, 500)) answering(json(status, PROVED)).verify("c", "1").refusal<Refusal.Unexpected>()
        }

    @Test
    fun `nobody is taken for signed in while a second factor may be due`() =
        runBlocking {
            val due = """"challenge": "c", "expires_in": 300, "methods": ["totp", "new kind"], "codes_required": 3}"""
            val step = answering(json(200, """{"two_factor_required": true, $due""")).login("/login", jsonOf()).orThrow()
            val needed = assertInstanceOf(LoginStep.CodeNeeded::class.java, step)
            assertEquals(3, needed.codesRequired)
            assertEquals(listOf("totp", "new kind"), needed.methods)
            for (odd in listOf("1", "\"true\"", "null", "{}")) {
                val answer = answering(json(200, """{"two_factor_required": $odd, $due""")).login("/login", jsonOf()).orThrow()
                assertInstanceOf(LoginStep.CodeNeeded::class.java, answer)
            }
            answering(json(200, """{"two_factor_required": true}""")).login("/login", jsonOf()).refusal<Refusal.Unexpected>()
            Unit
        }

    @Test
    fun `members of a newer server are ignored and absent ones have no value`() =
        runBlocking {
            val body =
                """{"enabled": true, "required": false, "new": {"x": 1}, "devices": [], "proof": {},
                "authenticators": [{"id": "a", "name": "n", "created_at": 1, "last_used_at": null, "new": 2}],
                "backup_codes": {"left": 1, "total": 10, "saved": false}, "throttle": {"codes_required": 1},
                "policy": {"digits": 6, "period": 30}}"""
            val status = answering(json(200, body)).status().orThrow()
            assertEquals(null, status.authenticators.single().lastUsedAt)
            assertEquals(null, status.proof.freshUntil)
            assertFalse(status.policy.requireSavedCodes)
        }

    @Test
    fun `no secret, token or code is in any text`() =
        runBlocking {
            val body =
                """{"setup": "SECRET1", "secret": "SECRET2", "otpauth_uri": "otpauth://SECRET3", "qr_svg": "SECRET4",
                "qr_png": "SECRET5", "expires_at": 1, "account_name": "ada", "issuer": "Acme", "digits": 6, "period": 30,
                "authenticator_id": "id", "backup_codes": ["SECRET6"], "method": "totp", "backup_codes_left": 1,
                "access_token": "SECRET7", "challenge": "SECRET8"}"""
            val client = answering(json(200, body))
            val refusals = answering(problem(401, "invalid_code", """, "challenge": "SECRET9""""))
            val outcomes =
                listOf(
                    client.setup(),
                    client.confirmSetup("s", "1"),
                    client.verify("c", "1"),
                    client.backupCodes(),
                    client.login("/l", jsonOf()),
                    refusals.stepUp("1"),
                )
            val others = listOf(client, client.call("GET", "/session"), TypedCode("SECRET"), Tokens("SECRET", "SECRET"))
            val texts = outcomes.map { "$it ${runCatching { it.orThrow() }}" } + others.toString()
            assertFalse(texts.any { "SECRET" in it }, texts.toString())
        }

    @Test
    fun `the base is https, or this machine`() {
        val refused =
            listOf(
                "http://app.example.com/2fa",
                "http://127.0.0.1.evil.example/2fa",
                "/2fa",
                "ftp://app.example.com",
                "https://user@app.example.com/2fa",
                "https://app.example.com/2fa?x=1",
                "",
            )
        for (base in refused) assertThrows(IllegalArgumentException::class.java, { TwoFactorClient(base) }, base)
        for (base in listOf("https://app.example.com/2fa/", "http://localhost:8000/2fa", "http://[::1]/2fa")) TwoFactorClient(base)
    }

    @Test
    fun `tokens go to the contract's origin and nowhere else`() =
        runBlocking {
            val client = answering(json(200, "{}"))
            for (path in listOf("//evil.example/x", "https://evil.example/x", "/\\evil.example", "x", "")) {
                assertThrows(IllegalArgumentException::class.java, { runBlocking { client.call("GET", path) } }, path)
            }
        }

    @Test
    fun `an id is one segment of the path, and never vanishes`() =
        runBlocking {
            val transport = ScriptedTransport { HttpResponse(204, emptyMap(), ByteArray(0)) }
            val client = TwoFactorClient(BASE, transport = transport)
            for (id in listOf("", ".", "..")) {
                assertThrows(IllegalArgumentException::class.java, { runBlocking { client.revokeDevice(id) } }, id)
                assertThrows(IllegalArgumentException::class.java, { runBlocking { client.removeAuthenticator(id) } }, id)
            }
            client.revokeDevice("../a b/ü?#").orThrow()
            assertEquals("$BASE/devices/..%2Fa%20b%2F%C3%BC%3F%23", transport.requests.single().url)
        }
}
