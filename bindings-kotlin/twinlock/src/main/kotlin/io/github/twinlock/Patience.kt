package io.github.twinlock

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration

/** Waits for a storage, no longer than [timeout]. */
internal class Patience(private val timeout: Duration) {
    /**
     * Asks the storage, in the caller's context but not as a child of the caller's job: [goesOn] says that a caller who gives up
     * leaves a write that was begun to its end.
     *
     * The time runs by the real clock, also where a test's dispatcher makes time up: the storage behind may be a real one.
     */
    @OptIn(ExperimentalCoroutinesApi::class)
    suspend fun <T> ask(goesOn: Boolean, question: suspend () -> T): T {
        val context = currentCoroutineContext()
        context.ensureActive()
        // The answer is kept as a value: `await` may throw a copy of what the storage threw.
        val answer = CoroutineScope(context.minusKey(Job)).async(start = CoroutineStart.UNDISPATCHED) {
            runCatching { question() }
        }
        val told = if (answer.isCompleted) answer.getCompleted() else awaited(answer, goesOn)
        return told.getOrElse { throw storageFailure(it) }
    }

    private suspend fun <T> awaited(answer: Deferred<Result<T>>, goesOn: Boolean): Result<T> {
        try {
            val told = withContext(Dispatchers.Default) { withTimeoutOrNull(timeout) { answer.await() } }
            return told ?: throw StorageTimeoutException()
        } catch (error: CancellationException) {
            // The caller's cancellation passes through; that of the storage's own coroutine is a failure of the storage.
            currentCoroutineContext().ensureActive()
            throw StorageErrorException(cause = error)
        } finally {
            if (!goesOn) answer.cancel()
        }
    }
}
