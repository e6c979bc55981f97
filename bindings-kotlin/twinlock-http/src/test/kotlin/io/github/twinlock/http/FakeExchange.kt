package io.github.twinlock.http

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.testing.FakePhone
import io.github.twinlock.testing.VirtualClock
import io.github.twinlock.testing.enroll
import kotlinx.coroutines.runBlocking

/** The framework's call of these tests: who is signed in, by the application's own means. */
class FakeCall(val userId: String? = null)

/** A session that remembers what was done to it. */
class FakeSession : Session {
    val data = HashMap<String, String>()
    val done = ArrayList<String>()

    override suspend fun get(name: String): String? = data[name]

    override suspend fun set(name: String, value: String?) {
        done += "set"
        if (value == null) data.remove(name) else data[name] = value
    }

    override suspend fun rotate() {
        done += "rotate"
    }

    override suspend fun commit() {
        done += "commit"
    }
}

class FakeExchange(
    override val method: String = "POST",
    private val headers: Map<String, String> = emptyMap(),
    private val body: ByteArray = ByteArray(0),
    userId: String? = null,
    override val session: Session? = null,
    override val scheme: String = "https",
    override val host: String = "app.example",
    override val query: String = "",
) : Exchange<FakeCall>(FakeCall(userId)) {
    var bytesRead = -1
    override val address: String? = "203.0.113.7"

    override fun header(name: String): String? = headers.entries.firstOrNull { it.key.equals(name, ignoreCase = true) }?.value

    override suspend fun readBody(limit: Int): ByteArray {
        bytesRead = minOf(limit, body.size)
        return body.copyOf(bytesRead)
    }
}

/** An application of these tests. */
class FakeApplication(change: (RouteSettings<FakeCall>) -> RouteSettings<FakeCall> = { it }) {
    val clock = VirtualClock()
    val twoFactor: BlockingTwoFactor =
        BlockingTwoFactor("Acme", MemoryStorage(), KeyRing.generate(), clock = clock)
    val verified = ArrayList<Verified>()
    private val usual = RouteSettings<FakeCall>(
        user = { call -> call.userId?.let { TwoFactorUser(it) } },
        onVerified = { _, done ->
            verified += done
            Answered.members(mapOf("session" to "yours", "method" to "mine"))
        },
        proof = ProofMode.BEARER,
    )
    val routes = TwoFactorRoutes(twoFactor, change(usual))

    /** A phone whose present code is unused. */
    fun phoneOf(userId: String): FakePhone = enroll(twoFactor, userId, clock).phone.also { clock.advance(30) }

    fun serve(exchange: FakeExchange, path: String, admin: Boolean = false): Answer? =
        runBlocking { routes.serve(exchange, path, admin) }

    fun post(path: String, body: Map<String, Any?>, userId: String? = null, session: Session? = null): Answer =
        checkNotNull(serve(FakeExchange("POST", JSON, Json.write(body).encodeToByteArray(), userId, session), path))
}

val JSON = mapOf("Content-Type" to "application/json")

fun Answer.members(): Map<String, Any?> = Json.members(checkNotNull(body).decodeToString())

/** Status and code of a refusal. */
fun Answer.told(): Pair<Int?, Any?> = status to members()["code"]

fun <C> RouteSettings<C>.with(
    onVerified: suspend (C, Verified) -> Answered = this.onVerified,
    proof: ProofMode = this.proof,
    mayAdminister: suspend (C) -> Boolean = this.mayAdminister,
    reauthenticate: (suspend (C, TwoFactorUser, String) -> Boolean)? = this.reauthenticate,
    allowedOrigins: Collection<String> = this.allowedOrigins,
    setupUrl: String? = this.setupUrl,
    cookieMaxAge: Long? = this.cookieMaxAge,
    onFault: (Throwable, C) -> Unit = this.onFault,
    carriedAssurance: suspend (C) -> String? = this.carriedAssurance,
): RouteSettings<C> = RouteSettings(
    user, onVerified, proof, requiredFor, reauthenticate, mayAdminister, assurance, device, csrf, allowedOrigins, setupUrl,
    cookieMaxAge, onFault, carriedAssurance,
)
