package io.github.twinlock

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.writeText

class KeysTest {
    private val text = KeyRing.generate("2026a").toText()

    private fun from(vararg variables: Pair<String, String>) = KeyRing.fromEnvironment(mapOf(*variables)::get)

    @Test
    fun `keys of the environment come first, then those of the file`(@TempDir folder: Path) {
        val file = folder.resolve("keys").apply { writeText("$text\n") }.toString()
        val other = KeyRing.generate("other").toText()
        assertEquals("2026a", from("TWINLOCK_KEYS" to text, "TWINLOCK_KEYS_FILE" to "none").activeId)
        assertEquals("2026a", from("TWINLOCK_KEYS_FILE" to file).activeId)
        assertEquals("other", from("TWINLOCK_KEYS" to other, "TWINLOCK_KEYS_FILE" to file).activeId)
    }

    @Test
    fun `without keys it is said how to make one`() {
        val error = assertThrows(ConfigurationException::class.java) { from("TWINLOCK_KEYS" to "") }
        assertTrue("KeyRing.generate" in error.message!!, error.message)
        assertThrows(ConfigurationException::class.java) { from("TWINLOCK_KEYS_FILE" to "/no/such/file") }
    }
}
