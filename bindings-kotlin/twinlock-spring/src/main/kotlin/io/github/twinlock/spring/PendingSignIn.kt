package io.github.twinlock.spring

import io.github.twinlock.ConfigurationException
import io.github.twinlock.http.Answered
import io.github.twinlock.http.Occasion
import io.github.twinlock.http.Verified
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import org.springframework.security.authentication.AuthenticationTrustResolver
import org.springframework.security.authentication.AuthenticationTrustResolverImpl
import org.springframework.security.core.Authentication
import org.springframework.security.core.context.SecurityContextHolder
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy
import org.springframework.security.web.context.DelegatingSecurityContextRepository
import org.springframework.security.web.context.HttpSessionSecurityContextRepository
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository
import org.springframework.security.web.context.SecurityContextRepository

internal val TRUST: AuthenticationTrustResolver = AuthenticationTrustResolverImpl()

/** An Authentication between password and second factor: in this request, then in the session, never in the security context. */
internal object PendingSignIn {
    private val IN_REQUEST = "${PendingSignIn::class.java.name}.authentication"

    /** Beside the contract's `twinlock_pending`, which says whose challenge this session has to answer. */
    private const val IN_SESSION = "twinlock_authentication"
    private const val PENDING_USER = "twinlock_pending"

    fun during(request: HttpServletRequest, authentication: Authentication, login: () -> Unit) {
        request.setAttribute(IN_REQUEST, authentication)
        try {
            login()
        } finally {
            request.removeAttribute(IN_REQUEST)
        }
    }

    /** After a login that asked for a code. */
    fun keep(request: HttpServletRequest, userId: String) {
        val session = request.getSession(false) ?: return
        val authentication = request.getAttribute(IN_REQUEST)
        if (session.getAttribute(PENDING_USER) == userId && authentication != null) {
            session.setAttribute(IN_SESSION, authentication)
        } else {
            session.removeAttribute(IN_SESSION)
        }
    }

    fun take(request: HttpServletRequest): Authentication? {
        val kept = request.getSession(false)?.getAttribute(IN_SESSION)
        request.getSession(false)?.removeAttribute(IN_SESSION)
        return (request.getAttribute(IN_REQUEST) ?: kept) as? Authentication
    }
}

/** What the filter of a chain knows and a sign-in needs. */
internal class ChainParts(val repository: SecurityContextRepository?, val strategy: SessionAuthenticationStrategy?) {
    companion object {
        val ATTRIBUTE: String = ChainParts::class.java.name
    }
}

/**
 * The sign-in of an application whose users live in Spring Security's session: puts the Authentication that was given to
 * [TwoFactorWeb.login] into the security context, once the second factor is proved.
 *
 * At a setup and a step-up the user is signed in already, and the proof is kept beside.
 */
public class SessionSignIn(private val users: TwoFactorUsers) : SignIn {
    private val usual = DelegatingSecurityContextRepository(
        RequestAttributeSecurityContextRepository(),
        HttpSessionSecurityContextRepository(),
    )

    override fun signIn(request: HttpServletRequest, response: HttpServletResponse, verified: Verified): Answered {
        if (verified.occasion != Occasion.SIGN_IN) return Answered.NOTHING
        val authentication = PendingSignIn.take(request)
        if (authentication == null || users.userOf(authentication).id != verified.userId) {
            throw ConfigurationException("no Authentication waits here: give it to TwoFactorWeb.login, or give a bean SignIn")
        }
        val chain = request.getAttribute(ChainParts.ATTRIBUTE) as? ChainParts
        // As every login of Spring Security: a new CSRF token, the registry of sessions.
        chain?.strategy?.onAuthentication(authentication, request, response)
        val context = SecurityContextHolder.createEmptyContext()
        context.authentication = authentication
        SecurityContextHolder.setContext(context)
        (chain?.repository ?: usual).saveContext(context, request, response)
        return Answered.NOTHING
    }
}
