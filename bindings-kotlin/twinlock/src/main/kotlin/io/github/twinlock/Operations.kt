package io.github.twinlock

import io.github.twinlock.ffi.Call
import io.github.twinlock.ffi.Outcome

/**
 * One operation with its arguments.
 *
 * @property call what the engine is asked
 * @property place where in the HTTP contract its refusals are told
 * @property read takes the outcome out of the engine's answer
 */
internal class Operation<T>(val call: Call, val place: String, private val read: (Outcome) -> T) {
    fun outcome(outcome: Outcome): T = read(outcome)
}

/** All operations, for both drivers; ids, tokens and numbers are checked by the engine. */
internal object Operations {
    fun beginEnrollment(userId: String, accountName: String, options: BeginOptions) = with(options) {
        other(Call.BeginEnrollment(userId, accountName, assurance, setup, issuer, context)) {
            Enrollment((it as Outcome.Enrollment).enrollment)
        }
    }

    fun confirmEnrollment(userId: String, setup: String, code: String, options: ConfirmOptions) = with(options) {
        Operation(Call.ConfirmEnrollment(userId, setup, code, texts(nextCodes), name, context), "confirm") {
            Enrolled(it as Outcome.Enrolled)
        }
    }

    fun importAuthenticator(userId: String, actor: String, options: ImportOptions) = with(options) {
        val call = Call.ImportAuthenticator(
            userId, secret, uri, name, algorithm, digits, period, lastUsedStep, drift, actor, context,
        )
        other(call) { (it as Outcome.Text).text }
    }

    fun afterFirstFactor(userId: String, options: FirstFactorOptions) = with(options) {
        Operation(Call.AfterFirstFactor(userId, device, required, fresh, carry, context), "login") {
            NextStep(it as Outcome.NextStep)
        }
    }

    fun verify(challenge: String, code: String, options: VerifyOptions) = with(options) {
        Operation(Call.Verify(challenge, code, texts(nextCodes), trustDevice, userId, context), "verify") {
            Verification(it as Outcome.Verification)
        }
    }

    fun checkAssurance(userId: String, assurance: String, maxAge: Long?) =
        Operation(Call.CheckAssurance(userId, assurance, maxAge), "guard") { (it as Outcome.Seconds).seconds.toLong() }

    fun regenerateBackupCodes(userId: String, assurance: String, context: String?) =
        other(Call.RegenerateBackupCodes(userId, assurance, context)) { (it as Outcome.Codes).codes }

    fun backupCodesSaved(userId: String, context: String?) = nothing(Call.BackupCodesSaved(userId, context))

    fun renameAuthenticator(userId: String, assurance: String, id: String, name: String, context: String?) =
        nothing(Call.RenameAuthenticator(userId, assurance, id, name, context))

    fun removeAuthenticator(userId: String, assurance: String, id: String, context: String?) =
        nothing(Call.RemoveAuthenticator(userId, assurance, id, context))

    fun disable(userId: String, assurance: String, context: String?) = nothing(Call.Disable(userId, assurance, context))

    fun revokeDevice(userId: String, id: String, context: String?) = nothing(Call.RevokeDevice(userId, id, context))

    fun revokeAllDevices(userId: String, context: String?) = nothing(Call.RevokeAllDevices(userId, context))

    fun status(userId: String, device: String?, assurance: String?) =
        other(Call.Status(userId, device, assurance)) { Status((it as Outcome.Status).status) }

    fun reset(userId: String, actor: String, reason: String, context: String?) =
        nothing(Call.Reset(userId, actor, reason, context))

    fun unlock(userId: String, actor: String, context: String?) = nothing(Call.Unlock(userId, actor, context))

    fun passwordChanged(userId: String, context: String?) = nothing(Call.PasswordChanged(userId, context))

    fun reseal(userId: String) = other(Call.Reseal(userId)) { (it as Outcome.Flag).flag }

    fun erase(userId: String) = nothing(Call.Erase(userId))

    private fun <T> other(call: Call, read: (Outcome) -> T) = Operation(call, TwoFactorException.OTHER, read)

    private fun nothing(call: Call) = other(call) {
        check(it is Outcome.Nothing)
    }

    /** A copy: the list is read twice, and may be the caller's own. Java puts null into lists. */
    private fun texts(texts: List<String?>): List<String> =
        texts.map { it ?: throw MalformedRequestException("each of the next codes must be text") }
}
