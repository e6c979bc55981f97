package example

import io.github.twinlock.KeyRing
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assumptions.assumeTrue
import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class RunningTest {
    @Test
    fun `a client that shares no code with Twinlock goes the whole way`() {
        val missing = listOf("curl", "zbarimg", "oathtool").filter { tool -> System.getenv("PATH").split(':').none { File(it, tool).canExecute() } }
        assumeTrue(missing.isEmpty(), "missing programs: $missing")
        val data = Files.createTempDirectory("twinlock-example-")
        val server = embeddedServer(Netty, port = 0, host = "127.0.0.1") { example(Settings(data, KeyRing.generate())) }.start()
        try {
            val port = runBlocking { server.engine.resolvedConnectors().first().port }
            val output = data.resolve("walkthrough").toFile()
            val walk = ProcessBuilder("../walkthrough.sh", "http://127.0.0.1:$port", "session")
                .redirectErrorStream(true).redirectOutput(output).start()
            assertTrue(walk.waitFor(4, TimeUnit.MINUTES), "it did not end")
            assertEquals(0, walk.exitValue(), output.readText())
        } finally {
            server.stop(0, 0)
            data.toFile().deleteRecursively()
        }
    }

    @Test
    fun `production makes nothing up`() {
        val data = Files.createTempDirectory("twinlock-example-")
        try {
            val good = mapOf("TWINLOCK_DEMO_DATA" to "$data", "FRONTEND_URL" to "https://app.example.com")
            for (environment in listOf(
                good,
                good + ("FRONTEND_URL" to "http://app.example.com"),
                good - "FRONTEND_URL",
                good + ("TWINLOCK_DEV_PHONE" to "1"),
                good + ("APP_ENV" to "test"),
            )) {
                assertFailsWith<SettingsError>("$environment") { Settings.from(environment, 8000) }
            }
            val made = Settings.from(good + mapOf("APP_ENV" to "development", "FRONTEND_URL" to "http://127.0.0.1"), 8000)
            assertEquals(made.keys.toText(), Settings.from(good + ("APP_ENV" to "development"), 8000).keys.toText())
        } finally {
            data.toFile().deleteRecursively()
        }
    }
}
