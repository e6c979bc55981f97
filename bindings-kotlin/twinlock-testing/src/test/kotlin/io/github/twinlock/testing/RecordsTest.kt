package io.github.twinlock.testing

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.Method
import io.github.twinlock.StoredRecord
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.util.Base64

/** Sealed bytes of every released format open for ever. */
class RecordsTest {
    @Test
    fun `no record is missing`() {
        for ((file, least) in Shared.manifest("records")) assertTrue(records(file).size >= least, file)
    }

    @TestFactory
    fun `every record opens`(): List<DynamicTest> = Shared.names("records").flatMap { file ->
        records(file).map { one -> dynamicTest("$file: ${one["name"]}") { opens(Shared.read("records/$file"), one) } }
    }

    private fun records(file: String) = (Shared.read("records/$file")["records"] as List<*>).map { it.asObject() }

    private fun opens(file: Map<String, Any?>, one: Map<String, Any?>) {
        val user = one["user_id"] as String
        val data = Base64.getDecoder().decode(one["data"] as String)
        val record = StoredRecord(one["version"] as Long, one["enabled"] as Boolean, one["key_id"] as String, data)
        val memory = MemoryStorage().apply { save(user, null, record, emptyList()) }
        val clock = VirtualClock(one["at"] as Long)
        val keys = KeyRing.fromText(file["keys"] as String)
        val twoFactor = BlockingTwoFactor("Acme", memory, keys, clock = clock, namespace = file["namespace"] as String)
        val works = one["opens"].asObject().mapValues { it.value as String }

        assertEquals(one["status"], Shared.objectOf(twoFactor.status(user, works["device"]).body()))
        works["assurance"]?.let { twoFactor.checkAssurance(user, it, null) }
        works["spent_backup_code"]?.let { code ->
            refused("invalid_code") { twoFactor.verify(twoFactor.afterFirstFactor(user).challenge!!, code) }
        }
        works["backup_code"]?.let { code ->
            assertEquals(Method.BACKUP_CODE, twoFactor.verify(twoFactor.afterFirstFactor(user).challenge!!, code).method)
        }
        works["uri"]?.let { uri ->
            clock.advance(60)
            val challenge = twoFactor.afterFirstFactor(user).challenge!!
            assertEquals(user, twoFactor.verify(challenge, FakePhone(uri, clock).code()).userId)
        }
    }
}
