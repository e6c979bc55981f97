package io.github.twinlock.jdbc

import io.github.twinlock.BlockingStorage
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.KeyRing
import io.github.twinlock.TwoFactorException
import io.github.twinlock.testing.FakePhone
import io.github.twinlock.testing.VirtualClock
import io.github.twinlock.testing.enroll
import java.util.UUID
import kotlin.time.Duration.Companion.seconds

/** The keys of this process and of those that it starts. */
internal val KEYS: String = System.getenv("TWINLOCK_KEYS") ?: KeyRing.generate().toText()

internal fun engine(storage: BlockingStorage, clock: VirtualClock) =
    BlockingTwoFactor("Acme", storage, KeyRing.fromText(KEYS), clock = clock, storageTimeout = 30.seconds)

/** Somebody who signs in; the next code is unused. */
internal class Person(storage: BlockingStorage, about: String = "user") {
    val clock = VirtualClock()
    val userId = "$about-${UUID.randomUUID()}"
    val twoFactor = engine(storage, clock)
    private val enrolled = enroll(twoFactor, userId, clock)
    val phone: FakePhone = enrolled.phone
    val backupCodes: List<String> = enrolled.enrolled.backupCodes

    init {
        clock.advance(30)
    }

    /** As after a right password. */
    fun challenge(): String = checkNotNull(twoFactor.afterFirstFactor(userId).challenge) { "no second factor" }
}

/** What a call came to: what it gave, or the code of the refusal. */
internal fun outcome(call: () -> String): String = try {
    call()
} catch (error: TwoFactorException) {
    error.code
}

/** What may come of a code that others try too. */
internal val FAIR = setOf("invalid_code", "challenge_expired", "throttled", "more_codes_required", "contention")
