package io.github.twinlock.client

import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.JsonObject
import java.net.CookieManager
import java.net.CookiePolicy
import java.net.CookieStore
import java.net.HttpCookie
import java.net.URI

/** How this client says who is calling: with [Bearer] tokens, or with [Cookies] like a browser. */
public sealed class Manner {
    /** The application's call that renews the sign-in, on the contract's origin; none when there is none. */
    public abstract val refreshPath: String?

    /** The headers that go along with a call. */
    internal abstract suspend fun sign(
        occasion: Occasion,
        method: String,
        url: String,
    ): Map<String, String>

    /** Takes what an answer hands over. */
    internal abstract suspend fun keep(
        occasion: Occasion,
        body: JsonObject?,
        headers: Map<String, List<String>>,
        url: String,
    )

    /** What to send to [refreshPath]; none when there is nothing to refresh. */
    internal abstract suspend fun refreshBody(): JsonObject?

    /** Changes whenever the sign-in is renewed. */
    internal abstract suspend fun signIn(): Any?

    internal abstract suspend fun forget(device: Boolean)

    /** What the client learned from `GET /status`. */
    internal open fun learn(status: Status) {}

    /** What an answer means for what is held already. */
    internal enum class Occasion {
        /** Somebody signs in: nothing of whoever was there before stays. */
        SIGN_IN,

        /** The sign-in goes on. */
        CALL,

        /** The second factor is off. */
        DISABLED,

        /** A call of the application: a member of its answer may be called like a token and be none. */
        APPLICATION,
    }

    /**
     * Tokens in headers: `Authorization: Bearer`, `Twinlock-Assurance`, `Twinlock-Device`.
     *
     * @param store where they are kept
     * @param refreshPath the application's call that takes `{"<refreshMember>": …}` and answers new tokens, such as `/api/auth/refresh`
     * @param accessMember what the application calls its access token in the answers of login, `/verify`, `/step-up` and refresh
     * @param refreshMember what it calls its refresh token
     */
    public class Bearer(
        private val store: TokenStore = MemoryTokenStore(),
        override val refreshPath: String? = null,
        private val accessMember: String = "access_token",
        private val refreshMember: String = "refresh_token",
    ) : Manner() {
        private val changing = Mutex()

        override suspend fun sign(
            occasion: Occasion,
            method: String,
            url: String,
        ): Map<String, String> {
            val held = changing.withLock { store.load() }
            return buildMap {
                // Before there is a sign-in, this phone may be known already.
                held.device?.let { put("Twinlock-Device", it) }
                if (occasion == Occasion.SIGN_IN || held.access == null) return@buildMap
                put("Authorization", "Bearer ${held.access}")
                held.assurance?.let { put("Twinlock-Assurance", it) }
            }
        }

        override suspend fun keep(
            occasion: Occasion,
            body: JsonObject?,
            headers: Map<String, List<String>>,
            url: String,
        ) {
            if (occasion == Occasion.APPLICATION) return
            val (access, refresh) = body.text(accessMember) to body.text(refreshMember)
            val (assurance, device) = body.text("assurance") to body.text("device")
            change { held ->
                when (occasion) {
                    Occasion.SIGN_IN -> {
                        Tokens(access, refresh, assurance, device ?: held.device)
                    }

                    Occasion.DISABLED -> {
                        Tokens(access ?: held.access, refresh ?: held.refresh)
                    }

                    Occasion.CALL -> {
                        Tokens(access ?: held.access, refresh ?: held.refresh, assurance ?: held.assurance, device ?: held.device)
                    }
                }
            }
        }

        override suspend fun refreshBody(): JsonObject? {
            val refresh = changing.withLock { store.load() }.refresh ?: return null
            return jsonOf(refreshMember to refresh)
        }

        override suspend fun signIn(): String? = changing.withLock { store.load() }.access

        override suspend fun forget(device: Boolean): Unit = change { held -> Tokens(device = held.device.takeUnless { device }) }

        private suspend fun change(to: (Tokens) -> Tokens) =
            changing.withLock {
                val held = store.load()
                val next = to(held)
                if (next != held) store.save(next)
            }
    }

    /**
     * Cookies, kept by the client; for applications whose sessions live there. It says its own origin with each change, as a
     * browser does, and sends the framework's CSRF token back.
     *
     * @param store where cookies are kept; default in memory
     * @param refreshPath the application's call that renews its cookies
     * @param csrfHeader the header for the CSRF token
     * @param csrfCookie the cookie that holds the token; without one it is what `GET /status` tells
     */
    public class Cookies(
        store: CookieStore? = null,
        override val refreshPath: String? = null,
        private val csrfHeader: String = "X-CSRF-Token",
        private val csrfCookie: String? = null,
    ) : Manner() {
        private val cookies = CookieManager(store, CookiePolicy.ACCEPT_ORIGINAL_SERVER)

        @Volatile private var csrf: String? = null

        @Volatile private var renewed = 0

        override suspend fun sign(
            occasion: Occasion,
            method: String,
            url: String,
        ): Map<String, String> {
            val sent = cookies.get(URI(url), emptyMap())["Cookie"].orEmpty()
            return buildMap {
                if (sent.isNotEmpty()) put("Cookie", sent.joinToString("; "))
                if (method == "GET") return@buildMap
                put("Origin", Address.originOf(url))
                token()?.let { put(csrfHeader, it) }
            }
        }

        override suspend fun keep(
            occasion: Occasion,
            body: JsonObject?,
            headers: Map<String, List<String>>,
            url: String,
        ) {
            val given = headers["set-cookie"] ?: return
            cookies.put(URI(url), mapOf("Set-Cookie" to given))
            renewed++
        }

        override suspend fun refreshBody(): JsonObject? = jsonOf().takeIf { cookies.cookieStore.cookies.isNotEmpty() }

        override suspend fun signIn(): Int = renewed

        override suspend fun forget(device: Boolean) {
            csrf = null
            cookies.cookieStore.removeAll()
        }

        override fun learn(status: Status) {
            csrf = status.csrf ?: csrf
        }

        private fun token(): String? = if (csrfCookie == null) csrf else find(csrfCookie)?.value

        private fun find(name: String): HttpCookie? = cookies.cookieStore.cookies.find { it.name == name }
    }
}
