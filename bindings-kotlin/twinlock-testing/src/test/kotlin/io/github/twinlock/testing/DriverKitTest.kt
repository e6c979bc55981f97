package io.github.twinlock.testing

import io.github.twinlock.BlockingStorage
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.TwoFactor
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.util.logging.Level
import java.util.logging.Logger

class DriverKitTest {
    // Listeners that fail on purpose are no news.
    private val log = Logger.getLogger("io.github.twinlock").apply { level = Level.OFF }

    @AfterEach
    fun hear() {
        log.level = null
    }

    @TestFactory
    fun `the driver for coroutines keeps the laws`(): List<DynamicTest> = DriverKit.laws.map { law ->
        dynamicTest(law.name) {
            law.check {
                with(it) {
                    DrivenBy.of(TwoFactor("Acme", storage, keys, clock = clock, onEvent = onEvent, storageTimeout = storageTimeout))
                }
            }
        }
    }

    @TestFactory
    fun `the driver for threads keeps the laws`(): List<DynamicTest> = DriverKit.blockingLaws.map { law ->
        dynamicTest(law.name) { law.check(::blocking) }
    }

    @Test
    fun `a driver that swallows what the storage throws breaks a law`() {
        val law = DriverKit.laws.first { it.name == "what fails lets nobody in" }
        val broken = assertThrows(AssertionError::class.java) {
            law.check { parts ->
                val driver = blocking(parts)
                object : DrivenBy by driver {
                    override suspend fun verify(challenge: String, code: String) =
                        runCatching { driver.verify(challenge, code) }.getOrElse { driver.verify(challenge, code) }
                }
            }
        }
        assertEquals("what fails lets nobody in: when LOAD_FAILS: it must be refused with storage_error, not succeed", broken.message)
    }

    private fun blocking(parts: DriverParts): DrivenBy = with(parts) {
        val stored: BlockingStorage = storage.blocking()
        DrivenBy.of(BlockingTwoFactor("Acme", stored, keys, clock = clock, onEvent = onEvent, storageTimeout = storageTimeout))
    }
}
