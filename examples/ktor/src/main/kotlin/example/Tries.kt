package example

import java.util.concurrent.ConcurrentHashMap

/** So many tries in a minute for each address or account. Where there are several processes, keep them in a place that all share. */
class Tries(private val most: Int, private val now: () -> Double) {
    private class Minute(val began: Double, val used: Int)

    private val minutes = ConcurrentHashMap<String, Minute>()

    /** @throws Problem `too_many_requests` */
    fun take(key: String) {
        if (minutes.size > KEPT) minutes.values.removeIf { now() - it.began >= MINUTE }
        val minute = checkNotNull(
            minutes.compute(key) { _, one ->
                if (one == null || now() - one.began >= MINUTE) Minute(now(), 1) else Minute(one.began, one.used + 1)
            },
        )
        if (minute.used > most) throw Problem("too_many_requests", retryAfter = (minute.began + MINUTE - now()).toLong() + 1)
    }

    private companion object {
        const val MINUTE = 60.0
        const val KEPT = 10_000
    }
}
