package io.github.twinlock.jdbc

import java.io.File

/** The repository: shared tests and scripts are found from there. */
internal val ROOT: File = File(System.getProperty("twinlock.root") ?: "../..").canonicalFile

/** A real server of tests/servers/run.py, in a temporary folder; it ends with this process at the latest. */
internal class RunningServer(kind: String, vararg options: String) : AutoCloseable {
    private val process = ProcessBuilder(
        listOf("python3", File(ROOT, "tests/servers/run.py").path, kind, "--fast") + options.map { "--option=$it" },
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val answers = process.inputStream.bufferedReader()
    private val orders = process.outputStream.bufferedWriter()
    private val facts = answer()

    val url: String = fact("url")
    val host: String = fact("host")
    val port: Int = checkNotNull(Regex("\"port\": (\\d+)").find(facts)).groupValues[1].toInt()
    val user: String = fact("user")
    val password: String = fact("password")
    val database: String = fact("database")

    /** One of `kill`, `stop`, `start`, `pause`, `resume`; comes back when it is done. */
    fun command(name: String) {
        orders.write("$name\n")
        orders.flush()
        val told = answer()
        check("\"ok\": true" in told) { told }
    }

    override fun close() {
        orders.close()
        process.waitFor()
    }

    private fun fact(name: String): String = checkNotNull(Regex("\"$name\": \"([^\"]*)\"").find(facts)) { "no $name" }.groupValues[1]

    private fun answer(): String = checkNotNull(answers.readLine()) { "the server could not be run; run.py says why above" }
}
