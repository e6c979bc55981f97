package io.github.twinlock.http

import io.github.twinlock.Verification

/**
 * What a login may bring beside the user whose password was right.
 *
 * @property code the code of the second factor, for both steps in one call
 * @property nextCodes the two codes that followed [code], where three are asked for
 * @property trustDevice do not ask in this browser for the next time; only with [code]
 * @property carry text of at most 512 bytes that comes back as `verified.carry`: remember-me, the page to return to
 * @property oneCall refuse with `code_required` when a code is due and none came
 */
public class LoginOptions
    @JvmOverloads
    constructor(
        public val code: String? = null,
        public val nextCodes: List<String> = emptyList(),
        public val trustDevice: Boolean = false,
        public val carry: String? = null,
        public val oneCall: Boolean = false,
    ) {
        /** Silent: there is a code in it. */
        override fun toString(): String = "LoginOptions(oneCall=$oneCall)"
    }

private class Attempt(
    val challenge: String,
    val userId: String?,
    val code: String,
    val nextCodes: List<String>,
    val trustDevice: Boolean,
) {
    fun at(challenge: String) = Attempt(challenge, userId, code, nextCodes, trustDevice)
}

/**
 * Everything that ends in a proof: the login, its second step, the step-up, the first code of a setup.
 *
 * All of them leave by [finish]: new session id, then the application's `onVerified`, then the proof is kept.
 */
internal class SignIn<C>(
    private val engine: Engine,
    private val settings: RouteSettings<C>,
    private val proof: Proof<C>,
    private val guard: Guard<C>,
) {
    val table: Map<String, Handler<C>> = mapOf(
        "verify" to { exchange, body, _ -> verify(exchange, body) },
        "stepUp" to { exchange, body, _ -> stepUp(exchange, body) },
        "confirmSetup" to { exchange, body, _ -> confirmSetup(exchange, body) },
    )

    /** After the password: signed in, or a challenge. */
    suspend fun login(exchange: Exchange<C>, user: TwoFactorUser, options: LoginOptions): Answer {
        val device = proof.device(exchange)
        val required = settings.requiredFor(user)
        val step = engine.afterFirstFactor(user.id, device, required, fresh = false, options.carry, contextOf(exchange))
        val challenge = step.challenge
            ?: return withoutCode(exchange, user.id, step.assurance, options.carry, step.status.text == "enrollment_required")
        val code = options.code
        if (code == null && !options.oneCall) {
            proof.rotate(exchange)
            proof.keepChallenge(exchange, challenge, user.id)
            return json(Json.members(step.body()))
        }
        if (code.isNullOrEmpty()) throw refused("code_required", Telling("login"))
        return inOneCall(exchange, user.id, Attempt(challenge, user.id, code, options.nextCodes, options.trustDevice))
    }

    private suspend fun inOneCall(exchange: Exchange<C>, userId: String, attempt: Attempt): Answer {
        val verification = try {
            prove(exchange, attempt)
        } catch (error: RuntimeException) {
            if (!mayTryAgain(error)) throw error
            proof.rotate(exchange)
            proof.keepChallenge(exchange, attempt.challenge, userId)
            return refusalWith(error, "login", attempt.challenge)
        }
        return finish(exchange, Verified(verification, Occasion.SIGN_IN), how(verification))
    }

    private suspend fun withoutCode(
        exchange: Exchange<C>,
        userId: String,
        assurance: String?,
        carry: String?,
        required: Boolean,
    ): Answer {
        val verified = Verified(
            userId = userId,
            occasion = Occasion.SIGN_IN,
            method = if (assurance != null) "device" else "none",
            assurance = assurance,
            verifiedAt = assurance?.let { engine.checkAssurance(userId, it, maxAge = null) },
            carry = carry,
            enrollmentRequired = required,
        )
        val more = if (required) mapOf("enrollment_required" to true) else emptyMap()
        return finish(exchange, verified, mapOf("method" to verified.method) + more)
    }

    /** The second step. Whoever the challenge was issued to is signed in, nobody else. */
    private suspend fun verify(exchange: Exchange<C>, body: Body): Answer {
        val (code, nextCodes, trustDevice) = Triple(body.code(), body.nextCodes(), body.flag("trust_device"))
        val challenge = body.optionalText("challenge") ?: proof.challenge(exchange)
        val userId = proof.pendingUser(exchange)
        // Nobody gave a password in this session, whatever challenge was brought along.
        if (proof.knowsPendingUser && userId == null) throw refused("challenge_expired", Telling("verify"))
        if (challenge == null) throw refused("malformed_request", Telling("verify"))
        val verification = prove(exchange, Attempt(challenge, userId, code, nextCodes, trustDevice))
        return finish(exchange, Verified(verification, Occasion.SIGN_IN), how(verification))
    }

    /** A fresh proof from the user who is signed in. */
    private suspend fun stepUp(exchange: Exchange<C>, body: Body): Answer {
        val userId = guard.signedIn(exchange).id
        val (code, nextCodes) = body.code() to body.nextCodes()
        val given = body.optionalText("challenge")
        val kept = given ?: proof.challenge(exchange)
        var attempt = Attempt(kept ?: newChallenge(exchange, userId), userId, code, nextCodes, trustDevice = false)
        val verification = try {
            try {
                prove(exchange, attempt)
            } catch (error: RuntimeException) {
                // One that we kept may be left over from before; nothing was compared yet. The client's own is final.
                if (given != null || kept == null || !isExpired(error)) throw error
                attempt = attempt.at(newChallenge(exchange, userId))
                prove(exchange, attempt)
            }
        } catch (error: RuntimeException) {
            return stepUpRefused(exchange, error, attempt.challenge, userId)
        }
        val freshUntil = verification.verifiedAt + guard.freshSeconds
        return finish(exchange, Verified(verification, Occasion.STEP_UP), how(verification) + ("fresh_until" to freshUntil))
    }

    private suspend fun stepUpRefused(exchange: Exchange<C>, error: RuntimeException, challenge: String, userId: String): Answer {
        if (mayTryAgain(error)) {
            proof.keepChallenge(exchange, challenge, userId)
            return refusalWith(error, "step_up", challenge)
        }
        if (isExpired(error)) proof.dropChallenge(exchange)
        throw error
    }

    /** The first code of a new authenticator is a proof as well. */
    private suspend fun confirmSetup(exchange: Exchange<C>, body: Body): Answer {
        val userId = guard.admit(exchange).id
        val enrolled = engine.confirmEnrollment(
            userId,
            body.text("setup"),
            body.code(),
            body.nextCodes(),
            body.optionalText("name"),
            contextOf(exchange),
        )
        val verified = Verified(
            userId = userId,
            occasion = Occasion.SETUP,
            method = "totp",
            assurance = enrolled.assurance,
            device = enrolled.device,
            verifiedAt = enrolled.verifiedAt,
            authenticatorId = enrolled.authenticatorId,
        )
        return finish(exchange, verified, Json.members(enrolled.body()), mustArrive = true)
    }

    private suspend fun newChallenge(exchange: Exchange<C>, userId: String): String {
        // A trusted browser is asked nevertheless: a step-up is about the person before it.
        val step = engine.afterFirstFactor(
            userId,
            proof.device(exchange),
            required = false,
            fresh = true,
            carry = null,
            contextOf(exchange),
        )
        return step.challenge ?: throw refused("not_enabled", Telling("step_up"))
    }

    private suspend fun prove(exchange: Exchange<C>, attempt: Attempt): Verification = engine.verify(
        attempt.challenge,
        attempt.code,
        attempt.nextCodes,
        attempt.trustDevice,
        attempt.userId,
        contextOf(exchange),
    )

    private suspend fun finish(
        exchange: Exchange<C>,
        verified: Verified,
        members: Map<String, Any?>,
        mustArrive: Boolean = false,
    ): Answer {
        proof.rotate(exchange)
        val answered = settings.onVerified(exchange.call, verified)
        val answer = joined(answered, members + proof.members(verified), mustArrive)
        proof.keep(exchange, verified)
        return answer
    }
}

// After these the same challenge takes another try, and a success forgives them.
private val TRY_AGAIN = setOf("invalid_code", "malformed_code", "more_codes_required", "throttled")

private fun mayTryAgain(error: Throwable): Boolean = codeOf(error) in TRY_AGAIN

private fun isExpired(error: Throwable): Boolean = codeOf(error) == "challenge_expired"

private fun how(verification: Verification): Map<String, Any?> =
    mapOf("method" to verification.method.text, "backup_codes_left" to verification.backupCodesLeft)

private fun refusalWith(error: RuntimeException, operation: String, challenge: String): Answer =
    (problemOf(error, Telling(operation)) ?: throw error).answer(mapOf("challenge" to challenge))
