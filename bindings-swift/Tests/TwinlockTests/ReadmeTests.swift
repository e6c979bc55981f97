import Foundation
import Testing
import TwinlockTesting

/// The first snippet of README.md, compiled and run. What is the reader's is here first.
@Suite("README.md")
struct ReadmeTests {
    @Test(
        "the snippet does what it says",
        .enabled(if: ProcessInfo.processInfo.environment["TWINLOCK_KEYS"] != nil, "scripts/test-swift makes a key"))
    func snippet() async throws {
        let (phone, shown) = (Guarded(FakePhone?.none), Guarded([String]()))
        func show(_ qr: String, _ secret: String) throws {
            let account = try FakePhone(secret, clock: now())
            phone.use { $0 = account }
            shown.use { $0.append(qr) }
        }
        func show(_ codes: [String]) { shown.use { $0 += codes } }
        func now() -> VirtualClock { VirtualClock(Date().timeIntervalSince1970) }
        func ask(_ what: String) throws -> String { try phone.use { try #require($0) }.code() }
        func signIn(_ user: String) { shown.use { $0.append("signed in: \(user)") } }
        func refuse(_ why: String) { shown.use { $0.append("refused: \(why)") } }
        try await temporary { folder in
            let path = folder.appending(path: "2fa.db").path

            // README
            // Keys come from TWINLOCK_KEYS; `twinlock keygen` makes one.
            let twoFactor = try TwoFactor(issuer: "Acme", storage: SqliteStorage(path: path))

            // Switching it on: a QR code to scan, a code to prove that it was scanned, backup codes to keep.
            let enrollment = try await twoFactor.beginEnrollment("42", accountName: "ada@example.com")
            try show(enrollment.qrSvg(), enrollment.secret)
            let enrolled = try await twoFactor.confirmEnrollment("42", setup: enrollment.setup, code: ask("code"))
            show(enrolled.backupCodes)

            // Signing in, after the password was right.
            let step = try await twoFactor.afterFirstFactor("42")
            if let challenge = step.challenge {
                do {
                    let verification = try await twoFactor.verify(challenge, code: ask("code"))
                    signIn(verification.userId)  // this account and no other
                } catch TwoFactorError.throttled(let seconds) {
                    refuse("wait \(seconds) seconds")
                } catch let error as TwoFactorError {
                    refuse(error.code)  // "invalid_code", …
                }
            }
            // README ends
        }
        // The code that confirmed the enrollment is used.
        #expect(shown.use { $0 }.last == "refused: invalid_code" && shown.use { $0.count } == 12)
    }

    @Test("what README.md shows is what is run here")
    func same() throws {
        let readme = try String(contentsOf: Shared.package.appending(path: "README.md"), encoding: .utf8)
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let run = try #require(source.components(separatedBy: "// README\n").dropFirst().first)
            .components(separatedBy: "\n            // README ends")[0]
        let plain = run.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("            ") ? String($0.dropFirst(12)) : String($0) }.joined(separator: "\n")
        #expect(readme.contains("```swift\nimport Twinlock\n\n\(plain)\n```"))
    }
}
