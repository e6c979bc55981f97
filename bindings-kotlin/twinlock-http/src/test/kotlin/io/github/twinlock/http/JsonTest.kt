package io.github.twinlock.http

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource

class JsonTest {
    @ParameterizedTest
    @ValueSource(
        strings = [
            "", " ", "{", "{}{}", "{} x", "[1,]", "{\"a\":1,}", "{a:1}",
            "{'a':1}", "{\"a\":abc}", "01", "+1", ".5", "1.", "NaN", "Infinity",
            "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}",
            "{\"x\":[{\"a\":1,\"a\":2}]}", "\uFEFF{}", "{\"a\":\"\n\"}", "// x\n{}", "/* */{}",
            "\"\\x\"", "tru", "nulls",
        ],
    )
    fun `what is no JSON, or holds a member twice`(text: String) {
        assertThrows(NotJson::class.java) { Json.parse(text.encodeToByteArray()) }
    }

    @Test
    fun `bytes that are no UTF-8`() {
        for (octets in listOf(listOf(0xFF), listOf(0x22, 0xC0, 0xAF, 0x22), listOf(0x22, 0xED, 0xA0, 0x80, 0x22))) {
            assertThrows(NotJson::class.java) { Json.parse(ByteArray(octets.size) { octets[it].toByte() }) }
        }
    }

    @Test
    fun `what is deeper than any parser likes is refused, not followed`() {
        assertThrows(NotJson::class.java) { Json.parse("[".repeat(9_999)) }
        assertThrows(NotJson::class.java) { Json.parse("[".repeat(4_000) + "]".repeat(4_000)) }
    }

    @Test
    fun `what was read is written as it was`() {
        val text = """{"a":null,"b":[true,1,-2,1.50,"é\"",{}],"c":12345678901234567890}"""
        assertEquals(text, Json.write(Json.parse(text)))
    }

    @Test
    fun `what JSON does not have is not written`() {
        for (value in listOf(Any(), Double.NaN, Float.POSITIVE_INFINITY, mapOf(1 to 2))) {
            assertThrows(IllegalArgumentException::class.java) { Json.write(value) }
        }
    }

    @Test
    fun `a member has exactly the type that the contract says`() {
        val wrong = mapOf("text" to 1, "flag" to "true", "code" to listOf("1"), "next_codes" to "1", "lone" to "\uD800", "none" to null)
        val body = Body(wrong)
        assertRefused("malformed_request") { body.optionalText("text") }
        assertRefused("malformed_request") { body.optionalText("lone") }
        assertRefused("malformed_request") { body.flag("flag") }
        assertRefused("malformed_code") { body.optionalCode() }
        assertRefused("malformed_code") { body.nextCodes() }
        assertRefused("malformed_code") { Body(mapOf("next_codes" to listOf("1", null))).nextCodes() }
        assertEquals(null, body.optionalText("none"))
        assertEquals(false, body.flag("none"))
    }

    private fun assertRefused(code: String, call: () -> Unit) {
        assertEquals(code, assertThrows(ProblemException::class.java, call).code)
    }
}
