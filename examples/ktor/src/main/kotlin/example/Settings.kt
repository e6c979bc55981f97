package example

import io.github.twinlock.KeyRing
import java.net.URI
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions

/** The person who starts the application must change something; the message says what. */
class SettingsError(message: String) : Exception(message)

/**
 * Every setting, read once. Production is the default and makes nothing up: without keys it refuses to start.
 *
 * @property data folder of the two SQLite files (`users.db`, `2fa.db`) and of generated keys
 * @property keys the key ring of the second factor
 * @property https whether people come over https: `__Host-` cookies that only HTTPS carries
 * @property devPhone shows the pretend phone; never in production
 * @property triesPerMinute sign-ins per address, questions for the password per account
 */
class Settings(
    val data: Path,
    val keys: KeyRing,
    val https: Boolean = false,
    val development: Boolean = true,
    val devPhone: Boolean = false,
    val triesPerMinute: Int = 30,
) {
    companion object {
        private val LOOPBACK = setOf("127.0.0.1", "localhost", "[::1]")
        private val OWN = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        private val PRIVATE = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))

        /** @throws SettingsError for what must not be */
        fun from(environment: Map<String, String>, port: Int): Settings {
            val development = when (environment["APP_ENV"] ?: "production") {
                "development" -> true
                "production" -> false
                else -> throw SettingsError("APP_ENV must be 'development' or 'production'")
            }
            val devPhone = environment["TWINLOCK_DEV_PHONE"] == "1"
            if (devPhone && !development) {
                throw SettingsError("the pretend phone shows codes on screen: unset TWINLOCK_DEV_PHONE in production")
            }
            val data = Path.of(environment["TWINLOCK_DEMO_DATA"] ?: "../../.demo/ktor")
            Files.createDirectories(data, OWN)
            return Settings(
                data = data,
                keys = keys(environment, data, development),
                https = https(environment["FRONTEND_URL"] ?: if (development) "http://127.0.0.1:$port" else ""),
                development = development,
                devPhone = devPhone,
                triesPerMinute = environment["SIGN_IN_LIMIT"]?.let { limit(it) } ?: 30,
            )
        }

        private fun limit(text: String): Int =
            text.removeSuffix("/minute").toIntOrNull()?.takeIf { it > 0 } ?: throw SettingsError("SIGN_IN_LIMIT is written such as 30/minute")

        private fun https(address: String): Boolean {
            val uri = runCatching { URI(address) }.getOrNull()
            if (uri?.host == null || uri.scheme !in setOf("http", "https")) {
                throw SettingsError("set FRONTEND_URL to the address people open, such as https://app.example.com")
            }
            if (uri.scheme == "http" && uri.host !in LOOPBACK) {
                throw SettingsError("FRONTEND_URL must be https:// for any address but this machine")
            }
            return uri.scheme == "https"
        }

        private fun keys(environment: Map<String, String>, data: Path, development: Boolean): KeyRing {
            val kept = data.resolve("twinlock.keys")
            if (environment["TWINLOCK_KEYS"] != null || environment["TWINLOCK_KEYS_FILE"] != null) return KeyRing.fromEnvironment()
            if (!development) {
                throw SettingsError(
                    "no key seals the second factors: set TWINLOCK_KEYS to what `twinlock keygen` prints, or try it out with: make demo-ktor",
                )
            }
            if (!Files.exists(kept)) {
                Files.createFile(kept, PRIVATE)
                Files.writeString(kept, KeyRing.generate().toText())
            }
            return KeyRing.fromText(Files.readString(kept).trim())
        }
    }
}
