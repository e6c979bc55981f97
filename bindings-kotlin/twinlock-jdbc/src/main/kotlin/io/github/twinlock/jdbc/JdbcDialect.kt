package io.github.twinlock.jdbc

import java.sql.Connection

/** The databases that [JdbcStorage] speaks to. */
public enum class JdbcDialect(private val file: String) {
    /** PostgreSQL 12 and newer. */
    POSTGRESQL("postgres"),

    /** MariaDB 10.6 and newer; MySQL 8.0 by the syntax that both know, untested. */
    MYSQL("mysql"),

    /** SQLite 3.37 and newer. */
    SQLITE("sqlite"),
    ;

    /**
     * The statements that make the tables, for a migration: text of `contract/schema`, with semicolons and comments.
     *
     * SQLite's lacks the numbers that mark a file as Twinlock's own: here the tables stand among the application's.
     *
     * @param tablePrefix stands before the names of tables and indexes, as for [JdbcStorage]
     * @throws io.github.twinlock.ConfigurationException for a prefix that is none
     */
    @JvmOverloads
    public fun schema(tablePrefix: String = ""): String {
        checkedPrefix(tablePrefix)
        val text = checkNotNull(JdbcDialect::class.java.getResourceAsStream("/twinlock/schema/$file.sql")) {
            "the jar of twinlock-jdbc lacks its schema"
        }.use { it.readBytes().decodeToString() }
        val own = if (this == SQLITE) withoutOwnFile(text) else text
        return own.replace(Regex("\\btwinlock_"), "${tablePrefix}twinlock_")
    }

    /** The same, one by one, without comments. */
    internal fun statements(tablePrefix: String): List<String> =
        schema(tablePrefix)
            .lines()
            .joinToString("\n") { it.substringBefore("--").trimEnd() }
            .split(";")
            .map { it.trim() }
            .filter { it.isNotEmpty() }

    private fun withoutOwnFile(text: String): String =
        text.lines().filterNot { it.startsWith("PRAGMA ") || it in OWN_FILE }.joinToString("\n")

    internal companion object {
        private val OWN_FILE = setOf(
            "-- This dialect has a file to itself. Two libraries of SQLite in one process on one file corrupt it, so nothing else may live here;",
            "-- the two numbers below say whose file this is and which version of the schema it holds.",
        )

        /** By the name that the driver tells. */
        fun of(connection: Connection): JdbcDialect = when (val name = connection.metaData.databaseProductName) {
            "PostgreSQL" -> POSTGRESQL
            "MariaDB", "MySQL" -> MYSQL
            "SQLite" -> SQLITE
            else -> throw misconfigured("JdbcStorage knows PostgreSQL, MariaDB, MySQL and SQLite, and this is $name")
        }
    }
}

private val PREFIX = Regex("[a-z_][a-z0-9_]{0,31}")

/** A name that needs no quotes in any dialect. */
internal fun checkedPrefix(prefix: String): String {
    if (prefix.isEmpty() || PREFIX.matches(prefix)) return prefix
    throw misconfigured("tablePrefix must be empty or 1 to 32 of a-z, 0-9 and _, no digit first")
}
