package example

import io.github.twinlock.TwoFactor
import io.github.twinlock.http.LoginOptions
import io.github.twinlock.http.PasswordChecked
import io.github.twinlock.ktor.forgetTwoFactor
import io.github.twinlock.ktor.requireTwoFactor
import io.github.twinlock.ktor.twoFactorLoginWith
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.plugins.origin
import io.ktor.server.response.respond
import io.ktor.server.routing.Route
import io.ktor.server.routing.delete
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.route

private val USERNAME = Regex("[\\p{L}\\p{N}._-]{3,32}")
private val EMAIL = Regex("[^@\\s]{1,64}@[^@\\s]{1,180}\\.[^@\\s.]{1,63}")
private val PASSWORD_LENGTHS = 8..256

/** What the routes are made of. */
class Parts(
    val accounts: Accounts,
    val signedIn: SignedIn,
    val twoFactor: TwoFactor,
    val signInTries: Tries,
    val passwordTries: Tries,
)

private fun addressOf(call: ApplicationCall) = call.request.origin.remoteAddress

/** Register, sign in, go on, sign out: `/api/auth`. */
fun Route.authRoutes(parts: Parts) = route("/api/auth") {
    post("/register") {
        parts.signInTries.take("register ${addressOf(call)}")
        val given = call.members()
        val (username, email, password) = listOf("username", "email", "password").map(given::text)
        val good = USERNAME.matches(username) && EMAIL.matches(email) && password.length in PASSWORD_LENGTHS
        if (!good) throw Problem("malformed_request")
        val user = parts.accounts.create(username, email, password)
        call.tell("id" to user.id, "username" to user.username, status = HttpStatusCode.Created)
    }
    // A session, or `two_factor_required` with a challenge for `/api/auth/2fa/verify`.
    post("/login") {
        parts.signInTries.take("login ${addressOf(call)}")
        call.twoFactorLoginWith { body ->
            val user = parts.accounts.authenticate(body.text("username"), body.text("password"))
                ?: throw Problem("wrong_credentials")
            val options = LoginOptions(body.optionalCode(), body.nextCodes(), trustDevice = body.flag("trust_device"))
            PasswordChecked(user.forTwoFactor(), options)
        }
    }
    // A session needs no new tokens; who asks hears whether it still goes on.
    post("/refresh") {
        parts.signedIn.user(call) ?: throw Problem("session_ended")
        call.tell()
    }
    post("/logout") {
        call.forgetTwoFactor()
        parts.signedIn.end(call)
        call.respond(HttpStatusCode.NoContent)
    }
}

/** The signed-in user's own account: `/api/user`. */
fun Route.userRoutes(parts: Parts) = route("/api/user") {
    val (accounts, signedIn, twoFactor) = Triple(parts.accounts, parts.signedIn, parts.twoFactor)
    get("/me") {
        val user = signedIn.mustBeUser(call)
        val amr = signedIn.session(call)?.amr.orEmpty()
        call.tell("id" to user.id, "username" to user.username, "email" to user.email, "role" to "user", "amr" to amr)
    }
    // A new password. Every other session ends, trusted devices are asked for a code again.
    requireTwoFactor(maxAge = FRESH, ifEnabled = true) {
        post("/password") {
            val user = signedIn.mustBeUser(call)
            parts.passwordTries.take(user.id)
            val given = call.members()
            val next = given.text("new_password")
            if (next.length !in PASSWORD_LENGTHS) throw Problem("malformed_request")
            if (!accounts.isRight(given.text("password"), user.passwordHash)) throw Problem("wrong_password")
            accounts.changePassword(user.id, next)
            val generation = accounts.newGeneration(user.id)
            signedIn.update(call) { it.copy(generation = generation) }
            twoFactor.passwordChanged(user.id)
            call.respond(HttpStatusCode.NoContent)
        }
    }
    // The sensitive action: it wants a code that is not older than five minutes.
    requireTwoFactor(maxAge = FRESH) {
        delete("/account") {
            val user = signedIn.mustBeUser(call)
            accounts.close(user.id)
            finishClosing(accounts, twoFactor, user.id)
            signedIn.end(call)
            call.respond(HttpStatusCode.NoContent)
        }
    }
}

/** First the second factor, then the account: nobody can ever sign in to one whose second factor is gone already. */
suspend fun finishClosing(accounts: Accounts, twoFactor: TwoFactor, userId: String) {
    twoFactor.erase(userId)
    accounts.remove(userId)
}
