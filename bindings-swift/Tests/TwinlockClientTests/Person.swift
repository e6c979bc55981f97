import Foundation
import Testing
import TwinlockClient
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A server that scripts/test-swift started, or nil.
func server(_ variable: String) -> URL? {
    ProcessInfo.processInfo.environment[variable].flatMap(URL.init(string:))
}

/// Somebody with the app of the FastAPI example, an account there, and an authenticator.
final class Person: Sendable {
    let server: URL
    let name: String
    let password = "correct horse battery"
    let session: Session
    let tokens = TokenMemory()
    let client: TwoFactorClient

    /// What the app keeps of a sign-in.
    actor Session {
        var access: String?
        var refresh: String?
        var uri: String?
        /// How often the app was asked for a new token, and the user for a code.
        var refreshed = 0
        var asked = 0

        func keep(_ body: [String: JSONValue]) {
            access = body["access_token"]?.text ?? access
            refresh = body["refresh_token"]?.text ?? refresh
        }

        func end() {
            access = nil
            refresh = nil
        }

        func scan(_ uri: String) {
            self.uri = uri
        }

        func countsRefresh() {
            refreshed += 1
        }

        func countsQuestion() {
            asked += 1
        }
    }

    init(_ server: URL, _ name: String) throws {
        let session = Session()
        self.server = server
        self.name = name
        self.session = session
        let phone = Phone(server: server, session: session)
        var configuration = ClientConfiguration(
            base: server.appending(path: "api/auth/2fa"),
            manner: .bearer { refresh in
                if refresh { try await Person.refresh(server, session) }
                return await session.access
            })
        configuration.tokens = tokens
        configuration.onProof = { proof in await session.keep(proof.body) }
        // What a dialog does: a typo first, then the right code.
        configuration.stepUp = { client in
            await session.countsQuestion()
            let typo = try await client.stepUp(code: "000000")
            guard case .wrongCode = typo else { throw Unexpected(what: "\(typo)") }
            guard try await client.stepUp(code: phone.code()).accepted != nil else { throw Unexpected(what: "no proof") }
        }
        client = try TwoFactorClient(configuration)
    }

    var phone: Phone { Phone(server: server, session: session) }

    func register() async throws {
        let body = ["username": name, "email": "\(name)@example.com", "password": password]
        _ = try await post(server, "api/auth/register", body)
    }

    func signIn() async throws -> SignInOutcome {
        await session.end()
        let outcome = try await client.signIn(
            at: server.appending(path: "api/auth/login"),
            body: ["username": .text(name), "password": .text(password)])
        if case .signedIn(let body) = outcome { await session.keep(body) }
        return outcome
    }

    /// The challenge of a sign-in.
    func challenge() async throws -> String {
        guard case .secondFactorDue(let due) = try await signIn() else { throw Unexpected(what: "no code is due") }
        return try #require(due.challenge)
    }

    /// Switches the second factor on; gives the backup codes.
    func enrol() async throws -> [String] {
        let enrollment = try await client.beginSetup(password: password)
        await session.scan(enrollment.otpauthUri)
        let outcome = try await client.confirmSetup(setup: enrollment.setup, code: phone.code(), name: "Ada's phone")
        return try #require(outcome.accepted).backupCodes
    }

    /// Time goes by.
    func wait(_ seconds: Int) async throws {
        _ = try await post(server, "test/clock", ["advance": seconds])
    }

    private static func refresh(_ server: URL, _ session: Session) async throws {
        await session.countsRefresh()
        guard let token = await session.refresh else { return }
        await session.keep(try await post(server, "api/auth/refresh", ["refresh_token": token]))
    }
}

/// The authenticator app of somebody.
struct Phone: Sendable {
    let server: URL
    let session: Person.Session

    /// The code shown that many steps from now.
    func code(after step: Int = 0) async throws -> String {
        let uri = try #require(await session.uri)
        return try #require(
            try await post(server, "test/code", ["uri": JSONValue.text(uri), "step": .integer(Int64(step))])["code"]?.text)
    }
}

struct Unexpected: Error {
    let what: String
}

@discardableResult
func post(_ server: URL, _ path: String, _ body: some Encodable) async throws -> [String: JSONValue] {
    var request = URLRequest(url: server.appending(path: path))
    request.httpMethod = "POST"
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.httpBody = try JSONEncoder().encode(body)
    let (data, response) = try await URLSession.shared.data(for: request)
    guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
        throw Unexpected(what: "\(path): \(String(decoding: data, as: UTF8.self))")
    }
    return try JSONDecoder().decode([String: JSONValue].self, from: data)
}
