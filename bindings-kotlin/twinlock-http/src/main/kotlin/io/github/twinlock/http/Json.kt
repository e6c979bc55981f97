package io.github.twinlock.http

import tools.jackson.core.JacksonException
import tools.jackson.core.JsonGenerator
import tools.jackson.core.JsonParser
import tools.jackson.core.JsonToken
import tools.jackson.core.ObjectReadContext
import tools.jackson.core.ObjectWriteContext
import tools.jackson.core.StreamReadFeature
import tools.jackson.core.json.JsonFactory
import java.io.StringWriter
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.StandardCharsets

/** What is no JSON. */
internal class NotJson(cause: Throwable? = null) : Exception("the text is no JSON", cause)

/** JSON as RFC 8259 wants it for interchange: UTF-8, and no member twice. Objects are maps, arrays lists. */
internal object Json {
    // Two members of one name are read differently by two parsers.
    private val factory = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build()

    /** @throws NotJson for anything else than one JSON value */
    fun parse(bytes: ByteArray): Any? = try {
        parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString())
    } catch (error: CharacterCodingException) {
        throw NotJson(error)
    }

    /** @throws NotJson for anything else than one JSON value */
    fun parse(text: String): Any? = try {
        factory.createParser(ObjectReadContext.empty(), text).use { parser ->
            parser.nextToken() ?: throw NotJson()
            val value = valueAt(parser)
            if (parser.nextToken() != null) throw NotJson()
            value
        }
    } catch (error: JacksonException) {
        throw NotJson(error)
    }

    /** The object that the engine wrote. */
    fun members(text: String): Map<String, Any?> {
        val value = parse(text) as? Map<*, *> ?: throw NotJson()
        return value.entries.associate { (name, member) -> name as String to member }
    }

    /** @throws IllegalArgumentException for what JSON does not have */
    fun write(value: Any?): String {
        val text = StringWriter()
        factory.createGenerator(ObjectWriteContext.empty(), text).use { it.put(value) }
        return text.toString()
    }

    private fun valueAt(parser: JsonParser): Any? = when (parser.currentToken()) {
        JsonToken.START_OBJECT -> objectAt(parser)
        JsonToken.START_ARRAY -> arrayAt(parser)
        JsonToken.VALUE_STRING -> parser.string
        JsonToken.VALUE_NUMBER_INT -> parser.numberValue
        JsonToken.VALUE_NUMBER_FLOAT -> parser.decimalValue
        JsonToken.VALUE_TRUE -> true
        JsonToken.VALUE_FALSE -> false
        JsonToken.VALUE_NULL -> null
        else -> throw NotJson()
    }

    private fun objectAt(parser: JsonParser): Map<String, Any?> {
        val members = LinkedHashMap<String, Any?>()
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            val name = parser.currentName()
            parser.nextToken()
            members[name] = valueAt(parser)
        }
        return members
    }

    private fun arrayAt(parser: JsonParser): List<Any?> = buildList {
        while (parser.nextToken() != JsonToken.END_ARRAY) add(valueAt(parser))
    }

    private fun JsonGenerator.put(value: Any?) {
        when (value) {
            null -> writeNull()
            is String -> writeString(value)
            is Boolean -> writeBoolean(value)
            is Int -> writeNumber(value)
            is Long -> writeNumber(value)
            is Number -> writeNumber(finite(value))
            is Map<*, *> -> putObject(value)
            is Iterable<*> -> putArray(value)
            is Array<*> -> putArray(value.asList())
            else -> throw IllegalArgumentException("JSON has text, numbers, booleans, null, lists and maps of these")
        }
    }

    private fun finite(number: Number): String = number.toString().also {
        require((number !is Double && number !is Float) || number.toDouble().isFinite()) { "JSON has finite numbers only" }
    }

    private fun JsonGenerator.putObject(members: Map<*, *>) {
        writeStartObject()
        for ((name, member) in members) {
            writeName(requireNotNull(name as? String) { "members of a JSON object have names" })
            put(member)
        }
        writeEndObject()
    }

    private fun JsonGenerator.putArray(elements: Iterable<*>) {
        writeStartArray()
        for (element in elements) put(element)
        writeEndArray()
    }
}
