package io.github.twinlock

import io.github.twinlock.ffi.StoredEvent
import io.github.twinlock.ffi.eventBody

/**
 * One line of the audit log. It holds no code, no digit of one, no secret and no token. Equal by content.
 *
 * @property id 16 bytes (UUIDv7): sorting by id, as unsigned bytes, is sorting by time
 * @property userId whose second factor
 * @property type what happened, e.g. `verified`, `failed`, `attack_suspected`; newer releases may know more
 * @property at Unix seconds
 * @property success whether what was tried succeeded
 * @property method `totp` or `backup_code`, where a code was presented
 * @property actor the operator who acted, where it was not the user
 * @property context what the host said about the request
 * @property detail further facts, as the JSON text of one object
 */
public class TwoFactorEvent(
    public val id: ByteArray,
    public val userId: String,
    public val type: String,
    public val at: Long,
    public val success: Boolean,
    public val method: String?,
    public val actor: String?,
    public val context: String?,
    public val detail: String,
) {
    /** The id in 32 hexadecimal digits. */
    public val idHex: String get() = Hex.of(id)

    /** The event as `GET /events` shows it, JSON text. [StorageErrorException] where id or detail are not what the engine made. */
    public fun body(): String = try {
        guarded { eventBody(stored()) }
    } catch (error: InternalErrorException) {
        throw StorageErrorException("a stored event does not read", error)
    }

    internal fun stored(): StoredEvent = StoredEvent(id, userId, type, at.toULong(), success, method, actor, context, detail)

    private fun facts(): List<Any?> = listOf(userId, type, at, success, method, actor, context, detail)

    override fun equals(other: Any?): Boolean = other is TwoFactorEvent && id.contentEquals(other.id) && facts() == other.facts()

    override fun hashCode(): Int = id.contentHashCode()

    override fun toString(): String = "TwoFactorEvent(id=$idHex, type=$type, at=$at, success=$success)"

    internal companion object {
        fun of(event: StoredEvent): TwoFactorEvent = with(event) {
            TwoFactorEvent(id, userId, kind, at.toLong(), success, method, actor, context, detail)
        }
    }
}

/** A page of the audit log, the newest event first; [nextCursor] is to be given for the next page and null at the end. */
public class EventPage(public val events: List<TwoFactorEvent>, public val nextCursor: String?) {
    override fun toString(): String = "EventPage(${events.size} events, nextCursor=$nextCursor)"
}

internal object Hex {
    private const val DIGITS = "0123456789abcdef"

    fun of(bytes: ByteArray): String = buildString(bytes.size * 2) {
        for (byte in bytes) {
            append(DIGITS[byte.toInt() shr 4 and 15])
            append(DIGITS[byte.toInt() and 15])
        }
    }

    /** Null for everything but an even number of digits in lower case. */
    fun read(text: String): ByteArray? {
        if (text.length % 2 != 0 || text.any { it !in DIGITS }) return null
        return ByteArray(text.length / 2) { DIGITS.indexOf(text[2 * it]).shl(4).or(DIGITS.indexOf(text[2 * it + 1])).toByte() }
    }
}
