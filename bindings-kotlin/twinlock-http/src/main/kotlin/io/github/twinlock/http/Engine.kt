package io.github.twinlock.http

import io.github.twinlock.BeginOptions
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.ConfirmOptions
import io.github.twinlock.Enrolled
import io.github.twinlock.Enrollment
import io.github.twinlock.EventPage
import io.github.twinlock.FirstFactorOptions
import io.github.twinlock.NextStep
import io.github.twinlock.Stats
import io.github.twinlock.Status
import io.github.twinlock.TwoFactor
import io.github.twinlock.Verification
import io.github.twinlock.VerifyOptions

/** What the contract asks of the engine, whichever way its storage answers. */
internal interface Engine {
    /** How old a proof may be for sensitive calls, in seconds. */
    val freshSeconds: Long

    suspend fun afterFirstFactor(
        userId: String,
        device: String?,
        required: Boolean,
        fresh: Boolean,
        carry: String?,
        context: String,
    ): NextStep

    suspend fun verify(
        challenge: String,
        code: String,
        nextCodes: List<String>,
        trustDevice: Boolean,
        userId: String?,
        context: String,
    ): Verification

    suspend fun beginEnrollment(userId: String, accountName: String, assurance: String?, setup: String?, context: String): Enrollment

    suspend fun confirmEnrollment(
        userId: String,
        setup: String,
        code: String,
        nextCodes: List<String>,
        name: String?,
        context: String,
    ): Enrolled

    suspend fun checkAssurance(userId: String, assurance: String, maxAge: Long?): Long

    suspend fun status(userId: String, device: String?, assurance: String?): Status

    suspend fun disable(userId: String, assurance: String, context: String)

    suspend fun regenerateBackupCodes(userId: String, assurance: String, context: String): List<String>

    suspend fun backupCodesSaved(userId: String, context: String)

    suspend fun renameAuthenticator(userId: String, assurance: String, id: String, name: String, context: String)

    suspend fun removeAuthenticator(userId: String, assurance: String, id: String, context: String)

    suspend fun revokeDevice(userId: String, id: String, context: String)

    suspend fun revokeAllDevices(userId: String, context: String)

    suspend fun events(userId: String, cursor: String?): EventPage

    suspend fun stats(): Stats

    suspend fun reset(userId: String, actor: String, reason: String, context: String)

    suspend fun unlock(userId: String, actor: String, context: String)
}

/** Suspends wherever the storage does. */
internal class SuspendingEngine(private val twoFactor: TwoFactor) : Engine {
    override val freshSeconds: Long = twoFactor.policy.assuranceMaxAge.toLong()

    override suspend fun afterFirstFactor(
        userId: String,
        device: String?,
        required: Boolean,
        fresh: Boolean,
        carry: String?,
        context: String,
    ) = twoFactor.afterFirstFactor(userId, device, required, fresh, carry, context)

    override suspend fun verify(
        challenge: String,
        code: String,
        nextCodes: List<String>,
        trustDevice: Boolean,
        userId: String?,
        context: String,
    ) = twoFactor.verify(challenge, code, nextCodes, trustDevice, userId, context)

    override suspend fun beginEnrollment(userId: String, accountName: String, assurance: String?, setup: String?, context: String) =
        twoFactor.beginEnrollment(userId, accountName, assurance, setup, context = context)

    override suspend fun confirmEnrollment(
        userId: String,
        setup: String,
        code: String,
        nextCodes: List<String>,
        name: String?,
        context: String,
    ) = twoFactor.confirmEnrollment(userId, setup, code, nextCodes, name, context)

    override suspend fun checkAssurance(userId: String, assurance: String, maxAge: Long?) =
        twoFactor.checkAssurance(userId, assurance, maxAge)

    override suspend fun status(userId: String, device: String?, assurance: String?) = twoFactor.status(userId, device, assurance)

    override suspend fun disable(userId: String, assurance: String, context: String) = twoFactor.disable(userId, assurance, context)

    override suspend fun regenerateBackupCodes(userId: String, assurance: String, context: String) =
        twoFactor.regenerateBackupCodes(userId, assurance, context)

    override suspend fun backupCodesSaved(userId: String, context: String) = twoFactor.backupCodesSaved(userId, context)

    override suspend fun renameAuthenticator(userId: String, assurance: String, id: String, name: String, context: String) =
        twoFactor.renameAuthenticator(userId, assurance, id, name, context)

    override suspend fun removeAuthenticator(userId: String, assurance: String, id: String, context: String) =
        twoFactor.removeAuthenticator(userId, assurance, id, context)

    override suspend fun revokeDevice(userId: String, id: String, context: String) = twoFactor.revokeDevice(userId, id, context)

    override suspend fun revokeAllDevices(userId: String, context: String) = twoFactor.revokeAllDevices(userId, context)

    override suspend fun events(userId: String, cursor: String?) = twoFactor.events(userId, cursor)

    override suspend fun stats() = twoFactor.stats()

    override suspend fun reset(userId: String, actor: String, reason: String, context: String) =
        twoFactor.reset(userId, actor, reason, context)

    override suspend fun unlock(userId: String, actor: String, context: String) = twoFactor.unlock(userId, actor, context)
}

/** Answers in place: no call suspends. */
internal class BlockingEngine(private val twoFactor: BlockingTwoFactor) : Engine {
    override val freshSeconds: Long = twoFactor.policy.assuranceMaxAge.toLong()

    override suspend fun afterFirstFactor(
        userId: String,
        device: String?,
        required: Boolean,
        fresh: Boolean,
        carry: String?,
        context: String,
    ) = twoFactor.afterFirstFactor(userId, FirstFactorOptions(device, required, fresh, carry, context))

    override suspend fun verify(
        challenge: String,
        code: String,
        nextCodes: List<String>,
        trustDevice: Boolean,
        userId: String?,
        context: String,
    ) = twoFactor.verify(challenge, code, VerifyOptions(nextCodes, trustDevice, userId, context))

    override suspend fun beginEnrollment(userId: String, accountName: String, assurance: String?, setup: String?, context: String) =
        twoFactor.beginEnrollment(userId, accountName, BeginOptions(assurance, setup, context = context))

    override suspend fun confirmEnrollment(
        userId: String,
        setup: String,
        code: String,
        nextCodes: List<String>,
        name: String?,
        context: String,
    ) = twoFactor.confirmEnrollment(userId, setup, code, ConfirmOptions(nextCodes, name, context))

    override suspend fun checkAssurance(userId: String, assurance: String, maxAge: Long?) =
        twoFactor.checkAssurance(userId, assurance, maxAge)

    override suspend fun status(userId: String, device: String?, assurance: String?) = twoFactor.status(userId, device, assurance)

    override suspend fun disable(userId: String, assurance: String, context: String) = twoFactor.disable(userId, assurance, context)

    override suspend fun regenerateBackupCodes(userId: String, assurance: String, context: String) =
        twoFactor.regenerateBackupCodes(userId, assurance, context)

    override suspend fun backupCodesSaved(userId: String, context: String) = twoFactor.backupCodesSaved(userId, context)

    override suspend fun renameAuthenticator(userId: String, assurance: String, id: String, name: String, context: String) =
        twoFactor.renameAuthenticator(userId, assurance, id, name, context)

    override suspend fun removeAuthenticator(userId: String, assurance: String, id: String, context: String) =
        twoFactor.removeAuthenticator(userId, assurance, id, context)

    override suspend fun revokeDevice(userId: String, id: String, context: String) = twoFactor.revokeDevice(userId, id, context)

    override suspend fun revokeAllDevices(userId: String, context: String) = twoFactor.revokeAllDevices(userId, context)

    override suspend fun events(userId: String, cursor: String?) = twoFactor.events(userId, cursor)

    override suspend fun stats() = twoFactor.stats()

    override suspend fun reset(userId: String, actor: String, reason: String, context: String) =
        twoFactor.reset(userId, actor, reason, context)

    override suspend fun unlock(userId: String, actor: String, context: String) = twoFactor.unlock(userId, actor, context)
}
