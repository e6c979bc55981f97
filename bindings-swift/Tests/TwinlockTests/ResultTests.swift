import Foundation
import Testing
import TwinlockTesting

@Suite("what is given")
struct ResultTests {
    private func printed(_ value: some Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value) \(String(reflecting: value)) \([value]) \(Optional(value) as Any) \(dumped)"
    }

    @Test("nothing that is printed shows a secret, a code or a token")
    func silence() async throws {
        let (twoFactor, clock) = try engine()
        let enrollment = try await twoFactor.beginEnrollment("42", accountName: "ada@example.com")
        let phone = try FakePhone(enrollment.uri, clock: clock)
        let enrolled = try await twoFactor.confirmEnrollment("42", setup: enrollment.setup, code: phone.code())
        clock.advance(30)
        let step = try await twoFactor.afterFirstFactor("42", carry: "carried along")
        let challenge = try #require(step.challenge)
        let verification = try await twoFactor.verify(challenge, code: phone.code(), trustDevice: true)
        let trusted = try await twoFactor.afterFirstFactor("42", device: verification.device)
        let ring = try KeyRing(["2026a": Data(1...32)])
        let shown = [
            printed(enrollment), printed(enrolled), printed(step), printed(verification), printed(trusted), printed(ring),
            printed(phone), printed(phone.account), printed(twoFactor), printed(enrollment as any Confidential),
        ].joined()
        var secrets = [enrollment.setup, enrollment.secret, enrollment.uri, enrolled.assurance, challenge, verification.assurance]
        secrets += enrolled.backupCodes + [enrolled.device, verification.device, trusted.assurance].compactMap { $0 }
        secrets += [ring.text, Data(1...32).base64EncodedString(), "carried along"]
        #expect(secrets.allSatisfy { !$0.isEmpty })
        for secret in secrets { #expect(!shown.contains(secret)) }
        #expect(shown.contains("Verification(userId: 42, method: totp"))
    }

    @Test("the bodies are those of the HTTP contract")
    func bodies() async throws {
        let (twoFactor, clock) = try engine()
        func members(_ body: String) throws -> [String] {
            try JSONDecoder().decode([String: JSONValue].self, from: Data(body.utf8)).keys.sorted()
        }
        let enrollment = try await twoFactor.beginEnrollment("42", accountName: "ada@example.com")
        let setup = [
            "account_name", "digits", "expires_at", "issuer", "otpauth_uri", "period", "qr_png", "qr_svg", "secret", "setup",
        ]
        #expect(try members(enrollment.body()) == setup)
        #expect(try enrollment.qrSvg().contains("<svg") && enrollment.qrText().contains("█"))
        #expect(try enrollment.qrPng().prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]))
        #expect(try enrollment.qrDataUri().hasPrefix("data:image/png;base64,"))
        let phone = try FakePhone(enrollment.uri, clock: clock)
        let enrolled = try await twoFactor.confirmEnrollment("42", setup: enrollment.setup, code: phone.code())
        #expect(try members(enrolled.body) == ["authenticator_id", "backup_codes"])
        clock.advance(30)
        let step = try await twoFactor.afterFirstFactor("42")
        #expect(try members(step.body) == ["challenge", "codes_required", "expires_in", "methods", "two_factor_required"])
        let verification = try await twoFactor.verify(#require(step.challenge), code: phone.code())
        #expect(try members(verification.body) == ["backup_codes_left", "method"])
        let event = try #require(try await twoFactor.events("42").events.first { $0.type == "verified" })
        #expect(event.id.count == 32 && event.id == event.id.lowercased())
        #expect(try members(event.body()).contains("user_id"))
    }

    @Test("every code of the engine's list has its case, and a problem")
    func codes() throws {
        let cases: [TwoFactorError] = [
            .invalidCode, .malformedCode, .throttled(retryAfter: 15), .moreCodesRequired(count: 3), .challengeExpired,
            .setupExpired,
            .assuranceRequired, .notEnabled, .alreadyEnrolled, .tooManyAuthenticators, .lastAuthenticator, .notFound,
            .invalidSecret(reason: ""), .malformedRequest(reason: ""), .configuration(reason: ""), .contention,
            .storageError(reason: "", cause: nil), .storageTimeout, .recordTampered, .unknownKey(reason: ""),
            .internalError(reason: ""),
        ]
        let http = [
            "code_required", "password_required", "wrong_password", "not_signed_in", "origin_refused", "not_administrator",
            "required_by_policy", "too_large", "not_json",
        ]
        #expect(Set(cases.map(\.code) + http) == Set(HTTPContract.codes))
        for error in cases {
            let problem = try JSONDecoder().decode([String: JSONValue].self, from: Data(error.problem(at: .verify).utf8))
            #expect(problem["code"]?.text == error.code)
            #expect(problem["status"]?.integer == Int64(error.httpStatus(at: .verify)))
            #expect(problem["retry_after"]?.integer == error.retryAfter.map(Int64.init))
        }
        #expect(TwoFactorError.invalidCode.httpStatus(at: .verify) == 401)
        #expect(TwoFactorError.invalidCode.httpStatus(at: .stepUp) == 400)
        #expect("\(TwoFactorError.invalidCode)" == "the code is not valid")
    }

    @Test("pages of events lead to one another")
    func pages() async throws {
        let (twoFactor, clock) = try engine()
        _ = try await enroll(twoFactor, "42", clock: clock)
        for _ in 0..<3 { try await twoFactor.backupCodesSaved("42") }
        let all = try await twoFactor.events("42").events
        var (found, cursor) = ([TwoFactorEvent](), String?.none)
        repeat {
            let page = try await twoFactor.events("42", cursor: cursor, limit: 1)
            found += page.events
            cursor = page.nextCursor
        } while cursor != nil
        #expect(found == all && all.count >= 2)
        #expect(try await twoFactor.stats().enabledUsers == 1)
    }

    @Test("an account shows its codes every second, until nobody looks")
    func shownCodes() async throws {
        let clock = VirtualClock(1_700_000_008.25)
        let account = try AuthenticatorAccount(uri: "otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP")
        let slept = Guarded([Double]())
        let codes = account.codes(
            clock: clock.now,
            sleep: { seconds in
                slept.use { $0.append(seconds) }
                clock.advance(seconds)
                if slept.use({ $0.count }) == 4 { throw CancellationError() }
            })
        var shown: [ShownCode] = []
        for try await code in codes { shown.append(code) }
        #expect(shown.map(\.secondsLeft) == [2, 1, 30, 29])
        #expect(shown[0].code == "324550" && shown[1].code == shown[0].code && shown[2].code != shown[0].code)
        #expect(slept.use { $0 } == [0.75, 1, 1, 1])
    }
}
