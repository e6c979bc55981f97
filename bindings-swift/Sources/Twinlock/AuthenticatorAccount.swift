import Foundation
internal import TwinlockFFI

/// The other side: an account that shows codes, for authenticator apps, tests and tools. Printed, it shows names only.
public final class AuthenticatorAccount: Sendable {
    /// Who issued the account.
    public let issuer: String?
    /// The account's name.
    public let accountName: String
    /// Digits of a code.
    public let digits: Int
    /// Seconds that a code is shown.
    public let period: Int
    private let native: Account

    private init(_ native: Account) {
        let info = native.info()
        issuer = info.issuer
        accountName = info.accountName
        digits = Int(info.digits)
        period = Int(info.period)
        self.native = native
    }

    /// Reads an `otpauth://totp/` URI, as an app does when it scans the QR code.
    ///
    /// - Throws: ``TwoFactorError/invalidSecret(reason:)``
    public convenience init(uri: String) throws {
        self.init(try refusing { try Account.fromUri(uri: uri) })
    }

    /// Reads an `otpauth-migration://` URI, one QR code of an authenticator app's export: all its accounts.
    ///
    /// - Throws: ``TwoFactorError/invalidSecret(reason:)``
    public static func fromMigration(_ uri: String) throws -> [AuthenticatorAccount] {
        try refusing { try accountsFromMigration(uri: uri) }.map(AuthenticatorAccount.init)
    }

    /// The code shown at `now` (Unix seconds).
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)`` for a time that no clock shows
    public func code(at now: Double) throws -> String {
        try refusing { try native.codeAt(now: now) }
    }

    /// Seconds until the next code, 1 to ``period``.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)`` for a time that no clock shows
    public func secondsLeft(at now: Double) throws -> Int {
        Int(try refusing { try native.secondsLeft(now: now) })
    }

    /// The codes as a screen shows them: at once, then every second, until the task is cancelled.
    ///
    /// ```swift
    /// for try await shown in account.codes() { label.text = "\(shown.code)  \(shown.secondsLeft)" }
    /// ```
    ///
    /// - Parameters:
    ///   - clock: gives Unix seconds, fractions allowed
    ///   - sleep: waits that many seconds
    public func codes(
        clock: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        sleep: @escaping @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }
    ) -> ShownCodes {
        ShownCodes(account: self, clock: clock, sleep: sleep)
    }
}

extension AuthenticatorAccount: Confidential {
    public var shown: KeyValuePairs<String, Any> { ["issuer": issuer as Any, "accountName": accountName] }
}

/// A code as a screen shows it.
public struct ShownCode: Sendable, Hashable, Confidential {
    /// The code.
    public let code: String
    /// Seconds until the next one.
    public let secondsLeft: Int

    public var shown: KeyValuePairs<String, Any> { ["secondsLeft": secondsLeft] }
}

/// Codes over time; see ``AuthenticatorAccount/codes(clock:sleep:)``. It ends when the task is cancelled.
public struct ShownCodes: AsyncSequence, Sendable {
    public typealias Element = ShownCode

    let account: AuthenticatorAccount
    let clock: @Sendable () -> Double
    let sleep: @Sendable (Double) async throws -> Void

    /// One reading of the codes.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let codes: ShownCodes
        var isFirst = true

        public mutating func next() async throws -> ShownCode? {
            if !isFirst {
                // At the turn of the second, so that no screen lags behind the codes.
                let now = codes.clock()
                do {
                    try await codes.sleep(1 - (now - now.rounded(.down)))
                } catch is CancellationError {
                    return nil
                }
            }
            isFirst = false
            if Task.isCancelled { return nil }
            let now = codes.clock()
            return ShownCode(code: try codes.account.code(at: now), secondsLeft: try codes.account.secondsLeft(at: now))
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(codes: self)
    }
}
