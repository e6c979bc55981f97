package io.github.twinlock.http

/**
 * Where the tokens of the second factor live: one table of places for each way.
 *
 * | proof     | assurance              | device            | challenge, running setup | pending user |
 * |-----------|------------------------|-------------------|--------------------------|--------------|
 * | `SESSION` | server-side session    | cookie            | server-side session      | session      |
 * | `COOKIE`  | cookie                 | cookie            | cookie                   | -            |
 * | `BEARER`  | `Twinlock-Assurance`   | `Twinlock-Device` | the client keeps them    | -            |
 *
 * The settings `assurance` and `device` put the application's own token or cookie in the place of ours.
 */
internal class Proof<C>(private val settings: RouteSettings<C>) {
    private val mode = settings.proof
    private val assurance: Place<C> = settings.assurance?.let(::HeldPlace) ?: assurancePlace(settings.cookieMaxAge)
    private val device: Place<C> = settings.device?.let(::HeldPlace) ?: devicePlace()
    private val challenge: Place<C> = passingPlace("challenge")
    private val setup: Place<C> = passingPlace("setup")
    private val pending: Place<C> = if (mode == ProofMode.SESSION) SessionPlace("twinlock_pending") else Nowhere

    init {
        if (settings.cookieMaxAge != null && settings.cookieMaxAge <= 0) throw misconfigured("cookieMaxAge has to be above 0 seconds")
    }

    /** Whether a challenge is bound to the session that asked for it. */
    val knowsPendingUser: Boolean get() = mode == ProofMode.SESSION

    /** The proof that came with the request, unchecked. */
    suspend fun assurance(exchange: Exchange<C>): String? =
        assurance.read(exchange) ?: settings.carriedAssurance(exchange.call)

    /** The device token that came with the request, unchecked. */
    suspend fun device(exchange: Exchange<C>): String? = device.read(exchange)

    /** The challenge of the sign-in or step-up that this browser is in the middle of. */
    suspend fun challenge(exchange: Exchange<C>): String? = challenge.read(exchange)

    /** The setup that this browser began and has not confirmed. */
    suspend fun setup(exchange: Exchange<C>): String? = setup.read(exchange)

    /** The user who gave the right password in this session. */
    suspend fun pendingUser(exchange: Exchange<C>): String? = pending.read(exchange)

    /** A new session id, so that an id planted before the sign-in is worth nothing. */
    suspend fun rotate(exchange: Exchange<C>) {
        if (mode != ProofMode.SESSION) return
        exchange.sessionChanged = true
        sessionOf(exchange).rotate()
    }

    /** Remembers which challenge of which user this browser has to answer. */
    suspend fun keepChallenge(exchange: Exchange<C>, token: String, userId: String) {
        challenge.write(exchange, token)
        pending.write(exchange, userId)
    }

    /** Remembers the setup that runs, so that a page which was reloaded shows the same QR code. */
    suspend fun keepSetup(exchange: Exchange<C>, token: String) {
        setup.write(exchange, token)
    }

    /** Stores the proof of a success; its challenge is done with. A known device stays known. */
    suspend fun keep(exchange: Exchange<C>, verified: Verified) {
        assurance.write(exchange, verified.assurance)
        // A setup is confirmed or belongs to an earlier sign-in then; a step-up comes in the middle of one.
        if (verified.occasion != Occasion.STEP_UP) setup.write(exchange, null)
        if (verified.device != null) device.write(exchange, verified.device)
        dropChallenge(exchange)
    }

    /** What the body of a success carries for a client that keeps its tokens itself. */
    fun members(verified: Verified): Map<String, String> =
        named(assurance, verified.assurance) + named(device, verified.device)

    /** Drops the proof, at sign-out or when the second factor was switched off; the device stays known. */
    suspend fun forget(exchange: Exchange<C>) {
        assurance.write(exchange, null)
        setup.write(exchange, null)
        dropChallenge(exchange)
    }

    /** Forgets a challenge that is done with. */
    suspend fun dropChallenge(exchange: Exchange<C>) {
        challenge.write(exchange, null)
        pending.write(exchange, null)
    }

    /** Returns when the session is written. */
    suspend fun commit(exchange: Exchange<C>) {
        if (!exchange.sessionChanged) return
        exchange.sessionChanged = false
        exchange.session?.commit()
    }

    private fun named(place: Place<C>, token: String?): Map<String, String> {
        val name = place.member
        return if (name == null || token == null) emptyMap() else mapOf(name to token)
    }

    private fun assurancePlace(maxAge: Long?): Place<C> = when (mode) {
        ProofMode.SESSION -> SessionPlace("twinlock_assurance")
        ProofMode.COOKIE -> CookiePlace("twinlock-assurance", maxAge)
        ProofMode.BEARER -> HeaderPlace("Twinlock-Assurance", "assurance")
    }

    private fun devicePlace(): Place<C> =
        if (mode == ProofMode.BEARER) HeaderPlace("Twinlock-Device", "device") else CookiePlace("twinlock-device", DEVICE_COOKIE_SECONDS)

    /** For tokens that end within minutes. */
    private fun passingPlace(name: String): Place<C> = when (mode) {
        ProofMode.SESSION -> SessionPlace("twinlock_$name")
        ProofMode.COOKIE -> CookiePlace("twinlock-$name", PASSING_COOKIE_SECONDS)
        ProofMode.BEARER -> Nowhere
    }

    private companion object {
        // The token inside says until when it counts; browsers keep no cookie longer than this anyway.
        const val DEVICE_COOKIE_SECONDS = 400L * 24 * 3600
        const val PASSING_COOKIE_SECONDS = 15L * 60
    }
}
