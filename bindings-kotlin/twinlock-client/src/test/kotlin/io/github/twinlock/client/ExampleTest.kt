package io.github.twinlock.client

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The whole way against the real FastAPI example on loopback. */
class ExampleTest {
    private fun with(story: suspend Person.() -> Unit) = runBlocking { Person(server).register().story() }

    @Test
    fun `without a second factor the password signs in`() =
        with {
            val step = assertInstanceOf(LoginStep.SignedIn::class.java, login().orThrow())
            assertEquals("none", step.method)
            assertNotNull(store.load().access)
            assertFalse(client.status().orThrow().enabled)
        }

    @Test
    fun `a wrong password is the application's own refusal`() =
        with { assertEquals("wrong_credentials", login("wrong").refusal<Refusal.Other>().code) }

    @Test
    fun `enrolled and signed in with a code`() =
        with {
            assertEquals(10, enroll().backupCodes.size)
            client.forget()
            val step = challenge()
            assertEquals(listOf("totp", "backup_code"), step.methods)
            assertNull(store.load().access)
            val proved = client.verify(step.challenge, freshCode()).orThrow()
            assertEquals("totp", proved.method)
            assertNotNull(store.load().access)
            assertNotNull(store.load().device)
            assertTrue(client.status().orThrow().enabled)
        }

    @Test
    fun `a wrong code at sign-in, then the right one on the same challenge`() =
        with {
            enroll()
            val step = challenge()
            val code = freshCode()
            client.verify(step.challenge, phone.wrongCode(0)).refusal<Refusal.InvalidCode>()
            client.verify(step.challenge, "12 345").refusal<Refusal.MalformedCode>()
            client.verify(step.challenge, code).orThrow()
            client.verify(step.challenge, code).refusal<Refusal.ChallengeExpired>()
        }

    @Test
    fun `a backup code signs in once`() =
        with {
            val codes = enroll().backupCodes
            val proved = client.verify(challenge().challenge, codes[0].lowercase()).orThrow()
            assertEquals("backup_code", proved.method)
            assertEquals(9, proved.backupCodesLeft)
            client.verify(challenge().challenge, codes[0]).refusal<Refusal.InvalidCode>()
        }

    @Test
    fun `in one call the code goes along with the password`() =
        with {
            enroll()
            val body = jsonOf("username" to name, "password" to Person.PASSWORD, "code" to freshCode())
            val step = assertInstanceOf(LoginStep.SignedIn::class.java, client.login("/api/auth/login", body).orThrow())
            assertEquals("totp", step.method)
        }

    @Test
    fun `many wrong codes throttle, and three consecutive codes still get in`() =
        with {
            enroll()
            // A new phone: a known device has a budget of its own.
            client.forget(device = true)
            val step = challenge()
            repeat(4) { client.verify(step.challenge, phone.wrongCode(0)).refusal<Refusal.InvalidCode>() }
            val codes = listOf(freshCode(), freshCode(), freshCode())
            client.verify(step.challenge, phone.wrongCode(0)).refusal<Refusal.OfCode>()
            val again = challenge()
            assertEquals("totp", client.verify(again.challenge, codes[0], codes.drop(1)).orThrow().method)
        }

    @Test
    fun `a trusted phone is not asked again`() =
        with {
            enroll()
            client.verify(challenge().challenge, freshCode(), trustDevice = true).orThrow()
            client.forget()
            assertEquals("device", assertInstanceOf(LoginStep.SignedIn::class.java, login().orThrow()).method)
            client.forget(device = true)
            challenge()
        }

    @Test
    fun `a sensitive call asks for a code, forgives a typo and is repeated`() =
        with {
            enroll()
            waitUntilStale()
            client.backupCodes().refusal<Refusal.AssuranceRequired>()
            val asked = mutableListOf<String>()
            val outcome =
                client.proving({ why ->
                    asked += why.code
                    TypedCode(if (asked.size == 1) phone.wrongCode(0) else freshCode())
                }) { client.backupCodes() }
            assertEquals(10, outcome.orThrow().backupCodes.size)
            assertEquals(listOf("assurance_required", "invalid_code"), asked)
        }

    @Test
    fun `a user who closes the dialog leaves the refusal`() =
        with {
            enroll()
            waitUntilStale()
            client.proving({ null }) { client.disable(Person.PASSWORD) }.refusal<Refusal.AssuranceRequired>()
            assertTrue(client.status().orThrow().enabled)
        }

    @Test
    fun `the application's own guarded call`() =
        with {
            login().orThrow()
            client.call("DELETE", "/api/user/account").refusal<Refusal.NotEnabled>().run { assertEquals("/account", setupUrl) }
            enroll()
            assertNull(client.call("DELETE", "/api/user/account").orThrow())
            client.status().refusal<Refusal.NotSignedIn>()
        }

    @Test
    fun `authenticators are added, renamed and removed`() =
        with {
            enroll()
            val second = client.setup().orThrow()
            server.advance(Phone.PERIOD)
            val added = client.confirmSetup(second.setup, Phone(second.secret).code(server.now), name = "another").orThrow()
            assertEquals(emptyList<String>(), added.backupCodes)
            client.renameAuthenticator(added.authenticatorId, "Ada's täblet").orThrow()
            val (first, renamed) = client.status().orThrow().authenticators
            assertEquals("Ada's täblet", renamed.name)
            client.removeAuthenticator(first.id).orThrow()
            val ask: suspend (Refusal) -> TypedCode = {
                server.advance(Phone.PERIOD)
                TypedCode(Phone(second.secret).code(server.now))
            }
            client.proving(ask) { client.removeAuthenticator(renamed.id) }.refusal<Refusal.LastAuthenticator>()
            client.removeAuthenticator("no such").refusal<Refusal.NotFound>()
        }

    @Test
    fun `devices are listed and forgotten`() =
        with {
            enroll()
            client.verify(challenge().challenge, freshCode()).orThrow()
            val device = client.devices().orThrow().single { it.current }
            client.revokeDevice(device.id).orThrow()
            assertTrue(client.devices().orThrow().none { it.id == device.id })
            client.revokeAllDevices().orThrow()
            assertEquals(0, client.devices().orThrow().size)
        }

    @Test
    fun `backup codes are said to be saved, and the events tell`() =
        with {
            enroll()
            client.backupCodesSaved().orThrow()
            assertTrue(
                client
                    .status()
                    .orThrow()
                    .backupCodes.saved,
            )
            val types = client
                .events()
                .orThrow()
                .events
                .map { it.type }
            assertTrue("backup_codes_saved" in types && "enrolled" in types, types.toString())
        }

    @Test
    fun `switched off, the password is enough again`() =
        with {
            enroll()
            client.disable().refusal<Refusal.PasswordRequired>()
            client.disable("wrong").refusal<Refusal.WrongPassword>()
            client.disable(Person.PASSWORD).orThrow()
            assertInstanceOf(LoginStep.SignedIn::class.java, login().orThrow())
            client.stepUp("123456").refusal<Refusal.NotEnabled>()
        }

    @Test
    fun `the same setup is shown again and a foreign one is over`() =
        with {
            login().orThrow()
            val enrollment = client.setup(password = Person.PASSWORD).orThrow()
            val again = client.setup(setup = enrollment.setup, password = Person.PASSWORD).orThrow()
            assertEquals(enrollment.secret, again.secret)
            client.confirmSetup("Zm9v", "123456").refusal<Refusal.SetupExpired>()
        }

    @Test
    fun `an expired access token is refreshed`() =
        with {
            enroll()
            val before = store.load()
            server.advance(16 * 60)
            client.status().orThrow()
            assertNotEquals(before.refresh, store.load().refresh)
            assertNotEquals(before.access, store.load().access)
        }

    @Test
    fun `eight calls at the same time share one refresh`() =
        runBlocking {
            val person = Person(server).register()
            person.enroll()
            server.advance(16 * 60)
            // The example ends the whole sign-in when a refresh token comes back a second time.
            List(8) { async { person.client.status() } }.awaitAll().forEach { it.orThrow() }
        }

    @Test
    fun `in the cookie manner no token is seen`() =
        runBlocking {
            val person = Person(server, manner = Manner.Cookies(refreshPath = "/api/auth/refresh")).register()
            person.enroll()
            person.client.forget()
            val proved = person.client.verify(person.challenge().challenge, person.freshCode()).orThrow()
            assertNull(proved.answer.text("access_token"))
            assertTrue(
                person.client
                    .status()
                    .orThrow()
                    .enabled,
            )
            server.advance(16 * 60)
            assertTrue(
                person.client
                    .status()
                    .orThrow()
                    .enabled,
            )
            person.client.forget()
            person.client.status().refusal<Refusal.NotSignedIn>()
            Unit
        }

    private companion object {
        val server = ExampleServer()

        @JvmStatic
        @AfterAll
        fun stop() = server.close()
    }
}
