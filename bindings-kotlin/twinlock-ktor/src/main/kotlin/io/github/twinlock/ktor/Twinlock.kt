package io.github.twinlock.ktor

import io.github.twinlock.ConfigurationException
import io.github.twinlock.http.Body
import io.github.twinlock.http.LoginOptions
import io.github.twinlock.http.PasswordChecked
import io.github.twinlock.http.ProblemException
import io.github.twinlock.http.TwoFactorRoutes
import io.github.twinlock.http.TwoFactorUser
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.ApplicationCallPipeline
import io.ktor.server.application.RouteScopedPlugin
import io.ktor.server.application.call
import io.ktor.server.application.createRouteScopedPlugin
import io.ktor.server.application.hooks.CallFailed
import io.ktor.server.application.isHandled
import io.ktor.server.response.respond
import io.ktor.server.routing.Route
import io.ktor.server.routing.RouteSelector
import io.ktor.server.routing.RouteSelectorEvaluation
import io.ktor.server.routing.RoutingNode
import io.ktor.server.routing.RoutingResolveContext
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import io.ktor.util.AttributeKey
import io.ktor.util.pipeline.PipelinePhase

/**
 * Two-factor authentication for Ktor 3: the whole HTTP contract, the guard, and the second step of a login.
 *
 * ```kotlin
 * install(Twinlock) {
 *     twoFactor = TwoFactor("Acme", storage)
 *     session { UserSession() }
 *     user { call -> call.sessions.get<UserSession>()?.userId?.let { TwoFactorUser(it, emailOf(it)) } }
 *     onVerified { call, verified ->
 *         call.sessions.set((call.sessions.get<UserSession>() ?: UserSession()).copy(userId = verified.userId))
 *         Answered.NOTHING
 *     }
 * }
 * routing {
 *     post("/login") { call.twoFactorLogin(checkPassword(call.receive())) }
 *     requireTwoFactor(maxAge = 300) { delete("/account") { close(call.twoFactorUser) } }
 * }
 * ```
 *
 * It is installed in the application or in a route, such as one inside `authenticate(optional = true)` where [TwinlockConfig.user]
 * reads a principal. Refusals that are thrown in its scope are answered as `application/problem+json`; to answer them yourself,
 * catch [ProblemException] there. Settings that cannot be meant throw [ConfigurationException] when it is installed.
 */
public val Twinlock: RouteScopedPlugin<TwinlockConfig> = createRouteScopedPlugin("Twinlock", ::TwinlockConfig) {
    val mounted = Mounted(TwoFactorRoutes(pluginConfig.engine(), pluginConfig.settings()), pluginConfig.exchanges())
    val (path, adminPath) = pluginConfig.path to pluginConfig.adminPath
    val mount: Route.() -> Unit = {
        route(path) { serve(mounted, admin = false) }
        if (adminPath != null) route(adminPath) { serve(mounted, admin = true) }
    }
    route?.mount() ?: application.routing(mount)
    onCall { call -> call.attributes.put(MOUNTED, mounted) }
    on(CallFailed) { call, error ->
        // What was thrown after an answer had begun is for the log.
        if (!call.isHandled) mounted.routes.refusal(error, call)?.let { call.send(it) }
    }
}

/**
 * Routes for those who proved a second factor. Others get 401 `not_signed_in` or `assurance_required`, 403 `not_enabled`, or 5xx when
 * the storage fails. It asks after Ktor's own authentication.
 *
 * @param maxAge how old the proof may be, in seconds; `null`: however old
 * @param ifEnabled users without a second factor pass, unless `requiredFor` wants them to have one: for whole applications
 * @throws ConfigurationException for a negative age
 */
public fun Route.requireTwoFactor(maxAge: Long? = null, ifEnabled: Boolean = false, build: Route.() -> Unit): Route {
    if (maxAge != null && maxAge < 0) throw ConfigurationException("maxAge has to be a number of seconds")
    val guarded = createChild(Through()) as RoutingNode
    guarded.insertPhaseBefore(ApplicationCallPipeline.Call, GUARD)
    guarded.intercept(GUARD) {
        if (call.isHandled) return@intercept finish()
        try {
            call.requireTwoFactor(maxAge, ifEnabled)
        } catch (error: ProblemException) {
            call.send(call.mounted.routes.refusal(error, call) ?: throw error)
            return@intercept finish()
        }
    }
    return guarded.apply(build)
}

/**
 * The guard by itself, for what only the route knows.
 *
 * @return who is let in
 * @throws ProblemException as [Route.requireTwoFactor] answers
 */
public suspend fun ApplicationCall.requireTwoFactor(maxAge: Long? = null, ifEnabled: Boolean = false): TwoFactorUser {
    val user = mounted.routes.require(mounted.exchange(this), maxAge, ifEnabled)
    attributes.put(USER, user)
    return user
}

/** Whom the guard let in; fails where no guard was. */
public val ApplicationCall.twoFactorUser: TwoFactorUser
    get() = attributes.getOrNull(USER) ?: throw ConfigurationException("there is no requireTwoFactor around this route")

/**
 * Answers a login after the password was right: what `onVerified` answers, or a challenge for `/verify`.
 *
 * @param user nobody (`null`) when it was wrong: 401 `not_signed_in`
 */
public suspend fun ApplicationCall.twoFactorLogin(user: TwoFactorUser?, options: LoginOptions = LoginOptions()) {
    send(mounted.routes.login(mounted.exchange(this), user, options))
}

/** A whole login: origin and body as the contract reads them, then the application's [check] of the password. */
public suspend fun ApplicationCall.twoFactorLoginWith(check: suspend (Body) -> PasswordChecked) {
    send(mounted.routes.loginWith(mounted.exchange(this), check))
}

/** At sign-out, before the session is cleared: drops the proof. The browser stays known, so its owner keeps its lane. */
public suspend fun ApplicationCall.forgetTwoFactor() {
    val exchange = mounted.exchange(this)
    mounted.routes.forget(exchange)
    for (cookie in exchange.setCookieLines) response.headers.append(HttpHeaders.SetCookie, cookie)
}

private class Mounted(val routes: TwoFactorRoutes<ApplicationCall>, val exchange: (ApplicationCall) -> KtorExchange)

private val MOUNTED = AttributeKey<Mounted>("Twinlock")
private val USER = AttributeKey<TwoFactorUser>("TwinlockUser")
private val GUARD = PipelinePhase("TwinlockGuard")
private const val REST = "twinlock-rest"

private val ApplicationCall.mounted: Mounted
    get() = attributes.getOrNull(MOUNTED) ?: throw ConfigurationException("the plugin Twinlock is not installed here")

/** Every path and every method below: the contract says which of them exist. */
private fun Route.serve(mounted: Mounted, admin: Boolean) {
    route("{$REST...}") {
        handle {
            val path = call.lastOfPath(
                call.parameters
                    .getAll(REST)
                    .orEmpty()
                    .size,
            )
            val answer = mounted.routes.serve(mounted.exchange(call), path, admin)
            if (answer == null) call.respond(HttpStatusCode.NotFound) else call.send(answer)
        }
    }
}

/** A guard takes nothing of the path. */
private class Through : RouteSelector() {
    override suspend fun evaluate(context: RoutingResolveContext, segmentIndex: Int): RouteSelectorEvaluation =
        RouteSelectorEvaluation.Transparent

    override fun toString(): String = "(requireTwoFactor)"
}
