import Foundation
import Twinlock

// The laws about events, figures and key sweeps: those of `Reports`, for storages that are one.

private let day: Int64 = 86_400

func eventsGoWithTheirRecord(_ bench: Bench) async throws {
    let (writer, reader) = (try await bench.connect(), try await bench.connect())
    let id = bench.user("events")
    let reports = reader as? any Reports
    func count() async throws -> Int? { try await reports?.events(userId: id, before: nil, limit: 10).count }
    func event(_ number: Int) -> TwoFactorEvent { exampleEvent(userId: id, number: number) }
    let first = event(1)
    try await writer.creates(id, record(1), [first, event(2)])
    try must([2, nil].contains(try await count()), "events must be written with their record")
    try must(try await !writer.saves(id, nil, record(2), [event(3)]), "a save that expects none must not replace")
    try must(try await !writer.saves(id, 9, record(2), [event(4)]), "a stale save must lose")
    try must([2, nil].contains(try await count()), "the events of a save that lost must not be written")
    // An engine with unique event ids fails here, and then the record must be left alone.
    let won = (try? await writer.saves(id, 1, record(2), [event(5), first])) ?? false
    try must(try await reader.load(userId: id) == record(won ? 2 : 1), "a record whose events failed must not be written")
    let left = try await count()
    try must(won || [2, nil].contains(left), "of events that failed none must be written")
}

func eventsComeBack(_ bench: Bench) async throws {
    let (writer, reader) = (try await bench.connect(), try await bench.connect())
    guard let reports = reader as? any Reports else { return }
    let (id, other) = (bench.user("pages"), bench.user("pages-other"))
    let written = (1...5).map { exampleEvent(userId: id, number: $0) }
    try await writer.creates(id, record(1), Array(written[..<2]))
    try await writer.creates(other, record(1), [exampleEvent(userId: other, number: 3)])
    try must(try await writer.saves(id, 1, record(2), Array(written[2...])), "a save of the loaded version must win")
    let newestFirst = Array(written.reversed())
    let found = try await reports.events(userId: id, before: nil, limit: 10)
    try must(found.count == 5, "a user's events must all be found, and no others': 5, not \(found.count)")
    try must(found == newestFirst, "events must come back as they were, the newest first")
    let second = try await reports.events(userId: id, before: found[1].idBytes, limit: 2)
    try must(second == Array(newestFirst[2..<4]), "a page must hold the events before the given one")
}

func counts(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    guard let reports = storage as? any Reports else { return }
    let (id, off, now) = (bench.user("stats"), bench.user("stats-off"), Int64(1_900_000_000))
    let before = try await reports.stats(now: now)
    let types = ["enrolled", "failed", "failed", "disabled", "reset", "verified"]
    let events = types.enumerated().map { exampleEvent(userId: id, type: $1, at: now - 100, number: $0) }
    let longAgo = exampleEvent(userId: id, type: "failed", at: now - 31 * day)
    try await storage.creates(id, record(1), [longAgo] + events)
    try await storage.creates(off, record(1, "off", enabled: false))
    let after = try await reports.stats(now: now)
    let grown = [
        after.enabledUsers - before.enabledUsers, after.enabled30d - before.enabled30d,
        after.disabled30d - before.disabled30d, after.failed30d - before.failed30d,
    ]
    try must(grown == [1, 1, 2, 2], "the figures must grow by 1, 1, 2 and 2, not \(grown)")
}

func purges(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    guard let reports = storage as? any Reports else { return }
    let id = bench.user("purge")
    // Long before any real event, so that nobody's are lost.
    let old = [0, 1].map { exampleEvent(userId: id, at: 1_000, number: $0) }
    try await storage.creates(id, record(1), old + [exampleEvent(userId: id, at: 2_000)])
    let gone = try await reports.purge(before: 2_000)
    try must(gone >= 2, "purge must say how many events it deleted: 2, not \(gone)")
    let left = try await reports.events(userId: id, before: nil, limit: 10)
    try must(left.map(\.at) == [2_000], "purge must delete what is older, and nothing else")
    try must(try await storage.load(userId: id) == record(1), "purge must leave the records")
}

func findsStaleRecords(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    guard let reports = storage as? any Reports else { return }
    let users = (1...3).map { bench.user("key-\($0)") }
    for id in users { try await storage.creates(id, record(1, id, keyId: "kit-old")) }
    var found: [String] = []
    while true {
        let page = try await reports.stale(keyId: "kit-new", after: found.last, limit: 2)
        if page.isEmpty { break }
        try must(page.count <= 2, "a page must hold as many users as asked for")
        found += page
        let inOrder = zip(found, found.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        try must(inOrder, "stale users come once, in the byte order of their ids")
    }
    try must(users.allSatisfy(found.contains), "every record of another key must be found")
    let fresh = try await reports.stale(keyId: "kit-old", after: nil, limit: 100_000)
    try must(!users.contains(where: fresh.contains), "a record under the given key is not stale")
}
