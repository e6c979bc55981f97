package io.github.twinlock.testing

import io.github.twinlock.Stats

/** The laws about events, figures and key sweeps: those of `Reports`, for storages that have its methods. */
internal object ReportLaws {
    private const val DAY = 86_400L

    suspend fun eventsGoWithTheirRecord(connect: Connect) {
        val (writer, reader) = listOf(connect(), connect())
        val id = user("events")

        fun event(number: Int) = exampleEvent(userId = id, number = number)

        suspend fun count() = reader.reports?.events(id, null, 10)?.size ?: 2
        val first = event(1)
        writer.creates(id, record(1), listOf(first, event(2)))
        must(count() == 2, "events must be written with their record")
        must(!writer.save(id, null, record(2), listOf(event(3))), "a save that expects none must not replace")
        must(!writer.save(id, 9, record(2), listOf(event(4))), "a stale save must lose")
        must(count() == 2, "the events of a save that lost must not be written")
        // An engine with unique event ids fails here, and then the record must be left alone.
        val won = runCatching { writer.save(id, 1, record(2), listOf(event(5), first)) }.getOrDefault(false)
        must(reader.load(id) == record(if (won) 2 else 1), "a record whose events failed must not be written")
        must(won || count() == 2, "of events that failed none must be written")
    }

    suspend fun eventsComeBack(connect: Connect) {
        val (writer, reader) = listOf(connect(), connect())
        val reports = reader.reports ?: return
        val (id, other) = listOf(user("pages"), user("pages-other"))
        val written = (1..5).map { exampleEvent(userId = id, number = it) }
        writer.creates(id, record(1), written.take(2))
        writer.creates(other, record(1), listOf(exampleEvent(userId = other, number = 3)))
        must(writer.save(id, 1, record(2), written.drop(2)), "a save of the loaded version must win")
        val newestFirst = written.reversed()
        val found = reports.events(id, null, 10)
        must(found.size == 5, "a user's events must all be found, and no others': 5, not ${found.size}")
        must(found == newestFirst, "events must come back as they were, the newest first")
        val second = reports.events(id, found[1].id, 2)
        must(second == newestFirst.subList(2, 4), "a page must hold the events before the given one")
    }

    suspend fun counts(connect: Connect) {
        val storage = connect()
        val reports = storage.reports ?: return
        val (id, off) = listOf(user("stats"), user("stats-off"))
        val now = 1_900_000_000L
        val before = reports.stats(now)
        val types = listOf("enrolled", "failed", "failed", "disabled", "reset", "verified")
        val events = types.mapIndexed { number, type -> exampleEvent(id, type, now - 100, number) }
        storage.creates(id, record(1), events + exampleEvent(id, "failed", now - 31 * DAY))
        storage.creates(off, record(1, enabled = false))
        val grown = reports.stats(now) - before
        val wanted = Stats(1, 1, 2, 2)
        must(grown == wanted, "the figures must grow by $wanted, not $grown")
    }

    suspend fun purges(connect: Connect) {
        val storage = connect()
        val reports = storage.reports ?: return
        val id = user("purge")
        // Long before any real event, so that nobody's are lost.
        val old = listOf(0, 1).map { exampleEvent(userId = id, at = 1_000, number = it) }
        storage.creates(id, record(1), old + exampleEvent(userId = id, at = 2_000))
        val gone = reports.purge(2_000)
        must(gone >= 2, "purge must say how many events it deleted: 2, not $gone")
        val left = reports.events(id, null, 10)
        must(left.map { it.at } == listOf(2_000L), "purge must delete what is older, and nothing else")
        must(storage.load(id) == record(1), "purge must leave the records")
    }

    suspend fun findsStaleRecords(connect: Connect) {
        val storage = connect()
        val reports = storage.reports ?: return
        val prefix = user("sweep")
        // The byte order of UTF-8, not that of UTF-16.
        val ids = listOf("A", "a", "ä", "\uFF21", "\uD83D\uDD11").map { "$prefix-$it" }
        ids.shuffled().forEach { storage.creates(it, record(1, keyId = "old")) }
        storage.creates("$prefix-new", record(1, keyId = "new"))

        suspend fun page(after: String?, limit: Int) = reports.stale("new", after, limit).filter { it.startsWith(prefix) }
        must(page(null, 100_000) == ids, "records of other keys must be found, in the byte order of their users' ids")
        must(page(ids[1], 2) == ids.subList(2, 4), "a page must begin behind the given user")
        must(reports.stale("old", null, 100_000).none { it in ids }, "records of that very key are not stale")
    }

    private operator fun Stats.minus(other: Stats) = Stats(
        enabledUsers - other.enabledUsers,
        enabled30d - other.enabled30d,
        disabled30d - other.disabled30d,
        failed30d - other.failed30d,
    )
}
