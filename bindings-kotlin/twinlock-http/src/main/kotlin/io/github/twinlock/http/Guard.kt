package io.github.twinlock.http

/** A signed-in user; [enabled] says that a second factor is on and was proved, [assurance] is the proof. */
internal class Caller(val user: TwoFactorUser, val assurance: String?) {
    val id: String get() = user.id
    val enabled: Boolean get() = assurance != null
}

/**
 * Who gets in: signed in, and with a second factor proved where there is one.
 *
 * A session that knows only the password is refused everywhere but at `/verify` and `/step-up`.
 */
internal class Guard<C>(private val engine: Engine, private val settings: RouteSettings<C>, private val proof: Proof<C>) {
    /** How old a proof may be for sensitive calls, in seconds. */
    val freshSeconds: Long = engine.freshSeconds

    private val setup = settings.setupUrl?.let { mapOf("setup_url" to it) }.orEmpty()

    /** The user whom the application knows; `not_signed_in` without one. */
    suspend fun signedIn(exchange: Exchange<C>): TwoFactorUser = settings.user(exchange.call) ?: throw refused("not_signed_in")

    /** The caller, with a proof at most [maxAge] seconds old if there is a second factor at all. */
    suspend fun admit(exchange: Exchange<C>, maxAge: Long? = null): Caller {
        val user = signedIn(exchange)
        val assurance = proof.assurance(exchange).orEmpty()
        try {
            engine.checkAssurance(user.id, assurance, maxAge)
        } catch (error: RuntimeException) {
            when (codeOf(error)) {
                "not_enabled" -> return Caller(user, null)
                "assurance_required" -> throw refused("assurance_required", Telling("guard", maxAge))
                else -> throw error
            }
        }
        return Caller(user, assurance)
    }

    /** When that user proved a second factor; `null` without a proof that counts. */
    suspend fun provedAt(exchange: Exchange<C>, user: TwoFactorUser): Long? {
        val assurance = proof.assurance(exchange) ?: return null
        return try {
            engine.checkAssurance(user.id, assurance, maxAge = null)
        } catch (error: RuntimeException) {
            if (codeOf(error) in NO_PROOF) null else throw error
        }
    }

    /** For the application's own routes: a second factor must be on, and proved. */
    suspend fun require(exchange: Exchange<C>, maxAge: Long?, ifEnabled: Boolean): TwoFactorUser {
        val caller = admit(exchange, maxAge)
        if (caller.enabled || (ifEnabled && !settings.requiredFor(caller.user))) return caller.user
        throw refused("not_enabled", Telling("guard", members = setup))
    }

    /** The id of a caller who may administer and proved a second factor. */
    suspend fun administrator(exchange: Exchange<C>, maxAge: Long? = null): String {
        val user = signedIn(exchange)
        // Who may not is told so before being sent for a proof that would not help.
        if (!settings.mayAdminister(exchange.call)) throw refused("not_administrator")
        require(exchange, maxAge, ifEnabled = false)
        return user.id
    }

    private companion object {
        val NO_PROOF = setOf("not_enabled", "assurance_required")
    }
}
