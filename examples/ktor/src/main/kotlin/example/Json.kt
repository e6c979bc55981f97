package example

import io.ktor.http.ContentType
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.request.contentType
import io.ktor.server.request.receiveChannel
import io.ktor.server.response.respondText
import io.ktor.utils.io.readRemaining
import kotlinx.io.readByteArray
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

private const val LONGEST = 10_000L

/** The members of a JSON body, all of them text. */
class Members(private val members: JsonObject) {
    /** @throws Problem `malformed_request` where it is absent or no text */
    fun text(name: String): String =
        (members[name] as? JsonPrimitive)?.takeIf { it.isString }?.content ?: throw Problem("malformed_request")

    override fun toString() = "Members"
}

/** @throws Problem for what is no JSON object of at most 10 kB */
suspend fun ApplicationCall.members(): Members {
    if (!request.contentType().match(ContentType.Application.Json)) throw Problem("not_json")
    val bytes = receiveChannel().readRemaining(LONGEST + 1).readByteArray()
    if (bytes.size > LONGEST) throw Problem("too_large")
    val value = try {
        Json.parseToJsonElement(bytes.decodeToString(throwOnInvalidSequence = true))
    } catch (_: SerializationException) {
        throw Problem("malformed_request")
    } catch (_: CharacterCodingException) {
        throw Problem("malformed_request")
    }
    return Members(value as? JsonObject ?: throw Problem("malformed_request"))
}

/** Text, and lists of it. */
suspend fun ApplicationCall.tell(vararg members: Pair<String, Any>, status: HttpStatusCode = HttpStatusCode.OK) {
    val json = JsonObject(
        members.associate { (name, value) ->
            name to if (value is List<*>) JsonArray(value.map { JsonPrimitive("$it") }) else JsonPrimitive("$value")
        },
    )
    respondText(json.toString(), ContentType.Application.Json, status)
}
