package io.github.twinlock.testing

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.Clock
import io.github.twinlock.Enrolled
import io.github.twinlock.Enrollment
import io.github.twinlock.EventListener
import io.github.twinlock.KeyRing
import io.github.twinlock.NextStep
import io.github.twinlock.Status
import io.github.twinlock.TwoFactor
import io.github.twinlock.Verification
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlin.time.Duration

/** What [DriverKit] puts a driver together of; its user adds an issuer. */
public class DriverParts internal constructor(
    /** Stores, with faults to order. */
    public val storage: FaultyStorage,
    /** Seal what is stored. */
    public val keys: KeyRing,
    /** To be asked anew in every round. */
    public val clock: Clock,
    /** To be told of events after their commit. */
    public val onEvent: EventListener,
    /** After which a storage is given up. */
    public val storageTimeout: Duration,
)

/** The operations that [DriverKit] needs of a driver. */
public interface DrivenBy {
    /** As [TwoFactor.beginEnrollment]. */
    public suspend fun beginEnrollment(userId: String, accountName: String): Enrollment

    /** As [TwoFactor.confirmEnrollment]. */
    public suspend fun confirmEnrollment(userId: String, setup: String, code: String): Enrolled

    /** As [TwoFactor.afterFirstFactor]. */
    public suspend fun afterFirstFactor(userId: String): NextStep

    /** As [TwoFactor.verify]. */
    public suspend fun verify(challenge: String, code: String): Verification

    /** As [TwoFactor.status]. */
    public suspend fun status(userId: String): Status

    /** As [TwoFactor.erase]. */
    public suspend fun erase(userId: String)

    public companion object {
        /** The driver for coroutines. */
        public fun of(driver: TwoFactor): DrivenBy = object : DrivenBy {
            override suspend fun beginEnrollment(userId: String, accountName: String) =
                driver.beginEnrollment(userId, accountName)

            override suspend fun confirmEnrollment(userId: String, setup: String, code: String) =
                driver.confirmEnrollment(userId, setup, code)

            override suspend fun afterFirstFactor(userId: String) = driver.afterFirstFactor(userId)

            override suspend fun verify(challenge: String, code: String) = driver.verify(challenge, code)

            override suspend fun status(userId: String) = driver.status(userId)

            override suspend fun erase(userId: String) = driver.erase(userId)
        }

        /** The driver for threads. */
        public fun of(driver: BlockingTwoFactor): DrivenBy = object : DrivenBy {
            private suspend fun <T> blocking(call: () -> T): T = withContext(Dispatchers.IO) { call() }

            override suspend fun beginEnrollment(userId: String, accountName: String) =
                blocking { driver.beginEnrollment(userId, accountName) }

            override suspend fun confirmEnrollment(userId: String, setup: String, code: String) =
                blocking { driver.confirmEnrollment(userId, setup, code) }

            override suspend fun afterFirstFactor(userId: String) = blocking { driver.afterFirstFactor(userId) }

            override suspend fun verify(challenge: String, code: String) = blocking { driver.verify(challenge, code) }

            override suspend fun status(userId: String) = blocking { driver.status(userId) }

            override suspend fun erase(userId: String) = blocking { driver.erase(userId) }
        }
    }
}
