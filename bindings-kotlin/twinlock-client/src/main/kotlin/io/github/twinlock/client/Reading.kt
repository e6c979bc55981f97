package io.github.twinlock.client

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.longOrNull

// Answers into the classes of Bodies.kt, by hand: members are few, and an app needs no compiler plug-in for it.

internal fun Outcome<JsonElement?>.done(): Outcome<Unit> = map { }

/** Whose answer is an object; any other is none of the contract. */
internal fun Outcome<JsonElement?>.objects(): Outcome<JsonObject> =
    when (this) {
        is Outcome.Refused -> this
        is Outcome.Success -> (value as? JsonObject)?.let { Outcome.Success(it) } ?: unexpected()
    }

/** Reads an answer; one that lacks a member which the contract requires is none of the contract. */
internal fun <T> Outcome<JsonObject>.read(reader: (Answer) -> T): Outcome<T> =
    when (this) {
        is Outcome.Refused -> {
            this
        }

        is Outcome.Success -> {
            try {
                Outcome.Success(reader(Answer(value)))
            } catch (_: NotOfTheContract) {
                unexpected()
            }
        }
    }

private fun unexpected() = Outcome.Refused(refusalOf(Told("unexpected", 200, "the answer is none of the contract")))

/** Caught above; it quotes nothing, since answers hold secrets. */
private class NotOfTheContract : RuntimeException()

/** A JSON object, its members read by type. What the contract requires throws when it is absent. */
internal class Answer(
    val body: JsonObject,
) {
    fun text(name: String): String = maybeText(name) ?: throw NotOfTheContract()

    fun maybeText(name: String): String? = body.text(name)

    fun long(name: String): Long = maybeLong(name) ?: throw NotOfTheContract()

    fun maybeLong(name: String): Long? = body.long(name)

    fun int(name: String): Int = body.int(name) ?: throw NotOfTheContract()

    fun truth(name: String): Boolean = maybeTruth(name) ?: throw NotOfTheContract()

    fun maybeTruth(name: String): Boolean? = body.truth(name)

    fun texts(name: String): List<String> =
        list(name).map { (it as? JsonPrimitive)?.takeIf(JsonPrimitive::isString)?.content ?: throw NotOfTheContract() }

    fun member(name: String): Answer = Answer(maybeObject(name) ?: throw NotOfTheContract())

    fun maybeObject(name: String): JsonObject? = body[name] as? JsonObject

    fun <T> members(
        name: String,
        reader: (Answer) -> T,
    ): List<T> = list(name).map { reader(Answer(it as? JsonObject ?: throw NotOfTheContract())) }

    private fun list(name: String): JsonArray = body[name] as? JsonArray ?: throw NotOfTheContract()
}

internal fun loginStepIn(answer: Answer): LoginStep =
    // Whatever it says but `false`: nobody is taken for signed in on doubt.
    if ("two_factor_required" in answer.body && answer.maybeTruth("two_factor_required") != false) {
        LoginStep.CodeNeeded(
            challenge = answer.maybeText("challenge"),
            expiresIn = answer.long("expires_in"),
            methods = answer.texts("methods"),
            codesRequired = answer.int("codes_required"),
        )
    } else {
        LoginStep.SignedIn(answer.maybeText("method"), answer.maybeTruth("enrollment_required") == true, answer.body)
    }

internal fun provedIn(answer: Answer): Proved =
    Proved(answer.text("method"), answer.int("backup_codes_left"), answer.maybeLong("fresh_until"), answer.body)

internal fun enrolledIn(answer: Answer): Enrolled = Enrolled(answer.text("authenticator_id"), answer.texts("backup_codes"), answer.body)

internal fun backupCodesIn(answer: Answer): BackupCodes = BackupCodes(answer.texts("backup_codes"))

internal fun devicesIn(answer: Answer): List<Device> = answer.members("devices", ::deviceIn)

internal fun eventsIn(answer: Answer): Events = Events(answer.members("events", ::eventIn), answer.maybeText("next_cursor"))

internal fun enrollmentIn(answer: Answer): Enrollment =
    Enrollment(
        setup = answer.text("setup"),
        secret = answer.text("secret"),
        otpauthUri = answer.text("otpauth_uri"),
        qrSvg = answer.text("qr_svg"),
        qrPng = answer.text("qr_png"),
        expiresAt = answer.long("expires_at"),
        accountName = answer.text("account_name"),
        issuer = answer.text("issuer"),
        digits = answer.int("digits"),
        period = answer.int("period"),
    )

internal fun statusIn(answer: Answer): Status =
    Status(
        enabled = answer.truth("enabled"),
        required = answer.truth("required"),
        authenticators = answer.members("authenticators", ::authenticatorIn),
        backupCodes = answer.member("backup_codes").run { BackupCodeState(int("left"), int("total"), truth("saved")) },
        devices = devicesIn(answer),
        throttle = answer.member("throttle").run { ThrottleState(int("codes_required"), maybeLong("retry_after")) },
        proof = ProofState(answer.member("proof").maybeLong("fresh_until")),
        policy = answer.member("policy").run { PolicyState(int("digits"), int("period"), maybeTruth("require_saved_codes") == true) },
        csrf = answer.maybeText("csrf"),
    )

private fun authenticatorIn(answer: Answer) =
    Authenticator(
        id = answer.text("id"),
        name = answer.text("name"),
        createdAt = answer.long("created_at"),
        lastUsedAt = answer.maybeLong("last_used_at"),
        weak = answer.maybeTruth("weak") == true,
    )

private fun deviceIn(answer: Answer) =
    Device(
        id = answer.text("id"),
        label = answer.text("label"),
        lastUsedAt = answer.long("last_used_at"),
        trusted = answer.truth("trusted"),
        current = answer.truth("current"),
    )

private fun eventIn(answer: Answer) =
    AuditEvent(
        id = answer.text("id"),
        type = answer.text("type"),
        at = answer.long("at"),
        success = answer.truth("success"),
        method = answer.maybeText("method"),
        actor = answer.maybeText("actor"),
        context = answer.maybeText("context"),
        detail = answer.maybeObject("detail") ?: JsonObject(emptyMap()),
    )

internal fun JsonObject?.text(name: String): String? = primitive(name)?.takeIf { it.isString }?.content

internal fun JsonObject?.long(name: String): Long? = number(name)?.longOrNull

internal fun JsonObject?.int(name: String): Int? = number(name)?.intOrNull

internal fun JsonObject?.truth(name: String): Boolean? = number(name)?.booleanOrNull

// A text that looks like a number is none.
private fun JsonObject?.number(name: String): JsonPrimitive? = primitive(name)?.takeUnless { it.isString }

private fun JsonObject?.primitive(name: String): JsonPrimitive? = this?.get(name) as? JsonPrimitive
