package bench

import io.github.twinlock.Clock
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.TwoFactor
import kotlinx.coroutines.runBlocking

/** The driver for coroutines, all calls in one coroutine. */
class Suspending(storage: MemoryStorage, keys: KeyRing, clock: Clock) {
    private val twoFactor = TwoFactor("Acme", storage, keys, clock = clock)

    fun signIns(tries: List<Try>, at: (Double) -> Unit) = runBlocking {
        for (each in tries) {
            at(each.now)
            twoFactor.verify(each.challenge, each.code)
        }
    }
}

/** A sign-in to come: when, with which challenge and which code. */
@JvmRecord
data class Try(val now: Double, val challenge: String, val code: String)
