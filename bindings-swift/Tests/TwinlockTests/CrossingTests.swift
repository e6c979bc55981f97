import Foundation
import Testing
import TwinlockTesting

private let folder = ProcessInfo.processInfo.environment["TWINLOCK_CROSSING"].map { URL(filePath: $0) }

/// A SQLite file that Python has written, and that Python reads afterwards (Tests/crossing.py).
@Suite(.enabled(if: folder != nil, "scripts/test-swift lets Python write the file"))
struct CrossingTests {
    struct Kept: Codable {
        let uri: String
        let backup_code: String
        let at: Double
        let assurance: String
    }

    @Test("whom Python enrolled signs in here, and the other way round")
    func crossing() async throws {
        let folder = try #require(folder)
        let kept = try JSONDecoder().decode(Kept.self, from: Data(contentsOf: folder.appending(path: "python.json")))
        let clock = VirtualClock(kept.at)
        // The keys come from the environment, as Python's do.
        let twoFactor = try TwoFactor(
            issuer: "Acme", storage: SqliteStorage(path: folder.appending(path: "2fa.db").path, create: false), clock: clock.now)
        #expect(try await twoFactor.checkAssurance("python", assurance: kept.assurance, maxAge: 60) == Int64(kept.at))
        clock.advance(60)
        let phone = try FakePhone(kept.uri, clock: clock)
        for code in [try phone.code(), kept.backup_code] {
            let challenge = try #require(try await twoFactor.afterFirstFactor("python").challenge)
            #expect(try await twoFactor.verify(challenge, code: code).userId == "python")
        }

        let enrollment = try await twoFactor.beginEnrollment("swift", accountName: "ada@example.com")
        let mine = try FakePhone(enrollment.uri, clock: clock)
        let enrolled = try await twoFactor.confirmEnrollment("swift", setup: enrollment.setup, code: mine.code())
        let told = Kept(
            uri: enrollment.uri, backup_code: enrolled.backupCodes[0], at: clock.now(), assurance: enrolled.assurance)
        try JSONEncoder().encode(told).write(to: folder.appending(path: "swift.json"))
    }
}
