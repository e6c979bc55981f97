import Foundation
import Testing
import TwinlockClient

/// The snippet of README.md about the client: compiled, and the same as there.
@Suite("README.md, the client")
struct ClientReadmeTests {
    actor Session {
        func accessToken(refresh: Bool) throws -> String? { nil }
        func keep(_ answer: [String: JSONValue]) {}
    }

    private func snippet(server: URL, password: String, session: Session) async throws {
        @Sendable func askForCode() -> String { "123456" }
        func askForCodes(_ count: Int) {}
        func wait(_ seconds: Int) {}
        func tryAgain() {}
        func startAgain() {}

        // README
        let client = try TwoFactorClient(
            ClientConfiguration(
                base: server.appending(path: "2fa"),
                manner: .bearer { refresh in try await session.accessToken(refresh: refresh) },
                stepUp: { client in _ = try await client.stepUp(code: askForCode()) },
                onProof: { proof in await session.keep(proof.body) }))

        switch try await client.signIn(at: server.appending(path: "login"), body: ["user": "ada", "password": .text(password)]) {
        case .signedIn(let answer):
            await session.keep(answer)
        case .secondFactorDue(let due):
            switch try await client.verify(challenge: due.challenge, code: askForCode()) {
            case .accepted(let verified): await session.keep(verified.body)
            case .wrongCode, .notACode: tryAgain()
            case .moreCodesRequired(let count): askForCodes(count)
            case .throttled(let seconds): wait(seconds)
            case .expired: startAgain()
            }
        }
        let devices = try await client.devices()  // renews the token, or asks for a code, when the server wants that
        // README ends
        _ = devices
    }

    @Test("what README.md shows is what is compiled here")
    func same() throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: package.appending(path: "README.md"), encoding: .utf8)
        let shown = try #require(source.components(separatedBy: "// README\n").dropFirst().first)
            .components(separatedBy: "\n        // README ends")[0]
        let plain = shown.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }.joined(separator: "\n")
        #expect(readme.contains("```swift\n\(plain)\n```"))
    }
}
