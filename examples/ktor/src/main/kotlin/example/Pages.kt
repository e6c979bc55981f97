package example

import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.server.application.Application
import io.ktor.server.application.createApplicationPlugin
import io.ktor.server.application.install
import io.ktor.server.http.content.staticResources
import io.ktor.server.request.path
import io.ktor.server.response.respondRedirect
import io.ktor.server.response.respondText
import io.ktor.server.routing.Route
import io.ktor.server.routing.get
import io.pebbletemplates.pebble.PebbleEngine
import io.pebbletemplates.pebble.loader.ClasspathLoader
import java.io.StringWriter

private const val POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

private val PAGES = listOf(
    Triple("/", "home", "A second lock on the door"),
    Triple("/register", "register", "Create an account"),
    Triple("/login", "login", "Sign in"),
    Triple("/account", "account", "Your account"),
)

/** What a browser may do with our answers. */
private val SecurityHeaders = createApplicationPlugin("SecurityHeaders") {
    onCall { call ->
        val headers = call.response.headers
        headers.append("Content-Security-Policy", POLICY)
        headers.append("X-Content-Type-Options", "nosniff")
        headers.append("Referrer-Policy", "same-origin")
        if (!call.request.path().startsWith(BASE)) headers.append(HttpHeaders.CacheControl, "no-store")
    }
}

fun Application.installPages() {
    install(SecurityHeaders)
}

/** The templates that all examples share; autoescape is on. */
private object Templates {
    private val engine = PebbleEngine.Builder()
        .loader(ClasspathLoader(Templates::class.java.classLoader).apply { prefix = "pages/templates" })
        .build()

    fun html(name: String, about: Map<String, Any>): String =
        StringWriter().also { engine.getTemplate("$name.html").evaluate(it, about) }.toString()
}

/** Plain HTML around a few small scripts, and Twinlock's custom elements; the pretend phone in development only. */
fun Route.pages(signedIn: SignedIn, settings: Settings) {
    for ((path, name, title) in PAGES) {
        get(path) {
            val about = mapOf(
                "page" to name,
                "title" to title,
                "base" to BASE,
                "dev_phone" to settings.devPhone,
                "session" to (signedIn.user(call) != null),
                "csrf_cookie" to signedIn.csrfCookie,
                "remember" to false,
                "docs" to false,
            )
            call.respondText(Templates.html(name, about), ContentType.Text.Html)
        }
    }
    get("/favicon.ico") { call.respondRedirect("/static/icon.svg", permanent = true) }
    staticResources("/static", "pages/static")
    if (settings.devPhone) staticResources("/dev", "pages/dev")
}
