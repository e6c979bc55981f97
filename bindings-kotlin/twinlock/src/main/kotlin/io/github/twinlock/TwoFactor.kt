package io.github.twinlock

import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/**
 * The second lock after the password, for coroutines. [BlockingTwoFactor] is the same for threads.
 *
 * User ids are the application's own: 1 to 255 bytes of text without control characters, compared byte by byte; turn numbers into
 * text yourself. `context` (at most 256 bytes, e.g. browser and address) goes into the events and, in part, becomes the name of a
 * browser. Times are Unix seconds. Tokens are opaque text of at most 1,280 characters: keep them, never put them into a URL.
 *
 * What is refused throws a [TwoFactorException]. Beside what each operation says, all of them refuse with
 * [MalformedRequestException] (an argument of the wrong length or form), [StorageErrorException], [StorageTimeoutException],
 * [ContentionException], [RecordTamperedException], [UnknownKeyException], [ConfigurationException] (the clock) and
 * [InternalErrorException]: nobody is let in then, and a code that was burned stays burned.
 *
 * Cancellation loses the answer, never a write that was begun. One object serves any number of coroutines and threads.
 *
 * ```kotlin
 * val twoFactor = TwoFactor("Acme", SqliteStorage("2fa.db")) // keys from TWINLOCK_KEYS
 *
 * val enrollment = twoFactor.beginEnrollment("42", accountName = "ada@example.com")
 * show(enrollment.qrSvg(), enrollment.secret)
 * val codes = twoFactor.confirmEnrollment("42", enrollment.setup, code = "123456").backupCodes
 *
 * val step = twoFactor.afterFirstFactor("42") // after the password
 * step.challenge?.let { challenge ->
 *     val verification = twoFactor.verify(challenge, code = "654321") // throws InvalidCodeException, ThrottledException, …
 *     signIn(verification.userId)
 * }
 * ```
 *
 * @param issuer what authenticator apps show: 1 to 64 bytes
 * @param storage where records live
 * @param keys the keys that seal them; by default those of `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names
 * @param policy the numbers
 * @param clock gives Unix seconds
 * @param namespace keeps staging from production, and application from application, on the same keys
 * @param onEvent is told of every event after its commit
 * @param storageTimeout above 0; a storage that takes longer refuses
 * @throws ConfigurationException for anything out of range, without keys, and without a native library for this platform
 */
public class TwoFactor(
    issuer: String,
    /** Where records live. */
    public val storage: Storage,
    keys: KeyRing = KeyRing.fromEnvironment(),
    policy: Policy = Policy.DEFAULT,
    clock: Clock = Clock.SYSTEM,
    namespace: String = "",
    onEvent: EventListener? = null,
    storageTimeout: Duration = 5.seconds,
) : AutoCloseable {
    private val decider = Decider(issuer, keys, policy, clock, namespace, onEvent, storageTimeout)
    private val patience = Patience(storageTimeout)

    /** The same over a storage that blocks: it is called on `Dispatchers.IO`, a [MemoryStorage] in place. */
    public constructor(
        issuer: String,
        storage: BlockingStorage,
        keys: KeyRing = KeyRing.fromEnvironment(),
        policy: Policy = Policy.DEFAULT,
        clock: Clock = Clock.SYSTEM,
        namespace: String = "",
        onEvent: EventListener? = null,
        storageTimeout: Duration = 5.seconds,
    ) : this(issuer, storage.suspending(), keys, policy, clock, namespace, onEvent, storageTimeout)

    /** The policy in force. */
    public val policy: Policy get() = decider.policy

    /** The id of the key that seals, for sweeps of stale records. */
    public val activeKeyId: String get() = decider.activeKeyId

    /** Frees the engine; the storage stays open. Operations after it refuse with [ConfigurationException]. */
    override fun close(): Unit = decider.close()

    override fun toString(): String = "TwoFactor(activeKeyId=$activeKeyId)"

    /**
     * Begins an enrollment; writes nothing. A new secret each time; the same one only for its own unexpired `setup`.
     *
     * Refuses with [AssuranceRequiredException] when the user has a second factor already, [TooManyAuthenticatorsException].
     */
    public suspend fun beginEnrollment(
        userId: String,
        accountName: String,
        assurance: String? = null,
        setup: String? = null,
        issuer: String? = null,
        context: String? = null,
    ): Enrollment = beginEnrollment(userId, accountName, BeginOptions(assurance, setup, issuer, context))

    /** The same with its options in one object. */
    public suspend fun beginEnrollment(userId: String, accountName: String, options: BeginOptions): Enrollment =
        run(Operations.beginEnrollment(userId, accountName, options))

    /**
     * Confirms an enrollment with the first code (three where [MoreCodesRequiredException] asks for them: the phone's clock is off).
     * Backup codes come with the first authenticator only.
     *
     * Refuses with [InvalidCodeException], [MalformedCodeException], [MoreCodesRequiredException], [SetupExpiredException],
     * [AlreadyEnrolledException], [AssuranceRequiredException], [TooManyAuthenticatorsException].
     */
    public suspend fun confirmEnrollment(
        userId: String,
        setup: String,
        code: String,
        nextCodes: List<String> = emptyList(),
        name: String? = null,
        context: String? = null,
    ): Enrolled = confirmEnrollment(userId, setup, code, ConfirmOptions(nextCodes, name, context))

    /** The same with its options in one object. */
    public suspend fun confirmEnrollment(userId: String, setup: String, code: String, options: ConfirmOptions): Enrolled =
        run(Operations.confirmEnrollment(userId, setup, code, options))

    /**
     * An operator moves a secret in from elsewhere: either `secret` or `uri`. Gives the id of the authenticator; a secret that is there
     * already is not added twice.
     *
     * Refuses with [InvalidSecretException], [TooManyAuthenticatorsException].
     */
    public suspend fun importAuthenticator(
        userId: String,
        actor: String,
        secret: String? = null,
        uri: String? = null,
        name: String? = null,
        algorithm: String? = null,
        digits: Int? = null,
        period: Int? = null,
        lastUsedStep: Long? = null,
        drift: Int = 0,
        context: String? = null,
    ): String {
        val options = ImportOptions(secret, uri, name, algorithm, digits, period, lastUsedStep, drift, context)
        return importAuthenticator(userId, actor, options)
    }

    /** The same with its options in one object. */
    public suspend fun importAuthenticator(userId: String, actor: String, options: ImportOptions): String =
        run(Operations.importAuthenticator(userId, actor, options))

    /** What stands between the password and the session. Writes nothing. */
    public suspend fun afterFirstFactor(
        userId: String,
        device: String? = null,
        required: Boolean = false,
        fresh: Boolean = false,
        carry: String? = null,
        context: String? = null,
    ): NextStep = afterFirstFactor(userId, FirstFactorOptions(device, required, fresh, carry, context))

    /** The same with its options in one object. */
    public suspend fun afterFirstFactor(userId: String, options: FirstFactorOptions): NextStep =
        run(Operations.afterFirstFactor(userId, options))

    /**
     * Proves a second factor, at sign-in and for step-up. **The account to sign in is the outcome's `userId` and nothing else.**
     *
     * Refuses with [MalformedCodeException], [InvalidCodeException], [ThrottledException], [MoreCodesRequiredException],
     * [ChallengeExpiredException].
     */
    public suspend fun verify(
        challenge: String,
        code: String,
        nextCodes: List<String> = emptyList(),
        trustDevice: Boolean = false,
        userId: String? = null,
        context: String? = null,
    ): Verification = verify(challenge, code, VerifyOptions(nextCodes, trustDevice, userId, context))

    /** The same with its options in one object. */
    public suspend fun verify(challenge: String, code: String, options: VerifyOptions): Verification =
        run(Operations.verify(challenge, code, options))

    /**
     * Unix seconds at which this user proved a second factor, if that is at most `maxAge` seconds ago (null: however long). One load, no
     * save.
     *
     * Refuses with [AssuranceRequiredException], [NotEnabledException].
     */
    public suspend fun checkAssurance(userId: String, assurance: String, maxAge: Long?): Long =
        run(Operations.checkAssurance(userId, assurance, maxAge))

    /**
     * A new set of backup codes, to be shown once; the old one stops working. `assurance` is a fresh proof, as for all sensitive
     * operations: no older than the policy's `assuranceMaxAge`.
     *
     * Refuses with [AssuranceRequiredException], [NotEnabledException].
     */
    public suspend fun regenerateBackupCodes(userId: String, assurance: String, context: String? = null): List<String> =
        run(Operations.regenerateBackupCodes(userId, assurance, context))

    /** The user says the backup codes are saved. Refuses with [NotEnabledException]. */
    public suspend fun backupCodesSaved(userId: String, context: String? = null): Unit =
        run(Operations.backupCodesSaved(userId, context))

    /**
     * Gives an authenticator another name, at most 64 bytes.
     *
     * Refuses with [AssuranceRequiredException], [NotEnabledException], [NotFoundException].
     */
    public suspend fun renameAuthenticator(
        userId: String,
        assurance: String,
        id: String,
        name: String,
        context: String? = null,
    ): Unit = run(Operations.renameAuthenticator(userId, assurance, id, name, context))

    /**
     * Removes an authenticator; other sessions must prove the second factor again.
     *
     * Refuses with [AssuranceRequiredException], [NotEnabledException], [NotFoundException], [LastAuthenticatorException] (the last one
     * goes only by [disable]).
     */
    public suspend fun removeAuthenticator(userId: String, assurance: String, id: String, context: String? = null): Unit =
        run(Operations.removeAuthenticator(userId, assurance, id, context))

    /** Switches two-factor authentication off. Refuses with [AssuranceRequiredException], [NotEnabledException]. */
    public suspend fun disable(userId: String, assurance: String, context: String? = null): Unit =
        run(Operations.disable(userId, assurance, context))

    /** Forgets one browser, by its `id` in [status]. Refuses with [NotEnabledException], [NotFoundException]. */
    public suspend fun revokeDevice(userId: String, id: String, context: String? = null): Unit =
        run(Operations.revokeDevice(userId, id, context))

    /** Forgets all browsers. Refuses with [NotEnabledException]. */
    public suspend fun revokeAllDevices(userId: String, context: String? = null): Unit =
        run(Operations.revokeAllDevices(userId, context))

    /** What a settings page may show. The tokens only tell which device is asking and how fresh its proof is. */
    public suspend fun status(userId: String, device: String? = null, assurance: String? = null): Status =
        run(Operations.status(userId, device, assurance))

    /**
     * The help desk wipes the second factor of a user whose identity it has checked. Wrong codes stay counted. Nothing to wipe is fine.
     */
    public suspend fun reset(userId: String, actor: String, reason: String, context: String? = null): Unit =
        run(Operations.reset(userId, actor, reason, context))

    /** An operator forgives all wrong codes of a user. */
    public suspend fun unlock(userId: String, actor: String, context: String? = null): Unit =
        run(Operations.unlock(userId, actor, context))

    /** To be called when the password changes: challenges, setups, proofs and the trust of devices end. */
    public suspend fun passwordChanged(userId: String, context: String? = null): Unit =
        run(Operations.passwordChanged(userId, context))

    /** Moves the record to the active key and the newest format; tells whether it had to. */
    public suspend fun reseal(userId: String): Boolean = run(Operations.reseal(userId))

    /** Deletes record and events, readable or not: when the account is deleted. */
    public suspend fun erase(userId: String): Unit = run(Operations.erase(userId))

    /**
     * A page of the user's audit log, the newest event first. [cursor] is the `nextCursor` of the page before, [limit] 1 to 200.
     *
     * Refuses with [ConfigurationException] when the storage keeps no events that can be read.
     */
    public suspend fun events(userId: String, cursor: String? = null, limit: Int = 50): EventPage {
        val before = PageRequest.before(cursor, limit)
        val reports = PageRequest.reports<Reports>(storage, "events")
        return PageRequest.page(patience.ask(goesOn = false) { reports.events(userId, before, limit + 1) }, limit)
    }

    /** Figures for an operator's page. Refuses with [ConfigurationException] when the storage has none. */
    public suspend fun stats(): Stats {
        val reports = PageRequest.reports<Reports>(storage, "stats")
        val now = decider.seconds()
        return patience.ask(goesOn = false) { reports.stats(now) }
    }

    private suspend fun <T> run(operation: Operation<T>): T = decider.run(
        operation,
        load = { userId -> patience.ask(goesOn = false) { storage.load(userId) } },
        save = { userId, expected, record, events ->
            patience.ask(goesOn = true) { storage.save(userId, expected, record, events) }
        },
        erase = { userId -> patience.ask(goesOn = true) { storage.erase(userId) } },
    )
}
