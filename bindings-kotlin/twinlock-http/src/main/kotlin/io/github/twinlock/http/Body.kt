package io.github.twinlock.http

import java.util.Locale

/**
 * The members of a request's JSON object, each taken in exactly the type that the contract says; `null` counts as absent.
 *
 * Members that the contract does not know are never looked at: a `user_id` in a body means nothing.
 *
 * @property members all of them, for an application that reads the same body
 */
public class Body internal constructor(public val members: Map<String, Any?>) {
    /** Text, or `null` when it is absent; `malformed_request` for anything else. */
    public fun optionalText(name: String): String? = textAt(name, "malformed_request")

    /** Text that must be there. */
    public fun text(name: String): String = optionalText(name) ?: throw refused("malformed_request")

    /** `true` or `false`; absent is false. */
    public fun flag(name: String): Boolean = when (val value = members[name]) {
        null -> false
        is Boolean -> value
        else -> throw refused("malformed_request")
    }

    /** The code, or `null` when it is absent. A number would have lost its leading zeros, a list might equal who knows what. */
    public fun optionalCode(): String? = textAt("code", "malformed_code")

    /** The code: text that must be there. */
    public fun code(): String = optionalCode() ?: throw refused("malformed_request")

    /** The codes that followed; how many there must be is the engine's rule. */
    public fun nextCodes(): List<String> {
        val value = members["next_codes"] ?: return emptyList()
        val codes = (value as? List<*>)?.map { it as? String }
        if (codes == null || codes.any { it == null || !isWellFormed(it) }) throw refused("malformed_code")
        return codes.filterNotNull()
    }

    /** Silent: there are codes and passwords in it. */
    override fun toString(): String = "Body"

    private fun textAt(name: String, code: String): String? {
        val value = members[name] ?: return null
        if (value !is String || !isWellFormed(value)) throw refused(code)
        return value
    }

    internal companion object {
        /** Bytes that a body may have. */
        const val LIMIT = 10_000

        /** Reads the JSON object of a request; no body at all is an empty one. */
        suspend fun read(exchange: Exchange<*>): Body {
            val declared = declaredLength(exchange)
            if (declared > LIMIT) throw refused("too_large")
            val bytes = exchange.readBody(LIMIT + 1)
            if (bytes.size > LIMIT) throw refused("too_large")
            if (declared == 0L && bytes.isEmpty()) return Body(emptyMap())
            mustBeJson(exchange)
            // Somebody has read it before us: better refused than taken for an empty one.
            if (bytes.size < declared) throw refused("malformed_request")
            return Body(objectOf(bytes))
        }

        private fun objectOf(bytes: ByteArray): Map<String, Any?> {
            val value = try {
                Json.parse(bytes)
            } catch (_: NotJson) {
                throw refused("malformed_request")
            }
            val members = value as? Map<*, *> ?: throw refused("malformed_request")
            return members.entries.associate { (name, member) -> name as String to member }
        }

        private fun declaredLength(exchange: Exchange<*>): Long =
            exchange.header("Content-Length")?.takeIf { text -> text.isNotEmpty() && text.all { it in '0'..'9' } }
                ?.let { it.toLongOrNull() ?: Long.MAX_VALUE } ?: 0

        /** Parameters of the media type say nothing: JSON is UTF-8. What is packed is never unpacked. */
        private fun mustBeJson(exchange: Exchange<*>) {
            val encoding = exchange.header("Content-Encoding")?.trim()?.lowercase(Locale.ROOT) ?: "identity"
            val mediaType = exchange.header("Content-Type").orEmpty().substringBefore(';').trim().lowercase(Locale.ROOT)
            if (mediaType != "application/json" || encoding != "identity") throw refused("not_json")
        }
    }
}

/** Whether a text can be written as UTF-8; JSON lets lone surrogates through. */
internal fun isWellFormed(text: String): Boolean = Charsets.UTF_8.newEncoder().canEncode(text)
