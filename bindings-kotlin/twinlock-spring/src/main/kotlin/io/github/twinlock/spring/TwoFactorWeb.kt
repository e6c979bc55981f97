package io.github.twinlock.spring

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.http.Answer
import io.github.twinlock.http.LoginOptions
import io.github.twinlock.http.ProblemException
import io.github.twinlock.http.RouteSettings
import io.github.twinlock.http.TwoFactorRoutes
import io.github.twinlock.http.TwoFactorUser
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import kotlinx.coroutines.runBlocking
import org.slf4j.LoggerFactory
import org.springframework.security.core.Authentication
import org.springframework.security.core.context.SecurityContextHolder
import org.springframework.security.web.csrf.CsrfToken
import java.time.Duration

/** The application's hooks, each a bean. */
internal class WebHooks(
    val users: TwoFactorUsers,
    val signIn: SignIn,
    val requirement: SecondFactorRequirement,
    val administrators: Administrators,
    val passwordCheck: PasswordCheck?,
    val assuranceReader: AssuranceReader?,
    val deviceReader: DeviceReader?,
)

/**
 * The second step of a login, the guard and the sign-out, for controllers and filters of the application. The contract itself is
 * served under `twinlock.base-path` without it.
 *
 * Everything runs on the caller's thread.
 */
public class TwoFactorWeb internal constructor(
    twoFactor: BlockingTwoFactor,
    private val hooks: WebHooks,
    properties: TwinlockProperties,
) {
    private val routes = TwoFactorRoutes(twoFactor, settingsOf(hooks, properties))

    /**
     * Answers a login after the password was right, and sends the answer: what [SignIn] gives, or a challenge for `POST /verify`.
     * Refusals are answers too.
     *
     * @param authentication what your `AuthenticationManager` gave; it is not signed in before the second factor is proved. Between
     *   the two steps it waits in the session, with `twinlock.proof=session`
     */
    @JvmOverloads
    public fun login(
        request: HttpServletRequest,
        response: HttpServletResponse,
        authentication: Authentication,
        options: LoginOptions = LoginOptions(),
    ) {
        PendingSignIn.during(request, authentication) {
            login(request, response, hooks.users.userOf(authentication), options)
        }
    }

    /**
     * The same for an application that knows its users otherwise and has a [SignIn] of its own.
     *
     * @param user nobody (`null`) when the password was wrong: 401 `not_signed_in`
     */
    @JvmOverloads
    public fun login(
        request: HttpServletRequest,
        response: HttpServletResponse,
        user: TwoFactorUser?,
        options: LoginOptions = LoginOptions(),
    ) {
        val answer = runBlocking { routes.login(ServletExchange(request, response), user, options) }
        if (user != null) PendingSignIn.keep(request, user.id)
        send(answer, response)
    }

    /**
     * The guard: a second factor must be on, and proved.
     *
     * @param maxAge how old the proof may be; `null`: however old
     * @param ifEnabled users without a second factor pass, unless they must have one
     * @throws ProblemException which is answered as a problem, wherever in the application it is thrown
     */
    @JvmOverloads
    @Throws(ProblemException::class)
    public fun require(
        request: HttpServletRequest,
        response: HttpServletResponse,
        maxAge: Duration? = null,
        ifEnabled: Boolean = false,
    ): TwoFactorUser = require(ServletExchange(request, response), maxAge, ifEnabled)

    internal fun require(exchange: ServletExchange, maxAge: Duration?, ifEnabled: Boolean): TwoFactorUser =
        runBlocking { routes.require(exchange, maxAge?.seconds, ifEnabled) }

    /** At sign-out, before the session is ended: drops the proof. The browser stays known. */
    public fun forget(request: HttpServletRequest, response: HttpServletResponse) {
        val exchange = ServletExchange(request, response)
        runBlocking { routes.forget(exchange) }
        for (line in exchange.setCookieLines) response.addHeader("Set-Cookie", line)
    }

    /** Sends the answer to a refusal that was thrown anywhere in the application; `false`: it is none of ours. */
    public fun answerRefusal(error: Throwable, request: HttpServletRequest, response: HttpServletResponse): Boolean {
        val answer = routes.refusal(error, ServletCall(request, response)) ?: return false
        send(answer, response)
        return true
    }

    internal fun serve(exchange: ServletExchange, path: String, admin: Boolean): Answer? =
        runBlocking { routes.serve(exchange, path, admin) }

    /** When the user of that [authentication] proved a second factor, Unix seconds; nothing while the storage fails. */
    internal fun provedAt(exchange: ServletExchange, authentication: Authentication): Long? = try {
        runBlocking { routes.provedAt(exchange, hooks.users.userOf(authentication)) }
    } catch (error: ProblemException) {
        // Rules that want the factor refuse; all others need not fall with it.
        log.error("whether a second factor was proved cannot be told", error)
        null
    }
}

private val log = LoggerFactory.getLogger(TwoFactorWeb::class.java)

private fun settingsOf(hooks: WebHooks, properties: TwinlockProperties): RouteSettings<ServletCall> {
    val password = hooks.passwordCheck
    val assurance = hooks.assuranceReader
    val device = hooks.deviceReader
    return RouteSettings(
        user = { signedIn()?.let(hooks.users::userOf) },
        onVerified = { call, verified -> hooks.signIn.signIn(call.request, call.response, verified) },
        proof = properties.proof,
        requiredFor = hooks.requirement::isRequiredFor,
        reauthenticate = password?.let { check -> { _, user, given -> check.isPassword(user, given) } },
        mayAdminister = { signedIn()?.let(hooks.administrators::mayAdminister) ?: false },
        assurance = assurance?.let { reader -> { call -> reader.assurance(call.request) } },
        device = device?.let { reader -> { call -> reader.device(call.request) } },
        csrf = { call -> (call.request.getAttribute(CsrfToken::class.java.name) as? CsrfToken)?.token },
        allowedOrigins = properties.allowedOrigins,
        setupUrl = properties.setupUrl,
        cookieMaxAge = properties.cookieMaxAge?.seconds,
        onFault = { error, _ -> log.error("a call was refused because of a fault", error) },
        carriedAssurance = { (signedIn()?.principal as? CarriesAssurance)?.assurance },
    )
}

/** Who is signed in: nobody anonymous. */
internal fun signedIn(): Authentication? =
    SecurityContextHolder.getContext().authentication?.takeIf(TRUST::isAuthenticated)
