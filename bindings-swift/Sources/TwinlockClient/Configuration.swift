import Foundation
import TwinlockSupport

/// How a client reaches its server.
public struct ClientConfiguration: Sendable {
    /// How the application knows who is signed in.
    public enum Manner: Sendable {
        /// By an access token. `accessToken(refresh)` gives it, nil when nobody is signed in. It is asked with `true` when the last
        /// one was refused with `not_signed_in`, and on no other refusal; calls refused at once share the answer.
        case bearer(accessToken: @Sendable (_ refresh: Bool) async throws -> String?)
        /// By a session cookie, which the transport keeps. `refresh`, where given, renews the session.
        case cookies(refresh: (@Sendable () async throws -> Void)? = nil)
    }

    /// Address of the contract, such as `https://api.example.com/2fa`.
    public var base: URL
    /// Address of the administrators' calls; default `<base>/admin`.
    public var adminBase: URL?
    /// How the application knows who is signed in.
    public var manner: Manner
    /// Asks the user for a fresh code when a call was refused with `assurance_required`, and sends it by
    /// ``TwoFactorClient/stepUp(code:nextCodes:)``. The call is sent once more afterwards; calls refused at once share
    /// one. Throw `CancellationError` when the user does not want to: the refusal stands then.
    public var stepUp: (@Sendable (TwoFactorClient) async throws -> Void)?
    /// Told of every proof before anything else goes on: keep new tokens of the application here.
    public var onProof: (@Sendable (Proof) async throws -> Void)?
    /// Where the tokens of the second factor are kept.
    public var tokens: any TokenStore
    /// Carries requests.
    public var transport: any HTTPTransport
    /// How long a call of the contract may take.
    public var timeout: Duration
    /// Header for the CSRF token that `status` told (cookie manner).
    public var csrfHeader = "X-CSRF-Token"
    /// Takes `http` addresses of other machines, for a development server in one's own network. Codes and tokens go in clear.
    public var insecurelyAllowPlainHTTP = false

    /// - Parameters:
    ///   - base: address of the contract; `https`, or `http` of this very machine
    ///   - manner: how the application knows who is signed in
    ///   - stepUp: asks the user for a fresh code
    ///   - onProof: told of every proof
    ///   - tokens: default: in memory
    ///   - transport: default: `URLSession`
    ///   - timeout: default: 20 seconds
    public init(
        base: URL,
        manner: Manner,
        stepUp: (@Sendable (TwoFactorClient) async throws -> Void)? = nil,
        onProof: (@Sendable (Proof) async throws -> Void)? = nil,
        tokens: any TokenStore = TokenMemory(),
        transport: any HTTPTransport = URLSessionTransport(),
        timeout: Duration = .seconds(20)
    ) {
        self.base = base
        self.manner = manner
        self.stepUp = stepUp
        self.onProof = onProof
        self.tokens = tokens
        self.transport = transport
        self.timeout = timeout
    }
}
