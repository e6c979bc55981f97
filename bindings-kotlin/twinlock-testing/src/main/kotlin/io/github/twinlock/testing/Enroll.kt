package io.github.twinlock.testing

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.Clock
import io.github.twinlock.Enrolled
import io.github.twinlock.FirstFactorOptions
import io.github.twinlock.TwoFactor

/** A pretend phone, and what the confirmation answered: backup codes, proof, device. */
public class EnrolledPhone internal constructor(public val phone: FakePhone, public val enrolled: Enrolled) {
    public operator fun component1(): FakePhone = phone

    public operator fun component2(): Enrolled = enrolled
}

/**
 * Enrolls a pretend phone. The code it shows now is used: advance the clock before signing in.
 *
 * ```kotlin
 * val (phone) = enroll(twoFactor, "42", clock)
 * clock.advance(30)
 * val challenge = twoFactor.afterFirstFactor("42").challenge!!
 * twoFactor.verify(challenge, phone.code())
 * ```
 *
 * @param clock the clock of [twoFactor]
 */
public suspend fun enroll(twoFactor: TwoFactor, userId: String, clock: Clock): EnrolledPhone {
    val enrollment = twoFactor.beginEnrollment(userId, "ada@example.com")
    val phone = FakePhone(enrollment.uri, clock)
    return EnrolledPhone(phone, twoFactor.confirmEnrollment(userId, enrollment.setup, phone.code()))
}

/** The same, blocking. */
public fun enroll(twoFactor: BlockingTwoFactor, userId: String, clock: Clock): EnrolledPhone {
    val enrollment = twoFactor.beginEnrollment(userId, "ada@example.com")
    val phone = FakePhone(enrollment.uri, clock)
    return EnrolledPhone(phone, twoFactor.confirmEnrollment(userId, enrollment.setup, phone.code()))
}

/** A fresh proof (assurance) by the code that the phone shows now, which must be unused. */
public suspend fun proof(twoFactor: TwoFactor, userId: String, phone: FakePhone): String {
    val challenge = checkNotNull(twoFactor.afterFirstFactor(userId, fresh = true).challenge) { NONE }
    return twoFactor.verify(challenge, phone.code()).assurance
}

/** The same, blocking. */
public fun proof(twoFactor: BlockingTwoFactor, userId: String, phone: FakePhone): String {
    val step = twoFactor.afterFirstFactor(userId, FirstFactorOptions(fresh = true))
    return twoFactor.verify(checkNotNull(step.challenge) { NONE }, phone.code()).assurance
}

private const val NONE = "the user has no second factor"
