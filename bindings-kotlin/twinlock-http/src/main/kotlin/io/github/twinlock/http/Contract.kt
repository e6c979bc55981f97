package io.github.twinlock.http

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException

/** Serves one call; `id` is the one parameter that a path of the contract can have, else empty. */
internal typealias Handler<C> = suspend (exchange: Exchange<C>, body: Body, id: String) -> Answer

/**
 * One call of the contract.
 *
 * @property id the contract's `operationId`
 * @property path below the base path of its router
 * @property admin whether it stands on the administration's router
 * @property takesBody whether a body is read at all
 * @property problemsAs the operation under which its refusals are looked up in the core's problem table
 */
internal class Operation(
    val id: String,
    val method: String,
    val path: String,
    val admin: Boolean = false,
    val takesBody: Boolean = false,
    val problemsAs: String = "other",
) {
    private val expression = Regex(path.replace("{id}", if (admin) USER_ID else SEGMENT), RegexOption.DOT_MATCHES_ALL)

    /** The parameter of a path that is this one's, still percent-encoded. */
    fun idIn(given: String): String? = expression.matchEntire(given)?.let { it.groupValues.getOrElse(1) { "" } }

    private companion object {
        // A user id may hold slashes, and proxies write `%2F` as such; `/reset` and `/unlock` at the end are calls and no part of it.
        const val SEGMENT = "([^/]+)"
        const val USER_ID = "((?:(?!/(?:reset|unlock)$).)+)"
    }
}

/** All calls of `contract/openapi.yaml`; a test compares them. */
internal val OPERATIONS: List<Operation> = listOf(
    Operation("verify", "POST", "/verify", takesBody = true, problemsAs = "verify"),
    Operation("stepUp", "POST", "/step-up", takesBody = true, problemsAs = "step_up"),
    Operation("beginSetup", "POST", "/setup", takesBody = true),
    Operation("confirmSetup", "POST", "/setup/confirm", takesBody = true, problemsAs = "confirm"),
    Operation("disable", "POST", "/disable", takesBody = true),
    Operation("status", "GET", "/status"),
    Operation("regenerateBackupCodes", "POST", "/backup-codes", takesBody = true),
    Operation("backupCodesSaved", "POST", "/backup-codes/saved", takesBody = true),
    Operation("renameAuthenticator", "PATCH", "/authenticators/{id}", takesBody = true),
    Operation("removeAuthenticator", "DELETE", "/authenticators/{id}"),
    Operation("listDevices", "GET", "/devices"),
    Operation("revokeAllDevices", "DELETE", "/devices"),
    Operation("revokeDevice", "DELETE", "/devices/{id}"),
    Operation("listEvents", "GET", "/events"),
    Operation("adminStats", "GET", "/stats", admin = true),
    Operation("adminUser", "GET", "/users/{id}", admin = true),
    Operation("adminReset", "POST", "/users/{id}/reset", admin = true, takesBody = true),
    Operation("adminUnlock", "POST", "/users/{id}/unlock", admin = true, takesBody = true),
)

/** What a method and a path mean. */
internal sealed interface Match {
    class Call(val operation: Operation, val id: String) : Match

    /** The path is there, but only with these methods. */
    class Other(val allow: String) : Match
}

/**
 * Finds a call; `null` when no path is like this.
 *
 * @param path below the base path, as it came: still percent-encoded, without the query
 */
internal fun find(method: String, path: String, admin: Boolean): Match? {
    val there = OPERATIONS.mapNotNull { operation -> operation.takeIf { it.admin == admin }?.idIn(path)?.let { operation to it } }
    val found = there.firstOrNull { (operation) -> operation.method == method }
    if (found != null) return Match.Call(found.first, decoded(found.second))
    return if (there.isEmpty()) null else Match.Other(there.joinToString { (operation) -> operation.method })
}

/** What is percent-encoded, as text. What is no UTF-8 becomes an id that nothing has, rather than one that looks like another. */
internal fun decoded(text: String): String = unescaped(text)?.let { bytes ->
    try {
        Charsets.UTF_8.newDecoder().decode(bytes).toString()
    } catch (_: CharacterCodingException) {
        null
    }
} ?: "\u0000"

private fun unescaped(text: String): ByteBuffer? {
    val source = text.encodeToByteArray()
    val bytes = ByteBuffer.allocate(source.size)
    var at = 0
    while (at < source.size) {
        if (source[at] != '%'.code.toByte()) {
            bytes.put(source[at++])
            continue
        }
        if (at + 2 >= source.size) return null
        val high = Character.digit(source[at + 1].toInt(), 16)
        val low = Character.digit(source[at + 2].toInt(), 16)
        if (high < 0 || low < 0) return null
        bytes.put((high * 16 + low).toByte())
        at += 3
    }
    return bytes.flip()
}

/** All values of a parameter in a query, `+` read as a space. */
internal fun queryValues(query: String, name: String): List<String> = query.split('&').filter { it.isNotEmpty() }
    .filter { decoded(it.substringBefore('=').replace('+', ' ')) == name }
    .map { decoded(it.substringAfter('=', "").replace('+', ' ')) }
