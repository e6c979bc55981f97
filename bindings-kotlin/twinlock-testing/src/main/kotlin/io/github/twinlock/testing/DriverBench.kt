package io.github.twinlock.testing

import io.github.twinlock.EventListener
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.Storage
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactorEvent
import io.github.twinlock.TwoFactorException
import io.github.twinlock.Verification
import io.github.twinlock.suspending
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import java.util.Collections
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** A user with a phone behind a driver, at the moment when a code is due. */
internal class DriverBench(make: (DriverParts) -> DrivenBy, direct: Boolean) {
    val time = VirtualClock()
    val user = user("driver")
    val told: MutableList<Pair<String, Boolean>> = Collections.synchronizedList(ArrayList())
    val kept: MutableList<Pair<StoredRecord, ByteArray>> = Collections.synchronizedList(ArrayList())
    val readings = AtomicInteger()

    /** Seconds that pass whenever the clock is read. */
    var ticks = 0L

    /** What the clock shows instead of the time. */
    var broken: (() -> Double)? = null

    /** Done once, when the clock is read next. */
    @Volatile
    var hook: (() -> Unit)? = null
    var listensBadly = false
    val storage = FaultyStorage(Watched(MemoryStorage().suspending()), LATE, direct)
    private val parts = DriverParts(storage, KeyRing.generate(), ::now, EventListener(::listen), TIMEOUT)
    val driver = make(parts)

    /** Another process on the same storage. */
    val elsewhere = make(parts)
    lateinit var phone: FakePhone
    lateinit var backupCode: String

    /** Enrolls, and waits for codes that are unused. */
    suspend fun ready() {
        val enrollment = driver.beginEnrollment(user, "kit@example.com")
        phone = FakePhone(enrollment.uri, time)
        backupCode = driver.confirmEnrollment(user, enrollment.setup, phone.code()).backupCodes.first()
        time.advance(60)
        told.clear()
    }

    suspend fun challenge(): String {
        val challenge = driver.afterFirstFactor(user).challenge
        must(challenge != null, "a user with a second factor must get a challenge")
        return challenge!!
    }

    suspend fun verify(challenge: String, code: String = phone.code()): Verification = driver.verify(challenge, code)

    suspend fun version(): Long? = storage.inner.load(user)?.version

    private fun now(): Double {
        readings.incrementAndGet()
        val once = hook
        hook = null
        once?.invoke()
        broken?.let { return it() }
        return time.now().also { time.advance(ticks) }
    }

    private fun listen(event: TwoFactorEvent, durable: Boolean) {
        if (listensBadly) throw OrderedFailure("ordered: onEvent fails")
        told += event.type to durable
    }

    /** Keeps what each save was given, and how it looked then. */
    private inner class Watched(private val inner: Storage) : Storage by inner {
        override suspend fun save(
            userId: String,
            expected: Long?,
            record: StoredRecord,
            events: List<TwoFactorEvent>,
        ): Boolean {
            kept += record to record.data.clone()
            return inner.save(userId, expected, record, events)
        }
    }

    private companion object {
        // Far above what a disk or a busy machine takes: only what is meant to be late may be.
        val TIMEOUT = 300.milliseconds
        const val LATE = 900L
    }
}

/** A driver that has not answered by now hangs. */
private val HANGS = 10.seconds

/** Holds an operation to a refusal with that code; gives it. */
internal suspend fun refused(code: String, rule: String, call: suspend () -> Any): TwoFactorException {
    val answer = withContext(Dispatchers.Default) { withTimeoutOrNull(HANGS) { runCatching { call() } } }
        ?: throw BrokenLaw("$rule: it must be refused with $code, not hang")
    val error = answer.exceptionOrNull() ?: throw BrokenLaw("$rule: it must be refused with $code, not succeed")
    if (error is CancellationException) throw error
    val given = (error as? TwoFactorException)?.code
    if (given != code) throw BrokenLaw("$rule: it must be refused with $code, not ${given ?: error}", error)
    return error
}
