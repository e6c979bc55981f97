package io.github.twinlock.spring

import org.springframework.security.core.Authentication
import org.springframework.security.core.GrantedAuthority
import org.springframework.security.core.authority.FactorGrantedAuthority
import org.springframework.security.core.context.SecurityContext
import org.springframework.security.core.context.SecurityContextImpl
import java.time.Instant
import java.util.function.Supplier

/**
 * The factor of Twinlock for Spring Security's multi-factor support.
 *
 * Set `twinlock.factor-authority=true` to have it. It is granted for one request, to a user whose proof was looked up for that
 * request, and dated when the code was given: a user who was reset or signed off elsewhere loses it at once, and `RequiredFactor`'s
 * `validDuration` counts from the code.
 */
public object TwinlockFactor {
    /** The authority: `@EnableMultiFactorAuthentication(authorities = {PASSWORD_AUTHORITY, TwinlockFactor.AUTHORITY})`. */
    public const val AUTHORITY: String = "FACTOR_TWINLOCK"

    /**
     * The same Authentication with the factor as it is now: whatever it brought along does not count.
     *
     * @param provedAt Unix seconds; `null`: no proof
     */
    internal fun grantedTo(authentication: Authentication, provedAt: Long?): Authentication {
        val brought = authentication.authorities.any { it.authority == AUTHORITY }
        if (provedAt == null && !brought) return authentication
        return authentication.toBuilder().authorities { authorities: MutableCollection<GrantedAuthority> ->
            authorities.removeIf { it.authority == AUTHORITY }
            if (provedAt != null) authorities.add(factor(provedAt))
        }.build()
    }

    internal fun factor(provedAt: Long): GrantedAuthority =
        FactorGrantedAuthority.withAuthority(AUTHORITY).issuedAt(Instant.ofEpochSecond(provedAt)).build()
}

/** A security context that is looked up when somebody asks, once. */
internal class FactorContext(
    private val before: Supplier<SecurityContext>,
    private val provedAt: (Authentication) -> Long?,
) : Supplier<SecurityContext> {
    private var context: SecurityContext? = null

    @Synchronized
    override fun get(): SecurityContext = context ?: run {
        val given = before.get()
        // The application's hooks may ask who is signed in, while the proof is looked up.
        context = given
        granted(given).also { context = it }
    }

    private fun granted(given: SecurityContext): SecurityContext {
        val authentication = given.authentication
        if (authentication == null || !TRUST.isAuthenticated(authentication)) return given
        val granted = TwinlockFactor.grantedTo(authentication, provedAt(authentication))
        // A context of its own: the given one may be the session's, where the factor must not be kept.
        return if (granted === authentication) given else SecurityContextImpl(granted)
    }
}
