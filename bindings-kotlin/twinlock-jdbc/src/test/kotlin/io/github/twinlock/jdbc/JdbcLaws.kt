package io.github.twinlock.jdbc

import com.zaxxer.hikari.HikariConfig
import io.github.twinlock.BlockingStorage
import io.github.twinlock.ConfigurationException
import io.github.twinlock.StorageErrorException
import io.github.twinlock.StorageTimeoutException
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import io.github.twinlock.testing.StorageKit
import io.github.twinlock.testing.StorageSubject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.lang.reflect.Proxy
import java.sql.Connection
import java.time.Duration
import java.util.IdentityHashMap
import java.util.UUID
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import javax.sql.DataSource
import kotlin.concurrent.thread
import kotlin.random.Random

/** What a [JdbcStorage] keeps in any database, beyond the storage kit. */
internal abstract class JdbcLaws(protected val place: Place) {
    protected fun record(version: Long, data: ByteArray = byteArrayOf(version.toByte())) = StoredRecord(version, true, "k1", data)

    protected fun event(userId: String, id: ByteArray = Random.nextBytes(16)) =
        TwoFactorEvent(id, userId, "verified", 1_700_000_000, true, "totp", null, "Zürich 🔑", "{}")

    protected fun someone(): String = "user-${UUID.randomUUID()}"

    protected fun <T> using(
        connections: Int = 4,
        timeout: Duration = Duration.ofSeconds(20),
        pool: HikariConfig.() -> Unit = {},
        work: (JdbcStorage, DataSource) -> T,
    ): T = pool(place.opened, connections, pool).use { source ->
        JdbcStorage(source, timeout = timeout, connections = connections).use { work(it, source) }
    }

    @TestFactory
    fun `the storage kit`(): List<DynamicTest> {
        val pools = IdentityHashMap<BlockingStorage, AutoCloseable>()
        val subject = StorageSubject.blocking(
            open = {
                pool(place.opened, 4).let { source ->
                    JdbcStorage(source, timeout = Duration.ofSeconds(20)).also { pools[it] = source }
                }
            },
            close = { storage ->
                (storage as JdbcStorage).close()
                pools.remove(storage)?.close()
            },
            rollback = { save ->
                place.asHost { host ->
                    host.autoCommit = false
                    save()
                    host.rollback()
                }
            },
        )
        return StorageKit.laws.map { law -> dynamicTest(law.name) { law.check(subject) } }
    }

    @Test
    fun `of several processes with one code exactly one gets in`() = letsOneIn(place)

    @Test
    fun `commits what it saves though the caller rolls back`() = using { storage, source ->
        val user = someone()
        // SQLite has one writer at a time: there the caller only reads.
        source.connection.use { caller ->
            if (place != Place.SQLITE) caller.run("CREATE TABLE orders (id int)")
            caller.autoCommit = false
            caller.text("SELECT count(*) FROM twinlock_record")
            if (place != Place.SQLITE) caller.run("INSERT INTO orders VALUES (1)") else caller.rollback()
            assertTrue(storage.save(user, null, record(1), listOf(event(user))))
            caller.rollback()
            if (place != Place.SQLITE) assertEquals("0", caller.text("SELECT count(*) FROM orders"))
        }
        assertEquals(record(1), storage.load(user))
        assertEquals(listOf("Zürich 🔑"), storage.events(user, null, 5).map { it.context })
    }

    @Test
    fun `a pool of one whose connection the caller holds is refused in time`() {
        using(connections = 1, timeout = Duration.ofSeconds(1)) { storage, source ->
            val user = someone()
            source.connection.use {
                val began = System.nanoTime()
                assertThrows(StorageTimeoutException::class.java) { storage.load(user) }
                assertThrows(StorageTimeoutException::class.java) { storage.save(user, null, record(1), emptyList()) }
                assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(8))
            }
            Thread.sleep(300)
            assertNull(storage.load(user), "what was given up was not sent later")
            assertTrue(storage.save(user, null, record(1), emptyList()))
        }
    }

    @Test
    fun `a pool that gives up by itself is a time-out too`() {
        using(connections = 1, pool = { connectionTimeout = 500 }) { storage, source ->
            source.connection.use { assertThrows(StorageTimeoutException::class.java) { storage.load("nobody") } }
        }
    }

    @Test
    fun `a connection comes back as it came`() {
        for (autoCommit in if (place == Place.SQLITE) listOf(true) else listOf(true, false)) {
            using(connections = 1, pool = { isAutoCommit = autoCommit }) { storage, source ->
                val before = source.connection.use(::state)
                val user = someone()
                storage.save(user, null, record(1), listOf(event(user)))
                assertFalse(storage.save(user, 7, record(2), listOf(event(user))))
                storage.load(user)
                storage.events(user, null, 1)
                storage.erase(user)
                assertEquals(before, source.connection.use(::state))
            }
        }
    }

    @Test
    fun `a failed save gives a clean connection back and leaves nothing`() {
        using(connections = 1) { storage, source ->
            val user = someone()
            val once = event(user)
            val before = source.connection.use(::state)
            assertTrue(storage.save(user, null, record(1), listOf(once)))
            // An event that is there already is a fault, not a lost race.
            val error = assertThrows(StorageErrorException::class.java) { storage.save(user, 1, record(2), listOf(event(user), once)) }
            assertTrue(error.cause is java.sql.SQLException)
            assertEquals(record(1), storage.load(user))
            assertEquals(1, storage.events(user, null, 5).size)
            assertEquals(before, source.connection.use(::state))
        }
    }

    @Test
    fun `the tables can have a prefix`() {
        pool(place.opened, 2).use { source ->
            JdbcStorage(source, tablePrefix = "acme_").use { storage ->
                storage.createTables()
                val user = someone()
                assertTrue(storage.save(user, null, record(1), listOf(event(user))))
                assertEquals(listOf(user), storage.stale("k2", null, 5))
                JdbcStorage(source).use { assertNull(it.load(user)) }
            }
        }
    }

    @Test
    fun `what does not fit is refused and never cut`() = using { storage, _ ->
        assertThrows(StorageErrorException::class.java) { storage.save("x".repeat(256), null, record(1), emptyList()) }
        assertThrows(StorageErrorException::class.java) { storage.load("ä".repeat(128)) }
        assertNull(storage.load("x".repeat(255)))
        val user = someone()
        val long = event(user).run { TwoFactorEvent(id, userId, type, at, success, method, actor, "x".repeat(257), detail) }
        assertThrows(StorageErrorException::class.java) { storage.save(user, null, record(1), listOf(long)) }
        assertNull(storage.load(user))
    }

    @Test
    fun `of many saves at once one wins and only its event is there`() = using(connections = 8) { storage, _ ->
        val user = someone()
        val threads = Executors.newFixedThreadPool(8)
        for (version in 1L..10L) {
            val expected = if (version == 1L) null else version - 1
            val saves = threads.invokeAll(List(8) { Callable { storage.save(user, expected, record(version), listOf(event(user))) } })
            assertEquals(1, saves.count { it.get() })
        }
        threads.shutdown()
        assertEquals(10, storage.events(user, null, 50).size)
    }

    @Test
    fun `users of old keys come page by page in the order of their bytes`() = using { storage, _ ->
        val users = listOf("a", "B", "é", "z", "\uE000", "🔑").map { "sweep-$it" }
        for ((index, user) in users.withIndex()) {
            storage.save(user, null, StoredRecord(1, true, "old-${index % 3}", byteArrayOf(1)), emptyList())
        }
        val sorted = users.sortedWith { a, b -> java.util.Arrays.compareUnsigned(a.encodeToByteArray(), b.encodeToByteArray()) }
        val stale = generateSequence(storage.stale("k1", "sweep-", 2)) { storage.stale("k1", it.last(), 2).ifEmpty { null } }
        assertEquals(sorted, stale.flatten().filter { it.startsWith("sweep-") }.toList())
        assertEquals(4, storage.stale("old-0", "sweep-", 10).count { it.startsWith("sweep-") })
    }

    @Test
    fun `an interrupted caller still writes and stays interrupted`() = using { storage, _ ->
        val user = someone()
        var interrupted = false
        thread {
            Thread.currentThread().interrupt()
            assertTrue(storage.save(user, null, record(1), emptyList()))
            interrupted = Thread.currentThread().isInterrupted
        }.join()
        assertTrue(interrupted)
        assertEquals(record(1), storage.load(user))
    }

    @Test
    fun `a connection in the middle of a transaction is refused and left alone`() {
        place.asHost { caller ->
            caller.autoCommit = false
            val user = someone()
            caller.text("SELECT count(*) FROM twinlock_record WHERE user_id = 'nobody'")
            JdbcStorage(theOnly(caller)).use { storage ->
                assertThrows(ConfigurationException::class.java) { storage.save(user, null, record(1), emptyList()) }
                assertThrows(ConfigurationException::class.java) { storage.load(user) }
            }
            caller.rollback()
            using { storage, _ -> assertNull(storage.load(user)) }
        }
    }

    @Test
    fun `settings out of their range are refused`() {
        val source = pool(place.opened, 1)
        source.use {
            for (prefix in listOf("A", "a`b", "1a", "a b")) {
                assertThrows(ConfigurationException::class.java) { JdbcStorage(it, tablePrefix = prefix) }
            }
            assertThrows(ConfigurationException::class.java) { JdbcStorage(it, connections = 0) }
            assertThrows(ConfigurationException::class.java) { JdbcStorage(it, timeout = Duration.ofMillis(99)) }
        }
    }

    /** Whatever a call could leave behind on a connection. */
    private fun state(connection: Connection): List<Any?> {
        val level = connection.transactionIsolation
        val asked = when (place) {
            Place.POSTGRES -> listOf(
                "SHOW statement_timeout",
                "SHOW lock_timeout",
                "SHOW synchronous_commit",
                "SHOW default_transaction_isolation",
            )

            Place.MARIADB -> listOf("SELECT @@SESSION.sql_mode", "SELECT @@SESSION.autocommit", "SELECT @@SESSION.max_statement_time")

            Place.SQLITE -> listOf("PRAGMA busy_timeout", "PRAGMA synchronous")
        }
        val told = asked.map { connection.text(it) }
        if (!connection.autoCommit) connection.rollback()
        return listOf(connection.autoCommit, level) + told
    }

    /** A DataSource that hands out this one, as some frameworks' do. */
    private fun theOnly(connection: Connection): DataSource {
        val unclosed = Proxy.newProxyInstance(javaClass.classLoader, arrayOf(Connection::class.java)) { _, method, arguments ->
            try {
                if (method.name == "close" || method.name == "abort") null else method.invoke(connection, *(arguments ?: emptyArray()))
            } catch (error: java.lang.reflect.InvocationTargetException) {
                throw error.targetException
            }
        }
        return Proxy.newProxyInstance(javaClass.classLoader, arrayOf(DataSource::class.java)) { _, _, _ -> unclosed } as DataSource
    }
}
