// The server under test for Ktor: the applications that README.md describes, on `$PORT`.

import io.github.twinlock.http.LoginOptions
import io.github.twinlock.ktor.Twinlock
import io.github.twinlock.ktor.forgetTwoFactor
import io.github.twinlock.ktor.requireTwoFactor
import io.github.twinlock.ktor.twoFactorLogin
import io.github.twinlock.ktor.twoFactorUser
import io.ktor.http.ContentType
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.install
import io.ktor.server.engine.connector
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.netty.NettyApplicationEngine
import io.ktor.server.plugins.calllogging.CallLogging
import io.ktor.server.request.receiveText
import io.ktor.server.response.respondText
import io.ktor.server.routing.Route
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import io.ktor.server.sessions.SessionStorageMemory
import io.ktor.server.sessions.Sessions
import io.ktor.server.sessions.cookie
import io.ktor.server.sessions.get
import io.ktor.server.sessions.sessionId
import io.ktor.server.sessions.sessions
import io.ktor.server.sessions.set
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

private val NAMES = listOf("session", "cookie", "bearer", "strict", "claim")

fun main() {
    Lines.capture()
    val configure: NettyApplicationEngine.Configuration.() -> Unit = {
        connector {
            host = "127.0.0.1"
            port = System.getenv("PORT").toInt()
        }
        // The suite brings long tokens, and wants them refused by the contract.
        maxHeaderSize = 65_536
    }
    embeddedServer(Netty, configure = configure, module = Application::everything).start(wait = true)
}

private fun Application.everything() {
    // Colours would come with a standard output of their own, past the one that is looked at.
    install(CallLogging) { disableDefaultColors() }
    routing { for (name in NAMES) route("/$name") { application(Host(name)) } }
}

private fun Route.application(host: Host) {
    if (host.mode == "session") {
        install(Sessions) {
            cookie<HostSession>("session", SessionStorageMemory()) {
                serializer = HostSessions
                cookie.path = "/"
                cookie.extensions["SameSite"] = "Lax"
            }
        }
    }
    install(Twinlock) { host.configure(this) }
    addApplication(host)
    addTestCalls(host)
}

/** What any application has. */
private fun Route.addApplication(host: Host) {
    post("/login") {
        val body = call.body() ?: return@post call.tell(mapOf("detail" to "not an object"), HttpStatusCode.BadRequest)
        val username = body.text("username").orEmpty()
        if (body.text("password") != passwordOf(username)) {
            return@post call.tell(mapOf("detail" to "wrong password"), HttpStatusCode.Unauthorized)
        }
        val options = try {
            loginOptions(body)
        } catch (_: IllegalArgumentException) {
            return@post call.tell(mapOf("detail" to "no strings"), HttpStatusCode.BadRequest)
        }
        call.twoFactorLogin(account(username), options)
    }
    post("/logout") {
        call.forgetTwoFactor()
        host.signOut(call)
        call.tell(emptyMap())
    }
    guarded("/guarded") { build -> requireTwoFactor(build = build) }
    guarded("/guarded/fresh") { build -> requireTwoFactor(maxAge = 300, build = build) }
    guarded("/guarded/optional") { build -> requireTwoFactor(ifEnabled = true, build = build) }
}

private fun Route.guarded(path: String, guard: Route.(Route.() -> Unit) -> Unit) {
    guard { get(path) { call.tell(mapOf("id" to call.twoFactorUser.id)) } }
}

/** What only a test may have. */
private fun Route.addTestCalls(host: Host) {
    post("/test/sign-in") {
        val id = checkNotNull(call.body()?.text("id"))
        call.tell(host.signIn(call, id, emptyMap()))
    }
    get("/test/clock") { call.tell(mapOf("now" to host.clock.now().toLong())) }
    post("/test/clock") {
        host.clock.advance(checkNotNull(call.body()).getValue("advance").jsonPrimitive.long)
        call.tell(mapOf("now" to host.clock.now().toLong()))
    }
    get("/test/session") {
        val session = call.sessions.get<HostSession>() ?: HostSession()
        val kept = Json.parseToJsonElement(HostSessions.serialize(session)).jsonObject - "data" + session.data
        call.tell(mapOf("id" to call.sessionId<HostSession>(), "data" to JsonObject(kept)))
    }
    post("/test/session") {
        val session = call.sessions.get<HostSession>() ?: HostSession()
        call.sessions.set(session.copy(data = session.data + checkNotNull(call.body())))
        call.tell(emptyMap())
    }
    post("/test/storage") {
        host.storage.fault = call.body()?.text("fault")
        call.tell(emptyMap())
    }
    get("/test/logs") { call.tell(mapOf("lines" to Lines.all())) }
}

/** As they came; what is no string is refused. */
private fun loginOptions(body: JsonObject) = LoginOptions(
    code = body.text("code"),
    nextCodes = body["next_codes"]?.takeIf { it != JsonNull }?.jsonArray?.map { requireNotNull(string(it)) }.orEmpty(),
    trustDevice = body["trust_device"]?.jsonPrimitive?.boolean ?: false,
    carry = body.text("carry"),
    oneCall = body["one_call"]?.jsonPrimitive?.boolean ?: false,
)

private fun JsonObject.text(name: String): String? = this[name]?.takeIf { it != JsonNull }?.let { requireNotNull(string(it)) }

private fun string(value: JsonElement): String? = (value as? JsonPrimitive)?.takeIf { it.isString }?.content

private suspend fun ApplicationCall.body(): JsonObject? =
    runCatching { Json.parseToJsonElement(receiveText()) as? JsonObject }.getOrNull()

private suspend fun ApplicationCall.tell(members: Map<String, Any?>, status: HttpStatusCode = HttpStatusCode.OK) {
    respondText(json(members).toString(), ContentType.Application.Json, status)
}

private fun json(value: Any?): JsonElement = when (value) {
    null -> JsonNull
    is JsonElement -> value
    is Map<*, *> -> JsonObject(value.entries.associate { (name, member) -> name as String to json(member) })
    is List<*> -> kotlinx.serialization.json.JsonArray(value.map(::json))
    is Number -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    else -> JsonPrimitive(value.toString())
}
