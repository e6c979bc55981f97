import Foundation

/// The application's own id of a user: text of 1 to 255 bytes without control characters, compared byte by byte, never folded.
/// It never changes: no e-mail address, no user name.
public protocol UserIdentifier: Sendable {
    /// The id as text, as it is stored.
    var userIdText: String { get }
}

extension String: UserIdentifier {
    public var userIdText: String { self }
}

extension Int: UserIdentifier {
    public var userIdText: String { String(self) }
}

extension Int64: UserIdentifier {
    public var userIdText: String { String(self) }
}

extension UUID: UserIdentifier {
    /// In lower case, as every other language writes it: Swift's own `uuidString` would be another user.
    public var userIdText: String { uuidString.lowercased() }
}
