package io.github.twinlock.jdbc

import com.zaxxer.hikari.HikariConfig
import com.zaxxer.hikari.HikariDataSource
import java.io.File
import java.nio.file.Files
import java.sql.Connection
import java.sql.DriverManager

/** Where the tests keep their tables: one database of each kind for all tests of this process. */
internal enum class Place(val dialect: JdbcDialect) {
    POSTGRES(JdbcDialect.POSTGRESQL) {
        override fun address() = server("postgres", "jdbc:postgresql")
    },
    MARIADB(JdbcDialect.MYSQL) {
        override fun address() = server("mariadb", "jdbc:mariadb")
    },
    SQLITE(JdbcDialect.SQLITE) {
        override fun address(): Address {
            val folder = Files.createTempDirectory("twinlock-jdbc-").toFile()
            Runtime.getRuntime().addShutdownHook(Thread { folder.deleteRecursively() })
            return Address("jdbc:sqlite:${File(folder, "host.db")}", "", "", null)
        }
    },
    ;

    class Address(val url: String, val user: String, val password: String, val server: RunningServer?) {
        fun connect(): Connection = DriverManager.getConnection(url, user, password)
    }

    /** With the tables, made once. */
    val opened: Address by lazy {
        address().also { address -> pool(address, 1).use { JdbcStorage(it).use(JdbcStorage::createTables) } }
    }

    protected abstract fun address(): Address

    protected fun server(kind: String, scheme: String): Address {
        val server = RunningServer(kind)
        return Address("$scheme://${server.host}:${server.port}/${server.database}", server.user, server.password, server)
    }

    /** A connection of the application's own. */
    fun <T> asHost(work: (Connection) -> T): T = opened.connect().use(work)
}

/** A pool as applications have it. */
internal fun pool(address: Place.Address, size: Int, settings: HikariConfig.() -> Unit = {}): HikariDataSource = HikariDataSource(
    HikariConfig().apply {
        jdbcUrl = address.url
        username = address.user
        password = address.password
        maximumPoolSize = size
        minimumIdle = 0
        connectionTimeout = 30_000
        settings()
    },
)

internal fun Connection.run(vararg statements: String) {
    createStatement().use { statement -> statements.forEach { statement.execute(it) } }
}

internal fun Connection.text(query: String): String? =
    createStatement().use { statement -> statement.executeQuery(query).use { if (it.next()) it.getString(1) else null } }
