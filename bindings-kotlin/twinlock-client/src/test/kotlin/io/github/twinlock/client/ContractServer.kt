package io.github.twinlock.client

import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.TimeUnit

/** The server under test of tests/http: one small application for each place where the proof can live, each on a clock of its own. */
class ContractServer : AutoCloseable {
    private val port = ServerSocket(0, 1, LOOPBACK).use { it.localPort }
    private val log: File = File.createTempFile("twinlock-contract-", ".log")
    private val process: Process

    /** `http://127.0.0.1:PORT`. */
    val address = "http://127.0.0.1:$port"

    init {
        val root = File(System.getProperty("twinlock.root")).canonicalFile
        val python = root.resolve(".venv/bin/python")
        check(python.canExecute()) { "the tests need the Python package: run scripts/bootstrap python" }
        val builder = ProcessBuilder(python.path, root.resolve("tests/http/servers/fastapi_server.py").path)
        builder.environment()["PORT"] = "$port"
        process = builder.redirectErrorStream(true).redirectOutput(log).start()
        Runtime.getRuntime().addShutdownHook(Thread(process::destroy))
        val until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS)
        while (runCatching { Socket(LOOPBACK, port).close() }.isFailure) {
            check(process.isAlive && System.nanoTime() < until) { "the server did not start:\n${log.readText().takeLast(2_000)}" }
            Thread.sleep(50)
        }
    }

    override fun close() {
        process.destroy()
        if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly()
        log.delete()
    }

    private companion object {
        const val START_SECONDS = 60L
        val LOOPBACK: InetAddress = InetAddress.getLoopbackAddress()
    }
}
