import Foundation
import TwinlockClient
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A server made of answers in a row: what it gives, and what it was sent.
final class FakeServer: HTTPTransport {
    struct Answer: Sendable {
        var status = 200
        var body = "{}"
        var headers: [String: String] = [:]
        var delay: Duration = .zero

        static func refusal(_ code: String, _ status: Int, _ more: String = "") -> Answer {
            Answer(status: status, body: #"{"code":"\#(code)","status":\#(status),"detail":"a detail"\#(more)}"#)
        }
    }

    struct Sent: Sendable {
        let method: String
        let url: String
        let headers: [String: String]
        let body: [String: JSONValue]?
    }

    private let answers: Guarded<[Answer]>
    private let requests = Guarded([Sent]())
    private let delay: Duration

    init(_ answers: Answer..., delay: Duration = .zero) {
        self.answers = Guarded(answers)
        self.delay = delay
    }

    var sent: [Sent] { requests.use { $0 } }

    func send(_ request: URLRequest) async throws -> (Data, HTTPURLResponse) {
        let body = request.httpBody.flatMap { try? JSONDecoder().decode([String: JSONValue].self, from: $0) }
        let sent = Sent(
            method: request.httpMethod ?? "", url: request.url?.absoluteString ?? "", headers: request.allHTTPHeaderFields ?? [:],
            body: body)
        requests.use { $0.append(sent) }
        let answer = answers.use { $0.isEmpty ? nil : $0.removeFirst() }
        try await Task.sleep(for: max(delay, answer?.delay ?? .zero))
        guard let answer, let url = request.url,
            let response = HTTPURLResponse(url: url, statusCode: answer.status, httpVersion: nil, headerFields: answer.headers)
        else { throw URLError(.cannotConnectToHost) }
        return (Data(answer.body.utf8), response)
    }
}

/// A client of that server, with a token to renew.
func client(
    _ server: FakeServer, base: String = "https://api.example.com/2fa/", tokens: TokenMemory = TokenMemory(),
    timeout: Duration = .seconds(20), stepUp: (@Sendable (TwoFactorClient) async throws -> Void)? = nil
) throws -> TwoFactorClient {
    let renewals = Guarded(0)
    return try TwoFactorClient(
        ClientConfiguration(
            base: URL(string: base)!,
            manner: .bearer { refresh in
                if refresh { renewals.use { $0 += 1 } }
                return "token-\(renewals.use { $0 })"
            },
            stepUp: stepUp, tokens: tokens, transport: server, timeout: timeout))
}

let verifiedAnswer = FakeServer.Answer(
    body: #"{"method":"totp","backup_codes_left":9,"assurance":"proof-token","device":"device-token","access_token":"a-secret"}"#)
