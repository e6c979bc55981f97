package io.github.twinlock.http

import java.util.UUID

/** Where the tokens of the second factor live. */
public enum class ProofMode {
    /** In the session that the framework keeps on the server. */
    SESSION,

    /** In `__Host-` cookies: HttpOnly, Secure, SameSite=Lax; relaxed on plain-http loopback. */
    COOKIE,

    /** With the client: bodies carry `assurance` and `device`, requests `Twinlock-Assurance` and `Twinlock-Device`. */
    BEARER,
}

/**
 * Who is signed in, or gave the right password.
 *
 * @property id the engine's user id: immutable, 1–255 bytes; never an e-mail address or user name
 * @property accountName what an authenticator app shows below the issuer; shown in part beyond 128 bytes
 * @property principal your own user, handed back to your hooks as it is
 */
public class TwoFactorUser
    @JvmOverloads
    constructor(
        public val id: String,
        public val accountName: String = id,
        public val principal: Any? = null,
    ) {
        /** A number as id, in decimal. */
        @JvmOverloads
        public constructor(id: Long, accountName: String = id.toString(), principal: Any? = null) :
            this(id.toString(), accountName, principal)

        /** A UUID as id, in lower case. */
        @JvmOverloads
        public constructor(id: UUID, accountName: String = id.toString(), principal: Any? = null) :
            this(id.toString(), accountName, principal)

        /** Silent: who it is belongs in no log of ours. */
        override fun toString(): String = "TwoFactorUser"
    }

/**
 * An application's hooks and settings. What a hook throws goes to the framework's error handling.
 *
 * @param C the framework's own call
 * @property user who is signed in; `null` when nobody is
 * @property onVerified makes the session or the tokens of `verified.userId`. Cookies and headers are set on the framework's response;
 *   nothing is sent there
 * @property proof where tokens live
 * @property requiredFor whether this user must have a second factor
 * @property reauthenticate where given, the first setup and switching off want the password; limit the tries there as at your login
 * @property mayAdminister whether the caller may use the help desk's calls; administrators need a second factor themselves
 * @property assurance reads the assurance out of your own token (claim `tfa`), where `onVerified` put it; then no body carries it
 * @property device reads the device token out of your own cookie, where `onVerified` put it; then no body carries it
 * @property carriedAssurance an assurance that comes with the signed-in user itself, read where the place that [proof] says holds none
 * @property csrf the framework's CSRF token, told by `/status`
 * @property allowedOrigins other sites whose pages may call, scheme and port included: `https://app.example.com`
 * @property setupUrl the page where a user switches the second factor on: told to those whom a guard refuses because they have none
 * @property cookieMaxAge seconds, above 0, that the browser keeps the proof with [ProofMode.COOKIE]; `null` is until it is closed
 * @property onFault told of faults (status 5xx) that the routes answer themselves, to log them
 */
public class RouteSettings<C>(
    public val user: suspend (C) -> TwoFactorUser?,
    public val onVerified: suspend (C, Verified) -> Answered,
    public val proof: ProofMode = ProofMode.SESSION,
    public val requiredFor: suspend (TwoFactorUser) -> Boolean = { false },
    public val reauthenticate: (suspend (C, TwoFactorUser, String) -> Boolean)? = null,
    public val mayAdminister: suspend (C) -> Boolean = { false },
    public val assurance: (suspend (C) -> String?)? = null,
    public val device: (suspend (C) -> String?)? = null,
    public val csrf: suspend (C) -> String? = { null },
    public val allowedOrigins: Collection<String> = emptyList(),
    public val setupUrl: String? = null,
    public val cookieMaxAge: Long? = null,
    public val onFault: (Throwable, C) -> Unit = { _, _ -> },
    public val carriedAssurance: suspend (C) -> String? = { null },
)
