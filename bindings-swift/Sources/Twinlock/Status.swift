internal import TwinlockFFI

/// All that a settings page needs; no secret is in it.
public struct Status: Sendable, Hashable {
    /// Whether the user has a second factor.
    public let enabled: Bool
    /// What shows codes.
    public let authenticators: [AuthenticatorStatus]
    /// How many backup codes are left.
    public let backupCodes: BackupCodeStatus
    /// The browsers that have passed the second factor, the latest used last.
    public let devices: [DeviceStatus]
    /// Whether codes are held up.
    public let throttle: ThrottleStatus
    /// How fresh the presented proof is.
    public let proof: ProofStatus
    /// What codes look like.
    public let policy: PolicyStatus
    /// The engine's part of the body of `GET /status`, as JSON text.
    public let body: String
}

/// One authenticator.
public struct AuthenticatorStatus: Sendable, Hashable, Identifiable {
    /// For renaming and removing it.
    public let id: String
    /// What the user calls it.
    public let name: String
    /// Unix seconds.
    public let createdAt: Int64
    /// Unix seconds; nil before the first sign-in.
    public let lastUsedAt: Int64?
    /// An imported secret below 128 bits: suggest a new enrollment.
    public let weak: Bool
}

/// The state of the backup codes.
public struct BackupCodeStatus: Sendable, Hashable {
    /// How many can still be used.
    public let left: Int
    /// How many there were.
    public let total: Int
    /// Whether the user said that the set is saved.
    public let saved: Bool
}

/// One browser.
public struct DeviceStatus: Sendable, Hashable, Identifiable {
    /// For revoking it.
    public let id: String
    /// From where it was, in words.
    public let label: String
    /// Unix seconds.
    public let lastUsedAt: Int64
    /// Whether it is not asked for a code.
    public let trusted: Bool
    /// Whether it is the one whose token was presented.
    public let current: Bool
}

/// Whether codes are held up.
public struct ThrottleStatus: Sendable, Hashable {
    /// Seconds until a single code is taken again; nil when it is now.
    public let retryAfter: Int?
    /// 3 when only three consecutive codes are taken, else 1.
    public let codesRequired: Int
}

/// How fresh the presented proof is.
public struct ProofStatus: Sendable, Hashable {
    /// Unix seconds until which sensitive operations are open; nil without a proof.
    public let freshUntil: Int64?
}

/// What codes look like.
public struct PolicyStatus: Sendable, Hashable {
    /// Digits of a code.
    public let digits: Int
    /// Seconds that a code is shown.
    public let period: Int
    /// Whether pages insist that the user says the backup codes are saved.
    public let requireSavedCodes: Bool
}

extension Status {
    init(_ status: AccountStatus) {
        self.init(
            enabled: status.enabled,
            authenticators: status.authenticators.map(AuthenticatorStatus.init),
            backupCodes: BackupCodeStatus(
                left: Int(status.backupCodesLeft), total: Int(status.backupCodesTotal), saved: status.backupCodesSaved),
            devices: status.devices.map(DeviceStatus.init),
            throttle: ThrottleStatus(
                retryAfter: status.retryAfter.map { Int(clamping: $0) }, codesRequired: Int(status.codesRequired)),
            proof: ProofStatus(freshUntil: status.freshUntil.map { Int64(clamping: $0) }),
            policy: PolicyStatus(
                digits: Int(status.digits), period: Int(status.period), requireSavedCodes: status.requireSavedCodes),
            body: status.body)
    }
}

extension AuthenticatorStatus {
    init(_ status: TwinlockFFI.AuthenticatorStatus) {
        self.init(
            id: status.id, name: status.name, createdAt: Int64(clamping: status.createdAt),
            lastUsedAt: status.lastUsedAt.map { Int64(clamping: $0) }, weak: status.weak)
    }
}

extension DeviceStatus {
    init(_ status: TwinlockFFI.DeviceStatus) {
        self.init(
            id: status.id, label: status.label, lastUsedAt: Int64(clamping: status.lastUsedAt), trusted: status.trusted,
            current: status.current)
    }
}
