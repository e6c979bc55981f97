import io.github.twinlock.KeyRing
import io.github.twinlock.TwoFactor
import io.github.twinlock.http.Answered
import io.github.twinlock.http.ProofMode
import io.github.twinlock.http.TwoFactorUser
import io.github.twinlock.http.Verified
import io.github.twinlock.ktor.TwinlockConfig
import io.github.twinlock.ktor.TwoFactorSession
import io.github.twinlock.ktor.TwoFactorState
import io.github.twinlock.ktor.TwoFactorStateSerializer
import io.github.twinlock.testing.VirtualClock
import io.ktor.http.Cookie
import io.ktor.server.application.ApplicationCall
import io.ktor.server.request.header
import io.ktor.server.sessions.SessionSerializer
import io.ktor.server.sessions.get
import io.ktor.server.sessions.sessions
import io.ktor.server.sessions.set
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap

/** The application's session: who is signed in, whatever it keeps besides, and Twinlock's state. */
data class HostSession(
    val user: String? = null,
    val data: Map<String, JsonElement> = emptyMap(),
    override val twoFactor: TwoFactorState = TwoFactorState(),
) : TwoFactorSession<HostSession> {
    override fun with(twoFactor: TwoFactorState) = copy(twoFactor = twoFactor)
}

/** As `@Serializable` would do it, without its compiler plugin. */
object HostSessions : SessionSerializer<HostSession> {
    override fun serialize(session: HostSession): String = buildJsonObject {
        put("user", session.user)
        put("data", JsonObject(session.data))
        put("twoFactor", Json.encodeToJsonElement(TwoFactorStateSerializer, session.twoFactor))
    }.toString()

    override fun deserialize(text: String): HostSession = Json.parseToJsonElement(text).jsonObject.let { members ->
        HostSession(
            members.getValue("user").jsonPrimitive.contentOrNull,
            members.getValue("data").jsonObject,
            Json.decodeFromJsonElement(TwoFactorStateSerializer, members.getValue("twoFactor")),
        )
    }
}

class Token(val user: String, val tfa: String?)

/** An application with its own users and its own way to remember who is signed in. */
class Host(val name: String) {
    val mode = if (name == "session" || name == "cookie") name else "bearer"
    val storage = FaultyStorage()
    val clock = VirtualClock(1_700_000_000L)
    private val signedIn = ConcurrentHashMap<String, Token>()
    private val engine = TwoFactor("Acme", storage, keys = KeyRing.generate(), clock = clock)

    /** The hook `user`. */
    fun user(call: ApplicationCall): TwoFactorUser? =
        (if (mode == "session") call.sessions.get<HostSession>()?.user else token(call)?.user)?.let(::account)

    /** Signs in, in this application's way: gives the members of the answer. */
    fun signIn(call: ApplicationCall, userId: String, told: Map<String, Any?>, tfa: String? = null): Map<String, Any?> {
        if (mode == "session") {
            call.sessions.set((call.sessions.get<HostSession>() ?: HostSession()).copy(user = userId))
            return told
        }
        val token = UUID.randomUUID().toString()
        signedIn[token] = Token(userId, tfa)
        if (mode == "bearer") return told + ("access_token" to token)
        call.response.cookies.append(Cookie("host", token, path = "/", httpOnly = true, extensions = mapOf("SameSite" to "Lax")))
        return told
    }

    fun signOut(call: ApplicationCall) {
        if (mode == "session") call.sessions.get<HostSession>()?.let { call.sessions.set(it.copy(user = null)) }
        bearer(call)?.let(signedIn::remove)
        call.response.cookies.append(Cookie("host", "", path = "/", maxAge = 0))
    }

    fun configure(config: TwinlockConfig) = with(config) {
        twoFactor = engine
        adminPath = "/2fa/admin"
        proof = ProofMode.valueOf(mode.uppercase())
        allowedOrigins = listOf("https://app.example")
        setupUrl = "/settings/two-factor"
        user(this@Host::user)
        onVerified { call, verified -> Answered.members(signIn(call, verified.userId, told(verified), verified.assurance)) }
        requiredFor { it.id.startsWith("must-") }
        if (mode == "session") session { HostSession() }
        if (name == "session") csrf { "csrf-token" }
        if (name == "claim") assurance { token(it)?.tfa }
        if (name == "strict") {
            reauthenticate { _, user, password -> password == passwordOf(user.id) }
        } else {
            mayAdminister { call -> this@Host.user(call)?.id.orEmpty().startsWith("admin-") }
        }
    }

    private fun told(verified: Verified): Map<String, Any?> = mapOf(
        "occasion" to verified.occasion.text,
        "carry" to verified.carry,
        "enrollment_required" to verified.enrollmentRequired,
    )

    /** The application's own token, from its cookie or its header. */
    private fun token(call: ApplicationCall): Token? {
        val value = if (mode == "cookie") call.request.cookies["host"] else bearer(call)
        return value?.let(signedIn::get)
    }

    private fun bearer(call: ApplicationCall): String? =
        call.request.header("Authorization")?.takeIf { it.startsWith("Bearer ") }?.removePrefix("Bearer ")
}

fun account(name: String) = TwoFactorUser(name, "$name@example.com")

fun passwordOf(name: String) = "password of $name"
