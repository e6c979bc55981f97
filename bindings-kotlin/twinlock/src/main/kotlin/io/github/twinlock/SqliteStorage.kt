package io.github.twinlock

import io.github.twinlock.ffi.StoreException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import io.github.twinlock.ffi.SqliteStorage as NativeStorage
import io.github.twinlock.ffi.StoredRecord as NativeRecord

/**
 * Records and events in one SQLite file of its own, for any number of threads and processes.
 *
 * The file must not be the application's: two SQLite libraries in one process on one file can corrupt it, so a file with other
 * tables is refused. A library that was built without SQLite (for phones) refuses too.
 *
 * @param path the file
 * @param create make it where it is missing; false for production, where a missing file is a mistake
 * @param synchronous when a save counts as done
 * @param busyTimeout how long to wait for other processes, at least 0; a longer wait is [StorageTimeoutException]
 * @throws ConfigurationException for a file that cannot be used
 */
public class SqliteStorage(
    private val path: String,
    create: Boolean = true,
    synchronous: Synchronous = Synchronous.FULL,
    busyTimeout: Duration = 5.seconds,
) : BlockingStorage, BlockingReports, AutoCloseable {
    /** When a save counts as done. */
    public enum class Synchronous {
        /** When it is on the disk: a power failure undoes nothing that was told. */
        FULL,

        /** When the operating system has it: about fifty times quicker, and a power failure may undo the last saves. */
        NORMAL,
    }

    /** The same for Java, with everything as recommended. */
    public constructor(path: String) : this(path, true)

    private val store = configuring {
        if (busyTimeout.isNegative()) throw ConfigurationException("busyTimeout must be 0 or more")
        NativeStorage(path, create, synchronous == Synchronous.FULL, busyTimeout.inWholeMilliseconds.toULong())
    }

    override fun load(userId: String): StoredRecord? = stored { store.load(userId) }?.run {
        StoredRecord(version.toLong(), enabled, keyId, data)
    }

    override fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean {
        val row = record.run { NativeRecord(version.toULong(), enabled, keyId, data) }
        return stored { store.save(userId, expected?.toULong(), row, events.map(TwoFactorEvent::stored)) }
    }

    override fun erase(userId: String): Unit = stored { store.erase(userId) }

    override fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent> =
        stored { store.events(userId, before, count(limit)) }.map(TwoFactorEvent::of)

    override fun stats(now: Long): Stats = stored { store.stats(time(now)) }.run {
        Stats(enabledUsers.toLong(), enabled30d.toLong(), disabled30d.toLong(), failed30d.toLong())
    }

    override fun stale(keyId: String, after: String?, limit: Int): List<String> =
        stored { store.stale(keyId, after, count(limit)) }

    override fun purge(before: Long): Long = stored { store.purge(time(before)) }.toLong()

    /** Closes the file. Calls after it refuse with [ConfigurationException]. */
    override fun close(): Unit = store.close()

    override fun toString(): String = "SqliteStorage($path)"

    private fun count(limit: Int): UInt =
        if (limit >= 0) limit.toUInt() else throw MalformedRequestException("limit must be 0 or more")

    private fun time(seconds: Long): ULong =
        if (seconds >= 0) seconds.toULong() else throw MalformedRequestException("a time must be 0 seconds or more")

    private inline fun <T> stored(question: () -> T): T = try {
        guarded(question)
    } catch (error: StoreException.Failed) {
        throw StorageErrorException(error.reason, error)
    } catch (error: StoreException.Timeout) {
        throw StorageTimeoutException(cause = error)
    }

    public companion object {
        /** The same for Java, with [busyTimeoutMillis] to wait for other processes. */
        @JvmStatic
        public fun open(path: String, create: Boolean, synchronous: Synchronous, busyTimeoutMillis: Long): SqliteStorage =
            SqliteStorage(path, create, synchronous, busyTimeoutMillis.milliseconds)
    }
}
