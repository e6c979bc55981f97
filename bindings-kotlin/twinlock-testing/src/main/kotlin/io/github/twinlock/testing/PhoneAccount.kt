package io.github.twinlock.testing

import java.net.URI
import java.net.URLDecoder
import java.nio.ByteBuffer
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/** RFC 6238 by another hand than the engine's, so that a pretend phone can contradict it. */
internal class PhoneAccount(private val key: ByteArray, private val algorithm: String, val digits: Int, val period: Int) {
    init {
        require(algorithm in HASHES) { "the algorithm must be SHA1, SHA256 or SHA512" }
        require(digits in 6..8) { "digits must be 6 to 8" }
        require(period in 1..86_400) { "period must be 1 to 86400" }
    }

    /** The code of that moment, in Unix seconds: RFC 4226 §5.3 over the time step. */
    fun codeAt(seconds: Long): String {
        val mac = Mac.getInstance("Hmac$algorithm").apply { init(SecretKeySpec(key, "RAW")) }
        val hash = mac.doFinal(ByteBuffer.allocate(8).putLong(Math.floorDiv(seconds, period.toLong())).array())
        val number = ByteBuffer.wrap(hash).getInt(hash.last().toInt() and 15) and Int.MAX_VALUE
        return (number % TENS[digits - 6]).toString().padStart(digits, '0')
    }

    companion object {
        private val HASHES = setOf("SHA1", "SHA256", "SHA512")
        private val TENS = intArrayOf(1_000_000, 10_000_000, 100_000_000)
        private const val LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

        fun of(text: String): PhoneAccount {
            if (!text.startsWith("otpauth:")) return PhoneAccount(base32(text), "SHA1", 6, 30)
            val uri = URI(text)
            require(uri.host == "totp") { "the URI must begin with otpauth://totp/" }
            val said = uri.rawQuery.split('&').associate { it.substringBefore('=') to plain(it.substringAfter('=')) }
            return PhoneAccount(
                base32(said["secret"].orEmpty()),
                said["algorithm"]?.uppercase() ?: "SHA1",
                said["digits"]?.toInt() ?: 6,
                said["period"]?.toInt() ?: 30,
            )
        }

        private fun plain(text: String) = URLDecoder.decode(text, Charsets.UTF_8)

        /** As people type it: any case, with spaces, hyphens or padding. */
        private fun base32(text: String): ByteArray {
            val letters = text.filterNot { it.isWhitespace() || it == '-' }.trimEnd('=').uppercase()
            val bytes = ArrayList<Byte>()
            var held = 0
            var bits = 0
            for (letter in letters) {
                val value = LETTERS.indexOf(letter)
                require(value >= 0) { "a secret is base32: letters A to Z and digits 2 to 7" }
                held = (held shl 5 or value) and 0xfff
                bits += 5
                if (bits >= 8) {
                    bits -= 8
                    bytes += (held shr bits).toByte()
                }
            }
            require(bytes.isNotEmpty()) { "a secret cannot be empty" }
            return bytes.toByteArray()
        }
    }
}
