package io.github.twinlock

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Where records live: three calls, one of them a compare-and-swap.
 *
 * What each wrong answer costs:
 * - `load` from a replica that lags: a used code may be accepted again. Read from the primary.
 * - `save` that does not compare the version: two requests with one code both get in.
 * - `save` that says `true` before the commit is durable: a crash undoes a lockout or revives a used code.
 * - `save` inside the caller's transaction: its rollback undoes a lockout.
 *
 * Whatever it throws becomes [StorageErrorException] with that as `cause`; what takes longer than the driver's `storageTimeout`
 * becomes [StorageTimeoutException]. A cancelled caller does not cancel `save` and `erase`. Run `StorageKit` of `twinlock-testing`
 * on your own.
 */
public interface Storage {
    /** The record of that user; null = there never was one. Must see every committed `save`. */
    public suspend fun load(userId: String): StoredRecord?

    /**
     * Writes record and events in one commit of its own if the stored version is still [expected] (null = only if there is no
     * record). False = somebody else was first, nothing was written, events neither.
     */
    public suspend fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean

    /** Deletes the record and the events of that user; nothing there is fine. */
    public suspend fun erase(userId: String)
}

/** The same for storages whose calls block their thread: see [Storage]. */
public interface BlockingStorage {
    /** As [Storage.load]. */
    public fun load(userId: String): StoredRecord?

    /** As [Storage.save]. */
    public fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean

    /** As [Storage.erase]. */
    public fun erase(userId: String)
}

/** What a storage can tell beyond single records; optional for an adapter. */
public interface Reports {
    /** The newest events of a user first, at most [limit], with an id (16 bytes, compared unsigned) below [before] where given. */
    public suspend fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent>

    /** Figures for an operator's page; [now] in Unix seconds, a month is 30 days of 86,400 seconds. */
    public suspend fun stats(now: Long): Stats

    /** Users whose records are sealed by another key than [keyId], in the byte order of their ids, after [after]. */
    public suspend fun stale(keyId: String, after: String?, limit: Int): List<String>

    /** Deletes events older than [before] (Unix seconds); gives how many. */
    public suspend fun purge(before: Long): Long
}

/** The same for storages whose calls block their thread: see [Reports]. */
public interface BlockingReports {
    /** As [Reports.events]. */
    public fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent>

    /** As [Reports.stats]. */
    public fun stats(now: Long): Stats

    /** As [Reports.stale]. */
    public fun stale(keyId: String, after: String?, limit: Int): List<String>

    /** As [Reports.purge]. */
    public fun purge(before: Long): Long
}

/**
 * Figures for an operator's page.
 *
 * @property enabledUsers users with a second factor now
 * @property enabled30d times it was switched on in the last 30 days
 * @property disabled30d times it was switched off or reset in the last 30 days
 * @property failed30d counted wrong codes in the last 30 days
 */
public class Stats(
    public val enabledUsers: Long,
    public val enabled30d: Long,
    public val disabled30d: Long,
    public val failed30d: Long,
) {
    private fun figures() = listOf(enabledUsers, enabled30d, disabled30d, failed30d)

    override fun equals(other: Any?): Boolean = other is Stats && figures() == other.figures()

    override fun hashCode(): Int = figures().hashCode()

    override fun toString(): String =
        "Stats(enabledUsers=$enabledUsers, enabled30d=$enabled30d, disabled30d=$disabled30d, failed30d=$failed30d)"
}

/** The storage for suspending callers: each call runs on [dispatcher], and so do its reports where it has them. */
public fun BlockingStorage.suspending(dispatcher: CoroutineDispatcher = Dispatchers.IO): Storage = when {
    this is MemoryStorage -> SuspendingReports(this, this, Dispatchers.Unconfined)
    this is BlockingReports -> SuspendingReports(this, this, dispatcher)
    else -> Suspending(this, dispatcher)
}

private open class Suspending(private val storage: BlockingStorage, private val dispatcher: CoroutineDispatcher) : Storage {
    // Memory answers at once: there it would cost more to change the thread, or only to ask whether to.
    protected suspend inline fun <T> off(crossinline question: () -> T): T =
        if (dispatcher === Dispatchers.Unconfined) question() else withContext(dispatcher) { question() }

    override suspend fun load(userId: String): StoredRecord? = off { storage.load(userId) }

    override suspend fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean =
        off { storage.save(userId, expected, record, events) }

    override suspend fun erase(userId: String) = off { storage.erase(userId) }

    override fun toString(): String = storage.toString()
}

private class SuspendingReports(storage: BlockingStorage, private val reports: BlockingReports, dispatcher: CoroutineDispatcher) :
    Suspending(storage, dispatcher), Reports {
    override suspend fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent> =
        off { reports.events(userId, before, limit) }

    override suspend fun stats(now: Long): Stats = off { reports.stats(now) }

    override suspend fun stale(keyId: String, after: String?, limit: Int): List<String> = off { reports.stale(keyId, after, limit) }

    override suspend fun purge(before: Long): Long = off { reports.purge(before) }
}
