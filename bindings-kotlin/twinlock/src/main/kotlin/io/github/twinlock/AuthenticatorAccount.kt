package io.github.twinlock

import io.github.twinlock.ffi.Account
import io.github.twinlock.ffi.accountsFromMigration
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** The phone's side: an account that shows codes. Printed, it shows names only. */
public class AuthenticatorAccount private constructor(private val account: Account) {
    private val info = guarded { account.info() }

    /** Who issued the account. */
    public val issuer: String? get() = info.issuer

    /** The account's name. */
    public val accountName: String get() = info.accountName

    /** Digits of a code. */
    public val digits: Int get() = info.digits.toInt()

    /** Seconds that a code is shown. */
    public val period: Int get() = info.period.toInt()

    /** The code shown at [now] (Unix seconds). [ConfigurationException] for what is no time. */
    public fun codeAt(now: Double): String = guarded { account.codeAt(now) }

    /** Whole seconds until the next code at [now] (Unix seconds): 1 to [period]. [ConfigurationException] for what is no time. */
    public fun secondsLeft(now: Double): Int = guarded { account.secondsLeft(now).toInt() }

    /**
     * What an app shows: the code with the seconds left, at once and then at every full second, for as long as somebody collects.
     * Cold: each collector has its own.
     */
    @JvmOverloads
    public fun codes(clock: Clock = Clock.SYSTEM): Flow<ShownCode> = flow {
        while (true) {
            val now = clock.now()
            emit(ShownCode(codeAt(now), secondsLeft(now)))
            // To the next full second of that clock, so that no second is shown twice and none is left out.
            delay(((now + 1).toLong() - now).times(1000).toLong().coerceIn(1, 1000))
        }
    }

    override fun toString(): String = "AuthenticatorAccount(issuer=$issuer, accountName=$accountName)"

    public companion object {
        /** Reads an `otpauth://totp/` URI, as an app does when it scans the QR code. Else [InvalidSecretException]. */
        @JvmStatic
        public fun fromUri(uri: String): AuthenticatorAccount = scanned { AuthenticatorAccount(Account.fromUri(uri)) }

        /**
         * Reads an `otpauth-migration://` URI, one QR code of an authenticator app's export: all its accounts. Else
         * [InvalidSecretException].
         */
        @JvmStatic
        public fun fromMigration(uri: String): List<AuthenticatorAccount> =
            scanned { accountsFromMigration(uri).map(::AuthenticatorAccount) }

        private inline fun <T> scanned(read: () -> T): T = try {
            guarded(read)
        } catch (error: MalformedRequestException) {
            throw InvalidSecretException(error.message.orEmpty())
        }
    }
}

/** A code on a phone's screen. Printed, it shows no code. */
public class ShownCode internal constructor(
    /** The code. */
    public val code: String,
    /** Seconds until the next one. */
    public val secondsLeft: Int,
) {
    override fun toString(): String = "ShownCode(secondsLeft=$secondsLeft)"
}
