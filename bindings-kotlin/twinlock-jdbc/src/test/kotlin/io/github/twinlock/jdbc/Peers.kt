package io.github.twinlock.jdbc

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.File

/** Twinlock in another language on the same tables, as a process that answers line by line. */
internal class Peer(vararg command: String) : AutoCloseable {
    private val process = ProcessBuilder(*command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .apply { environment()["TWINLOCK_KEYS"] = KEYS }
        .start()
    private val answers = process.inputStream.bufferedReader()
    private val orders = process.outputStream.bufferedWriter()

    /** `ok` holds text here: the method of a success, a challenge, or the code of a refusal. */
    fun ask(call: String, now: Double, vararg values: Pair<String, String>): String {
        val more = values.joinToString("") { (name, value) -> ", \"$name\": \"$value\"" }
        orders.write("{\"call\": \"$call\", \"now\": $now$more}\n")
        orders.flush()
        val line = checkNotNull(answers.readLine()) { "the other side has ended" }
        return checkNotNull(Regex("\"(?:ok|refused)\": ?\"([^\"]*)\"").find(line)) { line }.groupValues[1]
    }

    override fun close() {
        orders.close()
        process.waitFor()
    }

    companion object {
        /** Python by SQLAlchemy, Node by its own driver. */
        fun all(place: Place): Map<String, Peer> {
            val server = checkNotNull(place.opened.server)
            val (driver, kind) = if (place == Place.POSTGRES) "postgresql+psycopg" to "pg" else "mysql+pymysql" to "mysql2"
            val url = "$driver://${server.url.substringAfter("://")}"
            return mapOf(
                "Python" to Peer("$ROOT/.venv/bin/python", "$ROOT/tests/storage/both/peer.py", "sqlalchemy", url),
                "Node" to Peer("node", "$ROOT/tests/storage/kotlin/peer.mjs", kind, server.url),
            )
        }
    }
}

/** What one language burned the others refuse. */
internal fun sharesWithOthers(place: Place) {
    val peers = Peer.all(place)
    try {
        pool(place.opened, 4).use { source ->
            JdbcStorage(source).use { storage -> peers.forEach { (name, peer) -> shares(name, peer, storage) } }
        }
    } finally {
        peers.values.forEach(Peer::close)
    }
}

private fun shares(name: String, peer: Peer, storage: JdbcStorage) {
    val ada = Person(storage, "ada-ä-🔑")
    val verify = { challenge: String, code: String ->
        outcome {
            ada.twoFactor
                .verify(challenge, code)
                .method.text
        }
    }
    val theirs = { challenge: String, code: String -> peer.ask("verify", ada.clock.now(), "challenge" to challenge, "code" to code) }

    val (first, second) = ada.challenge() to ada.challenge()
    assertEquals("totp", theirs(first, ada.phone.code()), name)
    assertEquals("invalid_code", verify(second, ada.phone.code()), name)
    assertEquals("challenge_expired", verify(first, ada.phone.code()), name)

    ada.clock.advance(30)
    assertEquals("totp", verify(peer.ask("challenge", ada.clock.now(), "user" to ada.userId), ada.phone.code()), name)
    assertEquals("invalid_code", theirs(ada.challenge(), ada.phone.code()), name)

    assertEquals("backup_code", theirs(ada.challenge(), ada.backupCodes[0]), name)
    assertEquals("invalid_code", verify(ada.challenge(), ada.backupCodes[0]), name)
    assertEquals("backup_code", verify(ada.challenge(), ada.backupCodes[1]), name)
    assertEquals("invalid_code", theirs(ada.challenge(), ada.backupCodes[1]), name)
    assertTrue(
        ada.twoFactor
            .events(ada.userId, null, 200)
            .events
            .count { it.type == "verified" } >= 4,
    )
}
