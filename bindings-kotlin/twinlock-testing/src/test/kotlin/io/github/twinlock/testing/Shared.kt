package io.github.twinlock.testing

import io.github.twinlock.TwoFactorException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.longOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import java.io.File

/** What all languages are tested with. */
object Shared {
    val root = File(System.getProperty("twinlock.root", "../.."))

    /** A file of tests/, as maps, lists, texts, whole numbers and so on. */
    fun read(path: String): Map<String, Any?> = objectOf(root.resolve("tests/$path").readText())

    fun objectOf(json: String): Map<String, Any?> = plain(Json.parseToJsonElement(json)).asObject()

    fun names(folder: String): List<String> =
        root.resolve("tests/$folder").list().orEmpty().filter { it.endsWith(".json") }.sorted()

    /** How much there must be of a kind, by the name of the file. */
    fun manifest(kind: String): Map<String, Long> = read("manifest.json")[kind].asObject().mapValues { it.value as Long }

    fun cases(file: String): List<Map<String, Any?>> = (read("vectors/$file")["cases"] as List<*>).map { it.asObject() }

    private fun plain(element: JsonElement): Any? = when (element) {
        is JsonObject -> element.mapValues { plain(it.value) }
        is JsonArray -> element.map(::plain)
        is JsonNull -> null
        is JsonPrimitive -> if (element.isString) element.content else number(element)
    }

    private fun number(element: JsonPrimitive): Any = element.longOrNull ?: element.doubleOrNull ?: element.content.toBooleanStrict()
}

@Suppress("UNCHECKED_CAST")
fun Any?.asObject(): Map<String, Any?> = this as Map<String, Any?>

fun camel(name: String): String = name.replace(Regex("_([a-z])")) { it.groupValues[1].uppercase() }

/** Holds a call to a refusal with that code. */
fun refused(code: String, call: () -> Any?): TwoFactorException {
    val error = assertThrows(TwoFactorException::class.java) { call() }
    assertEquals(code, error.code, error.toString())
    return error
}
