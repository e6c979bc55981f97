package io.github.twinlock.testing

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.net.URL
import java.net.URLClassLoader
import java.util.concurrent.TimeUnit

/** The package in processes and class loaders of its own. */
class ProcessTest {
    private val path = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    private val program = "io.github.twinlock.testing.SignIn"

    private open class Isolated(path: String) : URLClassLoader(
        path.split(File.pathSeparator).map { File(it).toURI().toURL() }.toTypedArray(),
        ClassLoader.getPlatformClassLoader(),
    )

    @Test
    fun `it runs where there is no desktop`() {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val modules = "--limit-modules=java.base,java.logging"
        val process = ProcessBuilder(java, modules, "-cp", path, program).redirectErrorStream(true).start()
        val said = process.inputStream.bufferedReader().readText()
        assertTrue(process.waitFor(60, TimeUnit.SECONDS))
        assertEquals("42, AWT false\n", said)
    }

    @Test
    fun `two class loaders that know nothing of each other both verify`() {
        val loaders = List(2) { Isolated(path) }
        val programs = loaders.map { it.loadClass(program) }
        assertNotSame(programs[0], programs[1])
        repeat(2) {
            for (each in programs) assertEquals("42", each.getMethod("run").invoke(null))
        }
        loaders.forEach { it.close() }
    }

    @Test
    fun `a platform without a native library is told so`() {
        val bare = object : Isolated(path) {
            override fun getResource(name: String): URL? = if ("twinlock_uniffi" in name) null else super.getResource(name)
        }
        val run = bare.loadClass(program).getMethod("run")
        repeat(2) {
            val said = run.invoke(null) as String
            assertTrue(said.startsWith("refused: this build of Twinlock has no native library for "), said)
            assertTrue(System.mapLibraryName("twinlock_uniffi") in said, said)
        }
        bare.close()
    }
}
