import TwinlockSupport

/// Where an authenticator app keeps its accounts: `otpauth://` URIs, which hold the secrets, by an id of the app's choice.
///
/// An account is stored whole and given back as it was; what it means is `AuthenticatorAccount`'s business.
public protocol AccountVault: Sendable {
    /// The ids of all accounts, in ascending order.
    func ids() async throws -> [String]
    /// The URI kept under that id, or nil.
    func uri(id: String) async throws -> String?
    /// Keeps a URI, in place of the one before.
    func keep(uri: String, id: String) async throws
    /// Forgets an account; nothing happens where there is none.
    func remove(id: String) async throws
}

/// Accounts in memory: for tests and previews.
public final class MemoryVault: AccountVault, Confidential {
    private let accounts = Guarded([String: String]())

    /// Empty.
    public init() {}

    public func ids() -> [String] {
        accounts.use { $0.keys.sorted() }
    }

    public func uri(id: String) -> String? {
        accounts.use { $0[id] }
    }

    public func keep(uri: String, id: String) {
        accounts.use { $0[id] = uri }
    }

    public func remove(id: String) {
        accounts.use { $0[id] = nil }
    }

    public var shown: KeyValuePairs<String, Any> { ["accounts": accounts.use { $0.count }] }
}
