package io.github.twinlock.client

import java.io.BufferedReader
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** The FastAPI example in a process of its own, with accounts that go with it and a clock that the test moves. */
class ExampleServer : AutoCloseable {
    private val folder: Path = Files.createTempDirectory("twinlock-client-")
    private val log: File = File.createTempFile("twinlock-client-", ".log")
    private val process: Process
    private val output: BufferedReader

    /** `http://127.0.0.1:PORT`. */
    val address: String

    /** The server's time, in Unix seconds. */
    var now: Long
        private set

    init {
        val root = File(System.getProperty("twinlock.root")).canonicalFile
        val python = root.resolve(".venv/bin/python")
        check(python.canExecute()) { "the tests need the Python package: run scripts/bootstrap python" }
        val script = root.resolve("bindings-kotlin/twinlock-client/src/test/python/serve_example.py")
        process = ProcessBuilder(python.path, script.path, folder.toString()).redirectError(log).start()
        output = process.inputStream.bufferedReader()
        val said = output.readLine()?.split(' ') ?: error("the example did not start:\n${log.readText().takeLast(2_000)}")
        address = said[0]
        now = said[1].toLong()
    }

    /** Moves the server's clock on. */
    fun advance(seconds: Long) {
        process.outputStream.write("$seconds\n".toByteArray())
        process.outputStream.flush()
        now = output.readLine().toLong()
    }

    override fun close() {
        process.outputStream.close()
        if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly()
        folder.toFile().deleteRecursively()
        log.delete()
    }
}
