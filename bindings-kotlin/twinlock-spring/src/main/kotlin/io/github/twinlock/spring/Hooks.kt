package io.github.twinlock.spring

import io.github.twinlock.http.Answered
import io.github.twinlock.http.TwoFactorUser
import io.github.twinlock.http.Verified
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import org.springframework.security.core.Authentication

/**
 * A principal that knows its own immutable id. Let your `UserDetails` implement it, or give a bean [TwoFactorUsers].
 */
public interface TwoFactorAccount {
    /** Immutable, 1–255 bytes; never an e-mail address or user name: who changes that would leave the second factor behind. */
    public val twoFactorId: String

    /** What an authenticator app shows below the issuer. */
    public val accountName: String
}

/** Whose account an [Authentication] is. The user's `principal` has to be that Authentication, for [SecondFactorRequirement]. */
public fun interface TwoFactorUsers {
    /** The account of somebody who is signed in, or gave the right password. */
    public fun userOf(authentication: Authentication): TwoFactorUser
}

/** Whether a user must have a second factor. The default looks for the authorities of `twinlock.required-for`. */
public fun interface SecondFactorRequirement {
    /** `user.principal` is the [Authentication]. */
    public fun isRequiredFor(user: TwoFactorUser): Boolean
}

/** Whether the caller may use the help desk's calls. The default looks for the authorities of `twinlock.administrators`. */
public fun interface Administrators {
    /** Asked only for somebody who is signed in. */
    public fun mayAdminister(authentication: Authentication): Boolean
}

/** Makes the session or the tokens of `verified.userId`; called after each success. */
public fun interface SignIn {
    /** Cookies and headers are set on [response]; nothing is sent there. */
    public fun signIn(request: HttpServletRequest, response: HttpServletResponse, verified: Verified): Answered
}

/**
 * Where there is such a bean, the first setup and switching off want the password again. Limit the tries there as at your login.
 */
public fun interface PasswordCheck {
    /** Whether it is the password of that user. */
    public fun isPassword(user: TwoFactorUser, password: String): Boolean
}

/** Reads the assurance out of your own token (claim `tfa`), where your [SignIn] put it; then no body carries it. */
public fun interface AssuranceReader {
    /** `null` when this request brings none. */
    public fun assurance(request: HttpServletRequest): String?
}

/** Reads the device token out of your own cookie, where your [SignIn] put it; then no body carries it. */
public fun interface DeviceReader {
    /** `null` when this request brings none. */
    public fun device(request: HttpServletRequest): String?
}

/** A principal that brings its own proof, where the request holds none. It is checked like any other. */
public interface CarriesAssurance {
    /** The sealed assurance. */
    public val assurance: String?
}
