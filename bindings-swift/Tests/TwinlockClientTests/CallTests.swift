import Foundation
import Testing
import TwinlockClient
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("calls of the client", .timeLimit(.minutes(1)))
struct CallTests {
    @Test("an address that would send codes in clear is refused")
    func plainHTTP() throws {
        let bad = [
            "http://api.example.com/2fa", "http://127.0.0.1.example.com/2fa", "ftp://api.example.com", "https:///2fa",
            "https://ada@api.example.com/2fa", "https://api.example.com/2fa?x=1", "http://10.0.0.1",
        ]
        for base in bad {
            #expect(throws: ProblemError.self) { try client(FakeServer(), base: base) }
        }
        for base in ["https://api.example.com", "http://127.0.0.1:8000/2fa", "http://localhost/2fa", "http://[::1]:8000/2fa"] {
            _ = try client(FakeServer(), base: base)
        }
        var development = ClientConfiguration(base: try #require(URL(string: "http://10.0.0.1")), manner: .cookies())
        development.insecurelyAllowPlainHTTP = true
        _ = try TwoFactorClient(development)
    }

    @Test("tokens of an answer are kept and sent back, to our own origin only")
    func tokens() async throws {
        let server = FakeServer(verifiedAnswer, .init(), .init(), .init(), .init())
        let client = try client(server)
        _ = try await client.verify(challenge: "challenge-token", code: "123456")
        #expect(server.sent[0].url == "https://api.example.com/2fa/verify")
        #expect(server.sent[0].body == ["challenge": .text("challenge-token"), "code": .text("123456")])
        for url in [
            "https://api.example.com/pay", "https://api.example.com:443/pay", "https://other.example.com/",
            "http://api.example.com/",
        ] {
            _ = try await client.send(URLRequest(url: #require(URL(string: url))))
        }
        for sent in server.sent[1...2] {
            #expect(sent.headers["Authorization"] == "Bearer token-0" && sent.headers["Twinlock-Assurance"] == "proof-token")
            #expect(sent.headers["Twinlock-Device"] == "device-token")
        }
        for sent in server.sent[3...4] {
            #expect(sent.headers.keys.allSatisfy { !$0.hasPrefix("Twinlock") && $0 != "Authorization" })
        }
    }

    @Test("a login of another origin is refused before the password is sent")
    func foreignLogin() async throws {
        let server = FakeServer(.init())
        let client = try client(server)
        let login = try #require(URL(string: "https://api.example.org/login"))
        #expect(await problem { try await client.signIn(at: login, body: ["password": "x"]) }?.code == .configurationError)
        #expect(server.sent.isEmpty)
    }

    @Test("signing out forgets the proof and keeps the device, unless told otherwise")
    func forgetting() async throws {
        let tokens = TokenMemory()
        let client = try client(FakeServer(verifiedAnswer), tokens: tokens)
        _ = try await client.verify(challenge: "x", code: "123456")
        try await client.forget()
        #expect(tokens.token(.assurance) == nil && tokens.token(.device) == "device-token")
        try await client.forget(device: true)
        #expect(tokens.token(.device) == nil)
    }

    @Test("what became of a code is told by its case")
    func outcomes() async throws {
        let server = FakeServer(
            .refusal("invalid_code", 401), .refusal("malformed_code", 400), .refusal("more_codes_required", 401, #","count":3"#),
            .refusal("throttled", 429, #","retry_after":15"#), .refusal("challenge_expired", 410),
            .refusal("storage_error", 503), .refusal("a_newer_code", 418))
        let client = try client(server)
        func told() async throws -> String { "\(try await client.verify(challenge: "c", code: "1"))" }
        #expect(try await told() == "wrongCode")
        #expect(try await told() == "notACode")
        #expect(try await told() == "moreCodesRequired(count: 3)")
        #expect(try await told() == "throttled(retryAfter: 15)")
        #expect(try await told() == "expired")
        #expect(await problem { try await told() }?.code == .storageError)
        #expect(await problem { try await told() }?.code == ProblemCode(rawValue: "a_newer_code"))
        #expect(await problem { try await told() }?.code == .network)
        #expect(server.sent.count == 8, "a wrong code is no reason to refresh or to ask")
    }

    @Test("after a typo the next proof carries the challenge; one that expired is dropped")
    func typos() async throws {
        let typo = FakeServer.Answer.refusal("invalid_code", 400, #","challenge":"kept-challenge""#)
        let fine = FakeServer.Answer(body: #"{"method":"totp","backup_codes_left":9,"fresh_until":1700000300}"#)
        let server = FakeServer(typo, fine, fine, typo, .refusal("challenge_expired", 410), fine)
        let client = try client(server)
        for _ in 0..<2 { _ = try await client.stepUp(code: "1") }
        #expect(server.sent.map { $0.body?["challenge"]?.text } == [nil, "kept-challenge"])
        #expect(try await client.stepUp(code: "1").accepted?.freshUntil == 1_700_000_300)
        _ = try await client.stepUp(code: "1")
        #expect(try await client.stepUp(code: "1").accepted != nil)
        #expect(server.sent.map { $0.body?["challenge"]?.text }[2...] == [nil, nil, "kept-challenge", nil])
    }

    @Test("not signed in refreshes once, and no more")
    func refresh() async throws {
        let server = FakeServer(.refusal("not_signed_in", 401), .refusal("not_signed_in", 401))
        #expect(await problem { try await client(server).devices() }?.code == .notSignedIn)
        #expect(server.sent.map { $0.headers["Authorization"] } == ["Bearer token-0", "Bearer token-1"])
    }

    @Test("a missing proof asks once; who closes the dialog gets the refusal")
    func stepUp() async throws {
        let asked = Guarded(0)
        let server = FakeServer(.refusal("assurance_required", 401), .init(body: #"{"devices":[]}"#))
        #expect(try await client(server, stepUp: { _ in asked.use { $0 += 1 } }).devices().isEmpty)
        let stubborn = FakeServer(.refusal("assurance_required", 401), .refusal("assurance_required", 401))
        let again = try client(stubborn, stepUp: { _ in asked.use { $0 += 1 } })
        #expect(await problem { try await again.devices() }?.code == .assuranceRequired)
        #expect(asked.use { $0 } == 2)
        let closed = try client(FakeServer(.refusal("assurance_required", 401)), stepUp: { _ in throw CancellationError() })
        #expect(await problem { try await closed.devices() }?.code == .assuranceRequired)
    }

    @Test("calls that prove a second factor never ask for one: a dialog would wait for itself")
    func provingCalls() async throws {
        let asked = Guarded(0)
        let refusal = FakeServer.Answer.refusal("assurance_required", 401)
        let client = try client(FakeServer(refusal, refusal), stepUp: { _ in asked.use { $0 += 1 } })
        #expect(await problem { try await client.verify(challenge: "c", code: "1") }?.code == .assuranceRequired)
        #expect(await problem { try await client.stepUp(code: "1") }?.code == .assuranceRequired)
        #expect(asked.use { $0 } == 0)
    }

    @Test("calls refused at once share one dialog")
    func together() async throws {
        let asked = Guarded(0)
        let refusal = FakeServer.Answer.refusal("assurance_required", 401)
        let fine = FakeServer.Answer(body: #"{"devices":[]}"#)
        let server = FakeServer(refusal, refusal, refusal, fine, fine, fine, delay: .milliseconds(20))
        let client = try client(
            server,
            stepUp: { _ in
                asked.use { $0 += 1 }
                try await Task.sleep(for: .milliseconds(100))
            })
        async let one = client.devices()
        async let two = client.devices()
        async let three = client.devices()
        _ = try await (one, two, three)
        #expect(asked.use { $0 } == 1 && server.sent.count == 6)
    }

    @Test("a refusal that comes after somebody proved it is simply tried again")
    func lateRefusal() async throws {
        let asked = Guarded(0)
        var late = FakeServer.Answer.refusal("assurance_required", 401)
        late.delay = .milliseconds(300)
        let server = FakeServer(late, verifiedAnswer, .init(body: #"{"devices":[]}"#))
        let client = try client(server, stepUp: { _ in asked.use { $0 += 1 } })
        async let devices = client.devices()
        while server.sent.isEmpty { await Task.yield() }
        _ = try await client.verify(challenge: "c", code: "1")
        #expect(try await devices.isEmpty && asked.use { $0 } == 0)
    }

    @Test("an error page of the application's own may say by RFC 9470 that a code is due")
    func rfc9470() async throws {
        let page = FakeServer.Answer(
            status: 401, body: "<h1>No</h1>", headers: ["WWW-Authenticate": #"Bearer error="insufficient_user_authentication""#])
        let server = FakeServer(page, .init())
        let (_, response) = try await client(server, stepUp: { _ in }).send(
            URLRequest(url: URL(string: "https://api.example.com/x")!))
        #expect(response.statusCode == 200 && server.sent.count == 2)
    }

    @Test("what does not answer in time is a network problem; a cancelled call is cancelled at once")
    func time() async throws {
        let slow = FakeServer(.init(), delay: .seconds(30))
        let late = try client(slow, timeout: .milliseconds(50))
        #expect(await problem { try await late.devices() }?.code == .network)
        let patient = try client(slow)
        let task = Task { try await patient.devices() }
        while slow.sent.count < 2 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a call that is cancelled while the user is asked ends at once, and leaves the dialog to the others")
    func cancelledDialog() async throws {
        let asked = Guarded(0)
        let ended = Guarded(0)
        let server = FakeServer(.refusal("assurance_required", 401))
        let client = try client(
            server,
            stepUp: { _ in
                asked.use { $0 += 1 }
                try await Task.sleep(for: .milliseconds(300))
                ended.use { $0 += 1 }
            })
        let task = Task { try await client.devices() }
        while asked.use({ $0 }) == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ended.use { $0 } == 0 && server.sent.count == 1)
        while ended.use({ $0 }) == 0 { await Task.yield() }
    }

    @Test("an answer of another form, or a redirect, is no answer of the contract")
    func strangers() async throws {
        for answer in [
            FakeServer.Answer(body: "<h1>Welcome</h1>"), .init(body: "[]"), .init(body: #"{"devices":1}"#), .init(body: ""),
            .init(status: 302, headers: ["Location": "https://evil.example.com"]), .init(status: 200, body: "{}"),
        ] {
            #expect(await problem { try await client(FakeServer(answer)).devices() }?.code == .unexpected)
        }
    }

    @Test("an id that no address can hold is refused before anything is sent; others are one segment")
    func ids() async throws {
        let server = FakeServer(.init(status: 204, body: ""))
        let client = try client(server)
        for id in ["", ".", ".."] {
            #expect(await problem { try await client.revokeDevice(id: id) }?.code == .malformedRequest)
        }
        #expect(server.sent.isEmpty)
        try await client.admin.unlock(id: "a/b?c#d é")
        #expect(server.sent[0].url == "https://api.example.com/2fa/admin/users/a%2Fb%3Fc%23d%20%C3%A9/unlock")
    }

    @Test("nothing that is printed shows a token")
    func silence() async throws {
        let tokens = TokenMemory()
        let typo = FakeServer.Answer.refusal("invalid_code", 401, #","challenge":"challenge-token""#)
        let client = try client(FakeServer(verifiedAnswer, typo, typo), tokens: tokens)
        let outcome = try await client.verify(challenge: "c", code: "1")
        let refusal = await problem { try await client.devices() }
        _ = try await client.stepUp(code: "1")  // which keeps the challenge for the next try
        var shown = "\(outcome) \(tokens) \(client) \(String(reflecting: refusal)) \(refusal!)"
        dump(outcome, to: &shown)
        dump(refusal, to: &shown)
        dump(tokens, to: &shown)
        dump(client, to: &shown)
        for secret in ["proof-token", "device-token", "a-secret", "challenge-token"] { #expect(!shown.contains(secret)) }
        #expect(refusal?.challenge == "challenge-token")
    }

    @Test("every code of the contract has its name here")
    func codes() throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let contract = package.deletingLastPathComponent().appending(path: "contract/openapi.yaml")
        let text = try String(contentsOf: contract, encoding: .utf8)
        let lists = text.matches(of: /code: \{ enum: \[([a-z_, ]+)\]/).map { $0.1 }
        let codes = Set(lists.flatMap { $0.split(separator: ", ").map(String.init) })
        #expect(codes == Set(ProblemCode.contract.map(\.rawValue)))
    }

    @Test("a vault gives back what it was given")
    func vault() async throws {
        let vault = MemoryVault()
        let uri = "otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP"
        vault.keep(uri: uri, id: "b")
        vault.keep(uri: "otpauth://totp/bob?secret=GEZDGNBVGY3TQOJQ", id: "a")
        #expect(vault.ids() == ["a", "b"] && vault.uri(id: "b") == uri)
        vault.remove(id: "a")
        vault.remove(id: "a")
        #expect(vault.ids() == ["b"] && vault.uri(id: "a") == nil)
        #expect("\(vault)" == "MemoryVault(accounts: 1)")
    }
}
