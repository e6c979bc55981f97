import Foundation
import Testing
import TwinlockClient
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

private let contract = server("TWINLOCK_CONTRACT_URL")

/// Sessions by cookie, against the server that the HTTP suite of all languages runs.
@Suite(.enabled(if: contract != nil, "scripts/test-swift starts the server"))
struct CookieTests {
    @Test("a session in cookies, with its token against forged requests", arguments: ["session", "cookie"])
    func life(_ mode: String) async throws {
        let server = try #require(contract).appending(path: mode)
        let watched = Watched()
        let client = try TwoFactorClient(
            ClientConfiguration(base: server.appending(path: "2fa"), manner: .cookies(), transport: watched))
        let user = "swift-\(mode)"
        let credentials: [String: JSONValue] = ["username": .text(user), "password": .text("password of \(user)")]
        let login = server.appending(path: "login")
        guard case .signedIn = try await client.signIn(at: login, body: credentials) else {
            throw Unexpected(what: "a code was due")
        }
        #expect(try await client.status().enabled == false)
        let enrollment = try await client.beginSetup()
        // This server has no phone to look at; its problem says that a code arrived, was read and compared.
        guard case .wrongCode = try await client.confirmSetup(setup: enrollment.setup, code: "000000") else {
            throw Unexpected(what: "a setup wants the code of its own secret")
        }
        let posted = try #require(watched.requests.use { $0.last })
        #expect(posted.value(forHTTPHeaderField: "X-CSRF-Token") == (mode == "session" ? "csrf-token" : nil))
        #expect((posted.allHTTPHeaderFields ?? [:]).keys.allSatisfy { !$0.hasPrefix("Twinlock") && $0 != "Authorization" })
    }
}

/// The real transport, and what went through it.
private final class Watched: HTTPTransport {
    let requests = Guarded([URLRequest]())
    private let inner = URLSessionTransport()

    func send(_ request: URLRequest) async throws -> (Data, HTTPURLResponse) {
        requests.use { $0.append(request) }
        return try await inner.send(request)
    }
}
