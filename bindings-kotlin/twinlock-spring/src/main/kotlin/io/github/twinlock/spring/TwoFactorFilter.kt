package io.github.twinlock.spring

import io.github.twinlock.ConfigurationException
import io.github.twinlock.http.ProblemException
import jakarta.servlet.FilterChain
import jakarta.servlet.ServletException
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import org.springframework.security.core.context.SecurityContextHolder
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy
import org.springframework.security.web.context.SecurityContextRepository
import org.springframework.web.filter.OncePerRequestFilter

/** Where the contract is mounted, below the context path. */
internal class Mounts(properties: TwinlockProperties) {
    private val base = checked(properties.basePath)
    private val admin = properties.adminPath?.let(::checked) ?: "$base/admin"

    /** The path below a mount, and whether that is the help desk's; `null` when it is neither. */
    fun find(path: String): Pair<String, Boolean>? = when {
        path.startsWith("$admin/") -> path.substring(admin.length) to true
        path.startsWith("$base/") -> path.substring(base.length) to false
        else -> null
    }

    private fun checked(path: String): String {
        if (path.length < 2 || !path.startsWith("/") || path.endsWith("/") || path.any { it in "?#%;* \\" }) {
            throw ConfigurationException("twinlock.base-path and admin-path are paths such as /2fa, with no slash at the end")
        }
        return path
    }
}

/**
 * Serves the contract inside a security filter chain, after CSRF and authentication and before authorization: the contract's calls
 * hold their own guard, so no rule of the application has to let them through. For all other requests it answers our refusals and
 * grants the factor.
 */
internal class TwoFactorFilter(
    private val web: TwoFactorWeb,
    private val mounts: Mounts,
    private val grantsFactor: Boolean,
    repository: SecurityContextRepository?,
    strategy: SessionAuthenticationStrategy?,
) : OncePerRequestFilter() {
    private val parts = ChainParts(repository, strategy)

    override fun doFilterInternal(request: HttpServletRequest, response: HttpServletResponse, chain: FilterChain) {
        request.setAttribute(ChainParts.ATTRIBUTE, parts)
        val exchange = ServletExchange(request, response)
        request.setAttribute(ServletExchange.ATTRIBUTE, exchange)
        val (path, admin) = mounts.find(request.requestURI.substring(request.contextPath.length)) ?: (null to false)
        val answer = path?.let { web.serve(exchange, it, admin) }
        if (answer != null) return send(answer, response)
        if (grantsFactor) grantFactor(exchange)
        try {
            chain.doFilter(request, response)
        } catch (error: ProblemException) {
            tell(error, error, request, response)
        } catch (error: ServletException) {
            tell(error, error.rootCause as? ProblemException ?: throw error, request, response)
        }
    }

    private fun tell(thrown: Exception, problem: ProblemException, request: HttpServletRequest, response: HttpServletResponse) {
        if (response.isCommitted || !web.answerRefusal(problem, request, response)) throw thrown
    }

    private fun grantFactor(exchange: ServletExchange) {
        val strategy = SecurityContextHolder.getContextHolderStrategy()
        strategy.setDeferredContext(FactorContext(strategy.deferredContext) { web.provedAt(exchange, it) })
    }
}
