import Foundation
import Testing
import TwinlockClient
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

private let example = server("TWINLOCK_EXAMPLE_URL")

/// A whole life of a second factor through the client, against the FastAPI example.
@Suite(.serialized, .enabled(if: example != nil, "scripts/test-swift starts the example"))
struct ExampleTests {
    private func person(_ name: String) async throws -> Person {
        let person = try Person(#require(example), name)
        try await person.register()
        guard case .signedIn = try await person.signIn() else { throw Unexpected(what: "a code was due") }
        return person
    }

    @Test("from switching on to switching off")
    func life() async throws {
        let ada = try await person("ada-swift")
        let client = ada.client
        #expect(try await client.status().enabled == false)
        let backupCodes = try await ada.enrol()
        #expect(backupCodes.count == 10)
        try await client.backupCodesSaved()
        let status = try await client.status()
        #expect(status.enabled && status.backupCodes.saved && status.backupCodes.left == 10)
        #expect(status.authenticators.map(\.name) == ["Ada's phone"])
        #expect(await ada.session.asked == 0, "the setup was a proof")

        // The proof grows old: one call asks for a code, the next finds it fresh.
        try await ada.wait(600)
        let id = try #require(status.authenticators.first).id
        try await client.renameAuthenticator(id: id, name: "Ada's new phone")
        #expect(try await client.regenerateBackupCodes().count == 10)
        #expect(await ada.session.asked == 1)
        let refusal = await problem { try await client.removeAuthenticator(id: id) }
        #expect(refusal?.code == .lastAuthenticator)

        let devices = try await client.devices()
        #expect(devices.contains { $0.current })
        let page = try await client.events()
        #expect(page.events.contains { $0.type == "enrolled" } && page.nextCursor == nil)
        try await client.revokeDevice(id: #require(devices.first).id)
        try await client.revokeAllDevices()
        try await client.disable(password: ada.password)
        #expect(try await client.status().enabled == false)
        #expect(await ada.session.asked == 1)
    }

    @Test("a sign-in takes the code of the phone, and a used one no more")
    func signIn() async throws {
        let bob = try await person("bob-swift")
        let backupCodes = try await bob.enrol()
        try await bob.wait(30)
        let challenge = try await bob.challenge()
        let code = try await bob.phone.code()
        let verified = try #require(try await bob.client.verify(challenge: challenge, code: code).accepted)
        #expect(verified.method == "totp" && verified.backupCodesLeft == 10)
        #expect(verified.body["access_token"]?.text?.isEmpty == false)
        #expect(try await bob.client.status().enabled)

        let other = try await bob.challenge()
        guard case .wrongCode = try await bob.client.verify(challenge: other, code: code) else {
            throw Unexpected(what: "a code gets in once")
        }
        guard case .notACode = try await bob.client.verify(challenge: other, code: "hello") else {
            throw Unexpected(what: "that is no code")
        }
        let backup = try await bob.client.verify(challenge: other, code: backupCodes[0])
        #expect(backup.accepted?.method == "backup_code" && backup.accepted?.backupCodesLeft == 9)
        guard case .expired = try await bob.client.verify(challenge: other, code: backupCodes[1]) else {
            throw Unexpected(what: "a challenge is used once")
        }
    }

    @Test("a password alone opens nothing")
    func passwordAlone() async throws {
        let eve = try await person("eve-swift")
        _ = try await eve.enrol()
        _ = try await eve.challenge()
        #expect(await problem { try await eve.client.status() }?.code == .notSignedIn)
        #expect(await eve.session.refreshed == 1)
    }

    @Test("a setup that wants the password says so")
    func passwordRequired() async throws {
        let fay = try await person("fay-swift")
        #expect(await problem { try await fay.client.beginSetup() }?.code == .passwordRequired)
        #expect(await problem { try await fay.client.beginSetup(password: "not mine at all") }?.code == .wrongPassword)
        let first = try await fay.client.beginSetup(password: fay.password)
        let again = try await fay.client.beginSetup(setup: first.setup, password: fay.password)
        #expect(first.secret == again.secret)
        guard case .wrongCode = try await fay.client.confirmSetup(setup: first.setup, code: "000000") else {
            throw Unexpected(what: "a setup wants the code of its own secret")
        }
    }

    @Test("four typos are held up, and three consecutive codes are taken meanwhile")
    func throttled() async throws {
        let gil = try await person("gil-swift")
        _ = try await gil.enrol()
        try await gil.wait(120)
        let challenge = try await gil.challenge()
        for _ in 0..<4 { _ = try await gil.client.verify(challenge: challenge, code: "000000") }
        guard case .throttled(let seconds) = try await gil.client.verify(challenge: challenge, code: gil.phone.code()) else {
            throw Unexpected(what: "the fourth typo costs 15 seconds")
        }
        #expect((1...15).contains(seconds))
        let phone = gil.phone
        let codes = try await [phone.code(after: -2), phone.code(after: -1), phone.code()]
        let verified = try await gil.client.verify(challenge: challenge, code: codes[0], nextCodes: Array(codes[1...]))
        #expect(verified.accepted?.method == "totp")
    }

    @Test("an application's own guarded call asks for a code and is sent again")
    func ownCall() async throws {
        let hal = try await person("hal-swift")
        _ = try await hal.enrol()
        try await hal.wait(600)
        var request = URLRequest(url: hal.server.appending(path: "api/user/password"))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try JSONEncoder().encode(["password": hal.password, "new_password": "another horse battery"])
        let (_, response) = try await hal.client.send(request)
        #expect(response.statusCode == 204)
        #expect(await hal.session.asked == 1)
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        let base = try #require(example).appending(path: "test/redirect")
        let client = try TwoFactorClient(ClientConfiguration(base: base, manner: .bearer { _ in "a-token" }))
        let refusal = await problem { try await client.verify(challenge: "x", code: "123456") }
        #expect(refusal?.code == .unexpected && refusal?.status == 307)
    }

    @Test("an access token that ended is renewed once, by whoever notices first")
    func refresh() async throws {
        let ida = try await person("ida-swift")
        _ = try await ida.enrol()
        try await ida.wait(3600)
        let client = ida.client
        async let status = client.status()
        async let devices = client.devices()
        async let events = client.events()
        _ = try await (status, devices, events)
        #expect(await ida.session.refreshed == 1)
    }
}

func problem(_ call: () async throws -> some Any) async -> ProblemError? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error as? ProblemError
    }
}
