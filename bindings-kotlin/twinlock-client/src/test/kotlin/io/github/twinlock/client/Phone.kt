package io.github.twinlock.client

import java.nio.ByteBuffer
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/** An authenticator that nobody of the engine's makers wrote: RFC 6238 with SHA-1, six digits, 30 seconds. */
class Phone(
    secret: String,
) {
    private val key = SecretKeySpec(decodeBase32(secret), "HmacSHA1")

    /** What it shows at a time. */
    fun code(at: Long): String {
        val mac = Mac.getInstance("HmacSHA1").apply { init(key) }
        val hash = mac.doFinal(ByteBuffer.allocate(Long.SIZE_BYTES).putLong(at / PERIOD).array())
        val offset = hash.last().toInt() and 0xf
        val number = ByteBuffer.wrap(hash, offset, Int.SIZE_BYTES).int and Int.MAX_VALUE
        return (number % 1_000_000).toString().padStart(6, '0')
    }

    /** A code that no step from 40 before to 40 after shows. */
    fun wrongCode(at: Long): String {
        val shown = (-40..40).map { code(at + it * PERIOD) }.toSet()
        return (0..999_999).asSequence().map { it.toString().padStart(6, '0') }.first { it !in shown }
    }

    private fun decodeBase32(text: String): ByteArray {
        val bits = text.map { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(it).toString(2).padStart(5, '0') }.joinToString("")
        return bits
            .chunked(8)
            .filter { it.length == 8 }
            .map { it.toInt(2).toByte() }
            .toByteArray()
    }

    companion object {
        const val PERIOD = 30L
    }
}
