package example

import io.github.twinlock.Clock
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationStopped
import io.ktor.server.application.install
import io.ktor.server.plugins.forwardedheaders.XForwardedHeaders
import io.ktor.server.routing.routing
import kotlinx.coroutines.runBlocking

/** Puts the application together; tests hand in a clock that they can move. */
fun Application.example(settings: Settings, clock: Clock = Clock.SYSTEM) {
    val accounts = Accounts(settings.data.resolve("users.db"))
    val twoFactor = openTwoFactor(settings, clock)
    val signedIn = SignedIn(accounts, settings, clock::now)
    val parts = Parts(accounts, signedIn, twoFactor, tries(settings, clock), tries(settings, clock))
    // What an earlier one began and did not finish is finished first.
    runBlocking { for (id in accounts.closed()) finishClosing(accounts, twoFactor, id) }
    monitor.subscribe(ApplicationStopped) {
        twoFactor.close()
        accounts.close()
    }

    // Behind a proxy that ends TLS and sets these headers itself.
    if (settings.https) install(XForwardedHeaders)
    installPages()
    installProblems()
    signedIn.install(this)
    installTwinlock(twoFactor, accounts, signedIn, parts.passwordTries)
    routing {
        authRoutes(parts)
        userRoutes(parts)
        pages(signedIn, settings)
    }
}

private fun tries(settings: Settings, clock: Clock) = Tries(settings.triesPerMinute, clock::now)
