package io.github.twinlock.testing

/** The laws about storages, clocks and listeners that fail. */
internal object DriverFaults {
    suspend fun whatFailsLetsNobodyIn(bench: DriverBench) {
        val challenge = bench.challenge()
        for (fault in listOf(Fault.LOAD_FAILS, Fault.SAVE_FAILS_BEFORE)) {
            bench.storage.order(fault)
            val error = refused("storage_error", "when $fault") { bench.verify(challenge) }
            must(error.cause is OrderedFailure, "the storage's own error must be the cause")
        }
        bench.storage.order(Fault.LOAD_FAILS)
        val rule = "a user whose record cannot be loaded must not pass as one without a second factor"
        refused("storage_error", rule) { bench.driver.afterFirstFactor(bench.user) }
        must(bench.told.isEmpty(), NOT_TOLD)
        bench.verify(challenge) // nothing was written, so nothing is burned
    }

    suspend fun whatWasBurnedStaysBurned(bench: DriverBench) {
        val (challenge, other) = listOf(bench.challenge(), bench.challenge())
        bench.storage.order(Fault.SAVE_FAILS_AFTER)
        refused("storage_error", "nobody may be let in on doubt") { bench.verify(challenge) }
        must(bench.told.isEmpty(), NOT_TOLD)
        val burned = "a code burned by a save that failed after writing stays burned"
        refused("invalid_code", burned) { bench.verify(other) }
        refused("challenge_expired", "and so does its challenge") { bench.verify(challenge, bench.backupCode) }
    }

    suspend fun whatAnswersLateRefuses(bench: DriverBench) {
        val (challenge, other) = listOf(bench.challenge(), bench.challenge())
        val version = bench.version()
        bench.storage.order(Fault.LOAD_LATE)
        refused("storage_timeout", "a late load must refuse") { bench.verify(challenge) }
        bench.storage.idle()
        must(bench.version() == version, "a load that answers after the time-out must lead to no write")
        bench.storage.order(Fault.SAVE_LATE)
        refused("storage_timeout", "a late save must refuse") { bench.verify(challenge) }
        bench.storage.idle()
        must(bench.version() != version, "a write that was begun must go on")
        must(bench.told.isEmpty(), "an outcome whose caller gave up must not be told")
        refused("invalid_code", "what a late save burned stays burned") { bench.verify(other) }
    }

    suspend fun whatNeverAnswersRefuses(bench: DriverBench) {
        val challenge = bench.challenge()
        for (fault in listOf(Fault.LOAD_NEVER, Fault.SAVE_NEVER)) {
            bench.storage.order(fault)
            refused("storage_timeout", "when $fault") { bench.verify(challenge) }
        }
        bench.storage.order(Fault.LOAD_NEVER)
        refused("storage_timeout", "a user whose load never answers") { bench.driver.afterFirstFactor(bench.user) }
        bench.storage.order(Fault.ERASE_NEVER)
        refused("storage_timeout", "an erase without an answer must refuse") { bench.driver.erase(bench.user) }
        must(bench.told.isEmpty(), NOT_TOLD)
    }

    suspend fun aBrokenClockRefuses(bench: DriverBench) {
        val challenge = bench.challenge()
        val saves = bench.storage.saves
        val values = listOf(-1.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e19, -1e300)
        for (value in values) {
            bench.broken = { value }
            refused("configuration_error", "a clock that shows $value") { bench.verify(challenge) }
        }
        bench.broken = { throw OrderedFailure("ordered: the clock fails") }
        refused("configuration_error", "a clock that throws") { bench.verify(challenge) }
        bench.broken = null
        must(bench.storage.saves == saves, "on a broken clock nothing may be written")
        bench.verify(challenge)
    }

    suspend fun whoListensCannotUndo(bench: DriverBench) {
        val challenge = bench.challenge()
        bench.listensBadly = true
        must(bench.verify(challenge).userId == bench.user, "an error of onEvent must not undo what is committed")
        val other = bench.challenge()
        val rule = "an error of onEvent must not replace a refusal"
        refused("invalid_code", rule) { bench.verify(other, bench.phone.wrongCode()) }
    }

    suspend fun eraseIsToldWhenItIsDone(bench: DriverBench) {
        bench.storage.order(Fault.ERASE_FAILS)
        refused("storage_error", "an erase that failed must be told as such") { bench.driver.erase(bench.user) }
        must(bench.told.isEmpty(), "what may not be erased must not be told")
        bench.driver.erase(bench.user)
        must(bench.told == listOf("erased" to false), "an erase must be told, and not as stored")
        must(bench.version() == null, "an erase must leave no record")
    }
}
