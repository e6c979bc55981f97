package io.github.twinlock.ktor

import io.github.twinlock.ConfigurationException
import io.github.twinlock.TwoFactor
import io.github.twinlock.http.Answered
import io.github.twinlock.http.ProofMode
import io.github.twinlock.http.RouteSettings
import io.github.twinlock.http.TwoFactorUser
import io.github.twinlock.http.Verified
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.log
import io.ktor.server.plugins.origin

/**
 * The application's hooks and settings, see [Twinlock]. [twoFactor], [user] and [onVerified] have to be given, and [session] where
 * [proof] is [ProofMode.SESSION].
 */
public class TwinlockConfig {
    /** The engine. */
    public var twoFactor: TwoFactor? = null

    /** Where the contract stands, below the route that the plugin is installed in. */
    public var path: String = "/2fa"

    /** Where the help desk's calls stand; `null`: they do not exist. */
    public var adminPath: String? = null

    /** Where the tokens of the second factor live. */
    public var proof: ProofMode = ProofMode.SESSION

    /** Other sites whose pages may call, scheme and port included: `https://app.example.com`. */
    public var allowedOrigins: Collection<String> = emptyList()

    /** The page where a user switches the second factor on: told to those whom a guard refuses because they have none. */
    public var setupUrl: String? = null

    /** Seconds, above 0, that the browser keeps the proof with [ProofMode.COOKIE]; `null`: until it is closed. */
    public var cookieMaxAge: Long? = null

    private var user: (suspend (ApplicationCall) -> TwoFactorUser?)? = null
    private var onVerified: (suspend (ApplicationCall, Verified) -> Answered)? = null
    private var requiredFor: suspend (TwoFactorUser) -> Boolean = { false }
    private var reauthenticate: (suspend (ApplicationCall, TwoFactorUser, String) -> Boolean)? = null
    private var mayAdminister: suspend (ApplicationCall) -> Boolean = { false }
    private var assurance: (suspend (ApplicationCall) -> String?)? = null
    private var device: (suspend (ApplicationCall) -> String?)? = null
    private var csrf: suspend (ApplicationCall) -> String? = { null }
    private var clientIp: (ApplicationCall) -> String? = { it.request.origin.remoteAddress }
    private var sessions: ((ApplicationCall) -> KtorSession<*>)? = null

    /** Who is signed in, by the application's own session or token; `null`: nobody. */
    public fun user(hook: suspend (ApplicationCall) -> TwoFactorUser?) {
        user = hook
    }

    /** Makes the session or the tokens of `verified.userId`; sets headers and cookies, but does not respond. */
    public fun onVerified(hook: suspend (ApplicationCall, Verified) -> Answered) {
        onVerified = hook
    }

    /** Whether this user must have a second factor. */
    public fun requiredFor(hook: suspend (TwoFactorUser) -> Boolean) {
        requiredFor = hook
    }

    /** Checks the password: then the first setup and switching off want it. Limit the tries there as at your login. */
    public fun reauthenticate(hook: suspend (ApplicationCall, TwoFactorUser, String) -> Boolean) {
        reauthenticate = hook
    }

    /** Whether the caller may use the help desk's calls; administrators need a second factor themselves. */
    public fun mayAdminister(hook: suspend (ApplicationCall) -> Boolean) {
        mayAdminister = hook
    }

    /** Reads the assurance out of your own token (claim `tfa`), where [onVerified] put it; then no body carries it. */
    public fun assurance(hook: suspend (ApplicationCall) -> String?) {
        assurance = hook
    }

    /** Reads the device token out of your own cookie, where [onVerified] put it; then no body carries it. */
    public fun device(hook: suspend (ApplicationCall) -> String?) {
        device = hook
    }

    /** The application's CSRF token, told by `/status`. */
    public fun csrf(hook: suspend (ApplicationCall) -> String?) {
        csrf = hook
    }

    /** The caller's address, for events and the list of devices; by default as far as the application trusts its proxies. */
    public fun clientIp(hook: (ApplicationCall) -> String?) {
        clientIp = hook
    }

    /**
     * Which of the application's sessions keeps the proof. It has to be kept on the server (a `SessionStorage`), and gets a new id at
     * each success.
     *
     * @param blank the session of somebody who has none yet
     */
    public inline fun <reified S : TwoFactorSession<S>> session(noinline blank: () -> S) {
        sessionBy { KtorSession(it, S::class, blank) }
    }

    @PublishedApi
    internal fun sessionBy(open: (ApplicationCall) -> KtorSession<*>) {
        sessions = open
    }

    internal fun exchanges(): (ApplicationCall) -> KtorExchange {
        val (address, open) = clientIp to sessions
        if (proof == ProofMode.SESSION && open == null) throw missing("session")
        return { call -> KtorExchange(call, address, open) }
    }

    internal fun engine(): TwoFactor = twoFactor ?: throw missing("twoFactor")

    internal fun settings(): RouteSettings<ApplicationCall> = RouteSettings(
        user = user ?: throw missing("user"),
        onVerified = onVerified ?: throw missing("onVerified"),
        proof = proof,
        requiredFor = requiredFor,
        reauthenticate = reauthenticate,
        mayAdminister = mayAdminister,
        assurance = assurance,
        device = device,
        csrf = csrf,
        allowedOrigins = allowedOrigins,
        setupUrl = setupUrl,
        cookieMaxAge = cookieMaxAge,
        onFault = { error, call -> call.application.log.error("two-factor authentication refused because of a fault", error) },
    )

    private fun missing(name: String) = ConfigurationException("the plugin Twinlock needs $name")
}
