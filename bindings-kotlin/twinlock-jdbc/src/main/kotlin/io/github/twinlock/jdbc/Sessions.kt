package io.github.twinlock.jdbc

import java.sql.Connection
import java.sql.PreparedStatement
import java.sql.SQLException

/** "TWLK", the application id of SqliteStorage's file. */
private const val TWINLOCKS_OWN_FILE = 1_415_007_307L

/** How a connection of the host's pool is used and left as it came. */
internal class Sessions(private val dialect: JdbcDialect, timeoutMillis: Long) {
    /** How long the server itself works: less than anybody waits, so that what was refused is rarely done. */
    private val serverMillis = (timeoutMillis * 3 / 4).coerceAtLeast(1)
    private val serverSeconds = ((serverMillis + 999) / 1000).toInt()

    /** Asks one thing, in a commit of its own. */
    fun <T> read(connection: Connection, work: (Connection) -> T): T {
        if (dialect == JdbcDialect.SQLITE) return onSqlite(connection) { work(connection) }
        // Each statement by itself sees every commit, at any level of isolation.
        return if (connection.autoCommit) work(connection) else inTransaction(connection) { true to work(connection) }
    }

    /** Does all of `work` in one commit, or nothing of it: `false` rolls back. */
    fun write(connection: Connection, work: (Connection) -> Boolean): Boolean {
        val transaction = { inTransaction(connection) { work(connection).let { it to it } } }
        return if (dialect == JdbcDialect.SQLITE) onSqlite(connection, transaction) else transaction()
    }

    /** A statement with the time that the server has for it. PostgreSQL knows it from the transaction. */
    fun prepare(connection: Connection, sql: String): PreparedStatement = connection.prepareStatement(sql).apply {
        if (dialect != JdbcDialect.SQLITE) queryTimeout = serverSeconds
    }

    private fun <T> inTransaction(connection: Connection, work: () -> Pair<Boolean, T>): T {
        val committed = connection.autoCommit
        if (committed) connection.autoCommit = false
        begin(connection)
        val answer = try {
            val (commit, answer) = work()
            if (commit) connection.commit() else connection.rollback()
            answer
        } catch (error: Throwable) {
            undo(connection, committed)
            throw error
        }
        if (committed) connection.autoCommit = true
        return answer
    }

    /** READ COMMITTED and the times hold for this transaction alone, so there is nothing to put back. */
    private fun begin(connection: Connection) {
        val told = when (dialect) {
            JdbcDialect.POSTGRESQL -> {
                // The level cannot change in the middle of a transaction, so one of the two is refused there.
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; " +
                    "SET LOCAL statement_timeout = $serverMillis; " +
                    "SET LOCAL lock_timeout = $serverMillis; SET LOCAL idle_in_transaction_session_timeout = $serverMillis; " +
                    // A commit that is acknowledged before it is on the disk could bring a used code back.
                    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
            }

            JdbcDialect.MYSQL -> {
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"
            }

            JdbcDialect.SQLITE -> {
                return
            }
        }
        try {
            connection.createStatement().use { it.execute(told) }
        } catch (error: SQLException) {
            // Neither committed nor rolled back: it is somebody else's.
            if (dialect.isInTransaction(error)) throw inTheMiddle(error)
            undo(connection, true)
            throw error
        }
    }

    private fun undo(connection: Connection, committed: Boolean) {
        try {
            connection.rollback()
            if (committed) connection.autoCommit = true
        } catch (_: SQLException) {
            // Whatever failed, it may be in the middle of something.
            connection.cut()
        }
    }

    private fun inTheMiddle(error: SQLException) = misconfigured(
        "this DataSource hands out a connection in the middle of a transaction: a rollback of the application's would undo a " +
            "lockout. Give JdbcStorage the pool itself",
        error,
    )

    /** SQLite keeps these by connection, so they are put back. */
    private fun <T> onSqlite(connection: Connection, work: () -> T): T {
        if (!connection.autoCommit) throw misconfigured("give JdbcStorage SQLite connections with autocommit on")
        if (connection.pragma("application_id") == TWINLOCKS_OWN_FILE) {
            throw misconfigured(
                "this file belongs to SqliteStorage, whose library of SQLite and the driver's would corrupt it together: " +
                    "use SqliteStorage for it, or name the application's own file",
            )
        }
        val busy = connection.pragma("busy_timeout")
        val synchronous = connection.pragma("synchronous")
        connection.set("busy_timeout", serverMillis)
        connection.set("synchronous", FULL.coerceAtLeast(synchronous))
        try {
            return work()
        } finally {
            try {
                connection.set("synchronous", synchronous)
                connection.set("busy_timeout", busy)
            } catch (_: SQLException) {
                connection.cut()
            }
        }
    }
}

/** A save is on the disk before it is told. */
private const val FULL = 2L

private fun Connection.pragma(name: String): Long = createStatement().use { statement ->
    statement.executeQuery("PRAGMA $name").use { row -> if (row.next()) row.getLong(1) else 0 }
}

/** `busy_timeout` answers what was set, `synchronous` nothing. */
private fun Connection.set(name: String, value: Long) {
    createStatement().use { it.execute("PRAGMA $name = $value") }
}
