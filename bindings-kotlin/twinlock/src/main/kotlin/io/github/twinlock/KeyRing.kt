package io.github.twinlock

import java.io.File
import java.io.IOException
import io.github.twinlock.ffi.KeyRing as NativeKeyRing

/** The keys that seal records and tokens, by id; the first one is the active one. Printed, it shows the ids only. */
public class KeyRing private constructor(internal val ring: NativeKeyRing) {
    /** The id of the key that seals. */
    public val activeId: String = guarded { ring.activeId() }

    /** The keys as [fromText] reads them. This is the secret itself. */
    public fun toText(): String = guarded { ring.toText() }

    override fun toString(): String = guarded { ring.describe() }

    public companion object {
        /**
         * Keys of 32 random bytes by id (1 to 16 letters, digits, dots, hyphens, underscores), the active one first.
         *
         * @throws ConfigurationException for anything else
         */
        @JvmStatic
        public fun of(vararg keys: Pair<String, ByteArray>): KeyRing = of(linkedMapOf(*keys), keys.size)

        /**
         * The same from a map that keeps its order.
         *
         * @throws ConfigurationException as above
         */
        @JvmStatic
        public fun of(keys: LinkedHashMap<String, ByteArray>): KeyRing = of(keys, keys.size)

        private fun of(keys: Map<String, ByteArray>, given: Int): KeyRing {
            if (keys.size != given) throw ConfigurationException("each id of a key must be there once")
            return configured { NativeKeyRing(keys.keys.toList(), keys.values.toList()) }
        }

        /**
         * Reads `id:base64,id:base64` as in `TWINLOCK_KEYS`; line ends separate too.
         *
         * @throws ConfigurationException for anything else
         */
        @JvmStatic
        public fun fromText(text: String): KeyRing = configured { NativeKeyRing.fromText(text) }

        /**
         * The keys of the environment variable `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names.
         *
         * @throws ConfigurationException where there are none, or no such file
         */
        @JvmStatic
        public fun fromEnvironment(): KeyRing = fromEnvironment(System::getenv)

        internal fun fromEnvironment(variable: (String) -> String?): KeyRing {
            val text = variable("TWINLOCK_KEYS")
            if (!text.isNullOrEmpty()) return fromText(text)
            val file = variable("TWINLOCK_KEYS_FILE")
            if (!file.isNullOrEmpty()) return fromText(read(file))
            throw ConfigurationException(
                "there are no keys: make one with KeyRing.generate(\"2026a\").toText() and set TWINLOCK_KEYS to it, or " +
                    "TWINLOCK_KEYS_FILE to a file that holds it, or pass keys = KeyRing.of(...)",
            )
        }

        private fun read(file: String): String = try {
            File(file).readText()
        } catch (error: IOException) {
            throw ConfigurationException("the file that TWINLOCK_KEYS_FILE names cannot be read", error)
        }

        /**
         * A ring with one new random key.
         *
         * @throws ConfigurationException for an [id] that is none
         */
        @JvmStatic
        @JvmOverloads
        public fun generate(id: String = "k1"): KeyRing = configured { NativeKeyRing.generate(id) }

        private fun configured(make: () -> NativeKeyRing): KeyRing = configuring { KeyRing(make()) }
    }
}

/** Text that is no Unicode is here a mistake of the configuration too. */
internal inline fun <T> configuring(make: () -> T): T = try {
    guarded(make)
} catch (error: MalformedRequestException) {
    throw ConfigurationException(error.message.orEmpty(), error)
}
