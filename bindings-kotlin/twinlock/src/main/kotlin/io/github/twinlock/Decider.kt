package io.github.twinlock

import io.github.twinlock.ffi.Engine
import io.github.twinlock.ffi.Outcome
import io.github.twinlock.ffi.Step
import io.github.twinlock.ffi.Todo
import io.github.twinlock.ffi.clockSeconds
import java.util.concurrent.CancellationException
import java.util.logging.Level
import java.util.logging.Logger
import kotlin.time.Duration
import io.github.twinlock.ffi.StoredRecord as NativeRecord

/** What both drivers share: engine, clock and listener. */
internal class Decider(
    issuer: String,
    keys: KeyRing,
    val policy: Policy,
    private val clock: Clock,
    namespace: String,
    private val onEvent: EventListener?,
    val storageTimeout: Duration,
) : AutoCloseable {
    private val engine = configuring { Engine(issuer, keys.ring, policy.settings, namespace) }
    private val crossing = Crossing(engine)
    val activeKeyId: String = keys.activeId

    init {
        if (!storageTimeout.isPositive()) throw ConfigurationException("storageTimeout must be above 0")
    }

    override fun close() = engine.close()

    /** Whose record the operation needs. */
    fun open(operation: Operation<*>): String = crossing.open(operation.call)

    fun decide(operation: Operation<*>, row: StoredRecord?): Step {
        val record = row?.run { NativeRecord(version.toULong(), enabled, keyId, data) }
        return crossing.decide(operation.call, record, now())
    }

    /** Unix seconds; what the clock gives is checked by the engine. */
    private fun now(): Double = try {
        clock.now()
    } catch (error: Throwable) {
        throw ConfigurationException("the clock failed", error)
    }

    fun seconds(): Long = guarded { clockSeconds(now()).toLong() }

    /** Only after what was to be stored is stored. */
    fun <T> tell(operation: Operation<T>, step: Step): T {
        if (onEvent != null) {
            (step.todo as? Todo.Save)?.events?.forEach { notify(TwoFactorEvent.of(it), true) }
            step.notices.forEach { notify(TwoFactorEvent.of(it), false) }
        }
        val outcome = step.outcome
        if (outcome is Outcome.Refused) throw outcome.refusal.exception(operation.place)
        return operation.outcome(outcome)
    }

    // What is committed is committed: whoever listens cannot undo it, nor keep the answer from the caller.
    private fun notify(event: TwoFactorEvent, durable: Boolean) {
        try {
            onEvent?.on(event, durable)
        } catch (error: Throwable) {
            LOG.log(Level.WARNING, "onEvent failed; the event ${event.type} stands", error)
        }
    }

    /** The refusal of this operation for whatever was thrown; a cancellation passes, and so does what ends the virtual machine. */
    fun refusal(error: Throwable, operation: Operation<*>): Throwable {
        val refusal = native(error)
        if (refusal is CancellationException || refusal is VirtualMachineError) return refusal
        val told = refusal as? TwoFactorException ?: InternalErrorException("internal error", refusal)
        return told.also { it.operation = operation.place }
    }

    companion object {
        /** How often a lost race is decided again. */
        const val ROUNDS = 5
        private val LOG: Logger = Logger.getLogger("io.github.twinlock")
    }
}

/**
 * Loads, decides, saves, tells; knows no policy. `core/src/driver.rs` is the reference that this mirrors:
 *
 * 1. Save before tell: an outcome, good or bad, leaves only after its write is committed. What changes nothing writes nothing.
 * 2. A counted wrong code is an outcome *with a write*, not an early error.
 * 3. After a lost race, decide again on a freshly loaded record and a freshly read clock; at most 5 rounds, then contention.
 * 4. Any storage failure or time-out refuses; what was burned stays burned; the outcome is dropped unseen.
 * 5. Never cache a record; never run inside the caller's transaction.
 * 6. No policy here.
 * 7. A cancelled caller loses the answer, never the write.
 *
 * Inlined into the suspending driver and the blocking one, so there is one loop for both.
 */
internal inline fun <T> Decider.run(
    operation: Operation<T>,
    load: (userId: String) -> StoredRecord?,
    save: (userId: String, expected: Long?, record: StoredRecord, events: List<TwoFactorEvent>) -> Boolean,
    erase: (userId: String) -> Unit,
): T {
    try {
        val userId = open(operation)
        repeat(Decider.ROUNDS) {
            val step = decide(operation, load(userId))
            val stored = when (val todo = step.todo) {
                is Todo.Nothing -> {
                    true
                }

                is Todo.Save -> {
                    save(userId, todo.expected?.toLong(), todo.row(), todo.events.map(TwoFactorEvent::of))
                }

                is Todo.Erase -> {
                    erase(userId)
                    true
                }
            }
            if (stored) return tell(operation, step)
        }
        throw ContentionException()
    } catch (error: Throwable) {
        throw refusal(error, operation)
    }
}

internal fun Todo.Save.row(): StoredRecord = record.run { StoredRecord(version.toLong(), enabled, keyId, data) }

/** The refusal for whatever a storage threw, which stays at hand as `cause`. */
internal fun storageFailure(error: Throwable): TwoFactorException {
    if (error is InterruptedException) Thread.currentThread().interrupt()
    return error as? TwoFactorException ?: StorageErrorException(cause = error)
}
