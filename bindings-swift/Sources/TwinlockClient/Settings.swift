import TwinlockSupport

/// All that a settings page needs; no secret is in it.
public struct Status: Sendable, Decodable {
    /// Whether the second factor is on.
    public let enabled: Bool
    /// Whether the application wants this user to have one; nil in administrators' answers.
    public let required: Bool?
    /// What shows codes.
    public let authenticators: [Authenticator]
    /// How many backup codes are left.
    public let backupCodes: BackupCodeState
    /// Browsers and apps that have passed the second factor, the latest used last.
    public let devices: [Device]
    /// Whether codes are held up.
    public let throttle: ThrottleState
    /// How fresh the proof of this session is.
    public let proof: ProofState
    /// What codes look like.
    public let policy: PolicyState
    /// The framework's token against forged requests. ``TwoFactorClient`` sends it by itself.
    let csrf: String?
}

/// An enrolled authenticator.
public struct Authenticator: Sendable, Decodable, Identifiable {
    /// For renaming and removing it.
    public let id: String
    /// What the user calls it.
    public let name: String
    /// Unix seconds.
    public let createdAt: Int64
    /// Unix seconds; nil before the first sign-in.
    public let lastUsedAt: Int64?
    /// True for an imported secret below 128 bits: suggest a new enrollment.
    public let weak: Bool?
}

/// The state of the backup codes.
public struct BackupCodeState: Sendable, Decodable {
    /// How many can still be used.
    public let left: Int
    /// How many there were.
    public let total: Int
    /// Whether the user said that the set is saved.
    public let saved: Bool
}

/// A browser or app that has passed the second factor.
public struct Device: Sendable, Decodable, Identifiable {
    /// For revoking it.
    public let id: String
    /// From where it was, in words.
    public let label: String
    /// Unix seconds.
    public let lastUsedAt: Int64
    /// Whether it is not asked for a code.
    public let trusted: Bool
    /// Whether it is this very one.
    public let current: Bool
}

/// Whether codes are held up.
public struct ThrottleState: Sendable, Decodable {
    /// Seconds until a single code is taken again; nil when it is now.
    public let retryAfter: Int?
    /// 3 when only three consecutive codes are taken, else 1.
    public let codesRequired: Int
}

/// How fresh the proof of this session is.
public struct ProofState: Sendable, Decodable {
    /// Until when sensitive calls are open, in Unix seconds; nil when a code is due.
    public let freshUntil: Int64?
}

/// What codes look like.
public struct PolicyState: Sendable, Decodable {
    /// Digits of a code, 6 to 8.
    public let digits: Int
    /// Seconds that a code lasts.
    public let period: Int
    /// True where the page should insist on "I have saved them".
    public let requireSavedCodes: Bool?
}

struct DeviceList: Sendable, Decodable {
    let devices: [Device]
}

/// One thing that happened to an account's second factor. Holds no code, secret or token.
public struct AuditEvent: Sendable, Decodable, Identifiable {
    /// Sorts by time.
    public let id: String
    /// Whose.
    public let userId: String
    /// `verified`, `failed`, `device_known`, …; kinds will be added.
    public let type: String
    /// Unix seconds.
    public let at: Int64
    /// Whether it succeeded.
    public let success: Bool
    /// How it was proved, where it was.
    public let method: String?
    /// Who did it, when it was not the user.
    public let actor: String?
    /// From where: address and browser.
    public let context: String?
    /// Further facts by name.
    public let detail: [String: JSONValue]
}

/// One page of events, newest first.
public struct EventPage: Sendable, Decodable {
    /// The events.
    public let events: [AuditEvent]
    /// Leads to the next page; nil on the last.
    public let nextCursor: String?
}

/// How many use it, over the whole store.
public struct Stats: Sendable, Equatable {
    /// Users whose second factor is on.
    public let enabledUsers: Int
    /// Switched on in the last 30 days.
    public let enabled30d: Int
    /// Switched off in the last 30 days.
    public let disabled30d: Int
    /// Wrong codes in the last 30 days.
    public let failed30d: Int
}

extension Stats: Decodable {
    private enum CodingKeys: String, CodingKey {
        case enabledUsers
        // As the decoder spells what it reads from snake case.
        case enabled30d, disabled30d, failed30d
    }
}
