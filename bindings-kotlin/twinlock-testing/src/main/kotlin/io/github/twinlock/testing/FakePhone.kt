package io.github.twinlock.testing

import io.github.twinlock.Clock

/**
 * A phone with one account, on the clock of the test. It computes its codes with `javax.crypto`, not with Twinlock.
 *
 * ```kotlin
 * FakePhone("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8", VirtualClock(59)).code() // 94287082, RFC 6238
 * ```
 *
 * @param uri an `otpauth://totp/` URI, or a base32 secret
 * @param clock what tells the phone the time
 * @throws IllegalArgumentException when there is no such account
 */
public class FakePhone(uri: String, private val clock: Clock) {
    private val account = PhoneAccount.of(uri)

    /** Digits of a code, 6 to 8. */
    public val digits: Int get() = account.digits

    /** Seconds that a code lasts. */
    public val period: Int get() = account.period

    /** The code shown now. */
    public fun code(): String = codeAfter(0)

    /** The code shown [steps] steps from now; before now when negative. */
    public fun codeAfter(steps: Int): String = account.codeAt(clock.now().toLong() + steps.toLong() * period)

    /** Consecutive codes, the oldest first, the newest shown now: `code` and `nextCodes` of a call that asks for three. */
    @JvmOverloads
    public fun codes(count: Int = 3): List<String> = List(count) { codeAfter(it + 1 - count) }

    /** A code that matches no step anywhere near now. */
    public fun wrongCode(): String {
        val near = (-60..60).mapTo(HashSet(), ::codeAfter)
        return generateSequence(0) { it + 1 }.map { it.toString().padStart(digits, '0') }.first { it !in near }
    }

    override fun toString(): String = "FakePhone(digits=$digits, period=$period)"
}
