package io.github.twinlock.client

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** The example of README.md is the one compiled here, and it runs. */
class ReadmeTest {
    private val folder = File(System.getProperty("twinlock.root"), "bindings-kotlin")

    @Test
    fun `the example stands in README as it is compiled`() {
        val source = File(folder, "twinlock-client/src/test/kotlin/io/github/twinlock/client/ReadmeExample.kt").readText()
        val compiled = source.split("// README\n").drop(1).joinToString("\n") { it.substringBefore("// END") }
        val blocks = File(folder, "README.md").readText().split("```kotlin\n").drop(1)
        val shown = blocks.map { it.substringBefore("\n```") }.first { "suspend fun signIn" in it }
        assertEquals(plain(shown), plain(compiled))
    }

    private fun plain(text: String) = text.lines().map { it.trim() }.filter { it.isNotEmpty() }

    @Test
    fun `the example signs in after a typo, and switches off with a proof`() =
        ExampleServer().use { server ->
            runBlocking {
                val person = Person(server).register()
                person.enroll()
                val typed = ArrayDeque(listOf(person.phone.wrongCode(0), person.freshCode()))
                val app = ReadmeExample(person.name, Person.PASSWORD, { typed.removeFirst() }, made = person.client)
                assertTrue(app.signIn())
                person.waitUntilStale()
                typed += person.freshCode()
                app.switchOff().orThrow()
            }
        }
}
