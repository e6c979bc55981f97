package io.github.twinlock.client

import kotlinx.serialization.json.JsonObject
import org.junit.jupiter.api.Assertions.assertInstanceOf
import java.util.concurrent.atomic.AtomicInteger

/** Somebody with an account at the example, and an app of their own. */
class Person(
    private val server: ExampleServer,
    val store: TokenStore = MemoryTokenStore(),
    val manner: Manner = Manner.Bearer(store, refreshPath = "/api/auth/refresh"),
) {
    val name = "person${COUNT.incrementAndGet()}"
    val client = TwoFactorClient("${server.address}/api/auth/2fa", manner)
    lateinit var phone: Phone
        private set

    suspend fun register(): Person {
        val email = "$name@example.com"
        client.call("POST", "/api/auth/register", jsonOf("username" to name, "email" to email, "password" to PASSWORD)).orThrow()
        return this
    }

    suspend fun login(password: String = PASSWORD) = client.login("/api/auth/login", credentials(password))

    fun credentials(password: String = PASSWORD): JsonObject = jsonOf("username" to name, "password" to password)

    /** Signs in and switches the second factor on; the clock goes on to a code that is not used yet. */
    suspend fun enroll(): Enrolled {
        assertInstanceOf(LoginStep.SignedIn::class.java, login().orThrow())
        val enrollment = client.setup(password = PASSWORD).orThrow()
        phone = Phone(enrollment.secret)
        return client.confirmSetup(enrollment.setup, freshCode(), name = "a phone").orThrow()
    }

    /** A code of a step that no code was taken from. */
    fun freshCode(): String {
        server.advance(Phone.PERIOD)
        return phone.code(server.now)
    }

    suspend fun challenge(): LoginStep.CodeNeeded = assertInstanceOf(LoginStep.CodeNeeded::class.java, login().orThrow())

    /** Lets the proof get old. */
    fun waitUntilStale() = server.advance(STALE)

    companion object {
        const val PASSWORD = "correct horse battery"
        const val STALE = 301L
        private val COUNT = AtomicInteger()
    }
}

/** The refusal of an outcome, of the wanted kind. */
inline fun <reified R : Refusal> Outcome<*>.refusal(): R =
    assertInstanceOf(R::class.java, assertInstanceOf(Outcome.Refused::class.java, this).refusal)
