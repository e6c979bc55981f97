package io.github.twinlock.client

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** A JSON object of texts, truths and lists of texts; what is null or an empty list is left out. */
internal fun jsonOf(vararg members: Pair<String, Any?>): JsonObject =
    JsonObject(
        buildMap {
            for ((name, value) in members) {
                when (value) {
                    is String -> put(name, JsonPrimitive(value))
                    is Boolean -> put(name, JsonPrimitive(value))
                    is List<*> -> if (value.isNotEmpty()) put(name, JsonArray(value.map { JsonPrimitive(it as String) }))
                }
            }
        },
    )

/** The body as JSON; none when it is not. */
internal fun jsonIn(body: ByteArray): JsonElement? =
    try {
        if (body.isEmpty()) null else Json.parseToJsonElement(body.decodeToString(throwOnInvalidSequence = true))
    } catch (_: IllegalArgumentException) {
        null // SerializationException is one, too
    } catch (_: CharacterCodingException) {
        null
    }
