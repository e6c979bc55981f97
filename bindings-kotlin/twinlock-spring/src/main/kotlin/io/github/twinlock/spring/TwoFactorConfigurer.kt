package io.github.twinlock.spring

import io.github.twinlock.ConfigurationException
import io.github.twinlock.http.ProblemException
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import org.springframework.security.config.annotation.web.builders.HttpSecurity
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer
import org.springframework.security.config.annotation.web.configurers.ExceptionHandlingConfigurer
import org.springframework.security.config.annotation.web.configurers.LogoutConfigurer
import org.springframework.security.core.AuthenticationException
import org.springframework.security.web.AuthenticationEntryPoint
import org.springframework.security.web.access.intercept.AuthorizationFilter
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy
import org.springframework.security.web.context.SecurityContextRepository
import java.time.Duration

/** Puts Twinlock into a security filter chain; the starter does so for every chain that is built from the bean `HttpSecurity`. */
internal class TwoFactorConfigurer(
    private val web: TwoFactorWeb,
    private val mounts: Mounts,
    private val grantsFactor: Boolean,
) : AbstractHttpConfigurer<TwoFactorConfigurer, HttpSecurity>() {
    override fun init(http: HttpSecurity) {
        http.exceptionHandling { handling: ExceptionHandlingConfigurer<HttpSecurity> ->
            handling.defaultDeniedHandlerForMissingAuthority(MissingFactor(web, grantsFactor), TwinlockFactor.AUTHORITY)
        }
        // A sign-out of Spring Security's ends the session; a proof in a cookie would outlive it.
        logout(http)?.addLogoutHandler { request, response, _ -> web.forget(request, response) }
    }

    @Suppress("UNCHECKED_CAST")
    private fun logout(http: HttpSecurity): LogoutConfigurer<HttpSecurity>? =
        http.getConfigurer(LogoutConfigurer::class.java as Class<LogoutConfigurer<HttpSecurity>>)

    override fun configure(http: HttpSecurity) {
        val repository = http.getSharedObject(SecurityContextRepository::class.java)
        val strategy = http.getSharedObject(SessionAuthenticationStrategy::class.java)
        http.addFilterBefore(TwoFactorFilter(web, mounts, grantsFactor, repository, strategy), AuthorizationFilter::class.java)
    }
}

/** What is answered where a rule wants [TwinlockFactor.AUTHORITY] and the user has none, or one that is too old. */
internal class MissingFactor(private val web: TwoFactorWeb, private val grantsFactor: Boolean) : AuthenticationEntryPoint {
    override fun commence(request: HttpServletRequest, response: HttpServletResponse, error: AuthenticationException) {
        if (!grantsFactor) throw ConfigurationException("a rule wants ${TwinlockFactor.AUTHORITY}: set twinlock.factor-authority=true")
        try {
            web.require(request, response)
            // There is one, so it was too old.
            web.require(request, response, maxAge = Duration.ZERO)
            response.sendError(HttpServletResponse.SC_FORBIDDEN)
        } catch (refused: ProblemException) {
            // We stand before the filter that answers refusals.
            if (!web.answerRefusal(refused, request, response)) throw refused
        }
    }
}
