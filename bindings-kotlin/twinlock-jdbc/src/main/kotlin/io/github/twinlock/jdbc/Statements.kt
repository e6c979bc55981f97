package io.github.twinlock.jdbc

private const val EVENT_COLUMNS = "id, user_id, type, at, success, method, actor, context, detail"

/** Events are purged so many at once, so that no sign-in waits long behind them. */
internal const val PURGED_AT_ONCE: Int = 1_000

/** All that the storage ever asks, for the tables with that prefix. Only the values are bound: the prefix has been checked. */
internal class Statements(dialect: JdbcDialect, prefix: String) {
    private val records = "${prefix}twinlock_record"
    private val eventTable = "${prefix}twinlock_event"

    /** Always one row, which also tells whether this server only follows another one. */
    val load: String = when (dialect) {
        JdbcDialect.SQLITE -> "0"

        JdbcDialect.POSTGRESQL -> "pg_is_in_recovery()"

        // A number, or in newer releases a word.
        JdbcDialect.MYSQL -> "@@GLOBAL.read_only NOT IN ('0', 'OFF')"
    }.let { follower ->
        "SELECT $follower AS follower, r.version, r.enabled, r.key_id, r.data " +
            "FROM (SELECT 1 AS one) AS here LEFT JOIN $records r ON r.user_id = ?"
    }

    val create: String = "INSERT INTO $records (version, enabled, key_id, data, user_id) VALUES (?, ?, ?, ?, ?)" +
        // Not INSERT IGNORE, which also ignores what does not fit: there a duplicate is an error that is looked at.
        if (dialect == JdbcDialect.MYSQL) "" else " ON CONFLICT (user_id) DO NOTHING"

    val replace: String =
        "UPDATE $records SET version = ?, enabled = ?, key_id = ?, data = ? WHERE user_id = ? AND version = ?"

    val note: String = "INSERT INTO $eventTable ($EVENT_COLUMNS) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

    val eraseRecord: String = "DELETE FROM $records WHERE user_id = ?"

    val eraseEvents: String = "DELETE FROM $eventTable WHERE user_id = ?"

    val events: String =
        "SELECT $EVENT_COLUMNS FROM $eventTable WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?"

    /** In one statement, so that the figures belong together. */
    val stats: String = """SELECT
  (SELECT count(*) FROM $records WHERE enabled = ${if (dialect == JdbcDialect.POSTGRESQL) "true" else "1"}),
  (SELECT count(*) FROM $eventTable WHERE type = 'enrolled' AND at >= ?),
  (SELECT count(*) FROM $eventTable WHERE type IN ('disabled', 'reset') AND at >= ?),
  (SELECT count(*) FROM $eventTable WHERE type = 'failed' AND at >= ?)"""

    /** The next key after that one. Keys are few, so going from key to key costs what is told, not what is stored. */
    val nextKey: String = "SELECT min(key_id) FROM $records WHERE key_id > ?"

    val sealedBy: String = "SELECT user_id FROM $records WHERE key_id = ? AND user_id > ? ORDER BY user_id LIMIT ?"

    val purge: String = if (dialect == JdbcDialect.MYSQL) {
        "DELETE FROM $eventTable WHERE at < ? ORDER BY at LIMIT $PURGED_AT_ONCE"
    } else {
        "DELETE FROM $eventTable WHERE id IN (SELECT id FROM $eventTable WHERE at < ? ORDER BY at LIMIT $PURGED_AT_ONCE)"
    }
}
