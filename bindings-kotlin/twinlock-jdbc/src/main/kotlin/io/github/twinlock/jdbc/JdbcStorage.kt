package io.github.twinlock.jdbc

import io.github.twinlock.BlockingReports
import io.github.twinlock.BlockingStorage
import io.github.twinlock.Stats
import io.github.twinlock.StorageErrorException
import io.github.twinlock.StorageTimeoutException
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import java.sql.Connection
import java.sql.PreparedStatement
import java.sql.ResultSet
import java.sql.SQLException
import java.time.Duration
import java.util.Arrays
import java.util.concurrent.TimeoutException
import javax.sql.DataSource

/**
 * Records and events in the application's own database: PostgreSQL, MariaDB, MySQL, SQLite.
 *
 * ```kotlin
 * val storage = JdbcStorage(dataSource)
 * val twoFactor = TwoFactor("Acme", storage)
 * ```
 *
 * The tables are those of [JdbcDialect.schema]; [createTables] makes them where there is no migration.
 *
 * **Connections.** Each call takes one from the [DataSource], on a thread of the storage's own, begins and commits a transaction of
 * its own at READ COMMITTED, and gives the connection back as it came. So it is never part of the caller's transaction, whose
 * rollback would undo a lockout, and one that comes in the middle of a transaction is refused. It must reach the primary: a
 * standby or read-only server is refused.
 *
 * **Waiting.** Each call is over within `timeout`, waiting for a connection included: a pool whose last connection the caller holds
 * gives [StorageTimeoutException], and so does a server that is frozen. The connection is cut then; whether a write happened is
 * unknown, and nobody was let in. The server is told to give up a little earlier on its own. A DataSource apart, with a few
 * connections, keeps a busy application from standing in the way of its own sign-ins.
 *
 * **SQLite.** The tables may live in the application's own file, if the application uses the same driver on it: two libraries of
 * SQLite in one process on one file corrupt it. `SqliteStorage` brings a library of its own and therefore wants a file of its own,
 * which is refused here. SQLite has one writer at a time: end the application's write transaction before calling Twinlock.
 *
 * Safe for use by many threads. [close] ends the threads, not the DataSource.
 *
 * @param dataSource where the database is; best a pool
 * @param dialect what it speaks; `null` asks the driver at the first call
 * @param tablePrefix stands before the names of both tables: empty, or 1 to 32 of `a`–`z`, `0`–`9` and `_`, no digit first
 * @param timeout how long one call may take: 100 ms to 60 s, below the engine's `storageTimeout`
 * @param connections how many connections it takes at most at once: 1 to 64
 * @throws io.github.twinlock.ConfigurationException for a setting out of its range
 */
public class JdbcStorage
    @JvmOverloads
    constructor(
        dataSource: DataSource,
        dialect: JdbcDialect? = null,
        tablePrefix: String = "",
        timeout: Duration = Duration.ofSeconds(4),
        connections: Int = 4,
    ) : BlockingStorage, BlockingReports, AutoCloseable {
        private val prefix = checkedPrefix(tablePrefix)
        private val timeoutMillis = checkedTimeout(timeout)
        private val calls = Calls(dataSource, checkedConnections(connections), timeoutMillis)

        @Volatile
        private var language: Language? = dialect?.let(::language)

        /**
         * The record of that user, `null` where there never was one. One statement.
         *
         * @throws StorageTimeoutException when it takes too long
         * @throws StorageErrorException with the driver's own error as its cause
         */
        override fun load(userId: String): StoredRecord? = ask { connection ->
            checkUser(userId)
            prepared(connection, sql.load) {
                rows.name(it, 1, userId)
                it.executeQuery().use { row ->
                    if (!row.next()) throw StorageErrorException("the server did not answer")
                    if (row.getBoolean("follower")) {
                        throw StorageErrorException("this server only follows another: a code used there may still look unused here")
                    }
                    rows.record(row)
                }
            }
        }

        /**
         * Writes record and events in one commit if the version is still `expected` (`null`: if there is no record); `false` = somebody
         * else was first, and nothing was written. Where the answer to the commit is lost it is not tried again.
         *
         * @throws StorageTimeoutException when it takes too long; whether it was written is then unknown
         * @throws StorageErrorException with the driver's own error as its cause
         */
        override fun save(
            userId: String,
            expected: Long?,
            record: StoredRecord,
            events: List<TwoFactorEvent>,
        ): Boolean = call { connection ->
            checkFits(userId, record, events)
            try {
                sessions.write(connection) { write(it, userId, expected, record) && note(it, events) }
            } catch (error: SQLException) {
                // The server chose another transaction: that one was first, and nothing was written.
                if (dialect.isConflict(error)) false else throw error
            }
        }

        /**
         * Deletes the record and the events of that user.
         *
         * @throws StorageTimeoutException when it takes too long
         * @throws StorageErrorException with the driver's own error as its cause
         */
        override fun erase(userId: String) {
            call { connection ->
                // The record first, as in `save`: two that touch both tables in one order cannot wait for each other.
                transacted(
                    connection,
                ) { listOf(sql.eraseRecord, sql.eraseEvents).sumOf { changed(connection, it) { rows.name(it, 1, userId) } } }
            }
        }

        /** The newest events of a user first, with an id below `before` where one is given; at most `limit`. */
        override fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent> = ask { connection ->
            prepared(connection, sql.events) {
                rows.name(it, 1, userId)
                it.setBytes(2, before ?: BEHIND_ALL_IDS)
                it.setInt(3, limit)
                all(it) { row -> rows.event(row) }
            }
        }

        /** Figures for an operator's page; `now` in Unix seconds. */
        override fun stats(now: Long): Stats = ask { connection ->
            val since = (now - MONTH).coerceAtLeast(0)
            prepared(connection, sql.stats) {
                for (index in 1..3) it.setLong(index, since)
                all(it) { row -> Stats(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)) }.single()
            }
        }

        /** Users whose records another key sealed, in the order of their ids' bytes, after `after`; at most `limit`. */
        override fun stale(keyId: String, after: String?, limit: Int): List<String> = ask { connection ->
            val keys = generateSequence(nextKey(connection, "")) { nextKey(connection, it) }.filter { it != keyId }
            val found = keys.toList().flatMap { key ->
                prepared(connection, sql.sealedBy) {
                    rows.name(it, 1, key)
                    rows.name(it, 2, after.orEmpty())
                    it.setInt(3, limit)
                    all(it) { row -> rows.name(row, "user_id") }
                }
            }
            found.sortedWith { one, other -> Arrays.compareUnsigned(one.encodeToByteArray(), other.encodeToByteArray()) }.take(limit)
        }

        /** Deletes events older than `before` (Unix seconds), a thousand in each commit; how many it were. */
        override fun purge(before: Long): Long {
            var purged = 0L
            while (true) {
                val gone = call { connection -> transacted(connection) { changed(connection, sql.purge) { it.setLong(1, before) } } }
                purged += gone
                if (gone < PURGED_AT_ONCE) return purged
            }
        }

        /**
         * Makes the tables, for tests and demonstrations; an application has [JdbcDialect.schema] in its migrations.
         *
         * @throws StorageErrorException where they are there already
         */
        public fun createTables() {
            call { connection ->
                transacted(connection) {
                    connection.createStatement().use { statement -> dialect.statements(prefix).forEach { statement.execute(it) } }
                    0
                }
            }
        }

        /** Ends the threads; calls that are running end first. */
        override fun close() {
            calls.close()
        }

        override fun toString(): String = "JdbcStorage(${language?.dialect ?: "not asked yet"})"

        private fun <T> ask(work: Language.(Connection) -> T): T = call { connection -> sessions.read(connection) { work(it) } }

        /** One call; whatever it fails with comes out typed. */
        private fun <T> call(work: Language.(Connection) -> T): T = try {
            calls.run { connection -> spoken(connection).work(connection) }
        } catch (error: TimeoutException) {
            throw StorageTimeoutException(cause = error)
        } catch (error: SQLException) {
            throw if (language?.dialect.isLate(error)) StorageTimeoutException(cause = error) else StorageErrorException(cause = error)
        }

        private fun spoken(connection: Connection): Language =
            language ?: language(JdbcDialect.of(connection)).also { language = it }

        private fun language(dialect: JdbcDialect) =
            Language(dialect, Statements(dialect, prefix), Rows(dialect), Sessions(dialect, timeoutMillis))
    }

/** All that differs between databases. */
private class Language(val dialect: JdbcDialect, val sql: Statements, val rows: Rows, val sessions: Sessions) {
    fun <T> prepared(connection: Connection, statement: String, work: (PreparedStatement) -> T): T =
        sessions.prepare(connection, statement).use(work)

    fun changed(connection: Connection, statement: String, bind: (PreparedStatement) -> Unit): Int =
        prepared(connection, statement) {
            bind(it)
            it.executeUpdate()
        }

    fun <T> all(statement: PreparedStatement, read: (ResultSet) -> T): List<T> =
        statement.executeQuery().use { row -> generateSequence { if (row.next()) read(row) else null }.toList() }

    fun nextKey(connection: Connection, after: String): String? = prepared(connection, sql.nextKey) {
        rows.name(it, 1, after)
        it.executeQuery().use { row -> if (row.next()) rows.nameOrNull(row, row.metaData.getColumnLabel(1)) else null }
    }

    /** A number out of a commit that the server may have chosen another one over: nothing was written, so it is done again. */
    fun transacted(connection: Connection, work: () -> Int): Int {
        var conflicts = 0
        while (true) {
            try {
                var answer = 0
                sessions.write(connection) {
                    answer = work()
                    true
                }
                return answer
            } catch (error: SQLException) {
                if (!dialect.isConflict(error) || conflicts == CONFLICTS) throw error
                conflicts += 1
            }
        }
    }

    fun write(connection: Connection, userId: String, expected: Long?, record: StoredRecord): Boolean = try {
        val written = changed(connection, if (expected == null) sql.create else sql.replace) {
            rows.record(it, userId, record)
            if (expected != null) it.setLong(6, expected)
        }
        // Anything but one or none must not pass for an answer.
        if (written !in 0..1) throw StorageErrorException("the driver does not tell how many rows it wrote")
        written == 1
    } catch (error: SQLException) {
        // Only here: an event whose id is there already is a fault, not a lost race.
        if (expected == null && dialect.isDuplicate(error)) false else throw error
    }

    fun note(connection: Connection, events: List<TwoFactorEvent>): Boolean {
        if (events.isEmpty()) return true
        prepared(connection, sql.note) { statement ->
            for (event in events) {
                rows.event(statement, event)
                statement.addBatch()
            }
            statement.executeBatch()
        }
        return true
    }
}

private const val MONTH = 30L * 86_400
private const val CONFLICTS = 3

/** What stands behind every id. */
private val BEHIND_ALL_IDS = ByteArray(EVENT_ID_BYTES + 1) { 0xff.toByte() }

private fun checkedTimeout(timeout: Duration): Long {
    if (timeout < Duration.ofMillis(100) || timeout > Duration.ofSeconds(60)) throw misconfigured("timeout must be 100 ms to 60 s")
    return timeout.toMillis()
}

private fun checkedConnections(connections: Int): Int {
    if (connections !in 1..64) throw misconfigured("connections must be a whole number from 1 to 64")
    return connections
}
