import Foundation
import Twinlock

// The laws about records; StorageReportLaws.swift has those about events and figures.

private let connections = 8
private let rounds = 20
private let odd =
    ["ada", "Ada", "ADA", "ada ", " ada", "ad\u{e4}", "ada\u{308}", "ad", "%", "_", "a'b", "a\"b", "a\\b", "a:b", "a{b}", "a/b"]
    + ["42", "042", "4.2e1", "ß", "ss", "\u{1f511}", "__proto__", String(repeating: "x", count: 255)]
    + [String(repeating: "x", count: 254), "\u{e9}", "e\u{301}"]

func createsOnce(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    let (id, first) = (bench.user("create"), record(7, "first"))
    try must(try await storage.load(userId: id) == nil, "a user nobody saved must load as nil")
    try must(try await !storage.saves(id, 7, first), "a save that expects a version must not create")
    try must(try await storage.load(userId: id) == nil, "a save that expects a version must write nothing where nothing is")
    try await storage.creates(id, first)
    try must(try await !storage.saves(id, nil, record(8)), "a save that expects none must not replace")
    try must(try await storage.load(userId: id) == first, "the refused save must change nothing")
}

func refusesStaleSaves(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    let (id, big) = (bench.user("stale"), Int64(1) << 53 - 3)
    try await storage.creates(id, record(big, "1"))
    try must(try await storage.saves(id, big, record(big + 1, "2")), "a save of the loaded version must win, also next to 2^53")
    try must(try await !storage.saves(id, big, record(big + 2, "3")), "a stale save must lose")
    try must(try await !storage.saves(id, big + 2, record(big + 2, "4")), "a save of a version that is not there must lose")
    try must(try await storage.load(userId: id) == record(big + 1, "2"), "a stale save must write nothing")
}

func oneOfParallelSavesWins(_ bench: Bench) async throws {
    let id = bench.user("race")
    var storages: [any Storage] = []
    for _ in 0..<connections { storages.append(try await bench.connect()) }
    for round in 0..<rounds {
        let version = Int64(round)
        let won = try await withThrowingTaskGroup(of: Int?.self) { group in
            for (number, storage) in storages.enumerated() {
                group.addTask {
                    let won = try await storage.saves(id, version == 0 ? nil : version, record(version + 1, "of \(number)"))
                    return won ? number : nil
                }
            }
            return try await group.reduce(into: [Int]()) { won, number in won += number.map { [$0] } ?? [] }
        }
        try must(won.count == 1, "of \(connections) parallel saves of one version exactly one must win, not \(won.count)")
        let left = try await storages[round % connections].load(userId: id)
        try must(left == record(version + 1, "of \(won[0])"), "what is stored must be the winner's")
    }
}

func anotherConnectionSeesIt(_ bench: Bench) async throws {
    let (writer, reader) = (try await bench.connect(), try await bench.connect())
    let id = bench.user("seen")
    try await writer.creates(id, record(1, "first"))
    try must(try await reader.load(userId: id) == record(1, "first"), "another connection must load what was saved")
    try must(try await writer.saves(id, 1, record(2, "second")), "a save of the loaded version must win")
    let newest = try await reader.load(userId: id)
    try must(newest == record(2, "second"), "another connection must load the newest, from the primary")
    try must(try await reader.saves(id, 2, record(3, "third")), "another connection must be able to save")
    try must(try await writer.load(userId: id) == record(3, "third"), "nothing may be cached")
}

func bytesComeBack(_ bench: Bench) async throws {
    let (writer, reader) = (try await bench.connect(), try await bench.connect())
    let kinds: [(String, Data)] = [
        ("no bytes", Data()),
        ("a zero byte", Data([0])),
        ("quotes and line ends", Data("\0\r\n'\";--\\ $1 ? %s".utf8)),
        ("bytes that are no text", Data([0xff, 0xfe, 0x80, 0xc3, 0x28, 0])),
        ("every byte", Data(0...255)),
    ]
    for (name, data) in kinds {
        let id = bench.user("bytes")
        let made = StoredRecord(version: 1 << 53 - 1, enabled: data.count > 1, keyId: "k-1.b", data: data)
        try await writer.creates(id, made)
        try must(try await reader.load(userId: id) == made, "\(name) must come back in the same record")
    }
}

func largeRecordsComeBack(_ bench: Bench) async throws {
    let (writer, reader) = (try await bench.connect(), try await bench.connect())
    let id = bench.user("large")
    let made = StoredRecord(version: 1, enabled: true, keyId: "2026a", data: Data((0..<65_536).map { UInt8($0 * 31 & 0xff) }))
    try await writer.creates(id, made)
    try must(try await reader.load(userId: id) == made, "64 KiB must come back")
}

func oddUserIdsStayApart(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    for id in odd {
        bench.touch(id)
        try await storage.erase(userId: id)
    }
    for (index, id) in odd.enumerated() {
        try must(try await storage.load(userId: id) == nil, "user id \(index) of the kit was taken for another")
        let won = try await storage.saves(id, nil, record(Int64(index + 1), id), [exampleEvent(userId: id)])
        try must(won, "user ids are compared byte by byte: id \(index) of the kit was taken for another")
    }
    for (index, id) in odd.enumerated() {
        try must(try await storage.load(userId: id) == record(Int64(index + 1), id), "user id \(index) loads another's record")
    }
    try await storage.erase(userId: "%")
    try must(try await storage.load(userId: "ada") != nil, "erasing the user '%' must not erase others")
}

func outlivesTheRollback(_ bench: Bench) async throws {
    guard let rollback = bench.subject.rollback else { return }
    let (storage, reader) = (try await bench.connect(), try await bench.connect())
    let id = bench.user("rollback")
    try await storage.creates(id, record(1))
    try await rollback {
        let won = try await storage.saves(id, 1, record(2), [exampleEvent(userId: id)])
        try must(won, "a save beside a transaction must win")
    }
    try must(try await reader.load(userId: id) == record(2), "a save must outlive the rollback of the caller's transaction")
    guard let reports = reader as? any Reports else { return }
    try must(try await reports.events(userId: id, before: nil, limit: 10).count == 1, "and its events, too")
}

func erases(_ bench: Bench) async throws {
    let storage = try await bench.connect()
    let (id, other) = (bench.user("erase"), bench.user("erase-not"))
    try await storage.erase(userId: id)  // nothing there is fine
    try await storage.creates(other, record(1), [exampleEvent(userId: other)])
    try await storage.creates(id, record(9), [exampleEvent(userId: id)])
    try await storage.erase(userId: id)
    try must(try await storage.load(userId: id) == nil, "an erased user must load as nil")
    if let reports = storage as? any Reports {
        try must(try await reports.events(userId: id, before: nil, limit: 10).isEmpty, "an erased user has no events")
        try must(try await reports.events(userId: other, before: nil, limit: 10).count == 1, "erasing must leave others' events")
    }
    try must(try await storage.load(userId: other) == record(1), "erasing must leave others' records")
    try must(try await !storage.saves(id, 9, record(10)), "a save after erase must not revive the record")
    try must(try await storage.load(userId: id) == nil, "a save after erase must write nothing")
    try await storage.creates(id, record(11))
}
