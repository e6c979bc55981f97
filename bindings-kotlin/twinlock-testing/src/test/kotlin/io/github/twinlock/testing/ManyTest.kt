package io.github.twinlock.testing

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.SqliteStorage
import io.github.twinlock.TwoFactor
import io.github.twinlock.TwoFactorException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors

class ManyTest {
    private val clock = VirtualClock()

    @Test
    fun `of 200 coroutines with one code one gets in`(@TempDir folder: Path) = runBlocking {
        SqliteStorage(folder.resolve("2fa.db").toString(), synchronous = SqliteStorage.Synchronous.NORMAL).use { storage ->
            val twoFactor = TwoFactor("Acme", storage, KeyRing.generate(), clock = clock)
            val phone = enroll(twoFactor, "42", clock).phone
            clock.advance(30)
            val challenges = List(200) { twoFactor.afterFirstFactor("42").challenge!! }
            val answers = challenges.map { async(Dispatchers.Default) { runCatching { twoFactor.verify(it, phone.code()) } } }.awaitAll()
            assertEquals(1, answers.count { it.isSuccess })
            val codes = answers.mapNotNull { it.exceptionOrNull() }.map { (it as TwoFactorException).code }
            assertTrue(codes.all { it == "invalid_code" || it == "contention" }, codes.toString())
        }
    }

    @Test
    fun `many threads share one driver`() {
        val threads = 32
        val twoFactor = BlockingTwoFactor("Acme", MemoryStorage(), KeyRing.generate(), clock = clock)
        val phones = List(threads) { enroll(twoFactor, "user $it", clock).phone }
        clock.advance(30)
        val barrier = CyclicBarrier(threads)
        val pool = Executors.newFixedThreadPool(threads)
        try {
            val answers = phones.mapIndexed { number, phone ->
                pool.submit(
                    Callable {
                        barrier.await()
                        repeat(20) { refused("invalid_code") { twoFactor.verify(challenge(twoFactor, number), "0000-0000-0000-0000") } }
                        twoFactor.verify(challenge(twoFactor, number), phone.code()).userId
                    },
                )
            }
            assertEquals(List(threads) { "user $it" }, answers.map { it.get() })
        } finally {
            pool.shutdownNow()
        }
    }

    private fun challenge(twoFactor: BlockingTwoFactor, number: Int) = twoFactor.afterFirstFactor("user $number").challenge!!
}
