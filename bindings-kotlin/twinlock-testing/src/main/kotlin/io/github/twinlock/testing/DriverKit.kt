package io.github.twinlock.testing

/**
 * What every driver must hold to: save before tell, refuse on doubt, decide a lost race again, and so on; each rule tried on a
 * storage with faults to order.
 *
 * ```kotlin
 * @TestFactory
 * fun driver() = DriverKit.laws.map { law ->
 *     dynamicTest(law.name) { law.check { parts -> DrivenBy.of(MyTwoFactor(parts)) } }
 * }
 * ```
 */
public object DriverKit {
    private val unbounded = listOf(
        law("what never answers refuses", DriverFaults::whatNeverAnswersRefuses),
    )

    /** The laws of a driver for threads, which cannot give up a storage call that never returns. */
    public val blockingLaws: List<Law<(DriverParts) -> DrivenBy>> = listOf(
        law("what changes nothing writes nothing", DriverLaws::whatChangesNothingWritesNothing),
        law("a counted wrong code is written before it is told", DriverLaws::aWrongCodeIsWrittenBeforeItIsTold),
        law("what fails lets nobody in", DriverFaults::whatFailsLetsNobodyIn),
        law("what was burned stays burned", DriverFaults::whatWasBurnedStaysBurned),
        law("what answers late refuses, and its write goes on", DriverFaults::whatAnswersLateRefuses),
        law("a lost race is decided on a fresh record", DriverLaws::aLostRaceIsDecidedOnAFreshRecord),
        law("a lost race is decided on a fresh clock", DriverLaws::aLostRaceIsDecidedOnAFreshClock),
        law("five lost races refuse", DriverLaws::fiveLostRacesRefuse),
        law("of many at once one gets in", DriverLaws::ofManyAtOnceOneGetsIn),
        law("a broken clock refuses", DriverFaults::aBrokenClockRefuses),
        law("who listens cannot undo", DriverFaults::whoListensCannotUndo),
        law("what was handed to save is left alone", DriverLaws::whatWasHandedToSaveIsLeftAlone),
        law("erase is told when it is done", DriverFaults::eraseIsToldWhenItIsDone),
    )

    /** The laws of a driver for coroutines. */
    public val laws: List<Law<(DriverParts) -> DrivenBy>> = blockingLaws + unbounded

    private fun law(name: String, body: suspend (DriverBench) -> Unit) = Law<(DriverParts) -> DrivenBy>(name) { make ->
        for (direct in listOf(false, true)) body(DriverBench(make, direct).apply { ready() })
    }
}
