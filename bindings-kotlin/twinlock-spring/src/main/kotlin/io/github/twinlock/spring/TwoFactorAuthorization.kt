package io.github.twinlock.spring

import io.github.twinlock.ConfigurationException
import org.springframework.security.authorization.AuthorizationDecision
import org.springframework.security.authorization.AuthorizationManager
import org.springframework.security.authorization.AuthorizationResult
import org.springframework.security.core.Authentication
import org.springframework.security.web.access.intercept.RequestAuthorizationContext
import java.time.Duration
import java.util.function.Supplier

/**
 * The guard as rules of `authorizeHttpRequests`:
 *
 * ```java
 * http.authorizeHttpRequests(requests -> requests
 *     .requestMatchers("/payout").access(twoFactor.required(Duration.ofMinutes(5)))
 *     .anyRequest().access(twoFactor.ifEnabled()));
 * ```
 *
 * A refusal is answered as a problem: 401 `not_signed_in` or `assurance_required`, 403 `not_enabled`.
 */
public class TwoFactorAuthorization internal constructor(private val web: TwoFactorWeb) {
    /**
     * A second factor must be on, and proved.
     *
     * @param maxAge how old the proof may be; `null`: however old
     */
    @JvmOverloads
    public fun required(maxAge: Duration? = null): AuthorizationManager<RequestAuthorizationContext> = rule(maxAge, ifEnabled = false)

    /**
     * For whole applications: who has a second factor must have proved it; others pass if they are signed in, unless they must have
     * one.
     *
     * @param maxAge how old the proof may be; `null`: however old
     */
    @JvmOverloads
    public fun ifEnabled(maxAge: Duration? = null): AuthorizationManager<RequestAuthorizationContext> = rule(maxAge, ifEnabled = true)

    private fun rule(maxAge: Duration?, ifEnabled: Boolean) = object : AuthorizationManager<RequestAuthorizationContext> {
        override fun authorize(
            authentication: Supplier<out Authentication?>,
            context: RequestAuthorizationContext,
        ): AuthorizationResult {
            val exchange = context.request.getAttribute(ServletExchange.ATTRIBUTE) as? ServletExchange
                ?: throw ConfigurationException("this chain has no filter of Twinlock: build it from the bean HttpSecurity")
            web.require(exchange, maxAge, ifEnabled)
            return AuthorizationDecision(true)
        }
    }
}
