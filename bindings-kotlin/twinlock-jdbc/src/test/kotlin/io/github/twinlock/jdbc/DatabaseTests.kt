package io.github.twinlock.jdbc

import io.github.twinlock.ConfigurationException
import io.github.twinlock.StorageErrorException
import io.github.twinlock.StorageTimeoutException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import java.nio.file.Files
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

/** What a server can do to a storage: hold locks, cut connections, freeze. */
internal abstract class ServerLaws(place: Place) : JdbcLaws(place) {
    protected abstract fun cutAll()

    @Test
    fun `a held lock is refused in time and nothing is written later`() {
        using(connections = 2, timeout = Duration.ofMillis(1_500)) { storage, _ ->
            val (held, free) = listOf(someone(), someone())
            assertTrue(storage.save(held, null, record(1), emptyList()))
            assertTrue(storage.save(free, null, record(1), emptyList()))
            var told = false
            place.asHost { host ->
                host.autoCommit = false
                host.text("SELECT version FROM twinlock_record WHERE user_id = '$held' FOR UPDATE")
                val threads = Executors.newFixedThreadPool(5)
                val began = System.nanoTime()
                val saves = (2L..5L).map { threads.submit(Callable { refused { storage.save(held, 1, record(it), emptyList()) } }) }
                val waiting = threads.submit(Callable { runCatching { storage.save(free, 1, record(2), emptyList()) }.getOrDefault(false) })
                saves.forEach { it.get() }
                told = waiting.get()
                assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(6))
                threads.shutdown()
                Thread.sleep(1_500)
                host.rollback()
            }
            Thread.sleep(200)
            assertEquals(record(1), storage.load(held), "the server gave up as well")
            assertEquals(record(if (told) 2 else 1), storage.load(free), "what was refused is not done later")
        }
    }

    @Test
    fun `a connection that the server cuts is refused and the next one works`() {
        using(connections = 1, timeout = Duration.ofSeconds(5)) { storage, _ ->
            val user = someone()
            assertTrue(storage.save(user, null, record(1), emptyList()))
            cutAll()
            try {
                storage.load(user)
            } catch (_: StorageErrorException) {
                // Or the pool noticed before.
            }
            assertEquals(record(1), worksAgain { storage.load(user) })
        }
    }

    @Test
    fun `a frozen server is refused in time and forgiven when it is back`() {
        val server = checkNotNull(place.opened.server)
        using(connections = 2, timeout = Duration.ofSeconds(1), pool = { connectionTimeout = 2_000 }) { storage, _ ->
            val user = someone()
            assertTrue(storage.save(user, null, record(1), emptyList()))
            server.command("pause")
            try {
                val began = System.nanoTime()
                assertThrows(StorageTimeoutException::class.java) { storage.load(user) }
                assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(3))
            } finally {
                server.command("resume")
            }
            assertNotNull(worksAgain { storage.load(user) })
        }
    }

    @Test
    fun `killed and restarted under load nothing is lost and nobody gets in twice`() = survivesRestarts(place)

    @Test
    fun `what Python or Node burned is refused here and the other way round`() = sharesWithOthers(place)

    private fun refused(save: () -> Boolean) {
        assertThrows(StorageTimeoutException::class.java) { save() }
    }
}

/** A storage is back within the time that a pool takes to notice. */
internal fun <T> worksAgain(call: () -> T): T {
    val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30)
    while (true) {
        try {
            return call()
        } catch (error: io.github.twinlock.TwoFactorException) {
            if (System.nanoTime() > end) throw error
            Thread.sleep(100)
        }
    }
}

@Tag("servers")
internal class PostgresTest : ServerLaws(Place.POSTGRES) {
    override fun cutAll() = place.asHost {
        it.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL")
    }

    @Test
    fun `a database whose transactions are serializable loses races instead of failing`() {
        using(connections = 6, pool = { connectionInitSql = "SET default_transaction_isolation = 'serializable'" }) { storage, _ ->
            val user = someone()
            val threads = Executors.newFixedThreadPool(6)
            for (version in 1L..8L) {
                val expected = if (version == 1L) null else version - 1
                val saves = threads.invokeAll(List(6) { Callable { storage.save(user, expected, record(version), listOf(event(user))) } })
                assertEquals(1, saves.count { it.get() })
            }
            threads.shutdown()
        }
    }

    @Test
    fun `a standby is refused`() {
        place.asHost {
            it.run("CREATE SCHEMA standby", "CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
        }
        using(pool = { connectionInitSql = "SET search_path = standby, pg_catalog, public" }) { storage, _ ->
            assertThrows(StorageErrorException::class.java) { storage.load("nobody") }
        }
    }

    @Test
    fun `commits are on the disk though the session does without`() {
        // Seen by a trigger, which runs within the transaction of the save.
        place.asHost {
            it.run(
                "CREATE TABLE seen (setting text)",
                "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS " +
                    "'BEGIN INSERT INTO seen SELECT current_setting(''synchronous_commit''); RETURN NEW; END'",
                "CREATE TRIGGER look BEFORE INSERT ON twinlock_record FOR EACH ROW EXECUTE FUNCTION look()",
            )
        }
        using(pool = { connectionInitSql = "SET synchronous_commit = off" }) { storage, _ ->
            assertTrue(storage.save(someone(), null, record(1), emptyList()))
        }
        place.asHost {
            assertEquals("on", it.text("SELECT setting FROM seen"))
            it.run("DROP TRIGGER look ON twinlock_record", "DROP FUNCTION look", "DROP TABLE seen")
        }
    }
}

@Tag("servers")
internal class MariadbTest : ServerLaws(Place.MARIADB) {
    override fun cutAll() = place.asHost { host ->
        val others = host.createStatement().use { statement ->
            statement
                .executeQuery("SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user <> 'system user'")
                .use { rows -> generateSequence { if (rows.next()) rows.getLong(1) else null }.toList() }
        }
        for (id in others) runCatching { host.run("KILL $id") }
    }

    @Test
    fun `a read-only server is refused`() {
        place.asHost { host ->
            host.run("SET GLOBAL read_only = 1")
            try {
                using { storage, _ -> assertThrows(StorageErrorException::class.java) { storage.load("nobody") } }
            } finally {
                host.run("SET GLOBAL read_only = 0")
            }
        }
    }

    @Test
    fun `a lax session cuts nothing`() {
        using(pool = { connectionInitSql = "SET SESSION sql_mode = ''" }) { storage, _ ->
            assertThrows(StorageErrorException::class.java) { storage.save("x".repeat(256), null, record(1), emptyList()) }
            val user = someone()
            assertTrue(storage.save(user, null, record(1), listOf(event(user))))
            assertFalse(storage.save(user, null, record(1), listOf(event(user))))
        }
    }
}

internal class SqliteTest : JdbcLaws(Place.SQLITE) {
    @Test
    fun `a file of SqliteStorage is refused`() {
        val folder = Files.createTempDirectory("twinlock-jdbc-").toFile()
        try {
            val address = Place.Address("jdbc:sqlite:$folder/2fa.db", "", "", null)
            address.connect().use { it.run("PRAGMA application_id = 1415007307") }
            pool(address, 1).use { source ->
                JdbcStorage(source).use { storage -> assertThrows(ConfigurationException::class.java) { storage.load("nobody") } }
            }
        } finally {
            folder.deleteRecursively()
        }
    }

    @Test
    fun `a file that the application writes to is waited for and then refused`() {
        using(timeout = Duration.ofSeconds(1)) { storage, _ ->
            place.asHost { host ->
                host.run("BEGIN IMMEDIATE")
                assertThrows(StorageTimeoutException::class.java) { storage.save(someone(), null, record(1), emptyList()) }
                host.run("ROLLBACK")
            }
            assertTrue(storage.save(someone(), null, record(1), emptyList()))
        }
    }
}
