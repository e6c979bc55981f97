internal import TwinlockFFI

/// A checked set of numbers; every setting has a default with its reason in the documentation.
public struct Policy: Sendable, Hashable {
    /// The numbers of a policy.
    public struct Settings: Sendable, Hashable {
        /// `SHA1` (default: what authenticator apps support), `SHA256` or `SHA512`.
        public var algorithm: String
        /// 6 (default) to 8.
        public var digits: Int
        /// Seconds, 1 to 300. Default 30.
        public var period: Int
        /// Steps taken on each side of now, 0 to 2. Default 1; 2 is priced by the budget.
        public var window: Int
        /// Length of new secrets in bytes, 16 to 64. Default 20.
        public var secretBytes: Int
        /// Backup codes in a set, 0 to 20. Default 10, of 80 bits each.
        public var backupCodes: Int
        /// Whether pages insist that the user says the backup codes are saved. Default false.
        public var requireSavedCodes: Bool
        /// Unforgiven failures an account or a device may have, in units of 3/10^6. Default 8.
        public var budget: Double
        /// Days after which one of them is returned. Default 21.
        public var budgetReturnDays: Double
        /// Seconds to wait after the 1st, 2nd, … unforgiven failure; the last counts for all further ones.
        /// Default 0, 0, 0, 15, 30, 60, 120, 240.
        public var backoff: [Int]
        /// Consecutive-code tries a second that the bound assumes an attacker can send all year. Default 10,000.
        public var floodRate: Double
        /// Seconds in which a begun enrollment may be confirmed, 60 to 86,400. Default 600.
        public var setupTtl: Int
        /// Seconds between first and second factor, 30 to 3,600. Default 300.
        public var challengeTtl: Int
        /// Counted failures that end a challenge, 1 to 100. Default 5.
        public var challengeFailures: Int
        /// Seconds that a proof counts as fresh for sensitive operations, 30 to 86,400. Default 300.
        public var assuranceMaxAge: Int
        /// Days that a browser keeps its own budget after its last proof, 1 to 365. Default 90.
        public var deviceKnownDays: Int
        /// Days that a browser the user trusts skips the code, 0 (never) to 365. Default 30; off until the user asks.
        public var deviceTrustedDays: Int
        /// Authenticators per user, 1 to 5. Default 3.
        public var maxAuthenticators: Int
        /// Devices per user, 0 to 20. Default 10.
        public var maxDevices: Int
        /// Accepts a policy whose yearly guess probability is above 1e-4. Default false.
        public var acceptRisk: Bool
    }

    /// The recommended numbers.
    public static let `default` = Policy(checked: Settings(defaultPolicy()))

    /// All settings by name.
    public let settings: Settings

    private init(checked settings: Settings) {
        self.settings = settings
    }

    /// The recommended numbers, changed and checked.
    ///
    /// ```swift
    /// let policy = try Policy { $0.digits = 8 }
    /// ```
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)``: a setting is out of range, or the guess probability is above 1e-4
    ///   without
    ///   `acceptRisk`
    public init(_ change: (inout Settings) throws -> Void = { _ in }) throws {
        var settings = Self.default.settings
        try change(&settings)
        _ = try refusing { try TwinlockFFI.yearlyGuessProbability(settings: settings.native) }
        self.settings = settings
    }

    /// What many sites do: after `attempts` (1 to 100) wrong codes nothing is taken for `minutes`. It lets a patient guesser in, so
    /// it is refused without `acceptRisk`. Three consecutive codes and backup codes stay open in it.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)``
    public static func fixedLockout(attempts: Int = 5, minutes: Int = 15, acceptRisk: Bool = false) throws -> Policy {
        let settings = try refusing {
            try TwinlockFFI.fixedLockout(
                attempts: Int32(clamping: attempts), minutes: Int32(clamping: minutes), acceptRisk: acceptRisk)
        }
        return try Policy { $0 = Settings(settings) }
    }

    /// An upper bound of the probability that somebody who knows the password, but has none of the user's devices, gets past the
    /// second factor within a year of trying all day.
    public var yearlyGuessProbability: Double {
        // A checked policy has one; were it otherwise, the worst is told.
        (try? TwinlockFFI.yearlyGuessProbability(settings: settings.native)) ?? 1
    }
}

extension Policy.Settings {
    init(_ settings: PolicySettings) {
        self.init(
            algorithm: settings.algorithm,
            digits: Int(settings.digits),
            period: Int(settings.period),
            window: Int(settings.window),
            secretBytes: Int(settings.secretBytes),
            backupCodes: Int(settings.backupCodes),
            requireSavedCodes: settings.requireSavedCodes,
            budget: settings.budget,
            budgetReturnDays: settings.budgetReturnDays,
            backoff: settings.backoff.map(Int.init),
            floodRate: settings.floodRate,
            setupTtl: Int(settings.setupTtl),
            challengeTtl: Int(settings.challengeTtl),
            challengeFailures: Int(settings.challengeFailures),
            assuranceMaxAge: Int(settings.assuranceMaxAge),
            deviceKnownDays: Int(settings.deviceKnownDays),
            deviceTrustedDays: Int(settings.deviceTrustedDays),
            maxAuthenticators: Int(settings.maxAuthenticators),
            maxDevices: Int(settings.maxDevices),
            acceptRisk: settings.acceptRisk)
    }

    /// Clamped numbers are out of every range, and refused where ranges are known.
    var native: PolicySettings {
        PolicySettings(
            algorithm: algorithm,
            digits: Int32(clamping: digits),
            period: Int32(clamping: period),
            window: Int32(clamping: window),
            secretBytes: Int32(clamping: secretBytes),
            backupCodes: Int32(clamping: backupCodes),
            requireSavedCodes: requireSavedCodes,
            budget: budget,
            budgetReturnDays: budgetReturnDays,
            backoff: backoff.map { Int32(clamping: $0) },
            floodRate: floodRate,
            setupTtl: Int32(clamping: setupTtl),
            challengeTtl: Int32(clamping: challengeTtl),
            challengeFailures: Int32(clamping: challengeFailures),
            assuranceMaxAge: Int32(clamping: assuranceMaxAge),
            deviceKnownDays: Int32(clamping: deviceKnownDays),
            deviceTrustedDays: Int32(clamping: deviceTrustedDays),
            maxAuthenticators: Int32(clamping: maxAuthenticators),
            maxDevices: Int32(clamping: maxDevices),
            acceptRisk: acceptRisk)
    }
}
