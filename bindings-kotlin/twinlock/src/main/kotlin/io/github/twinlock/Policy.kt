package io.github.twinlock

import io.github.twinlock.ffi.PolicySettings
import io.github.twinlock.ffi.defaultPolicy
import io.github.twinlock.ffi.fixedLockout as nativeFixedLockout
import io.github.twinlock.ffi.yearlyGuessProbability as nativeProbability

/**
 * The numbers, checked. Their reasons stand in the core's `policy.rs`.
 *
 * ```kotlin
 * val policy = Policy.builder { digits = 8 }
 * ```
 *
 * @property algorithm `SHA1`, `SHA256` or `SHA512`
 * @property digits of a code, 6 to 8
 * @property period seconds a code is shown, 1 to 300
 * @property window steps of the phone's clock either way, 0 to 2
 * @property secretBytes of a new secret, 16 to 64
 * @property backupCodes of a set, 0 to 20
 * @property requireSavedCodes whether pages insist that the user says the codes are saved
 * @property budget wrong codes that an account may evaluate before it is hardened
 * @property budgetReturnDays days until one of them is returned
 * @property backoff seconds to wait by number of unforgiven failures, the last one for all further
 * @property floodRate triples of codes per second that an attacker is assumed to try all year
 * @property setupTtl seconds that a setup can be confirmed
 * @property challengeTtl seconds that a challenge can be answered
 * @property challengeFailures counted wrong codes that a challenge takes
 * @property assuranceMaxAge seconds that a proof counts as fresh for sensitive operations
 * @property deviceKnownDays days that a browser is known
 * @property deviceTrustedDays days that a trusted browser skips the code
 * @property maxAuthenticators per user
 * @property maxDevices per user
 * @property acceptRisk take settings whose bound on guessing is above one in 10,000 a year
 * @property yearlyGuessProbability the bound on the probability that an attacker who knows the password guesses a code in a year
 */
public class Policy private constructor(internal val settings: PolicySettings) {
    public val yearlyGuessProbability: Double = configuring { nativeProbability(settings) }
    public val algorithm: String get() = settings.algorithm
    public val digits: Int get() = settings.digits
    public val period: Int get() = settings.period
    public val window: Int get() = settings.window
    public val secretBytes: Int get() = settings.secretBytes
    public val backupCodes: Int get() = settings.backupCodes
    public val requireSavedCodes: Boolean get() = settings.requireSavedCodes
    public val budget: Double get() = settings.budget
    public val budgetReturnDays: Double get() = settings.budgetReturnDays
    public val backoff: List<Int> get() = settings.backoff.toList()
    public val floodRate: Double get() = settings.floodRate
    public val setupTtl: Int get() = settings.setupTtl
    public val challengeTtl: Int get() = settings.challengeTtl
    public val challengeFailures: Int get() = settings.challengeFailures
    public val assuranceMaxAge: Int get() = settings.assuranceMaxAge
    public val deviceKnownDays: Int get() = settings.deviceKnownDays
    public val deviceTrustedDays: Int get() = settings.deviceTrustedDays
    public val maxAuthenticators: Int get() = settings.maxAuthenticators
    public val maxDevices: Int get() = settings.maxDevices
    public val acceptRisk: Boolean get() = settings.acceptRisk

    /** A builder that starts from these numbers. */
    public fun toBuilder(): Builder = Builder(settings)

    override fun equals(other: Any?): Boolean = other is Policy && settings == other.settings

    override fun hashCode(): Int = settings.hashCode()

    override fun toString(): String = settings.toString().replace("PolicySettings", "Policy")

    /** Collects the numbers; [build] checks them. */
    public class Builder internal constructor(settings: PolicySettings) {
        /** As [Policy.algorithm]. */
        @JvmSynthetic
        public var algorithm: String = settings.algorithm

        /** As [Policy.digits]. */
        @JvmSynthetic
        public var digits: Int = settings.digits

        /** As [Policy.period]. */
        @JvmSynthetic
        public var period: Int = settings.period

        /** As [Policy.window]. */
        @JvmSynthetic
        public var window: Int = settings.window

        /** As [Policy.secretBytes]. */
        @JvmSynthetic
        public var secretBytes: Int = settings.secretBytes

        /** As [Policy.backupCodes]. */
        @JvmSynthetic
        public var backupCodes: Int = settings.backupCodes

        /** As [Policy.requireSavedCodes]. */
        @JvmSynthetic
        public var requireSavedCodes: Boolean = settings.requireSavedCodes

        /** As [Policy.budget]. */
        @JvmSynthetic
        public var budget: Double = settings.budget

        /** As [Policy.budgetReturnDays]. */
        @JvmSynthetic
        public var budgetReturnDays: Double = settings.budgetReturnDays

        /** As [Policy.backoff]. */
        @JvmSynthetic
        public var backoff: List<Int> = settings.backoff

        /** As [Policy.floodRate]. */
        @JvmSynthetic
        public var floodRate: Double = settings.floodRate

        /** As [Policy.setupTtl]. */
        @JvmSynthetic
        public var setupTtl: Int = settings.setupTtl

        /** As [Policy.challengeTtl]. */
        @JvmSynthetic
        public var challengeTtl: Int = settings.challengeTtl

        /** As [Policy.challengeFailures]. */
        @JvmSynthetic
        public var challengeFailures: Int = settings.challengeFailures

        /** As [Policy.assuranceMaxAge]. */
        @JvmSynthetic
        public var assuranceMaxAge: Int = settings.assuranceMaxAge

        /** As [Policy.deviceKnownDays]. */
        @JvmSynthetic
        public var deviceKnownDays: Int = settings.deviceKnownDays

        /** As [Policy.deviceTrustedDays]. */
        @JvmSynthetic
        public var deviceTrustedDays: Int = settings.deviceTrustedDays

        /** As [Policy.maxAuthenticators]. */
        @JvmSynthetic
        public var maxAuthenticators: Int = settings.maxAuthenticators

        /** As [Policy.maxDevices]. */
        @JvmSynthetic
        public var maxDevices: Int = settings.maxDevices

        /** As [Policy.acceptRisk]. */
        @JvmSynthetic
        public var acceptRisk: Boolean = settings.acceptRisk

        /** As [Policy.algorithm]. */
        public fun algorithm(algorithm: String): Builder = apply { this.algorithm = algorithm }

        /** As [Policy.digits]. */
        public fun digits(digits: Int): Builder = apply { this.digits = digits }

        /** As [Policy.period]. */
        public fun period(period: Int): Builder = apply { this.period = period }

        /** As [Policy.window]. */
        public fun window(window: Int): Builder = apply { this.window = window }

        /** As [Policy.secretBytes]. */
        public fun secretBytes(secretBytes: Int): Builder = apply { this.secretBytes = secretBytes }

        /** As [Policy.backupCodes]. */
        public fun backupCodes(backupCodes: Int): Builder = apply { this.backupCodes = backupCodes }

        /** As [Policy.requireSavedCodes]. */
        public fun requireSavedCodes(requireSavedCodes: Boolean): Builder = apply { this.requireSavedCodes = requireSavedCodes }

        /** As [Policy.budget]. */
        public fun budget(budget: Double): Builder = apply { this.budget = budget }

        /** As [Policy.budgetReturnDays]. */
        public fun budgetReturnDays(budgetReturnDays: Double): Builder = apply { this.budgetReturnDays = budgetReturnDays }

        /** As [Policy.backoff]. */
        public fun backoff(backoff: List<Int>): Builder = apply { this.backoff = backoff }

        /** As [Policy.floodRate]. */
        public fun floodRate(floodRate: Double): Builder = apply { this.floodRate = floodRate }

        /** As [Policy.setupTtl]. */
        public fun setupTtl(setupTtl: Int): Builder = apply { this.setupTtl = setupTtl }

        /** As [Policy.challengeTtl]. */
        public fun challengeTtl(challengeTtl: Int): Builder = apply { this.challengeTtl = challengeTtl }

        /** As [Policy.challengeFailures]. */
        public fun challengeFailures(challengeFailures: Int): Builder = apply { this.challengeFailures = challengeFailures }

        /** As [Policy.assuranceMaxAge]. */
        public fun assuranceMaxAge(assuranceMaxAge: Int): Builder = apply { this.assuranceMaxAge = assuranceMaxAge }

        /** As [Policy.deviceKnownDays]. */
        public fun deviceKnownDays(deviceKnownDays: Int): Builder = apply { this.deviceKnownDays = deviceKnownDays }

        /** As [Policy.deviceTrustedDays]. */
        public fun deviceTrustedDays(deviceTrustedDays: Int): Builder = apply { this.deviceTrustedDays = deviceTrustedDays }

        /** As [Policy.maxAuthenticators]. */
        public fun maxAuthenticators(maxAuthenticators: Int): Builder = apply { this.maxAuthenticators = maxAuthenticators }

        /** As [Policy.maxDevices]. */
        public fun maxDevices(maxDevices: Int): Builder = apply { this.maxDevices = maxDevices }

        /** As [Policy.acceptRisk]. */
        public fun acceptRisk(acceptRisk: Boolean): Builder = apply { this.acceptRisk = acceptRisk }

        /**
         * The policy.
         *
         * @throws ConfigurationException for numbers out of range, and for a bound above 1e-4 without [acceptRisk]
         */
        public fun build(): Policy = Policy(
            PolicySettings(
                algorithm = algorithm,
                digits = digits,
                period = period,
                window = window,
                secretBytes = secretBytes,
                backupCodes = backupCodes,
                requireSavedCodes = requireSavedCodes,
                budget = budget,
                budgetReturnDays = budgetReturnDays,
                backoff = backoff.toList(),
                floodRate = floodRate,
                setupTtl = setupTtl,
                challengeTtl = challengeTtl,
                challengeFailures = challengeFailures,
                assuranceMaxAge = assuranceMaxAge,
                deviceKnownDays = deviceKnownDays,
                deviceTrustedDays = deviceTrustedDays,
                maxAuthenticators = maxAuthenticators,
                maxDevices = maxDevices,
                acceptRisk = acceptRisk,
            ),
        )
    }

    public companion object {
        private val recommended by lazy { Policy(guarded { defaultPolicy() }) }

        /** The recommended numbers. */
        @JvmStatic
        public val DEFAULT: Policy get() = recommended

        /** A builder that starts from the recommended numbers. */
        @JvmStatic
        public fun builder(): Builder = DEFAULT.toBuilder()

        /**
         * The recommended numbers, with changes.
         *
         * @throws ConfigurationException as [Builder.build]
         */
        public inline fun builder(change: Builder.() -> Unit): Policy = builder().apply(change).build()

        /**
         * A classic lockout, for those who must have one: it guesses worse and locks owners out, so it wants [acceptRisk]. Three
         * consecutive codes and backup codes stay open in it.
         *
         * @param attempts wrong codes until the lock, 1 to 255
         * @param minutes that it lasts
         * @throws ConfigurationException for numbers out of range, and without [acceptRisk]
         */
        @JvmStatic
        @JvmOverloads
        public fun fixedLockout(attempts: Int = 5, minutes: Int = 15, acceptRisk: Boolean = false): Policy =
            Policy(configuring { nativeFixedLockout(attempts, minutes, acceptRisk) })
    }
}
