package io.github.twinlock.testing

import io.github.twinlock.BlockingStorage
import io.github.twinlock.Reports
import io.github.twinlock.Storage
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import io.github.twinlock.suspending
import kotlinx.coroutines.runBlocking
import java.util.Collections
import java.util.UUID

/**
 * A storage for [StorageKit]: how to open it, and what else the kit may use.
 *
 * @property open gives another connection to the same data each time; the same object again where there are no connections
 * @property close closes what [open] gave; called once for each call of it
 * @property rollback for databases: begins a transaction of the application's own on the same database, calls `save`, rolls back;
 *   without it the law about rollbacks is not tried
 */
public class StorageSubject(
    public val open: suspend () -> Storage,
    public val close: suspend (Storage) -> Unit = {},
    public val rollback: (suspend (save: suspend () -> Unit) -> Unit)? = null,
) {
    public companion object {
        /** The same for a storage that blocks. */
        @JvmStatic
        @JvmOverloads
        public fun blocking(
            open: () -> BlockingStorage,
            close: (BlockingStorage) -> Unit = {},
            rollback: ((save: () -> Unit) -> Unit)? = null,
        ): StorageSubject {
            val opened = Collections.synchronizedMap(HashMap<Storage, BlockingStorage>())
            return StorageSubject(
                open = { open().let { storage -> storage.suspending().also { opened[it] = storage } } },
                close = { storage -> opened.remove(storage)?.let(close) },
                rollback = rollback?.let { around -> { save -> around { runBlocking { save() } } } },
            )
        }
    }
}

/** One connection, which remembers the users it made. */
internal class Connection(val storage: Storage, private val touched: MutableSet<String>) {
    /** What it tells beyond records, if it does. */
    val reports: Reports? get() = storage as? Reports

    suspend fun load(userId: String): StoredRecord? = storage.load(userId)

    suspend fun save(
        userId: String,
        expected: Long?,
        record: StoredRecord,
        events: List<TwoFactorEvent> = emptyList(),
    ): Boolean {
        touched += userId
        return storage.save(userId, expected, record, events)
    }

    suspend fun erase(userId: String) = storage.erase(userId)

    /** Saves where nothing was. */
    suspend fun creates(userId: String, record: StoredRecord, events: List<TwoFactorEvent> = emptyList()) =
        must(save(userId, null, record, events), "the first save of '$userId' must create")
}

internal typealias Connect = suspend () -> Connection

/** Opens connections for one law; behind it erases the users it made and closes them all. */
internal suspend fun connected(subject: StorageSubject, body: suspend (Connect) -> Unit) {
    val opened = ArrayList<Storage>()
    val touched = Collections.synchronizedSet(LinkedHashSet<String>())
    try {
        body { Connection(subject.open().also(opened::add), touched) }
        touched.forEach { opened.first().erase(it) }
    } finally {
        opened.forEach { subject.close(it) }
    }
}

/** A record as the engine makes it. */
internal fun record(version: Long, data: String = "data", enabled: Boolean = true, keyId: String = "2026a") =
    StoredRecord(version, enabled, keyId, data.toByteArray())

/** The name of a user that no other run of the kit has. */
internal fun user(about: String): String = "kit-$about-${UUID.randomUUID()}"
