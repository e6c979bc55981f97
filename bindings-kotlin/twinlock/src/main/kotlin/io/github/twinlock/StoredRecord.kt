package io.github.twinlock

/**
 * One user's record as it is stored: sealed, opaque to the storage. Equal by content.
 *
 * @property version chosen by the engine, 0 to 2^53 - 1; a storage compares it and never counts
 * @property enabled whether the user has a second factor: in clear for counting, bound into the seal
 * @property keyId the key that sealed it: in clear for key sweeps, bound into the seal; 1 to 16 characters of ASCII
 * @property data the sealed bytes, at most some kilobytes; not copied, so nobody may change them
 * @throws IllegalArgumentException for a version out of that range
 */
public class StoredRecord(
    public val version: Long,
    public val enabled: Boolean,
    public val keyId: String,
    public val data: ByteArray,
) {
    init {
        require(version in 0..MOST) { "a version is a whole number from 0 to 2^53 - 1" }
    }

    override fun equals(other: Any?): Boolean = other is StoredRecord && version == other.version &&
        enabled == other.enabled && keyId == other.keyId && data.contentEquals(other.data)

    override fun hashCode(): Int = 31 * version.hashCode() + data.contentHashCode()

    override fun toString(): String = "StoredRecord(version=$version, enabled=$enabled, keyId=$keyId, data=${data.size} bytes)"

    private companion object {
        const val MOST = (1L shl 53) - 1
    }
}
