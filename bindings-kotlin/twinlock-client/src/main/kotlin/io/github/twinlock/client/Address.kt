package io.github.twinlock.client

import java.net.URI
import java.net.URLEncoder

/** The base address of the contract, checked once. */
internal class Address(
    base: String,
) {
    private val base: String = base.trimEnd('/')
    private val uri: URI = URI(this.base)

    /** Scheme, host and port: what tokens are for, and nothing else. */
    val origin: String

    init {
        val host = requireNotNull(uri.host) { "the base is a whole address, such as https://app.example.com/2fa" }
        require(uri.userInfo == null && uri.query == null && uri.fragment == null) { "the base holds neither user, query nor fragment" }
        val safe = uri.scheme == "https" || (uri.scheme == "http" && host in LOOPBACK)
        require(safe) { "the base is https://, or http:// on this machine: codes and tokens travel there" }
        origin = originOf(base)
    }

    /** A call of the contract. */
    fun contract(path: String): String = base + path

    /** A call of the application on the same origin. */
    fun application(path: String): String {
        // `//host`, `/\host` and `https://host` would lead elsewhere.
        require(path.startsWith('/') && !path.startsWith("//") && '\\' !in path) { "the path of a call begins with one slash" }
        return origin + path
    }

    companion object {
        /** Scheme, host and port, as a browser says them. */
        fun originOf(url: String): String {
            val uri = URI(url)
            return "${uri.scheme}://${uri.host}" + if (uri.port == -1) "" else ":${uri.port}"
        }

        private val LOOPBACK = setOf("127.0.0.1", "localhost", "[::1]")

        /**
         * An id as one segment of a path. One that vanishes from the address would turn one call into another:
         * `DELETE /devices/` into all devices.
         */
        fun segment(id: String): String {
            require(id.isNotEmpty() && id != "." && id != "..") { "no address can hold this id" }
            return encode(id)
        }

        /** Percent-encoded, for a path or a query. */
        fun encode(text: String): String = URLEncoder.encode(text, "UTF-8").replace("+", "%20")
    }
}
