package io.github.twinlock.jdbc

import io.github.twinlock.testing.VirtualClock
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.Executors

private const val PROCESSES = 3
private const val TRIES_OF_EACH = 4
private const val ROUNDS = 8

/** Several processes present one code at the same moment: exactly one gets in. */
internal fun letsOneIn(place: Place) {
    val address = place.opened
    val racers = List(PROCESSES) { Racer(address) }
    try {
        pool(address, 4).use { source ->
            JdbcStorage(source).use { storage ->
                for (round in 0 until ROUNDS) {
                    val who = Person(storage, "race")
                    val common = who.challenge()
                    val challenges = { List(TRIES_OF_EACH) { if (round % 2 == 0) common else who.challenge() } }
                    val told = racers.map { it to challenges() }
                    val at = System.currentTimeMillis() + 60
                    told.forEach { (racer, own) -> racer.send(at, who.clock.now(), who.phone.code(), own) }
                    val outcomes = racers.flatMap { it.answer() }
                    assertEquals(1, outcomes.count { it == "in" }, outcomes.toString())
                    assertTrue(outcomes.all { it == "in" || it in FAIR }, outcomes.toString())
                }
            }
        }
    } finally {
        racers.forEach(Racer::close)
    }
}

/** One process of the race; it ends with its standard input. */
private class Racer(address: Place.Address) : AutoCloseable {
    private val process = ProcessBuilder(
        File(System.getProperty("java.home"), "bin/java").path,
        "-Xmx128m",
        "-cp",
        System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path"),
        "io.github.twinlock.jdbc.RacerKt",
        address.url,
        address.user,
    ).redirectError(ProcessBuilder.Redirect.INHERIT)
        .apply {
            environment()["TWINLOCK_KEYS"] = KEYS
            environment()["RACE_PASSWORD"] = address.password
        }.start()
    private val answers = process.inputStream.bufferedReader()
    private val orders = process.outputStream.bufferedWriter()

    init {
        check(answers.readLine() == "ready") { "a process of the race did not start" }
    }

    fun send(at: Long, now: Double, code: String, challenges: List<String>) {
        orders.write("$at $now $code ${challenges.joinToString(" ")}\n")
        orders.flush()
    }

    fun answer(): List<String> = checkNotNull(answers.readLine()) { "a process of the race has ended" }.split(' ')

    override fun close() {
        orders.close()
        process.waitFor()
    }
}

/** What a racer does: opens its own storage, then verifies whenever it is told to. */
internal fun race(url: String, user: String) {
    val address = Place.Address(url, user, System.getenv("RACE_PASSWORD"), null)
    val threads = Executors.newFixedThreadPool(TRIES_OF_EACH)
    pool(address, TRIES_OF_EACH).use { source ->
        JdbcStorage(source).use { storage ->
            storage.load("warm-up")
            println("ready")
            for (line in generateSequence(::readlnOrNull)) {
                val (at, now, code) = line.split(' ')
                val twoFactor = engine(storage, VirtualClock(now.toDouble()))
                Thread.sleep((at.toLong() - System.currentTimeMillis()).coerceAtLeast(0))
                val tries = line.split(' ').drop(3).map { challenge ->
                    Callable {
                        outcome {
                            twoFactor.verify(challenge, code)
                            "in"
                        }
                    }
                }
                println(threads.invokeAll(tries).joinToString(" ") { it.get() })
            }
        }
    }
    threads.shutdown()
}
