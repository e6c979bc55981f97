import Foundation
internal import TwinlockFFI

/// The keys that seal records and tokens, by id; the first is the active one. Printed, it shows the ids only.
public final class KeyRing: Sendable {
    let native: TwinlockFFI.KeyRing

    private init(_ native: TwinlockFFI.KeyRing) {
        self.native = native
    }

    /// Keys of 32 random bytes by id (1 to 16 letters, digits, dots, hyphens, underscores), the active one first.
    ///
    /// ```swift
    /// let keys = try KeyRing(["2026a": key, "2025b": oldKey])
    /// ```
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)``
    public convenience init(_ keys: KeyValuePairs<String, Data>) throws {
        try self.init(ids: keys.map(\.key), keys: keys.map(\.value))
    }

    /// The same from two lists in the same order.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)``
    public convenience init(ids: [String], keys: [Data]) throws {
        self.init(try refusing { try TwinlockFFI.KeyRing(ids: ids, keys: keys) })
    }

    /// Reads `id:base64,id:base64` as in `TWINLOCK_KEYS`; line ends separate too.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)``
    public convenience init(text: String) throws {
        self.init(try refusing { try TwinlockFFI.KeyRing.fromText(text: text) })
    }

    /// A ring with one new random key.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)``
    public static func generate(id: String = "k1") throws -> KeyRing {
        KeyRing(try refusing { try TwinlockFFI.KeyRing.generate(id: id) })
    }

    /// The keys of `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)`` that says what to do
    public static func fromEnvironment(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> KeyRing {
        if let text = environment["TWINLOCK_KEYS"], !text.isEmpty { return try KeyRing(text: text) }
        guard let file = environment["TWINLOCK_KEYS_FILE"], !file.isEmpty else {
            throw TwoFactorError.configuration(
                reason: "there are no keys: make one with `twinlock keygen` and set TWINLOCK_KEYS to what it prints, or "
                    + "TWINLOCK_KEYS_FILE to a file that holds it, or pass keys: KeyRing(...)")
        }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw TwoFactorError.configuration(reason: "the file that TWINLOCK_KEYS_FILE names cannot be read")
        }
        return try KeyRing(text: text)
    }

    /// The keys as ``init(text:)`` reads them. This is the secret itself.
    public var text: String { native.toText() }

    /// The id of the key that seals.
    public var activeId: String { native.activeId() }
}

extension KeyRing: Confidential {
    public var shown: KeyValuePairs<String, Any> { ["ring": native.describe()] }
}
