package io.github.twinlock.testing

import io.github.twinlock.TwoFactor
import kotlinx.coroutines.runBlocking

/** The arguments of a step of a story, by their Python names. */
class Arguments(private val given: Map<String, Any?>) {
    fun text(name: String): String = given.getValue(name) as String

    fun textOrNull(name: String): String? = given[name] as String?

    fun texts(name: String): List<String> = (given[name] as List<*>?).orEmpty().map { it as String }

    fun flag(name: String): Boolean = given[name] as Boolean? ?: false

    fun longOrNull(name: String): Long? = given[name] as Long?

    /** Everything that the stories know and a face must pass on. */
    fun known(): Arguments = apply {
        val unknown = given.keys - KNOWN
        check(unknown.isEmpty()) { "unknown arguments: $unknown" }
    }

    private companion object {
        val KNOWN = setOf(
            "account_name", "assurance", "setup", "issuer", "context", "code", "next_codes", "name", "uri", "secret",
            "last_used_step", "drift", "actor", "device", "required", "fresh", "carry", "challenge", "trust_device", "user_id",
            "max_age", "id", "reason",
        )
    }
}

/** A public face of the package, as a walker of stories uses it. */
fun interface Face {
    fun call(operation: String, user: String, given: Arguments): Any?
}

/** `TwoFactor`, with named arguments. */
class SuspendingFace(private val twoFactor: TwoFactor) : Face {
    override fun call(operation: String, user: String, given: Arguments): Any? = runBlocking {
        given.known()
        val context = given.textOrNull("context")
        when (operation) {
            "begin_enrollment" -> {
                twoFactor.beginEnrollment(
                    user,
                    given.text("account_name"),
                    assurance = given.textOrNull("assurance"),
                    setup = given.textOrNull("setup"),
                    issuer = given.textOrNull("issuer"),
                    context = context,
                )
            }

            "confirm_enrollment" -> {
                twoFactor.confirmEnrollment(
                    user,
                    given.text("setup"),
                    given.text("code"),
                    nextCodes = given.texts("next_codes"),
                    name = given.textOrNull("name"),
                    context = context,
                )
            }

            "import_authenticator" -> {
                twoFactor.importAuthenticator(
                    user,
                    given.text("actor"),
                    secret = given.textOrNull("secret"),
                    uri = given.textOrNull("uri"),
                    name = given.textOrNull("name"),
                    lastUsedStep = given.longOrNull("last_used_step"),
                    drift = given.longOrNull("drift")?.toInt() ?: 0,
                    context = context,
                )
            }

            "after_first_factor" -> {
                twoFactor.afterFirstFactor(
                    user,
                    device = given.textOrNull("device"),
                    required = given.flag("required"),
                    fresh = given.flag("fresh"),
                    carry = given.textOrNull("carry"),
                    context = context,
                )
            }

            "verify" -> {
                twoFactor.verify(
                    given.text("challenge"),
                    given.text("code"),
                    nextCodes = given.texts("next_codes"),
                    trustDevice = given.flag("trust_device"),
                    userId = given.textOrNull("user_id"),
                    context = context,
                )
            }

            "check_assurance" -> {
                twoFactor.checkAssurance(user, given.text("assurance"), given.longOrNull("max_age"))
            }

            "regenerate_backup_codes" -> {
                twoFactor.regenerateBackupCodes(user, given.text("assurance"), context)
            }

            "backup_codes_saved" -> {
                twoFactor.backupCodesSaved(user, context)
            }

            "rename_authenticator" -> {
                twoFactor.renameAuthenticator(user, given.text("assurance"), given.text("id"), given.text("name"), context)
            }

            "remove_authenticator" -> {
                twoFactor.removeAuthenticator(user, given.text("assurance"), given.text("id"), context)
            }

            "disable" -> {
                twoFactor.disable(user, given.text("assurance"), context)
            }

            "revoke_device" -> {
                twoFactor.revokeDevice(user, given.text("id"), context)
            }

            "revoke_all_devices" -> {
                twoFactor.revokeAllDevices(user, context)
            }

            "status" -> {
                twoFactor.status(user, given.textOrNull("device"), given.textOrNull("assurance"))
            }

            "reset" -> {
                twoFactor.reset(user, given.text("actor"), given.text("reason"), context)
            }

            "unlock" -> {
                twoFactor.unlock(user, given.text("actor"), context)
            }

            "password_changed" -> {
                twoFactor.passwordChanged(user, context)
            }

            "reseal" -> {
                twoFactor.reseal(user)
            }

            "erase" -> {
                twoFactor.erase(user)
            }

            else -> {
                error("unknown call: $operation")
            }
        }
    }
}
