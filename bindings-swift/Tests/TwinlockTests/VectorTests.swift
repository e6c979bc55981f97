import Foundation
import Testing
import TwinlockTesting

/// Walks the tables of tests/vectors that the public API can show: codes, URIs and exports, read as a phone reads them.
@Suite("the tables of tests/vectors", .timeLimit(.minutes(2)))
struct VectorTests {
    typealias Case = [String: JSONValue]

    private struct Table: Decodable {
        let cases: [Case]
    }

    /// The end of the year 9999: a clock beyond it is taken for broken.
    private static let latest: Int64 = 253_402_300_799
    /// Those that the tests below walk.
    private static let walked = [
        "base32.json", "hotp-counters.json", "migration-export.json", "migration.json", "otpauth-invalid.json",
        "otpauth-valid.json", "rfc4226.json", "rfc6238.json", "totp-more.json",
    ]

    private func cases(_ file: String) throws -> [Case] {
        let table: Table = try Shared.read("vectors/\(file)")
        return table.cases
    }

    private func uri(_ one: Case, period: Int64? = nil) -> String {
        let more = ["algorithm", "digits"].compactMap { name in one[name].map { "&\(name)=\($0.text ?? "\($0.integer ?? 0)")" } }
        let seconds = period ?? one["period"]?.integer
        return "otpauth://totp/vector?secret=\(one["secret"]?.text ?? "")" + more.joined() + (seconds.map { "&period=\($0)" } ?? "")
    }

    @Test("every table is walked, and none is cut")
    func counted() throws {
        let manifest = try Shared.manifest().vectors
        #expect(try Shared.names("vectors") == Self.walked)
        #expect(manifest.keys.sorted() == Self.walked)
        for (name, count) in manifest { #expect(try cases(name).count >= count) }
    }

    @Test("codes at a time", arguments: ["rfc6238.json", "totp-more.json"])
    func codes(_ file: String) throws {
        for one in try cases(file) {
            let time = try #require(one["time"]?.integer)
            for account in try [one["uri"]?.text ?? uri(one), uri(one)].map(AuthenticatorAccount.init(uri:)) {
                if time > Self.latest {
                    #expect(throws: TwoFactorError.self) { try account.code(at: Double(time)) }
                    continue
                }
                #expect(try account.code(at: Double(time)) == one["code"]?.text)
                if let next = one["next_code"]?.text, time + Int64(account.period) <= Self.latest {
                    #expect(try account.code(at: Double(time + Int64(account.period))) == next)
                }
                if let left = one["seconds_left"]?.integer {
                    #expect(try account.secondsLeft(at: Double(time)) == Int(left))
                }
            }
        }
    }

    @Test("codes at a counter within the calendar", arguments: ["rfc4226.json", "hotp-counters.json"])
    func counters(_ file: String) throws {
        var walked = 0
        for one in try cases(file) {
            // A period of one second makes time a counter, as far as the calendar goes.
            guard let counter = one["counter"]?.text.flatMap(Int64.init), counter <= Self.latest else { continue }
            #expect(try AuthenticatorAccount(uri: uri(one, period: 1)).code(at: Double(counter)) == one["code"]?.text)
            walked += 1
        }
        #expect(walked > 0)
    }

    @Test("URIs are read")
    func uris() throws {
        for one in try cases("otpauth-valid.json") {
            for text in [one["uri"]?.text, one["canonical"]?.text] {
                let account = try AuthenticatorAccount(uri: #require(text))
                #expect(account.issuer == one["issuer"]?.text && account.accountName == one["account_name"]?.text)
                #expect(account.digits == one["digits"]?.integer.map(Int.init))
                #expect(account.period == one["period"]?.integer.map(Int.init))
            }
        }
    }

    @Test("what is no URI or export is refused with its reason")
    func refusals() throws {
        func reason(_ read: () throws -> some Any) -> String? {
            do {
                _ = try read()
                return nil
            } catch {
                return (error as? TwoFactorError).map { "\($0.code) \($0)" }
            }
        }
        for one in try cases("otpauth-invalid.json") {
            let told = reason { try AuthenticatorAccount(uri: #require(one["uri"]?.text)) }
            #expect(told == "invalid_secret the secret cannot be used: \(one["reason"]?.text ?? "")")
        }
        for one in try cases("migration.json") where one["result"]?.text == "invalid" {
            let told = reason { try AuthenticatorAccount.fromMigration(#require(one["uri"]?.text)) }
            #expect(told == "invalid_secret the secret cannot be used: \(one["reason"]?.text ?? "")")
        }
    }

    @Test("exports are read")
    func exports() throws {
        for one in try cases("migration.json") where one["result"]?.text != "invalid" {
            let accounts = try AuthenticatorAccount.fromMigration(#require(one["uri"]?.text))
            let wanted = try #require(one["accounts"]?.list).compactMap(\.object)
            #expect(accounts.count == wanted.count)
            for (account, wanted) in zip(accounts, wanted) {
                #expect(account.issuer == wanted["issuer"]?.text && account.accountName == wanted["account_name"]?.text)
                #expect(try account.code(at: 59) == AuthenticatorAccount(uri: uri(wanted)).code(at: 59))
            }
        }
    }

    @Test("what other languages export is read back")
    func exportedElsewhere() throws {
        for one in try cases("migration-export.json") where one["result"]?.text == "valid" {
            let read = try (one["uris"]?.list ?? []).compactMap(\.text).flatMap(AuthenticatorAccount.fromMigration)
            let wanted = try (one["accounts"]?.list ?? []).compactMap(\.text).map(AuthenticatorAccount.init(uri:))
            #expect(read.map(\.accountName) == wanted.map(\.accountName) && read.map(\.issuer) == wanted.map(\.issuer))
            #expect(try read.map { try $0.code(at: 59) } == wanted.map { try $0.code(at: 59) })
        }
    }

    @Test("secrets as people type them")
    func secrets() async throws {
        let (twoFactor, _) = try engine()
        for (number, one) in try cases("base32.json").enumerated() {
            let text = try #require(one["text"]?.text)
            if one["result"]?.text == "invalid" {
                let error = await refusal { try await twoFactor.importAuthenticator(number, actor: "test", secret: text) }
                #expect(error?.code == "invalid_secret")
                continue
            }
            let id = try await twoFactor.importAuthenticator(number, actor: "test", secret: text)
            // The same secret, written plainly, is the same authenticator.
            let canonical = try #require(one["canonical"]?.text)
            #expect(try await twoFactor.importAuthenticator(number, actor: "test", secret: canonical) == id)
        }
    }
}
