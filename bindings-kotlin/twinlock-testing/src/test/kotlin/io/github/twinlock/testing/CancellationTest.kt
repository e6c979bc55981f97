package io.github.twinlock.testing

import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.Storage
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactor
import io.github.twinlock.TwoFactorEvent
import io.github.twinlock.suspending
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A storage that waits at a gate, and says when somebody stands there. */
private class Gated(private val inner: Storage) : Storage by inner {
    class Gate {
        val reached = CompletableDeferred<Unit>()
        val open = CompletableDeferred<Unit>()
        val passed = CompletableDeferred<Unit>()
    }

    @Volatile
    var load: Gate? = null

    @Volatile
    var save: Gate? = null

    override suspend fun load(userId: String): StoredRecord? = through(load) { inner.load(userId) }

    override suspend fun save(userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>): Boolean =
        through(save) { inner.save(userId, expected, record, events) }

    private suspend fun <T> through(gate: Gate?, call: suspend () -> T): T {
        if (gate == null) return call()
        gate.reached.complete(Unit)
        gate.open.await()
        return call().also { gate.passed.complete(Unit) }
    }
}

@OptIn(ExperimentalCoroutinesApi::class) // reads how a coroutine ended
class CancellationTest {
    private val clock = VirtualClock()
    private val memory = MemoryStorage()
    private val storage = Gated(memory.suspending())
    private val told = ArrayList<String>()
    private val twoFactor =
        TwoFactor("Acme", storage, KeyRing.generate(), clock = clock, onEvent = { event, _ -> told += event.type })

    private suspend fun enrolled(): FakePhone {
        val phone = enroll(twoFactor, "42", clock).phone
        clock.advance(30)
        told.clear()
        return phone
    }

    private suspend fun challenge() = twoFactor.afterFirstFactor("42").challenge!!

    private fun version() = memory.load("42")?.version

    @Test
    fun `who gives up during a load changes nothing and is not let in`() = runBlocking(Dispatchers.Default) {
        val phone = enrolled()
        val challenge = challenge()
        val before = version()
        val gate = Gated.Gate().also { storage.load = it }
        val caller = async { twoFactor.verify(challenge, phone.code()) }
        gate.reached.await()
        caller.cancelAndJoin()
        gate.open.complete(Unit)
        assertTrue(caller.getCompletionExceptionOrNull() is CancellationException)
        storage.load = null
        assertEquals(before, version())
        assertEquals("42", twoFactor.verify(challenge, phone.code()).userId, "nothing was burned")
    }

    @Test
    fun `who gives up during a save loses the answer and not the write`() = runBlocking(Dispatchers.Default) {
        val phone = enrolled()
        val (mine, other) = listOf(challenge(), challenge())
        val before = version()
        val gate = Gated.Gate().also { storage.save = it }
        val caller: Deferred<Any> = async { twoFactor.verify(mine, phone.code()) }
        gate.reached.await()
        caller.cancelAndJoin()
        assertTrue(caller.getCompletionExceptionOrNull() is CancellationException)
        storage.save = null
        gate.open.complete(Unit)
        gate.passed.await()
        assertNotEquals(before, version(), "a save that was begun goes on")
        assertTrue(told.isEmpty(), "and nothing is told")
        val error = runCatching { twoFactor.verify(other, phone.code()) }.exceptionOrNull()
        refused("invalid_code") { throw error!! }
        Unit
    }

    @Test
    fun `who has given up before begins nothing`() = runBlocking(Dispatchers.Default) {
        enrolled()
        var loaded = false
        val watched = object : Storage by storage {
            override suspend fun load(userId: String): StoredRecord? = storage.load(userId).also { loaded = true }
        }
        val other = TwoFactor("Acme", watched, KeyRing.generate(), clock = clock)
        val caller = async(start = CoroutineStart.UNDISPATCHED) {
            withContext(NonCancellable) { delay(50) }
            other.status("42")
        }
        caller.cancelAndJoin()
        assertTrue(caller.isCancelled)
        assertFalse(loaded)
    }

    @Test
    fun `a storage whose own coroutine is cancelled has failed`() = runBlocking(Dispatchers.Default) {
        val own = CancellationException("the pool is closed")
        val broken = object : Storage by storage {
            override suspend fun load(userId: String): StoredRecord? {
                delay(1)
                throw own
            }
        }
        val error = runCatching { TwoFactor("Acme", broken, KeyRing.generate()).status("42") }.exceptionOrNull()
        assertSame(own, refused("storage_error") { throw error!! }.cause)
    }

    @Test
    fun `time that a test makes up does not run out on a real storage`() = runTest {
        val slow = object : Storage by storage {
            override suspend fun load(userId: String): StoredRecord? = withContext(Dispatchers.IO) {
                Thread.sleep(50)
                storage.load(userId)
            }
        }
        assertEquals(false, TwoFactor("Acme", slow, KeyRing.generate(), clock = clock).status("42").enabled)
    }
}
