package io.github.twinlock.http

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.TwoFactor

/**
 * What an application's check of a password gives.
 *
 * @property user whose password was right; `null`: it was not
 * @property options what the login brought beside it
 */
public class PasswordChecked
    @JvmOverloads
    constructor(
        public val user: TwoFactorUser?,
        public val options: LoginOptions = LoginOptions(),
    )

/**
 * The contract as one object: the calls, the guard and the login of one application. A framework turns requests into exchanges, asks
 * it, and sends what it answers.
 *
 * Errors of hooks are thrown as they are; refusals are answers, but for [require].
 */
public class TwoFactorRoutes<C> private constructor(engine: Engine, private val settings: RouteSettings<C>) {
    private val origin = OriginCheck(settings.allowedOrigins, settings.proof == ProofMode.BEARER)
    private val proof = Proof(settings)
    private val guard = Guard(engine, settings, proof)
    private val signIn = SignIn(engine, settings, proof, guard)
    private val handlers: Map<String, Handler<C>> =
        signIn.table + Calls(engine, settings, proof, guard).table + Administration(engine, guard).table

    /** Routes that suspend wherever the storage does. */
    public constructor(twoFactor: TwoFactor, settings: RouteSettings<C>) : this(SuspendingEngine(twoFactor), settings)

    /** Routes that never suspend, if the hooks do not: for threads that may block, by `runBlocking`. */
    public constructor(twoFactor: BlockingTwoFactor, settings: RouteSettings<C>) : this(BlockingEngine(twoFactor), settings)

    /**
     * Serves a call, or a page.
     *
     * @param path below the base path, still percent-encoded, without the query
     * @param admin whether the help desk's calls are mounted here, and no others
     * @return `null` when no path of ours is like this
     */
    public suspend fun serve(exchange: Exchange<C>, path: String, admin: Boolean = false): Answer? {
        if (!admin) Pages.serve(exchange, path)?.let { return it }
        return when (val match = find(exchange.method, path, admin)) {
            null -> null
            is Match.Other -> notAllowed(match.allow)
            is Match.Call -> answer(exchange, match)
        }
    }

    /** What all calls have in common is origin, body, refusals, no caching. */
    private suspend fun answer(exchange: Exchange<C>, match: Match.Call): Answer {
        val operation = match.operation
        return told(exchange, Telling(operation.problemsAs, guard.freshSeconds)) {
            origin.check(exchange)
            val body = if (operation.takesBody) Body.read(exchange) else Body(emptyMap())
            handlers.getValue(operation.id)(exchange, body, match.id)
        }
    }

    /**
     * What a login answers after the password was right.
     *
     * @param user nobody (`null`) when it was not: `not_signed_in`
     */
    public suspend fun login(exchange: Exchange<C>, user: TwoFactorUser?, options: LoginOptions = LoginOptions()): Answer =
        told(exchange, Telling("login")) {
            origin.check(exchange)
            signIn.login(exchange, user ?: throw refused("not_signed_in", Telling("login")), options)
        }

    /** A whole login: origin and body first, then the application's [check] of the password. */
    public suspend fun loginWith(exchange: Exchange<C>, check: suspend (Body) -> PasswordChecked): Answer =
        told(exchange, Telling("login")) {
            origin.check(exchange)
            val checked = check(Body.read(exchange))
            signIn.login(exchange, checked.user ?: throw refused("not_signed_in", Telling("login")), checked.options)
        }

    /**
     * The guard for the application's own routes.
     *
     * @param maxAge how old the proof may be, in seconds; `null`: however old
     * @param ifEnabled users without a second factor pass, unless `requiredFor` wants them to have one: for whole applications
     * @return who is let in
     * @throws ProblemException 401 `not_signed_in` or `assurance_required`, 403 `not_enabled`, 5xx when the storage fails
     */
    @Throws(ProblemException::class)
    public suspend fun require(exchange: Exchange<C>, maxAge: Long? = null, ifEnabled: Boolean = false): TwoFactorUser {
        if (maxAge != null && maxAge < 0) throw misconfigured("maxAge has to be a number of seconds")
        try {
            return guard.require(exchange, maxAge, ifEnabled)
        } catch (error: RuntimeException) {
            throw problemOf(error, Telling("guard")) ?: error
        }
    }

    /**
     * When [user] proved a second factor, Unix seconds; `null` without a proof in this request, or without a second factor.
     *
     * @throws ProblemException 5xx when the storage fails
     */
    @Throws(ProblemException::class)
    public suspend fun provedAt(exchange: Exchange<C>, user: TwoFactorUser): Long? = try {
        guard.provedAt(exchange, user)
    } catch (error: RuntimeException) {
        throw problemOf(error, Telling("guard")) ?: error
    }

    /** At sign-out: drops the proof from session or cookies. The browser stays known, so its owner keeps its lane. */
    public suspend fun forget(exchange: Exchange<C>) {
        proof.forget(exchange)
        proof.commit(exchange)
    }

    /** The answer to a refusal that was thrown anywhere in the application; a fault is told to the operator. `null`: none of ours. */
    public fun refusal(error: Throwable, call: C): Answer? = refusal(error, call, Telling())

    private fun refusal(error: Throwable, call: C, telling: Telling): Answer? {
        val problem = problemOf(error, telling) ?: return null
        if (problem.status >= 500) settings.onFault(error, call)
        return problem.answer()
    }

    private suspend fun told(exchange: Exchange<C>, telling: Telling, call: suspend () -> Answer): Answer {
        val answer = try {
            call()
        } catch (error: RuntimeException) {
            refusal(error, exchange.call, telling) ?: throw error
        }
        proof.commit(exchange)
        return answer.with(NO_STORE, exchange.setCookieLines)
    }
}
