package io.github.twinlock.jdbc

import org.junit.jupiter.api.Assertions.assertTrue
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import kotlin.concurrent.thread
import kotlin.random.Random

private const val PEOPLE = 6
private const val ROUNDS = 8
private val KILLED_IN = setOf(2, 4, 6)

/** A database that is killed and restarted under load: nothing that was told is lost, and nobody gets in twice. */
internal fun survivesRestarts(place: Place) {
    val server = checkNotNull(place.opened.server)
    val threads = Executors.newFixedThreadPool(PEOPLE * 3)
    val source = pool(place.opened, 6) { connectionTimeout = 2_000 }
    val storage = JdbcStorage(source, timeout = Duration.ofSeconds(3), connections = 6)
    try {
        val people = List(PEOPLE) { Person(storage, "load") }
        var told = 0
        for (round in 0 until ROUNDS) {
            val restart = if (round in KILLED_IN) thread { killAndStart(server) } else null
            val tries = people.flatMap { who -> List(3) { number -> Callable { who to signIn(who, number) } } }
            val won = threads.invokeAll(tries).map { it.get() }.groupBy({ it.first }, { it.second }).mapValues { (_, got) ->
                got.count { it }
            }
            restart?.join()
            for (who in people) {
                // With the server back, every code that let somebody in, or may have, is tried once more.
                val times = checkNotNull(won[who]) + if (worksAgain { tried(who) }) 1 else 0
                assertTrue(times <= 1, "one code let in $times times")
                told += times
                who.clock.advance(30)
            }
        }
        assertTrue(told >= (ROUNDS - KILLED_IN.size) * PEOPLE, "only $told got in at all")
        val noted = people.sumOf { who ->
            who.twoFactor
                .events(who.userId, null, 200)
                .events
                .count { it.type == "verified" }
        }
        assertTrue(noted >= told, "$told got in, $noted were noted")
    } finally {
        threads.shutdown()
        storage.close()
        source.close()
    }
}

private fun killAndStart(server: RunningServer) {
    Thread.sleep(Random.nextLong(20, 80))
    server.command("kill")
    Thread.sleep(100)
    server.command("start")
}

private fun signIn(who: Person, number: Int): Boolean {
    Thread.sleep(25L * number)
    return outcome { if (tried(who)) "in" else "out" }.also {
        assertTrue(it in setOf("in", "out", "storage_error", "storage_timeout"), it)
    } == "in"
}

/** Faults of the storage are thrown; a refusal is `false`. */
private fun tried(who: Person): Boolean {
    val challenge = who.challenge()
    val told = outcome {
        who.twoFactor.verify(challenge, who.phone.code())
        "in"
    }
    if (told == "storage_error" || told == "storage_timeout") return false
    assertTrue(told == "in" || told in FAIR, told)
    return told == "in"
}
