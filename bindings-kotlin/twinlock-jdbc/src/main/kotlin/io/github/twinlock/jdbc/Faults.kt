package io.github.twinlock.jdbc

import io.github.twinlock.ConfigurationException
import io.github.twinlock.StorageErrorException
import io.github.twinlock.StorageTimeoutException
import java.sql.SQLException
import java.sql.SQLTimeoutException
import java.sql.SQLTransientConnectionException

// What the errors of the JDBC drivers mean: late, in each other's way, there already, or failed.

/** Statement, lock and idle-in-transaction time-outs of PostgreSQL. */
private val LATE_STATES = setOf("57014", "55P03", "25P03", "25P04")

/** Lock wait; MySQL's and MariaDB's statement time-outs. */
private val LATE_NUMBERS = setOf(1205, 3024, 1969)

/** Deadlock and serialization: the server has undone the whole transaction. */
private val CONFLICT_STATES = setOf("40001", "40P01")
private val CONFLICT_NUMBERS = setOf(1213, 1020)

private const val MYSQL_DUPLICATE = 1062

/** A transaction is under way already, or has failed already: PostgreSQL's states, MySQL's number. */
private val PG_IN_TRANSACTION = setOf("25001", "25P02")
private const val MYSQL_IN_TRANSACTION = 1568

/** Busy and locked; the low byte of SQLite's result codes. */
private val SQLITE_BUSY = setOf(5, 6)

internal fun misconfigured(message: String, cause: Throwable? = null): ConfigurationException = ConfigurationException(message, cause)

/** A row that no storage of ours can have written is refused: nobody is let in on doubt. */
internal fun unreadable(column: String): StorageErrorException =
    StorageErrorException("the column $column is not as the schema says")

/** The server, or the wait for it, gave up. */
internal fun JdbcDialect?.isLate(error: Throwable): Boolean = when {
    error is StorageTimeoutException || error is SQLTimeoutException -> true

    // A pool that has none free says so without a cause.
    error is SQLTransientConnectionException && error.cause == null -> true

    error !is SQLException -> false

    this == JdbcDialect.POSTGRESQL -> error.sqlState in LATE_STATES

    this == JdbcDialect.MYSQL -> error.errorCode in LATE_NUMBERS

    this == JdbcDialect.SQLITE -> (error.errorCode and 0xff) in SQLITE_BUSY

    else -> false
}

/** Another transaction was in the way, and nothing of this one was written. */
internal fun JdbcDialect.isConflict(error: SQLException): Boolean = causes(error).any {
    when (this) {
        JdbcDialect.POSTGRESQL -> it.sqlState in CONFLICT_STATES
        JdbcDialect.MYSQL -> it.errorCode in CONFLICT_NUMBERS
        JdbcDialect.SQLITE -> false
    }
}

/** The row is there: in the other dialects the statement itself says so. */
internal fun JdbcDialect.isDuplicate(error: SQLException): Boolean =
    this == JdbcDialect.MYSQL && error.errorCode == MYSQL_DUPLICATE

/** The connection came in the middle of somebody's transaction. */
internal fun JdbcDialect.isInTransaction(error: SQLException): Boolean = when (this) {
    JdbcDialect.POSTGRESQL -> error.sqlState in PG_IN_TRANSACTION
    JdbcDialect.MYSQL -> error.errorCode == MYSQL_IN_TRANSACTION
    JdbcDialect.SQLITE -> false
}

/** A failed batch hides the server's own words behind it. */
private fun causes(error: SQLException): Sequence<SQLException> = generateSequence(error) { it.nextException }.take(8)
