package io.github.twinlock

import io.github.twinlock.ffi.Refusal
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class RefusalsTest {
    /** Those that only a server tells. */
    private val server = setOf(
        "code_required", "password_required", "wrong_password", "not_signed_in", "origin_refused", "not_administrator",
        "required_by_policy", "too_large", "not_json",
    )

    private fun refusal(code: String) = Refusal(code, "why", 15UL, 3U.toUByte()).exception("verify")

    @Test
    fun `every code of the engine has its exception`() {
        val codes = HttpContract.codes - server
        assertEquals(codes, codes.map { refusal(it).code })
        assertEquals(codes.size, codes.map { refusal(it).javaClass }.toSet().size)
        assertEquals(server, HttpContract.codes.toSet() - codes.toSet())
    }

    @Test
    fun `a code that nobody knows is a defect`() {
        assertEquals("internal_error", refusal("new_in_the_next_release").code)
    }

    @Test
    fun `a problem says how long to wait and how many codes to give`() {
        assertTrue("\"retry_after\":15" in refusal("throttled").problem())
        assertTrue("\"count\":3" in refusal("more_codes_required").problem())
        assertTrue("\"retry_after\":1" in StorageTimeoutException().problem("login"))
        assertTrue("retry_after" !in refusal("invalid_code").problem())
        assertEquals(15, refusal("throttled").retryAfter)
        assertNull(refusal("not_found").retryAfter)
    }

    @Test
    fun `what a guesser causes at will costs no stack`() {
        for (code in listOf("invalid_code", "throttled", "more_codes_required", "challenge_expired")) {
            assertEquals(0, refusal(code).stackTrace.size, code)
        }
        assertTrue(refusal("record_tampered").stackTrace.isNotEmpty())
    }

    @Test
    fun `hexadecimal digits are read strictly`() {
        val bytes = ByteArray(16) { (it * 17).toByte() }
        assertTrue(bytes.contentEquals(Hex.read(Hex.of(bytes))))
        for (wrong in listOf("0", "0G", "AB", "0x", " 0")) assertNull(Hex.read(wrong), wrong)
    }
}
