package io.github.twinlock.spring

import io.github.twinlock.BlockingStorage
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.ConfigurationException
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.SqliteStorage
import io.github.twinlock.http.Answered
import io.github.twinlock.jdbc.JdbcStorage
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.springframework.boot.autoconfigure.AutoConfigurations
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration
import org.springframework.boot.test.context.runner.WebApplicationContextRunner
import java.nio.file.Path

class AutoConfigurationTest {
    @TempDir
    lateinit var folder: Path

    private val keys = KeyRing.generate().toText()
    private val runner = WebApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(TwinlockAutoConfiguration::class.java, TwinlockWebAutoConfiguration::class.java))
        .withPropertyValues("twinlock.issuer=Acme", "twinlock.keys=$keys")

    private fun inFile() = runner.withPropertyValues("twinlock.sqlite-file=${folder.resolve("2fa.db")}")

    @Test
    fun `without a DataSource the records are in a file of their own`() {
        inFile().run { context ->
            assertInstanceOf(SqliteStorage::class.java, context.getBean(BlockingStorage::class.java))
            assertFalse(context.getBean(BlockingTwoFactor::class.java).status("42").enabled)
        }
    }

    @Test
    fun `with a DataSource they are in its database`() {
        val url = "spring.datasource.url=jdbc:sqlite:${folder.resolve("app.db")}"
        inFile().withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration::class.java)).withPropertyValues(url).run { context ->
            val storage = assertInstanceOf(JdbcStorage::class.java, context.getBean(BlockingStorage::class.java))
            storage.createTables()
            assertFalse(context.getBean(BlockingTwoFactor::class.java).status("42").enabled)
        }
    }

    @Test
    fun `the application's own beans count`() {
        val storage = MemoryStorage()
        val users = TwoFactorUsers { error("not asked") }
        val signIn = SignIn { _, _, _ -> Answered.NOTHING }
        runner.withBean(BlockingStorage::class.java, { storage }).withBean(TwoFactorUsers::class.java, { users })
            .withBean(SignIn::class.java, { signIn }).run { context ->
                assertSame(storage, context.getBean(BlockingTwoFactor::class.java).storage)
                assertSame(users, context.getBean(TwoFactorUsers::class.java))
                assertSame(signIn, context.getBean(SignIn::class.java))
            }
    }

    @Test
    fun `what cannot be meant stops the start`() {
        val memory = runner.withBean(BlockingStorage::class.java, ::MemoryStorage)
        val wrong = listOf(
            "twinlock.keys=none", "twinlock.proof=bearer", "twinlock.proof=cookie", "twinlock.base-path=2fa", "twinlock.base-path=/2fa/",
            "twinlock.allowed-origins=app.example", "twinlock.cookie-max-age=-1s",
        )
        for (setting in wrong) {
            memory.withPropertyValues(setting).run { context ->
                assertInstanceOf(ConfigurationException::class.java, rootOf(assertNotNull(context.startupFailure, setting)), setting)
            }
        }
    }

    private fun assertNotNull(failure: Throwable?, setting: String): Throwable {
        assertNotNull(failure as Any?, setting)
        return failure!!
    }

    private fun rootOf(error: Throwable): Throwable = generateSequence(error) { it.cause }.last()

    @Test
    fun `neither settings nor engine show a key`() {
        inFile().run { context ->
            val shown = context.getBean(TwinlockProperties::class.java).toString() + context.getBean(BlockingTwoFactor::class.java)
            assertFalse(keys.substringAfter(':') in shown)
        }
    }

    @Test
    fun `each setting has its description for editors`() {
        val text = resource("/META-INF/spring-configuration-metadata.json")
        for (component in TwinlockProperties::class.java.recordComponents.map { it.name }.filter { it != "jdbc" }) {
            val name = component.replace(Regex("[A-Z]")) { "-${it.value.lowercase()}" }
            val entry = "\"name\": \"twinlock.$name\",\\s+\"type\": \"[^\"]+\",\\s+\"description\": \"\\w"
            assertTrue(Regex(entry).containsMatchIn(text), name)
        }
    }

    @Test
    fun `the tables of each dialect are on the class path`() {
        for (dialect in listOf("postgres", "mysql", "sqlite")) {
            assertTrue("twinlock_record" in resource("/twinlock/schema/$dialect.sql"))
        }
        assertEquals(2, resource("/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports").trim().lines().size)
    }

    private fun resource(name: String) = checkNotNull(javaClass.getResource(name)) { name }.readText()
}
