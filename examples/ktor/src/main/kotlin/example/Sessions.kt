package example

import io.github.twinlock.ktor.TwoFactorSession
import io.github.twinlock.ktor.TwoFactorState
import io.github.twinlock.ktor.TwoFactorStateSerializer
import io.ktor.http.Cookie
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.createApplicationPlugin
import io.ktor.server.application.install
import io.ktor.server.plugins.origin
import io.ktor.server.request.header
import io.ktor.server.request.host
import io.ktor.server.request.httpMethod
import io.ktor.server.request.port
import io.ktor.server.sessions.SessionSerializer
import io.ktor.server.sessions.SessionStorageMemory
import io.ktor.server.sessions.Sessions
import io.ktor.server.sessions.clear
import io.ktor.server.sessions.cookie
import io.ktor.server.sessions.get
import io.ktor.server.sessions.sessions
import io.ktor.server.sessions.set
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import java.security.MessageDigest
import java.security.SecureRandom
import java.util.Base64

/** However busy a session is, after eight hours it wants the password again. */
private const val LONGEST = 8 * 3_600.0

private val SAFE = setOf(HttpMethod.Get, HttpMethod.Head, HttpMethod.Options)
private val CHANCE = SecureRandom()

/** The session, kept on the server. Ktor finds it by a cookie; Twinlock gives it a new id at each success. */
data class UserSession(
    val userId: String? = null,
    val generation: Int = 0,
    val signedInAt: Double = 0.0,
    val csrf: String = "",
    val amr: List<String> = emptyList(),
    override val twoFactor: TwoFactorState = TwoFactorState(),
) : TwoFactorSession<UserSession> {
    override fun with(twoFactor: TwoFactorState) = copy(twoFactor = twoFactor)

    override fun toString() = "UserSession"
}

/** As `@Serializable` does it for projects that have its compiler plugin. */
private object UserSessions : SessionSerializer<UserSession> {
    override fun serialize(session: UserSession): String = buildJsonObject {
        put("userId", session.userId)
        put("generation", session.generation)
        put("signedInAt", session.signedInAt)
        put("csrf", session.csrf)
        put("amr", JsonArray(session.amr.map(::JsonPrimitive)))
        put("twoFactor", Json.encodeToJsonElement(TwoFactorStateSerializer, session.twoFactor))
    }.toString()

    override fun deserialize(text: String): UserSession = Json.parseToJsonElement(text).jsonObject.let { members ->
        UserSession(
            userId = members.getValue("userId").jsonPrimitive.contentOrNull,
            generation = members.getValue("generation").jsonPrimitive.int,
            signedInAt = members.getValue("signedInAt").jsonPrimitive.double,
            csrf = members.getValue("csrf").jsonPrimitive.content,
            amr = members.getValue("amr").jsonArray.map { it.jsonPrimitive.content },
            twoFactor = Json.decodeFromJsonElement(TwoFactorStateSerializer, members.getValue("twoFactor")),
        )
    }
}

/** Who is signed in. */
class SignedIn(private val accounts: Accounts, private val settings: Settings, private val now: () -> Double) {
    val csrfCookie = name("csrf")

    fun install(application: Application) {
        application.install(Sessions) {
            cookie<UserSession>(name("session"), SessionStorageMemory()) {
                serializer = UserSessions
                cookie.path = "/"
                cookie.secure = settings.https
                cookie.httpOnly = true
                cookie.extensions["SameSite"] = "Lax"
            }
        }
        application.install(NoForgery)
    }

    fun session(call: ApplicationCall): UserSession? = call.sessions.get<UserSession>()

    /** The user of the session, unless the account is closed or its sessions were ended. */
    suspend fun user(call: ApplicationCall): User? {
        val session = session(call) ?: return null
        if (now() - session.signedInAt > LONGEST) return null
        return session.userId?.let { accounts.byId(it) }?.takeIf { it.generation == session.generation }
    }

    suspend fun mustBeUser(call: ApplicationCall): User = user(call) ?: throw Problem("not_signed_in")

    /** Signs in. What the visitor had in the session before stays. */
    fun begin(call: ApplicationCall, user: User, amr: List<String>) {
        val csrf = Base64.getUrlEncoder().withoutPadding().encodeToString(ByteArray(18).also(CHANCE::nextBytes))
        val before = session(call) ?: UserSession()
        call.sessions.set(before.copy(userId = user.id, generation = user.generation, signedInAt = now(), csrf = csrf, amr = amr))
        setCsrf(call, csrf)
    }

    /** Goes on with the session there is. */
    fun update(call: ApplicationCall, change: (UserSession) -> UserSession) {
        call.sessions.set(change(session(call) ?: throw Problem("not_signed_in")))
    }

    fun end(call: ApplicationCall) {
        call.sessions.clear<UserSession>()
        setCsrf(call, "", maxAge = 0)
    }

    private fun setCsrf(call: ApplicationCall, value: String, maxAge: Int? = null) {
        val lax = mapOf("SameSite" to "Lax")
        call.response.cookies.append(Cookie(csrfCookie, value, maxAge = maxAge, path = "/", secure = settings.https, extensions = lax))
    }

    private fun name(name: String) = if (settings.https) "__Host-$name" else name

    /** What comes from another site is refused by what browsers say of it; whoever is signed in also sends the session's token. */
    private val NoForgery = createApplicationPlugin("NoForgery") {
        onCall { call ->
            if (call.request.httpMethod in SAFE) return@onCall
            if (!isFromHere(call)) throw Problem("origin_refused")
            val session = session(call)
            if (session?.userId == null) return@onCall
            val given = call.request.header("X-CSRF-Token").orEmpty()
            if (!MessageDigest.isEqual(given.toByteArray(), session.csrf.toByteArray())) throw Problem("csrf_refused")
        }
    }
}

/** Clients that are not browsers say nothing of an origin and pass. */
private fun isFromHere(call: ApplicationCall): Boolean {
    val site = call.request.header("Sec-Fetch-Site")
    if (site != null) return site == "same-origin" || site == "none"
    val origin = call.request.header(HttpHeaders.Origin) ?: return true
    val scheme = call.request.origin.scheme
    val usual = call.request.port() == if (scheme == "https") 443 else 80
    return origin == "$scheme://${call.request.host()}" + if (usual) "" else ":${call.request.port()}"
}
