package io.github.twinlock.jdbc

import io.github.twinlock.StorageErrorException
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.sql.PreparedStatement
import java.sql.ResultSet

/**
 * Values in and out. MySQL's columns of names and ids are binary, so that no collation folds them: there, text is UTF-8 bytes.
 */
internal class Rows(private val dialect: JdbcDialect) {
    private val binary = dialect == JdbcDialect.MYSQL

    /** Binds a name or an id. */
    fun name(statement: PreparedStatement, index: Int, text: String?) {
        if (binary) statement.setBytes(index, text?.encodeToByteArray(throwOnInvalidSequence = true)) else statement.setString(index, text)
    }

    /** Binds version, enabled, key id, data and user id. */
    fun record(statement: PreparedStatement, userId: String, record: StoredRecord) {
        statement.setLong(1, record.version)
        flag(statement, 2, record.enabled)
        name(statement, 3, record.keyId)
        statement.setBytes(4, record.data)
        name(statement, 5, userId)
    }

    /** Binds the columns of an event. */
    fun event(statement: PreparedStatement, event: TwoFactorEvent) {
        statement.setBytes(1, event.id)
        name(statement, 2, event.userId)
        name(statement, 3, event.type)
        statement.setLong(4, event.at)
        flag(statement, 5, event.success)
        name(statement, 6, event.method)
        statement.setString(7, event.actor)
        statement.setString(8, event.context)
        statement.setString(9, event.detail)
    }

    /** The record of a row, `null` where the user has none. */
    fun record(row: ResultSet): StoredRecord? {
        val version = row.getLong("version")
        if (row.wasNull()) return null
        val enabled = flag(row, "enabled")
        return StoredRecord(version, enabled, name(row, "key_id"), row.getBytes("data") ?: throw unreadable("data"))
    }

    /** The event of a row. */
    fun event(row: ResultSet): TwoFactorEvent {
        val at = row.getLong("at")
        if (row.wasNull()) throw unreadable("at")
        return TwoFactorEvent(
            id = row.getBytes("id") ?: throw unreadable("id"),
            userId = name(row, "user_id"),
            type = name(row, "type"),
            at = at,
            success = flag(row, "success"),
            method = nameOrNull(row, "method"),
            actor = row.getString("actor"),
            context = row.getString("context"),
            detail = row.getString("detail") ?: throw unreadable("detail"),
        )
    }

    fun name(row: ResultSet, column: String): String = nameOrNull(row, column) ?: throw unreadable(column)

    fun nameOrNull(row: ResultSet, column: String): String? =
        if (binary) row.getBytes(column)?.let { text(it, column) } else row.getString(column)

    private fun flag(statement: PreparedStatement, index: Int, value: Boolean) {
        if (dialect == JdbcDialect.POSTGRESQL) statement.setBoolean(index, value) else statement.setInt(index, if (value) 1 else 0)
    }

    private fun flag(row: ResultSet, column: String): Boolean {
        val value = if (dialect == JdbcDialect.POSTGRESQL) {
            row.getBoolean(column)
        } else {
            row.getInt(column).let {
                if (it != 0 && it != 1) throw unreadable(column)
                it == 1
            }
        }
        if (row.wasNull()) throw unreadable(column)
        return value
    }

    private fun text(bytes: ByteArray, column: String): String = try {
        Charsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes))
            .toString()
    } catch (_: CharacterCodingException) {
        throw unreadable(column)
    }
}

private const val NAME_BYTES = 64
private const val TEXT_CHARACTERS = 256
private const val DETAIL_BYTES = 65_535
private const val RECORD_BYTES = 16_777_215

/** What does not fit is refused here: a lax server would cut it, and a cut user id is somebody else's. */
internal fun checkFits(userId: String, record: StoredRecord, events: List<TwoFactorEvent>) {
    checkUser(userId)
    fits("key_id", record.keyId.encodeToByteArray().size, NAME_BYTES)
    fits("data", record.data.size, RECORD_BYTES)
    for (event in events) {
        checkUser(event.userId)
        fits("id", event.id.size, EVENT_ID_BYTES)
        fits("type", event.type.encodeToByteArray().size, NAME_BYTES)
        fits(
            "method",
            event.method
                .orEmpty()
                .encodeToByteArray()
                .size,
            NAME_BYTES,
        )
        for (text in listOf(event.actor, event.context)) text?.let { fits("context", it.codePointCount(0, it.length), TEXT_CHARACTERS) }
        fits("detail", event.detail.encodeToByteArray().size, DETAIL_BYTES)
    }
}

/** A user id that the schema can hold. */
internal fun checkUser(userId: String) {
    if (userId.isEmpty()) throw StorageErrorException("a user id must not be empty")
    fits("user_id", userId.encodeToByteArray().size, USER_BYTES)
}

private const val USER_BYTES = 255

/** The length of an event's id, a UUID. */
internal const val EVENT_ID_BYTES: Int = 16

private fun fits(column: String, size: Int, most: Int) {
    if (size > most) throw StorageErrorException("what is to be stored in $column is too long")
}
