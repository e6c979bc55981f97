package io.github.twinlock.testing

import io.github.twinlock.BlockingStorage
import io.github.twinlock.MemoryStorage
import io.github.twinlock.SqliteStorage
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

class StorageKitTest {
    @TempDir
    lateinit var folder: Path

    @TestFactory
    fun `memory keeps the laws`(): List<DynamicTest> = StorageKit.laws.map { law ->
        dynamicTest(law.name) {
            val storage = MemoryStorage()
            law.check(StorageSubject.blocking(open = { storage }))
        }
    }

    @TestFactory
    fun `SQLite keeps the laws`(): List<DynamicTest> = StorageKit.laws.mapIndexed { number, law ->
        dynamicTest(law.name) {
            val path = folder.resolve("$number.db").toString()
            val close = { storage: BlockingStorage -> (storage as SqliteStorage).close() }
            law.check(StorageSubject.blocking(open = { SqliteStorage(path) }, close = close))
        }
    }

    @Test
    fun `a storage that compares nothing breaks a law`() {
        val storage = object : BlockingStorage by MemoryStorage() {
            val records = HashMap<String, StoredRecord>()

            override fun load(userId: String) = synchronized(records) { records[userId] }

            override fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean {
                synchronized(records) { records[userId] = record }
                return true
            }
        }
        val broken = assertThrows(AssertionError::class.java) { StorageKit.check(StorageSubject.blocking({ storage })) }
        assertTrue(broken.message!!.startsWith("a record is created once: "), broken.message)
    }
}
