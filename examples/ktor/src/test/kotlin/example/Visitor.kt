package example

import io.github.twinlock.KeyRing
import io.github.twinlock.testing.FakePhone
import io.github.twinlock.testing.VirtualClock
import io.ktor.client.HttpClient
import io.ktor.client.plugins.cookies.AcceptAllCookiesStorage
import io.ktor.client.plugins.cookies.HttpCookies
import io.ktor.client.request.header
import io.ktor.client.request.request
import io.ktor.client.request.setBody
import io.ktor.client.statement.HttpResponse
import io.ktor.client.statement.bodyAsText
import io.ktor.http.ContentType
import io.ktor.http.HttpMethod
import io.ktor.http.Url
import io.ktor.http.contentType
import io.ktor.server.testing.ApplicationTestBuilder
import io.ktor.server.testing.testApplication
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import java.nio.file.Files
import kotlin.test.assertEquals

const val PASSWORD = "a walk in the park"

/** The application on a clock that stands still, with files of its own. */
fun withExample(triesPerMinute: Int = 30, test: suspend ApplicationTestBuilder.(VirtualClock) -> Unit) {
    val data = Files.createTempDirectory("twinlock-example-")
    val clock = VirtualClock()
    try {
        testApplication {
            application { example(Settings(data, KeyRing.generate(), triesPerMinute = triesPerMinute), clock) }
            test(clock)
        }
    } finally {
        data.toFile().deleteRecursively()
    }
}

/** A browser with cookies of its own. */
class Visitor(private val application: ApplicationTestBuilder) {
    private val jar = AcceptAllCookiesStorage()
    private val http: HttpClient = application.createClient { install(HttpCookies) { storage = jar } }

    fun another() = Visitor(application)

    /** A call; whoever is signed in sends the token that only the application's own pages can read. */
    suspend fun call(method: String, path: String, vararg body: Pair<String, String>, headers: Map<String, String> = emptyMap()): HttpResponse {
        val token = cookie("csrf")
        return http.request(path) {
            this.method = HttpMethod.parse(method)
            if (token != null && "X-CSRF-Token" !in headers) header("X-CSRF-Token", token)
            headers.forEach { (name, value) -> header(name, value) }
            contentType(ContentType.Application.Json)
            if (method != "GET") setBody(JsonObject(body.associate { (name, value) -> name to JsonPrimitive(value) }).toString())
        }
    }

    suspend fun get(path: String) = call("GET", path)

    suspend fun post(path: String, vararg body: Pair<String, String>) = call("POST", path, *body)

    suspend fun cookie(name: String): String? = jar.get(Url("http://localhost/")).firstOrNull { it.name == name }?.value

    suspend fun register(name: String) {
        val made = post("/api/auth/register", "username" to name, "email" to "$name@example.com", "password" to PASSWORD)
        assertEquals(201, made.status.value, made.bodyAsText())
    }

    suspend fun login(name: String): HttpResponse = post("/api/auth/login", "username" to name, "password" to PASSWORD)

    /** Switches the second factor on; gives the phone, its next code unused, and the backup codes. */
    suspend fun enroll(clock: VirtualClock): Pair<FakePhone, List<String>> {
        val setup = post("$BASE/setup", "password" to PASSWORD).json(201)
        val phone = FakePhone(setup.text("otpauth_uri"), clock)
        val enrolled = post("$BASE/setup/confirm", "setup" to setup.text("setup"), "code" to phone.code()).json()
        clock.advance(30)
        return phone to enrolled.getValue("backup_codes").jsonArray.map { it.jsonPrimitive.content }
    }
}

suspend fun HttpResponse.json(expected: Int = 200): JsonObject {
    assertEquals(expected, status.value, bodyAsText())
    return Json.parseToJsonElement(bodyAsText()) as JsonObject
}

suspend fun HttpResponse.refused(expected: Int, code: String) = assertEquals(code, json(expected).text("code"))

fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content
