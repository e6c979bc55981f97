package io.github.twinlock.http

import io.github.twinlock.Verification

/** Where a proof came from: at [SETUP] and [STEP_UP] the user was signed in before. */
public enum class Occasion(
    /** The contract's word. */
    public val text: String,
) {
    SIGN_IN("sign_in"),
    SETUP("setup"),
    STEP_UP("step_up"),
}

/**
 * A sign-in, a setup or a step-up that succeeded: what an application makes a session or tokens of. Printed it shows neither tokens
 * nor the user.
 *
 * @property userId the account to sign in: this one and no other
 * @property occasion at a setup and a step-up the user was signed in before
 * @property method `none` (no second factor yet), `device` (a trusted browser), `totp` or `backup_code`; kinds will be added
 * @property assurance goes into your own token (claim `tfa`, kept on refresh) if you gave the setting `assurance`; else leave it alone
 * @property device goes into your own cookie if you gave the setting `device`; else leave it alone
 * @property verifiedAt when the second factor was proved, Unix seconds
 * @property carry what was given to the login: remember-me, the page to return to
 * @property authenticatorId the authenticator whose code it was
 * @property backupCodesLeft how many backup codes are left
 * @property enrollmentRequired the user has no second factor but must set one up (`requiredFor`)
 */
public class Verified internal constructor(
    public val userId: String,
    public val occasion: Occasion,
    public val method: String,
    public val assurance: String? = null,
    public val device: String? = null,
    public val verifiedAt: Long? = null,
    public val carry: String? = null,
    public val authenticatorId: String? = null,
    public val backupCodesLeft: Int? = null,
    public val enrollmentRequired: Boolean = false,
) {
    internal constructor(verification: Verification, occasion: Occasion) : this(
        userId = verification.userId,
        occasion = occasion,
        method = verification.method.text,
        assurance = verification.assurance,
        device = verification.device,
        verifiedAt = verification.verifiedAt,
        carry = verification.carry,
        authenticatorId = verification.authenticatorId,
        backupCodesLeft = verification.backupCodesLeft,
    )

    override fun toString(): String = "Verified(occasion=${occasion.text}, method=$method)"
}
