package io.github.twinlock.testing

import io.github.twinlock.TwoFactorEvent
import java.nio.ByteBuffer
import java.security.SecureRandom

/**
 * An event as a storage meets it, with every field that can be filled. Its id is a UUIDv7, no two alike.
 *
 * @param at Unix seconds
 * @param number orders events of one second: the higher, the later; 0 to 4,095
 */
@JvmOverloads
public fun exampleEvent(
    userId: String = "42",
    type: String = "verified",
    at: Long = 1_700_000_000,
    number: Int = 0,
): TwoFactorEvent {
    val id = ByteBuffer.allocate(16)
    id.putLong((at * 1000 shl 16) or 0x7000 or number.toLong())
    id.putLong((Long.MAX_VALUE and RANDOM.nextLong() ushr 2) or Long.MIN_VALUE)
    return TwoFactorEvent(
        id = id.array(),
        userId = userId,
        type = type,
        at = at,
        success = type != "failed",
        method = "totp",
        actor = null,
        context = "192.0.2.1 é \"\uD83D\uDD11\"",
        detail = "{\"left\":3}",
    )
}

private val RANDOM = SecureRandom()
