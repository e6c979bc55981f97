#if canImport(Security)
import Foundation
import Security

/// Accounts in the Keychain: readable while the device is unlocked, on this device only, in no backup.
///
/// Not compiled or tested by this project, which is built on Linux: try it before you ship it.
public struct KeychainVault: AccountVault {
    /// The Keychain refused, with one of its `OSStatus` values.
    public struct KeychainError: Error, Sendable {
        /// As `SecCopyErrorMessageString` explains it.
        public let status: OSStatus
    }

    private let service: String

    /// - Parameter service: keeps this app's accounts apart from its other entries
    public init(service: String = "twinlock.accounts") {
        self.service = service
    }

    public func ids() async throws -> [String] {
        var query = entry()
        query[kSecReturnAttributes] = true
        query[kSecMatchLimit] = kSecMatchLimitAll
        let found = try copied(query) as? [[String: Any]] ?? []
        return found.compactMap { $0[kSecAttrAccount as String] as? String }.sorted()
    }

    public func uri(id: String) async throws -> String? {
        var query = entry(id)
        query[kSecReturnData] = true
        return try (copied(query) as? Data).flatMap { String(data: $0, encoding: .utf8) }
    }

    public func keep(uri: String, id: String) async throws {
        let data = Data(uri.utf8)
        let updated = SecItemUpdate(entry(id) as CFDictionary, [kSecValueData: data] as CFDictionary)
        guard updated == errSecItemNotFound else { return try check(updated) }
        var added = entry(id)
        added[kSecValueData] = data
        added[kSecAttrAccessible] = kSecAttrAccessibleWhenUnlockedThisDeviceOnly
        try check(SecItemAdd(added as CFDictionary, nil))
    }

    public func remove(id: String) async throws {
        let status = SecItemDelete(entry(id) as CFDictionary)
        if status != errSecItemNotFound { try check(status) }
    }

    private func entry(_ id: String? = nil) -> [CFString: Any] {
        var entry: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword,
            kSecAttrService: service,
            kSecAttrSynchronizable: false,
            // On a Mac, too, the keychain that knows of accessibility.
            kSecUseDataProtectionKeychain: true,
        ]
        if let id { entry[kSecAttrAccount] = id }
        return entry
    }

    private func copied(_ query: [CFString: Any]) throws -> CFTypeRef? {
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        try check(status)
        return found
    }

    private func check(_ status: OSStatus) throws {
        guard status == errSecSuccess else { throw KeychainError(status: status) }
    }
}
#endif
