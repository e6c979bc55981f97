package io.github.twinlock.client

import kotlinx.serialization.json.JsonObject

// The bodies of contract/openapi.yaml. Times are Unix seconds. Members that a newer server adds are ignored.

/** All that a settings page needs; no secret is in it. */
public class Status internal constructor(
    /** Whether the second factor is on. */
    public val enabled: Boolean,
    /** Whether the application wants this user to have one. */
    public val required: Boolean,
    /** The enrolled authenticators. */
    public val authenticators: List<Authenticator>,
    /** How many backup codes are left. */
    public val backupCodes: BackupCodeState,
    /** The browsers and apps that have passed the second factor. */
    public val devices: List<Device>,
    /** Whether codes are taken now. */
    public val throttle: ThrottleState,
    /** How fresh the proof of this sign-in is. */
    public val proof: ProofState,
    /** What codes look like. */
    public val policy: PolicyState,
    internal val csrf: String?,
)

/** An enrolled authenticator. */
public class Authenticator internal constructor(
    /** For [TwoFactorClient.renameAuthenticator] and [TwoFactorClient.removeAuthenticator]. */
    public val id: String,
    /** What the user calls it. */
    public val name: String,
    /** When it was enrolled. */
    public val createdAt: Long,
    /** When it last proved a sign-in; none before the first. */
    public val lastUsedAt: Long?,
    /** An imported secret below 128 bits: suggest a new enrollment. */
    public val weak: Boolean,
)

/** The state of the backup codes. */
public class BackupCodeState internal constructor(
    /** How many can still be used. */
    public val left: Int,
    /** How many there were. */
    public val total: Int,
    /** The user said that the set is saved. */
    public val saved: Boolean,
)

/** A browser or app that has passed the second factor. */
public class Device internal constructor(
    /** For [TwoFactorClient.revokeDevice]. */
    public val id: String,
    /** Such as "Firefox on Linux". */
    public val label: String,
    /** When it was last used. */
    public val lastUsedAt: Long,
    /** It is not asked for a code. */
    public val trusted: Boolean,
    /** It is this one. */
    public val current: Boolean,
)

/** Whether codes are taken. */
public class ThrottleState internal constructor(
    /** 3 when only three consecutive codes are taken, else 1. */
    public val codesRequired: Int,
    /** Seconds until a single code is taken again. */
    public val retryAfter: Long?,
)

/** How fresh the proof is. */
public class ProofState internal constructor(
    /** Until when sensitive calls are open; none when there is no fresh proof. */
    public val freshUntil: Long?,
)

/** What codes look like. */
public class PolicyState internal constructor(
    /** 6 to 8. */
    public val digits: Int,
    /** Seconds that a code lasts. */
    public val period: Int,
    /** Pages insist on "I have saved them". */
    public val requireSavedCodes: Boolean,
)

/** A new secret: the one answer that holds one. Show it, hand it to an [AccountVault], keep it nowhere else. */
public class Enrollment internal constructor(
    /** Sealed, for [TwoFactorClient.confirmSetup]. */
    public val setup: String,
    /** Base32, to be typed where nothing can be scanned. */
    public val secret: String,
    /** `otpauth://totp/…`, for an authenticator app on this phone. */
    public val otpauthUri: String,
    /** The same as a picture. */
    public val qrSvg: String,
    /** The same as a data URI. */
    public val qrPng: String,
    /** When the setup is over. */
    public val expiresAt: Long,
    /** Whose account. */
    public val accountName: String,
    /** At which service. */
    public val issuer: String,
    /** 6 to 8. */
    public val digits: Int,
    /** Seconds that a code lasts. */
    public val period: Int,
) {
    override fun toString(): String = "Enrollment(expiresAt=$expiresAt)"
}

/** A new set of backup codes, shown this once. */
public class BackupCodes internal constructor(
    /** Such as `9F3K-2M7Q-XT4B-HJ60`. */
    public val backupCodes: List<String>,
) {
    override fun toString(): String = "BackupCodes(${backupCodes.size})"
}

/** One thing that happened to the account's second factor. It holds no code, secret or token. */
public class AuditEvent internal constructor(
    /** Sorts by time. */
    public val id: String,
    /** Such as `verified`, `failed`, `device_known`; kinds will be added. */
    public val type: String,
    /** When. */
    public val at: Long,
    /** Whether it was a success. */
    public val success: Boolean,
    /** `totp` or `backup_code`; kinds will be added. */
    public val method: String?,
    /** Who did it, when it was not the user. */
    public val actor: String?,
    /** From where: address and browser. */
    public val context: String?,
    /** Further facts by name. */
    public val detail: JsonObject,
)

/** One page of events, newest first. */
public class Events internal constructor(
    /** What happened. */
    public val events: List<AuditEvent>,
    /** For the next page; none on the last one. */
    public val nextCursor: String?,
)

/** A proof of the second factor, and what the application made of it. */
public class Proved internal constructor(
    /** `totp` or `backup_code`; kinds will be added, treat an unknown one as some second factor. */
    public val method: String,
    /** How many backup codes are left. */
    public val backupCodesLeft: Int,
    /** Until when sensitive calls are open (Unix seconds); from [TwoFactorClient.stepUp] only. */
    public val freshUntil: Long?,
    /** The whole answer, with what the application adds: its session or tokens. Do not log it. */
    public val answer: JsonObject,
) {
    override fun toString(): String = "Proved($method)"
}

/** An authenticator that is on from now on. */
public class Enrolled internal constructor(
    /** Its id in [Status]. */
    public val authenticatorId: String,
    /** Shown this once; empty with a further authenticator. */
    public val backupCodes: List<String>,
    /** The whole answer, with what the application adds: its session or tokens. Do not log it. */
    public val answer: JsonObject,
) {
    override fun toString(): String = "Enrolled($authenticatorId)"
}

/** What the application's login answered to the right password. */
public sealed interface LoginStep {
    /** Signed in: no second factor was due, or a code went along. */
    public class SignedIn internal constructor(
        /** `none`, `device` (trusted), `totp` or `backup_code`; none when the application does not say. */
        public val method: String?,
        /** The application wants a second factor and the user has none yet: begin a setup. */
        public val enrollmentRequired: Boolean,
        /** The whole answer, with the application's session or tokens. Do not log it. */
        public val answer: JsonObject,
    ) : LoginStep {
        override fun toString(): String = "SignedIn(method=$method, enrollmentRequired=$enrollmentRequired)"
    }

    /** The second factor is due: nobody is signed in before [TwoFactorClient.verify]. */
    public class CodeNeeded internal constructor(
        /** For [TwoFactorClient.verify]; none where the server keeps it in a session or a cookie. */
        public val challenge: String?,
        /** Seconds until it is too late. */
        public val expiresIn: Long,
        /** What can be given, `totp` and `backup_code`; kinds will be added. */
        public val methods: List<String>,
        /** 3 when only three consecutive codes are taken, else 1. */
        public val codesRequired: Int,
    ) : LoginStep {
        override fun toString(): String = "CodeNeeded(expiresIn=$expiresIn, codesRequired=$codesRequired)"
    }
}
