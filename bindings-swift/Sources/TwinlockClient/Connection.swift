import Foundation
import TwinlockSupport
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// An answer of the contract, read to its end: what was asked for, or why not.
struct Answer: Sendable {
    let data: Data
    let problem: ProblemError?
}

/// One request: where it goes, which headers it takes, and what becomes of the answer.
struct Connection: Sendable {
    let configuration: ClientConfiguration
    let base: String
    let adminBase: String

    init(_ configuration: ClientConfiguration) throws {
        self.configuration = configuration
        base = try Self.checked(configuration.base, configuration)
        adminBase = try configuration.adminBase.map { try Self.checked($0, configuration) } ?? base + "/admin"
    }

    /// A call of the contract, within its time.
    func call(_ method: String, _ address: String, _ body: [String: JSONValue]?, _ token: String?) async throws -> Answer {
        guard let url = URL(string: address) else { throw ProblemError(.malformedRequest, detail: "no address can hold this id") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.setValue("application/json", forHTTPHeaderField: "Accept")
        if method != "GET" { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if let body { request.httpBody = try Coding.encoder.encode(body) }
        try await sign(&request, token)
        let (data, response) = try await sent(request, within: configuration.timeout)
        return Self.answer(data, response)
    }

    /// Adds what says who is calling; what the caller has set stays.
    func sign(_ request: inout URLRequest, _ token: String?) async throws {
        let tokens = configuration.tokens
        guard case .bearer = configuration.manner else {
            guard let method = request.httpMethod?.uppercased(), method != "GET", method != "HEAD" else { return }
            add(try await tokens.token(.csrf), configuration.csrfHeader, to: &request)
            return
        }
        if let token {
            add("Bearer \(token)", "Authorization", to: &request)
            add(try await tokens.token(.assurance), "Twinlock-Assurance", to: &request)
        }
        // Before there is a token, at the second step of a sign-in, this device may be known already.
        add(try await tokens.token(.device), "Twinlock-Device", to: &request)
    }

    /// Our tokens go to the contract's own origin and nowhere else.
    func isOurs(_ url: URL?) -> Bool {
        guard let url, let base = URL(string: base) else { return false }
        return Self.origin(url) == Self.origin(base)
    }

    func sent(_ request: URLRequest, within limit: Duration?) async throws -> (Data, HTTPURLResponse) {
        let transport = configuration.transport
        do {
            return try await TwinlockSupport.answer(
                within: limit, goesOn: false, late: { ProblemError(.network, detail: "no answer in time") },
                of: { try await transport.send(request) })
        } catch let error as ProblemError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw ProblemError(.network, cause: error)
        }
    }

    /// Keeps the tokens of an answer, where it is this client that has to send them back.
    func keep(_ body: [String: JSONValue]) async throws {
        guard case .bearer = configuration.manner else { return }
        for kind in [TokenKind.assurance, .device] {
            if let token = body[kind.rawValue]?.text { try await configuration.tokens.keep(token, as: kind) }
        }
    }

    static func answer(_ data: Data, _ response: HTTPURLResponse) -> Answer {
        let body = try? Coding.decoder.decode(JSONValue.self, from: data)
        let isFine = (200..<300).contains(response.statusCode)
        // What is neither empty nor JSON did not come from the contract.
        if isFine, response.statusCode == 204 || body?.object != nil { return Answer(data: data, problem: nil) }
        let told = isFine ? nil : body
        let wait = response.value(forHTTPHeaderField: "Retry-After")
        return Answer(data: data, problem: ProblemError(body: told, status: response.statusCode, retryAfter: wait))
    }

    private func add(_ value: String?, _ header: String, to request: inout URLRequest) {
        guard let value, request.value(forHTTPHeaderField: header) == nil else { return }
        request.setValue(value, forHTTPHeaderField: header)
    }

    private static func origin(_ url: URL) -> [String?] {
        let scheme = url.scheme?.lowercased()
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        return [scheme, url.host?.lowercased(), String(port)]
    }

    private static func checked(_ url: URL, _ configuration: ClientConfiguration) throws -> String {
        let host = url.host?.lowercased() ?? ""
        let isHere = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host)
        let isSafe = url.scheme == "https" || url.scheme == "http" && (isHere || configuration.insecurelyAllowPlainHTTP)
        guard isSafe, !host.isEmpty, url.query == nil, url.fragment == nil, url.user == nil else {
            throw ProblemError(
                .configurationError,
                detail: "the address must be https, without user, query or fragment; http only for this very machine")
        }
        var text = url.absoluteString
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }
}

enum Coding {
    static var encoder: JSONEncoder { JSONEncoder() }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    /// An answer in its form; one of another form is no answer of the contract.
    static func decoded<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        do {
            return try decoder.decode(type, from: data)
        } catch {
            // The error that was thrown could quote the answer.
            throw ProblemError(.unexpected, status: 200, detail: "the answer has not the form of \(type)")
        }
    }
}
