package io.github.twinlock.testing

/**
 * What every storage must hold to, yours included. It works on users of its own and erases them; still, give it a database made for
 * tests.
 *
 * ```kotlin
 * @TestFactory
 * fun storage() = StorageKit.laws.map { law ->
 *     dynamicTest(law.name) { law.check(StorageSubject.blocking(open = { MyStorage(url) })) }
 * }
 * ```
 */
public object StorageKit {
    /** The laws, one by one. Those of `Reports` hold for storages that have its methods. */
    @JvmStatic
    public val laws: List<Law<StorageSubject>> = listOf(
        law("a record is created once", StorageLaws::createsOnce),
        law("a stale save is refused", StorageLaws::refusesStaleSaves),
        law("of parallel saves exactly one wins", StorageLaws::oneOfParallelSavesWins),
        law("another connection loads what was saved", StorageLaws::anotherConnectionSeesIt),
        law("bytes and types come back", StorageLaws::bytesAndTypesComeBack),
        law("large records come back", StorageLaws::largeRecordsComeBack),
        law("odd user ids stay apart", StorageLaws::oddUserIdsStayApart),
        law("events are written with their record or not at all", ReportLaws::eventsGoWithTheirRecord),
        Law("a save outlives the caller's rollback") { subject ->
            connected(subject) { StorageLaws.outlivesTheCallersRollback(it, subject) }
        },
        law("what is erased is gone", StorageLaws::erases),
        law("events come back as they were, newest first", ReportLaws::eventsComeBack),
        law("the figures count", ReportLaws::counts),
        law("old events can be purged", ReportLaws::purges),
        law("records of other keys are found", ReportLaws::findsStaleRecords),
    )

    /** Holds a storage to every law. An [AssertionError] names the law that broke. */
    @JvmStatic
    public fun check(subject: StorageSubject): Unit = laws.forEach { it.check(subject) }

    private fun law(name: String, body: suspend (Connect) -> Unit) = Law<StorageSubject>(name) { connected(it, body) }
}
