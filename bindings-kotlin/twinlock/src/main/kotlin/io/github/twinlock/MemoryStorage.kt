package io.github.twinlock

import java.util.concurrent.ConcurrentHashMap

/**
 * Records and events in memory, of one process, for tests and for trying things out: everything is gone when the process ends. For
 * any number of threads and coroutines; never blocks for long, so both drivers call it in place.
 */
public class MemoryStorage : BlockingStorage, BlockingReports {
    /** Changed inside `compute` only, which lets one in at a time; the record alone is read from outside. */
    private class Entry(@Volatile var record: StoredRecord, val events: ArrayList<TwoFactorEvent>)

    private val users = ConcurrentHashMap<String, Entry>()

    override fun load(userId: String): StoredRecord? = users[userId]?.record

    override fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean {
        var saved = false
        users.compute(userId) { _, entry ->
            saved = entry?.record?.version == expected
            when {
                !saved -> entry

                entry == null -> Entry(record, ArrayList(events))

                else -> entry.apply {
                    this.record = record
                    this.events += events
                }
            }
        }
        return saved
    }

    override fun erase(userId: String) {
        users.remove(userId)
    }

    override fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent> {
        return eventsOf(userId).filter { before == null || BYTES.compare(it.id, before) < 0 }
            .sortedWith { one, other -> BYTES.compare(other.id, one.id) }.take(limit)
    }

    override fun stats(now: Long): Stats {
        val recent = users.keys.flatMap(::eventsOf).filter { it.at >= now - MONTH }

        fun count(vararg types: String) = recent.count { it.type in types }.toLong()
        val enabled = users.values.count { it.record.enabled }.toLong()
        return Stats(enabled, count("enrolled"), count("disabled", "reset"), count("failed"))
    }

    override fun stale(keyId: String, after: String?, limit: Int): List<String> {
        val others = users.filterValues { it.record.keyId != keyId }.keys.map { it.toByteArray() to it }
        val start = after?.toByteArray()
        return others.filter { (bytes) -> start == null || BYTES.compare(bytes, start) > 0 }
            .sortedWith { one, other -> BYTES.compare(one.first, other.first) }.map { it.second }.take(limit)
    }

    override fun purge(before: Long): Long {
        var purged = 0L
        for (userId in users.keys) {
            users.computeIfPresent(userId) { _, entry ->
                val all = entry.events.size
                entry.events.removeAll { it.at < before }
                purged += all - entry.events.size
                entry
            }
        }
        return purged
    }

    private fun eventsOf(userId: String): List<TwoFactorEvent> {
        var events = emptyList<TwoFactorEvent>()
        users.computeIfPresent(userId) { _, entry -> entry.also { events = it.events.toList() } }
        return events
    }

    override fun toString(): String = "MemoryStorage(${users.size} users)"

    private companion object {
        const val MONTH = 30 * 86_400L

        /** Unsigned, as databases sort. */
        val BYTES = Comparator<ByteArray> { one, other ->
            val differ = (0 until minOf(one.size, other.size)).firstOrNull { one[it] != other[it] }
            if (differ == null) one.size - other.size else (one[differ].toInt() and 255) - (other[differ].toInt() and 255)
        }
    }
}
