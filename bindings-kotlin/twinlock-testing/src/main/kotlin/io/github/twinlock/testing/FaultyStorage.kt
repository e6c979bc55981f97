package io.github.twinlock.testing

import io.github.twinlock.BlockingStorage
import io.github.twinlock.MemoryStorage
import io.github.twinlock.Storage
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import io.github.twinlock.suspending
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger

/** What an ordered failure throws: an error of the storage's own. */
public class OrderedFailure(message: String) : RuntimeException(message)

/** What goes wrong at the next call of that kind. */
public enum class Fault(internal val about: String) {
    /** Throws. */
    LOAD_FAILS("load"),

    /** Answers after the time-out. */
    LOAD_LATE("load"),

    /** Does not answer. */
    LOAD_NEVER("load"),

    /** Throws; nothing is written. */
    SAVE_FAILS_BEFORE("save"),

    /** Throws; it is written. */
    SAVE_FAILS_AFTER("save"),

    /** Writes and answers after the time-out. */
    SAVE_LATE("save"),

    /** Writes and does not answer. */
    SAVE_NEVER("save"),

    /** Somebody else was first. */
    SAVE_LOSES_RACE("save"),

    /** Throws; nothing is erased. */
    ERASE_FAILS("erase"),

    /** Erases and does not answer. */
    ERASE_NEVER("erase"),
}

/**
 * A storage with faults to order, for holding drivers to their rules.
 *
 * ```kotlin
 * val storage = FaultyStorage()
 * storage.order(Fault.LOAD_FAILS)
 * storage.load("42") // throws OrderedFailure
 * storage.load("42") // null
 * ```
 *
 * @property inner what really stores
 * @param lateMillis milliseconds that a late answer takes
 * @param direct answers without suspending where it can
 */
public class FaultyStorage(
    public val inner: Storage = MemoryStorage().suspending(),
    private val lateMillis: Long = 50,
    private val direct: Boolean = false,
) : Storage {
    private val orders = ConcurrentLinkedQueue<Fault>()
    private val loading = AtomicInteger()
    private val saving = AtomicInteger()
    private val late = MutableStateFlow(0)

    /** How often `load` was called. */
    public val loads: Int get() = loading.get()

    /** How often `save` was called. */
    public val saves: Int get() = saving.get()

    /** Orders faults behind those that wait; each happens once, at the call it is about. */
    public fun order(vararg faults: Fault) {
        orders += faults
    }

    /** Waits until every late answer has come, and every late write with it. */
    public suspend fun idle() {
        late.first { it == 0 }
    }

    /** The same storage for a blocking driver, without the faults that never answer: those would block for ever. */
    public fun blocking(): BlockingStorage = object : BlockingStorage {
        override fun load(userId: String) = runBlocking { this@FaultyStorage.load(userId) }

        override fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>) =
            runBlocking { this@FaultyStorage.save(userId, expected, record, events) }

        override fun erase(userId: String) = runBlocking { this@FaultyStorage.erase(userId) }
    }

    /** As ordered. */
    override suspend fun load(userId: String): StoredRecord? {
        loading.incrementAndGet()
        return answered(next("load")) { fault ->
            if (fault == Fault.LOAD_FAILS) throw OrderedFailure("ordered: load fails")
            inner.load(userId)
        }
    }

    /** As ordered. */
    override suspend fun save(
        userId: String,
        expected: Long?,
        record: StoredRecord,
        events: List<TwoFactorEvent>,
    ): Boolean {
        saving.incrementAndGet()
        return answered(next("save")) { fault ->
            if (fault == Fault.SAVE_FAILS_BEFORE) throw OrderedFailure("ordered: save fails and has written nothing")
            if (fault == Fault.SAVE_LOSES_RACE) return@answered false
            val written = inner.save(userId, expected, record, events)
            if (fault == Fault.SAVE_FAILS_AFTER) throw OrderedFailure("ordered: save fails although it has written")
            written
        }
    }

    /** As ordered. */
    override suspend fun erase(userId: String): Unit = answered(next("erase")) { fault ->
        if (fault == Fault.ERASE_FAILS) throw OrderedFailure("ordered: erase fails")
        inner.erase(userId)
    }

    private fun next(about: String): Fault? = synchronized(orders) {
        if (orders.peek()?.about == about) orders.poll() else null
    }

    private suspend fun <T> answered(fault: Fault?, call: suspend (Fault?) -> T): T = when (fault) {
        Fault.LOAD_LATE, Fault.SAVE_LATE -> {
            lately { call(fault) }
        }

        Fault.LOAD_NEVER, Fault.SAVE_NEVER, Fault.ERASE_NEVER -> {
            call(fault)
            awaitCancellation()
        }

        else -> {
            if (!direct) yield()
            call(fault)
        }
    }

    private suspend fun <T> lately(call: suspend () -> T): T {
        late.update { it + 1 }
        try {
            // By the real clock, as the driver's time-out.
            withContext(Dispatchers.Default) { delay(lateMillis) }
            return call()
        } finally {
            late.update { it - 1 }
        }
    }
}
