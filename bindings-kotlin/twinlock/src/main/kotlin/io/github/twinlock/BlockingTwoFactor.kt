package io.github.twinlock

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/**
 * [TwoFactor] for threads, and for Java: the same operations, blocking. One object serves any number of threads.
 *
 * ```java
 * BlockingTwoFactor twoFactor = BlockingTwoFactor.builder("Acme", new SqliteStorage("2fa.db")).build(); // keys from TWINLOCK_KEYS
 *
 * Enrollment enrollment = twoFactor.beginEnrollment("42", "ada@example.com");
 * List<String> codes = twoFactor.confirmEnrollment("42", enrollment.getSetup(), "123456").getBackupCodes();
 *
 * String challenge = twoFactor.afterFirstFactor("42").getChallenge(); // after the password
 * if (challenge != null) {
 *     signIn(twoFactor.verify(challenge, "654321").getUserId()); // throws InvalidCodeException, ThrottledException, …
 * }
 * ```
 *
 * A storage call is not interrupted: what comes later than `storageTimeout` is refused, so a storage must bound its own waiting.
 * Arguments and refusals are those of [TwoFactor]; null from Java, where it is not allowed, is a [NullPointerException].
 *
 * @throws ConfigurationException as [TwoFactor]
 */
public class BlockingTwoFactor(
    issuer: String,
    /** Where records live. */
    public val storage: BlockingStorage,
    keys: KeyRing = KeyRing.fromEnvironment(),
    policy: Policy = Policy.DEFAULT,
    clock: Clock = Clock.SYSTEM,
    namespace: String = "",
    onEvent: EventListener? = null,
    storageTimeout: Duration = 5.seconds,
) : AutoCloseable {
    private val decider = Decider(issuer, keys, policy, clock, namespace, onEvent, storageTimeout)
    private val most = storageTimeout.inWholeNanoseconds

    /** The policy in force. */
    public val policy: Policy get() = decider.policy

    /** The id of the key that seals, for sweeps of stale records. */
    public val activeKeyId: String get() = decider.activeKeyId

    /** Frees the engine; the storage stays open. Operations after it refuse with [ConfigurationException]. */
    override fun close(): Unit = decider.close()

    override fun toString(): String = "BlockingTwoFactor(activeKeyId=$activeKeyId)"

    /** As [TwoFactor.beginEnrollment]. */
    @JvmOverloads
    public fun beginEnrollment(userId: String, accountName: String, options: BeginOptions = BeginOptions.NONE): Enrollment =
        run(Operations.beginEnrollment(userId, accountName, options))

    /** As [TwoFactor.confirmEnrollment]. */
    @JvmOverloads
    public fun confirmEnrollment(
        userId: String,
        setup: String,
        code: String,
        options: ConfirmOptions = ConfirmOptions.NONE,
    ): Enrolled = run(Operations.confirmEnrollment(userId, setup, code, options))

    /** As [TwoFactor.importAuthenticator]. */
    public fun importAuthenticator(userId: String, actor: String, options: ImportOptions): String =
        run(Operations.importAuthenticator(userId, actor, options))

    /** As [TwoFactor.afterFirstFactor]. */
    @JvmOverloads
    public fun afterFirstFactor(userId: String, options: FirstFactorOptions = FirstFactorOptions.NONE): NextStep =
        run(Operations.afterFirstFactor(userId, options))

    /** As [TwoFactor.verify]. */
    @JvmOverloads
    public fun verify(challenge: String, code: String, options: VerifyOptions = VerifyOptions.NONE): Verification =
        run(Operations.verify(challenge, code, options))

    /** As [TwoFactor.checkAssurance]. */
    public fun checkAssurance(userId: String, assurance: String, maxAge: Long?): Long =
        run(Operations.checkAssurance(userId, assurance, maxAge))

    /** As [TwoFactor.regenerateBackupCodes]. */
    @JvmOverloads
    public fun regenerateBackupCodes(userId: String, assurance: String, context: String? = null): List<String> =
        run(Operations.regenerateBackupCodes(userId, assurance, context))

    /** As [TwoFactor.backupCodesSaved]. */
    @JvmOverloads
    public fun backupCodesSaved(userId: String, context: String? = null): Unit = run(Operations.backupCodesSaved(userId, context))

    /** As [TwoFactor.renameAuthenticator]. */
    @JvmOverloads
    public fun renameAuthenticator(userId: String, assurance: String, id: String, name: String, context: String? = null): Unit =
        run(Operations.renameAuthenticator(userId, assurance, id, name, context))

    /** As [TwoFactor.removeAuthenticator]. */
    @JvmOverloads
    public fun removeAuthenticator(userId: String, assurance: String, id: String, context: String? = null): Unit =
        run(Operations.removeAuthenticator(userId, assurance, id, context))

    /** As [TwoFactor.disable]. */
    @JvmOverloads
    public fun disable(userId: String, assurance: String, context: String? = null): Unit =
        run(Operations.disable(userId, assurance, context))

    /** As [TwoFactor.revokeDevice]. */
    @JvmOverloads
    public fun revokeDevice(userId: String, id: String, context: String? = null): Unit =
        run(Operations.revokeDevice(userId, id, context))

    /** As [TwoFactor.revokeAllDevices]. */
    @JvmOverloads
    public fun revokeAllDevices(userId: String, context: String? = null): Unit = run(Operations.revokeAllDevices(userId, context))

    /** As [TwoFactor.status]. */
    @JvmOverloads
    public fun status(userId: String, device: String? = null, assurance: String? = null): Status =
        run(Operations.status(userId, device, assurance))

    /** As [TwoFactor.reset]. */
    @JvmOverloads
    public fun reset(userId: String, actor: String, reason: String, context: String? = null): Unit =
        run(Operations.reset(userId, actor, reason, context))

    /** As [TwoFactor.unlock]. */
    @JvmOverloads
    public fun unlock(userId: String, actor: String, context: String? = null): Unit =
        run(Operations.unlock(userId, actor, context))

    /** As [TwoFactor.passwordChanged]. */
    @JvmOverloads
    public fun passwordChanged(userId: String, context: String? = null): Unit = run(Operations.passwordChanged(userId, context))

    /** As [TwoFactor.reseal]. */
    public fun reseal(userId: String): Boolean = run(Operations.reseal(userId))

    /** As [TwoFactor.erase]. */
    public fun erase(userId: String): Unit = run(Operations.erase(userId))

    /** As [TwoFactor.events]. */
    @JvmOverloads
    public fun events(userId: String, cursor: String? = null, limit: Int = 50): EventPage {
        val before = PageRequest.before(cursor, limit)
        val reports = PageRequest.reports<BlockingReports>(storage, "events")
        return PageRequest.page(asked { reports.events(userId, before, limit + 1) }, limit)
    }

    /** As [TwoFactor.stats]. */
    public fun stats(): Stats {
        val reports = PageRequest.reports<BlockingReports>(storage, "stats")
        val now = decider.seconds()
        return asked { reports.stats(now) }
    }

    private fun <T> run(operation: Operation<T>): T = decider.run(
        operation,
        load = { userId -> asked { storage.load(userId) } },
        save = { userId, expected, record, events -> asked { storage.save(userId, expected, record, events) } },
        erase = { userId -> asked { storage.erase(userId) } },
    )

    private inline fun <T> asked(question: () -> T): T {
        val start = System.nanoTime()
        val answer = try {
            question()
        } catch (error: Throwable) {
            throw storageFailure(error)
        }
        if (System.nanoTime() - start > most) throw StorageTimeoutException()
        return answer
    }

    /** Collects what a [BlockingTwoFactor] is made of, for Java. */
    public class Builder internal constructor(private val issuer: String, private val storage: BlockingStorage) {
        private var keys: KeyRing? = null
        private var policy: Policy? = null
        private var clock: Clock = Clock.SYSTEM
        private var namespace: String = ""
        private var onEvent: EventListener? = null
        private var storageTimeout: Duration = 5.seconds

        /** The keys that seal; by default those of the environment, see [KeyRing.fromEnvironment]. */
        public fun keys(keys: KeyRing): Builder = apply { this.keys = keys }

        /** The numbers; by default [Policy.DEFAULT]. */
        public fun policy(policy: Policy): Builder = apply { this.policy = policy }

        /** Gives Unix seconds; by default the computer's clock. */
        public fun clock(clock: Clock): Builder = apply { this.clock = clock }

        /** Keeps staging from production, and application from application, on the same keys. */
        public fun namespace(namespace: String): Builder = apply { this.namespace = namespace }

        /** Is told of every event after its commit. */
        public fun onEvent(onEvent: EventListener): Builder = apply { this.onEvent = onEvent }

        /** A storage that takes longer refuses: milliseconds, above 0, by default 5,000. */
        public fun storageTimeoutMillis(millis: Long): Builder = apply { storageTimeout = millis.milliseconds }

        /** The driver. Throws [ConfigurationException] for anything out of range. */
        public fun build(): BlockingTwoFactor = BlockingTwoFactor(
            issuer,
            storage,
            keys ?: KeyRing.fromEnvironment(),
            policy ?: Policy.DEFAULT,
            clock,
            namespace,
            onEvent,
            storageTimeout,
        )
    }

    public companion object {
        /** A builder, for Java. */
        @JvmStatic
        public fun builder(issuer: String, storage: BlockingStorage): Builder = Builder(issuer, storage)
    }
}
