package example

import io.github.twinlock.Clock
import io.github.twinlock.SqliteStorage
import io.github.twinlock.TwoFactor
import io.github.twinlock.http.Answered
import io.github.twinlock.http.Occasion
import io.github.twinlock.http.Verified
import io.github.twinlock.ktor.Twinlock
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.install
import io.ktor.server.application.log

/** Where the contract stands. */
const val BASE = "/api/auth/2fa"

/** A sensitive action wants a code that is not older than this, in seconds. */
const val FRESH = 300L

/** The engine on its own SQLite file. Its events hold no code, secret or token. */
fun Application.openTwoFactor(settings: Settings, clock: Clock) = TwoFactor(
    issuer = if (settings.development) "Twinlock Demo" else "Twinlock Example",
    storage = SqliteStorage(settings.data.resolve("2fa.db").toString()),
    keys = settings.keys,
    clock = clock,
    onEvent = { event, durable -> log.info("audit: ${event.type} user=${event.userId} success=${event.success} durable=$durable") },
)

/** The contract, with our hooks. The proof lives in the session. */
fun Application.installTwinlock(engine: TwoFactor, accounts: Accounts, signedIn: SignedIn, passwordTries: Tries) {
    install(Twinlock) {
        twoFactor = engine
        path = BASE
        setupUrl = "/account"
        session { UserSession() }
        user { call -> signedIn.user(call)?.forTwoFactor() }
        onVerified { call, verified -> signIn(call, verified, accounts, signedIn) }
        csrf { call -> signedIn.session(call)?.csrf }
        reauthenticate { _, user, password ->
            passwordTries.take(user.id)
            accounts.byId(user.id)?.let { accounts.isRight(password, it.passwordHash) } ?: false
        }
    }
}

/** Setup and step-up go on with the session there is; a setup ends the user's others, which never proved anything. */
private suspend fun signIn(call: ApplicationCall, verified: Verified, accounts: Accounts, signedIn: SignedIn): Answered {
    val amr = if (verified.method in setOf("totp", "backup_code")) listOf("pwd", "otp") else listOf("pwd")
    when (verified.occasion) {
        Occasion.SIGN_IN -> signedIn.begin(call, accounts.byId(verified.userId) ?: throw Problem("session_ended"), amr)
        Occasion.SETUP -> {
            val generation = accounts.newGeneration(verified.userId)
            signedIn.update(call) { it.copy(amr = amr, generation = generation) }
        }
        Occasion.STEP_UP -> signedIn.update(call) { it.copy(amr = amr) }
    }
    return Answered.NOTHING
}
