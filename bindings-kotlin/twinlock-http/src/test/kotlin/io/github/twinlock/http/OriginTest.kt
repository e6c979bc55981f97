package io.github.twinlock.http

import io.github.twinlock.ConfigurationException
import org.junit.jupiter.api.Assertions.assertDoesNotThrow
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import org.junit.jupiter.params.provider.ValueSource

class OriginTest {
    @ParameterizedTest
    @CsvSource(
        "http,  app.example,      https://app.example,      true",
        "http,  app.example,      http://app.example,       true",
        "https, app.example,      https://app.example,      true",
        "https, app.example,      http://app.example,       false",
        "https, app.example:8443, https://app.example,      false",
        "https, app.example,      https://app.example:443,  true",
        "https, app.example,      HTTPS://App.Example,      true",
        "https, app.example,      https://user@app.example, false",
        "https, app.example,      https://app.example.evil, false",
        "https, app.example,      https://[,                false",
        "https, app.example,      https:app.example,        false",
        "https, app.example,      '',                       false",
        "https, app.example,      null,                     false",
        "https, evil.example,     https://app.example,      false",
        "https, app.example,      https://other.example,    true",
    )
    fun `where a request comes from`(scheme: String, host: String, origin: String, isHere: Boolean) {
        val check = OriginCheck(listOf("https://other.example"), onlyWithCookies = false)
        val exchange = FakeExchange("POST", mapOf("Origin" to origin), scheme = scheme, host = host)
        if (isHere) assertDoesNotThrow { check.check(exchange) } else assertEquals("origin_refused", refusal(check, exchange))
    }

    @ParameterizedTest
    @CsvSource("same-origin, true", "none, true", "same-site, false", "cross-site, false", "'same-origin, same-origin', false")
    fun `what the browser says of the site counts before the origin`(site: String, isHere: Boolean) {
        val check = OriginCheck(emptyList(), onlyWithCookies = false)
        val exchange = FakeExchange("DELETE", mapOf("Sec-Fetch-Site" to site, "Origin" to "https://app.example"))
        if (isHere) assertDoesNotThrow { check.check(exchange) } else assertEquals("origin_refused", refusal(check, exchange))
    }

    @Test
    fun `a bearer host is asked only where its token came in a cookie`() {
        val check = OriginCheck(emptyList(), onlyWithCookies = true)
        val elsewhere = mapOf("Sec-Fetch-Site" to "cross-site")
        assertDoesNotThrow { check.check(FakeExchange("POST", elsewhere)) }
        assertDoesNotThrow { check.check(FakeExchange("POST", elsewhere + mapOf("Cookie" to "a=b", "Authorization" to "Bearer x"))) }
        assertEquals("origin_refused", refusal(check, FakeExchange("POST", elsewhere + ("Cookie" to "a=b"))))
    }

    @Test
    fun `reading is no change`() {
        assertDoesNotThrow { OriginCheck(emptyList(), false).check(FakeExchange("GET", mapOf("Sec-Fetch-Site" to "cross-site"))) }
    }

    @ParameterizedTest
    @ValueSource(strings = ["app.example.com", "*", "null", "https://app.example.com/path", "https://user@app.example.com", "https://", ""])
    fun `what is no origin cannot be allowed`(origin: String) {
        assertThrows(ConfigurationException::class.java) { OriginCheck(listOf(origin), false) }
    }

    @ParameterizedTest
    @CsvSource(
        "http,  localhost:8080,        true",
        "http,  app.localhost,         true",
        "http,  127.0.0.1:80,          true",
        "http,  '[::1]:8080',          true",
        "https, localhost,             false",
        "http,  localhost.evil.com,    false",
        "http,  127.0.0.1.evil.com,    false",
        "http,  evil.com,              false",
        "http,  'localhost:80/@x',     false",
    )
    fun `development on one's own machine`(scheme: String, host: String, isLoopback: Boolean) {
        assertEquals(isLoopback, isPlainLoopback(FakeExchange("GET", scheme = scheme, host = host)))
    }

    @ParameterizedTest
    @CsvSource("Forwarded, for=1.2.3.4", "X-Forwarded-For, 1.2.3.4", "X-Forwarded-Proto, https", "X-Forwarded-Host, x", "Via, 1.1 x")
    fun `what a proxy forwards is not loopback`(name: String, value: String) {
        assertEquals(false, isPlainLoopback(FakeExchange("GET", mapOf(name to value), scheme = "http", host = "localhost")))
    }

    private fun refusal(check: OriginCheck, exchange: FakeExchange): String =
        assertThrows(ProblemException::class.java) { check.check(exchange) }.code
}
