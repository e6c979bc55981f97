import io.github.twinlock.MemoryStorage
import io.github.twinlock.Reports
import io.github.twinlock.Stats
import io.github.twinlock.Storage
import io.github.twinlock.StorageTimeoutException
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import java.io.IOException
import kotlin.experimental.xor

/** A memory storage with faults to order. */
class FaultyStorage : Storage, Reports {
    @Volatile
    var fault: String? = null
    private val memory = MemoryStorage()

    override suspend fun load(userId: String): StoredRecord? {
        trouble()
        val record = memory.load(userId) ?: return null
        return when (fault) {
            "tampered" -> record.run { StoredRecord(version, enabled, keyId, data.clone().also { it[it.size - 1] = it.last() xor 1 }) }
            "unknown_key" -> record.run { StoredRecord(version, enabled, "lost", data) }
            else -> record
        }
    }

    override suspend fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean {
        trouble()
        return fault != "lost_race" && memory.save(userId, expected, record, events)
    }

    override suspend fun erase(userId: String) {
        trouble()
        memory.erase(userId)
    }

    override suspend fun events(userId: String, before: ByteArray?, limit: Int): List<TwoFactorEvent> {
        trouble()
        return memory.events(userId, before, limit)
    }

    override suspend fun stats(now: Long): Stats {
        trouble()
        return memory.stats(now)
    }

    override suspend fun stale(keyId: String, after: String?, limit: Int): List<String> = memory.stale(keyId, after, limit)

    override suspend fun purge(before: Long): Long = memory.purge(before)

    private fun trouble() {
        if (fault == "unavailable") throw IOException("the disk is gone")
        // What a storage that bounds its own waiting says; really waiting would make the suite slow or shaky.
        if (fault == "slow") throw StorageTimeoutException()
    }
}
