package io.github.twinlock.testing

import io.github.twinlock.TwoFactorException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.runBlocking

internal const val NOT_TOLD = "what was not stored, or may not be, must not be told"

/** The laws about what is written, and about races. */
internal object DriverLaws {
    private const val ROUNDS = 5
    private const val AT_ONCE = 200

    suspend fun whatChangesNothingWritesNothing(bench: DriverBench) {
        val (loads, saves) = listOf(bench.storage.loads, bench.storage.saves)
        val challenge = bench.challenge()
        bench.driver.status(bench.user)
        must(bench.storage.loads == loads + 2, "each call must load the record once: nothing is cached")
        refused("invalid_code", "a wrong backup code is an outcome") { bench.verify(challenge, "0000-0000-0000-0000") }
        must(bench.storage.saves == saves, "what changes nothing must write nothing")
        must(bench.told == listOf("failed" to false), "a refusal that is not stored must be told as such")
    }

    suspend fun aWrongCodeIsWrittenBeforeItIsTold(bench: DriverBench) {
        val challenge = bench.challenge()
        val saves = bench.storage.saves
        val version = bench.version()
        refused("invalid_code", "a counted wrong code is an outcome") { bench.verify(challenge, bench.phone.wrongCode()) }
        must(bench.storage.saves == saves + 1 && bench.version() != version, "a counted wrong code must be written")
        must(bench.told == listOf("failed" to true), "and its event told after the commit")
        bench.storage.order(Fault.SAVE_FAILS_BEFORE)
        val rule = "a wrong code whose count was not written must not be told as one"
        refused("storage_error", rule) { bench.verify(challenge, bench.phone.wrongCode()) }
        must(bench.told.size == 1, NOT_TOLD)
    }

    suspend fun aLostRaceIsDecidedOnAFreshRecord(bench: DriverBench) {
        val (mine, other) = listOf(bench.challenge(), bench.challenge())
        val code = bench.phone.code()
        val elsewhere = CompletableDeferred<Result<Any>>()
        // At the very moment when this driver decides, the same code comes in elsewhere.
        bench.hook = { runBlocking { elsewhere.complete(runCatching { bench.elsewhere.verify(other, code) }) } }
        val here = runCatching { bench.verify(mine, code) }
        must(elsewhere.isCompleted, "the clock must be read between load and save")
        val losers = listOf(here, elsewhere.await()).mapNotNull { it.exceptionOrNull() }
        must(losers.size == 1, "of two sign-ins with one code exactly one must get in")
        val given = (losers.single() as? TwoFactorException)?.code
        must(given == "invalid_code", "the other must be decided on the record that the first wrote, not get $given")
    }

    suspend fun aLostRaceIsDecidedOnAFreshClock(bench: DriverBench) {
        val challenge = bench.challenge()
        val loads = bench.storage.loads
        val readings = bench.readings.get()
        bench.storage.order(Fault.SAVE_LOSES_RACE)
        bench.ticks = 600
        val rule = "after a lost race the clock must be read again"
        refused("challenge_expired", rule) { bench.verify(challenge) }
        must(bench.storage.loads == loads + 2, "after a lost race the record must be loaded again")
        must(bench.readings.get() == readings + 2, "the clock must be read once in each round")
    }

    suspend fun fiveLostRacesRefuse(bench: DriverBench) {
        val storage = bench.storage
        val challenge = bench.challenge()
        val (loads, saves) = listOf(storage.loads, storage.saves)
        storage.order(*Array(ROUNDS) { Fault.SAVE_LOSES_RACE })
        refused("contention", "five lost races must end in contention") { bench.verify(challenge) }
        val rounds = storage.loads == loads + ROUNDS && storage.saves == saves + ROUNDS
        must(rounds, "there must be five rounds, not more")
        must(bench.told.isEmpty(), NOT_TOLD)
        storage.order(*Array(ROUNDS - 1) { Fault.SAVE_LOSES_RACE })
        bench.verify(challenge) // the fifth round still counts
        val verified = bench.told.count { it.first == "verified" }
        must(verified == 1, "an event must be told once, however many rounds it took")
    }

    suspend fun ofManyAtOnceOneGetsIn(bench: DriverBench) {
        val challenges = List(AT_ONCE) { bench.challenge() }
        val code = bench.phone.code()
        val saves = bench.storage.saves
        val answers = coroutineScope {
            val verifying: List<Deferred<Result<Any>>> = challenges.map { challenge ->
                async(Dispatchers.Default, CoroutineStart.DEFAULT) { runCatching { bench.verify(challenge, code) } }
            }
            verifying.awaitAll()
        }
        val inside = answers.count { it.isSuccess }
        must(inside == 1, "of $AT_ONCE sign-ins at once with one code exactly one must get in, not $inside")
        for (error in answers.mapNotNull { it.exceptionOrNull() }) {
            val given = (error as? TwoFactorException)?.code
            must(given == "invalid_code" || given == "contention", "the others must be refused in words, not by $error")
        }
        must(bench.storage.saves - saves <= AT_ONCE * ROUNDS, "and nobody may try more than five rounds")
    }

    suspend fun whatWasHandedToSaveIsLeftAlone(bench: DriverBench) {
        repeat(3) {
            bench.verify(bench.challenge())
            bench.time.advance(90)
            bench.driver.status(bench.user)
        }
        must(bench.kept.size >= 4, "every sign-in must be saved")
        val rule = "bytes handed to save belong to the storage: a later call must not write into them"
        for ((given, copy) in bench.kept) must(copy.contentEquals(given.data), rule)
    }
}
