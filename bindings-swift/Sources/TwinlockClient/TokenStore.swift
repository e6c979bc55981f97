import TwinlockSupport

/// A token of the second factor that the client keeps and sends back.
public enum TokenKind: String, Sendable, CaseIterable {
    /// "This user proved a second factor at time t", sent as `Twinlock-Assurance`.
    case assurance
    /// "This device has passed before", sent as `Twinlock-Device`, at sign-in above all.
    case device
    /// The framework's own token against forged requests, as `status` told it (cookie manner).
    case csrf
}

/// Where the client keeps its tokens. Never in `UserDefaults`, a file or a URL; the device token, which outlives a sign-in,
/// may go into the Keychain.
public protocol TokenStore: Sendable {
    /// The token kept under that name, or nil.
    func token(_ kind: TokenKind) async throws -> String?
    /// Keeps a token in place of the one before; nil forgets it.
    func keep(_ token: String?, as kind: TokenKind) async throws
}

/// Tokens in memory; they are gone with it.
public final class TokenMemory: TokenStore, Confidential {
    private let tokens = Guarded([TokenKind: String]())

    /// Empty.
    public init() {}

    public func token(_ kind: TokenKind) -> String? {
        tokens.use { $0[kind] }
    }

    public func keep(_ token: String?, as kind: TokenKind) {
        tokens.use { $0[kind] = token }
    }

    public var shown: KeyValuePairs<String, Any> { [:] }
}
