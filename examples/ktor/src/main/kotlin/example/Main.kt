package example

import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import kotlin.system.exitProcess

/** Serves on this machine; `APP_ENV=development` makes keys of its own. */
fun main() {
    val port = System.getenv("PORT")?.toIntOrNull() ?: 8000
    val settings = try {
        Settings.from(System.getenv(), port)
    } catch (error: SettingsError) {
        System.err.println("cannot start: ${error.message}")
        exitProcess(2)
    }
    val server = embeddedServer(Netty, port = port, host = "127.0.0.1") { example(settings) }
    server.start(wait = false)
    if (settings.development) println(WELCOME.format(port, settings.data.toAbsolutePath().normalize()))
    Thread.currentThread().join()
}

private const val WELCOME = """
  Twinlock demo: http://127.0.0.1:%d/

  1. Create an account and sign in.
  2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
  3. Sign out, sign in again: it asks for the code.

  Accounts are kept in %s. Ctrl+C stops.
"""
