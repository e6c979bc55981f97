import Foundation
import TwinlockSupport
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension TwoFactorClient {
    /// The application's own calls, with the same token and the same remedies: a 401 `not_signed_in` refreshes, a 401
    /// `assurance_required` asks for a code, each once, and the request is sent again. Any other answer is given as it came, and so
    /// is a refusal that the user would not help. A request to another origin than the contract's is sent untouched.
    ///
    /// - Parameter request: its headers stay as they are set; a body must be in `httpBody`, because it may be sent twice
    /// - Returns: the body, and status and headers
    /// - Throws: ``ProblemError`` with `network`, `malformed_request` for a body that is a stream
    public func send(_ request: URLRequest) async throws -> (Data, HTTPURLResponse) {
        guard connection.isOurs(request.url) else { return try await connection.sent(request, within: nil) }
        if request.httpBodyStream != nil {
            throw ProblemError(.malformedRequest, detail: "a body that is a stream cannot be sent again: put it into httpBody")
        }
        return try await attempted(
            send: { token in
                var signed = request
                try await connection.sign(&signed, token)
                return try await connection.sent(signed, within: nil)
            },
            refusal: { data, response in Self.refusal(data, response) })
    }

    /// The administrators' calls. Each wants the application's permission, and changes want a fresh proof.
    public var admin: Administration { Administration(client: self) }

    private static func refusal(_ data: Data, _ response: HTTPURLResponse) -> ProblemError? {
        guard response.statusCode == 401 else { return nil }
        let problem = Connection.answer(data, response).problem
        if let problem, [.notSignedIn, .assuranceRequired].contains(problem.code) { return problem }
        // An application's error handler may have put an answer of its own round the guard's refusal: RFC 9470 says it too.
        let challenge = response.value(forHTTPHeaderField: "WWW-Authenticate") ?? ""
        return challenge.contains("insufficient_user_authentication") ? ProblemError(.assuranceRequired, status: 401) : nil
    }
}

/// The help desk's calls.
public struct Administration: Sendable {
    let client: TwoFactorClient

    /// How many use it.
    public func stats() async throws -> Stats {
        try Coding.decoded(Stats.self, from: try await call("GET", "/stats"))
    }

    /// The state of one user's second factor; a user nobody ever saw has none.
    public func user(id: String) async throws -> Status {
        try Coding.decoded(Status.self, from: try await call("GET", "/users/\(TwoFactorClient.segment(id))"))
    }

    /// Wipes a user's second factor; your id and the reason (1 to 128 characters) go into the user's events.
    public func reset(id: String, reason: String) async throws {
        _ = try await call("POST", "/users/\(TwoFactorClient.segment(id))/reset", ["reason": .text(reason)])
    }

    /// Gives a user under attack a new budget of tries.
    public func unlock(id: String) async throws {
        _ = try await call("POST", "/users/\(TwoFactorClient.segment(id))/unlock", [:])
    }

    private func call(_ method: String, _ path: String, _ body: [String: JSONValue]? = nil) async throws -> Data {
        try await client.call(method, client.connection.adminBase + path, body)
    }
}
