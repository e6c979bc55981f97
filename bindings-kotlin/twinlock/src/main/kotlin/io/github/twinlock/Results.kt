package io.github.twinlock

import io.github.twinlock.ffi.Outcome
import io.github.twinlock.ffi.enrollmentBody
import io.github.twinlock.ffi.Enrollment as NativeEnrollment
import io.github.twinlock.ffi.qrDataUri as nativeQrDataUri
import io.github.twinlock.ffi.qrPng as nativeQrPng
import io.github.twinlock.ffi.qrSvg as nativeQrSvg
import io.github.twinlock.ffi.qrText as nativeQrText

/** How a second factor can be proved. Newer releases may know more. */
public enum class Method(
    /** As the contract writes it. */
    public val text: String,
) {
    /** A code of an authenticator app. */
    TOTP("totp"),

    /** One of the backup codes. */
    BACKUP_CODE("backup_code"),
    ;

    internal companion object {
        fun of(text: String): Method = entries.first { it.text == text }
    }
}

/** See [NextStep.status]. */
public enum class StepStatus(
    /** As the contract writes it. */
    public val text: String,
) {
    /** No second factor: sign in. */
    NOT_REQUIRED("not_required"),

    /** None, but one is required: lead to the enrollment. */
    ENROLLMENT_REQUIRED("enrollment_required"),

    /** This browser is trusted: sign in with the older proof. */
    TRUSTED("trusted"),

    /** Ask for a code. */
    CHALLENGE("challenge"),
    ;

    internal companion object {
        fun of(text: String): StepStatus = entries.first { it.text == text }
    }
}

/** A begun enrollment: show the secret once, keep nothing but [setup], at the client. Printed, it shows no secret. */
public class Enrollment internal constructor(private val enrollment: NativeEnrollment) {
    /** Sealed: to be sent back with the first code. */
    public val setup: String get() = enrollment.setup

    /** Base32, to be typed where no QR code can be read. */
    public val secret: String get() = enrollment.secret

    /** The `otpauth://` URI that the QR code holds. */
    public val uri: String get() = enrollment.uri

    /** Unix seconds until which [setup] can be confirmed. */
    public val expiresAt: Long get() = enrollment.expiresAt.toLong()

    /** The account as the app will show it. */
    public val accountName: String get() = enrollment.accountName

    /** The issuer as the app will show it. */
    public val issuer: String get() = enrollment.issuer

    /** Digits of a code. */
    public val digits: Int get() = enrollment.digits.toInt()

    /** Seconds that a code is shown. */
    public val period: Int get() = enrollment.period.toInt()

    /** The QR code of the URI as SVG. */
    public fun qrSvg(): String = guarded { nativeQrSvg(uri) }

    /** The QR code as a PNG file. A library that was built without PNG (for phones) refuses with [ConfigurationException]. */
    public fun qrPng(): ByteArray = guarded { nativeQrPng(uri) }

    /** The PNG as a `data:` URI for an `<img>`; refuses as [qrPng]. */
    public fun qrDataUri(): String = guarded { nativeQrDataUri(uri) }

    /** The QR code as half-block text for a terminal. */
    public fun qrText(): String = guarded { nativeQrText(uri) }

    /** The body of `POST /setup`, JSON text. It holds the secret and two drawings of the QR code, made on each call. */
    public fun body(): String = guarded { enrollmentBody(enrollment) }

    override fun toString(): String = "Enrollment(expiresAt=$expiresAt)"
}

/** A confirmed enrollment. Printed, it shows no code and no token. */
public class Enrolled internal constructor(private val outcome: Outcome.Enrolled) {
    /** The new authenticator, for renaming and removing. */
    public val authenticatorId: String get() = outcome.authenticatorId

    /** With the first authenticator: to be shown once. Empty with further ones. */
    public val backupCodes: List<String> get() = outcome.backupCodes.toList()

    /** A fresh proof: confirming is one. */
    public val assurance: String get() = outcome.assurance

    /** The token of this browser, now known. */
    public val device: String? get() = outcome.device

    /** Unix seconds of the proof. */
    public val verifiedAt: Long get() = outcome.verifiedAt.toLong()

    /** The body of `POST /setup/confirm`, JSON text with the backup codes. */
    public fun body(): String = outcome.body

    override fun toString(): String = "Enrolled(authenticatorId=$authenticatorId, verifiedAt=$verifiedAt)"
}

/** What stands between the password and the session. Printed, it shows no token. */
public class NextStep internal constructor(private val outcome: Outcome.NextStep) {
    /** What to do. */
    public val status: StepStatus = StepStatus.of(outcome.status)

    /** To be sent back with the code; with status [StepStatus.CHALLENGE] only. */
    public val challenge: String? get() = outcome.challenge

    /** What the user can answer with. */
    public val methods: List<Method> = outcome.methods.map(Method::of)

    /** How many consecutive codes of an authenticator are needed: 1, or 3 under attack. A backup code is always one. */
    public val codesRequired: Int get() = outcome.codesRequired.toInt()

    /** With status [StepStatus.TRUSTED]: the proof, dated when the device last gave one. */
    public val assurance: String? get() = outcome.assurance

    /** Unix seconds until which the challenge can be answered. */
    public val expiresAt: Long? get() = outcome.expiresAt?.toLong()

    /** The same in seconds from now. */
    public val expiresIn: Long? get() = outcome.expiresIn?.toLong()

    /** The part of a login's answer that asks for the second factor, JSON text; an empty object when nothing is due. */
    public fun body(): String = outcome.body

    override fun toString(): String =
        "NextStep(status=$status, methods=$methods, codesRequired=$codesRequired, expiresAt=$expiresAt)"
}

/** A proved second factor. **The account to sign in is [userId] and nothing else.** Printed, it shows no token. */
public class Verification internal constructor(private val outcome: Outcome.Verification) {
    /** Whom to sign in. */
    public val userId: String get() = outcome.userId

    /** How it was proved. */
    public val method: Method = Method.of(outcome.method)

    /** Which authenticator, where one was used. */
    public val authenticatorId: String? get() = outcome.authenticatorId

    /** Backup codes left. */
    public val backupCodesLeft: Int get() = outcome.backupCodesLeft.toInt()

    /** The proof, for guards and sensitive operations. */
    public val assurance: String get() = outcome.assurance

    /** The token of this browser, now known or trusted. */
    public val device: String? get() = outcome.device

    /** What `afterFirstFactor` was given to carry. */
    public val carry: String? get() = outcome.carry

    /** Unix seconds of the proof. */
    public val verifiedAt: Long get() = outcome.verifiedAt.toLong()

    /** What `POST /verify` adds to the host's own answer, JSON text. */
    public fun body(): String = outcome.body

    override fun toString(): String =
        "Verification(userId=$userId, method=$method, backupCodesLeft=$backupCodesLeft, verifiedAt=$verifiedAt)"
}
