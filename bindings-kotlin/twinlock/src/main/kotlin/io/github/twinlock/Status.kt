package io.github.twinlock

import io.github.twinlock.ffi.AccountStatus
import io.github.twinlock.ffi.AuthenticatorStatus as NativeAuthenticator
import io.github.twinlock.ffi.DeviceStatus as NativeDevice

/** All that a settings page needs of one user: no secret in it. */
public class Status internal constructor(private val account: AccountStatus) {
    /** Whether the user has a second factor. */
    public val enabled: Boolean get() = account.enabled

    /** Enrolled authenticators, in the order of enrollment. */
    public val authenticators: List<AuthenticatorStatus> = account.authenticators.map(::AuthenticatorStatus)

    /** The set of backup codes. */
    public val backupCodes: BackupCodesStatus = BackupCodesStatus(account)

    /** Known and trusted browsers, the latest used last. */
    public val devices: List<DeviceStatus> = account.devices.map(::DeviceStatus)

    /** What a single code would meet now. */
    public val throttle: ThrottleStatus = ThrottleStatus(account)

    /** The proof that was presented. */
    public val proof: ProofStatus = ProofStatus(account.freshUntil?.toLong())

    /** What new authenticators will look like. */
    public val policy: PolicyStatus = PolicyStatus(account)

    /** The body of `GET /status`, JSON text; a server adds `required` and `csrf`. */
    public fun body(): String = account.body

    override fun toString(): String = "Status(${body()})"
}

/** One authenticator. */
public class AuthenticatorStatus internal constructor(authenticator: NativeAuthenticator) {
    /** For renaming and removing. */
    public val id: String = authenticator.id

    /** As the user called it. */
    public val name: String = authenticator.name

    /** Unix seconds. */
    public val createdAt: Long = authenticator.createdAt.toLong()

    /** Unix seconds; null before the first sign-in. */
    public val lastUsedAt: Long? = authenticator.lastUsedAt?.toLong()

    /** The imported secret is shorter than RFC 4226 demands: suggest a new enrollment. */
    public val weak: Boolean = authenticator.weak

    override fun toString(): String = "AuthenticatorStatus(id=$id, name=$name)"
}

/** The set of backup codes. */
public class BackupCodesStatus internal constructor(account: AccountStatus) {
    /** Unused ones. */
    public val left: Int = account.backupCodesLeft.toInt()

    /** How many the set had. */
    public val total: Int = account.backupCodesTotal.toInt()

    /** Whether the user says they are saved. */
    public val saved: Boolean = account.backupCodesSaved

    override fun toString(): String = "BackupCodesStatus(left=$left, total=$total, saved=$saved)"
}

/** One browser that passed the second factor here. */
public class DeviceStatus internal constructor(device: NativeDevice) {
    /** For revoking. */
    public val id: String = device.id

    /** What the host said about it (address, agent). */
    public val label: String = device.label

    /** Unix seconds of its last proof. */
    public val lastUsedAt: Long = device.lastUsedAt.toLong()

    /** Skips the code. */
    public val trusted: Boolean = device.trusted

    /** It is the one asking. */
    public val current: Boolean = device.current

    override fun toString(): String = "DeviceStatus(id=$id, label=$label, trusted=$trusted, current=$current)"
}

/** What a single code would meet now. */
public class ThrottleStatus internal constructor(account: AccountStatus) {
    /** Seconds to wait; null when there is nothing to wait for. */
    public val retryAfter: Long? = account.retryAfter?.toLong()

    /** 1, or 3 consecutive ones. */
    public val codesRequired: Int = account.codesRequired.toInt()

    override fun toString(): String = "ThrottleStatus(retryAfter=$retryAfter, codesRequired=$codesRequired)"
}

/** The proof that was presented: [freshUntil] is the Unix second until which it counts as fresh, null when it does not. */
public class ProofStatus internal constructor(public val freshUntil: Long?) {
    override fun toString(): String = "ProofStatus(freshUntil=$freshUntil)"
}

/** What new authenticators will look like, and what pages insist on. */
public class PolicyStatus internal constructor(account: AccountStatus) {
    /** Digits of a code. */
    public val digits: Int = account.digits.toInt()

    /** Seconds that a code is shown. */
    public val period: Int = account.period.toInt()

    /** Whether pages insist that the user says the backup codes are saved. */
    public val requireSavedCodes: Boolean = account.requireSavedCodes

    override fun toString(): String = "PolicyStatus(digits=$digits, period=$period, requireSavedCodes=$requireSavedCodes)"
}
