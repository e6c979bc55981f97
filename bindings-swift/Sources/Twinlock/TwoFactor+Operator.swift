internal import TwinlockFFI

/// What operators and the application itself do.
extension TwoFactor {
    /// Takes over an authenticator from another system, by its base32 `secret` (with `algorithm`, `digits`, `period`) or its
    /// `otpauth://` `uri`; gives its id. Brings no backup codes; over a user who had a second factor before, the current window of
    /// codes counts as used.
    ///
    /// - Parameters:
    ///   - userId: whose
    ///   - actor: who does it: 1 to 128 bytes
    ///   - secret: base32, at least 80 bits
    ///   - uri: `otpauth://totp/…`, in place of a secret
    ///   - name: 1 to 64 bytes
    ///   - algorithm: `SHA1` (default), `SHA256` or `SHA512`
    ///   - digits: 6 (default) to 8
    ///   - period: seconds, 1 to 300 (default 30)
    ///   - lastUsedStep: the time step of the last code that the other system accepted
    ///   - drift: steps that the phone is ahead, -20 to 20
    ///   - context: where the call came from
    /// - Throws: `invalidSecret`, `tooManyAuthenticators`
    public func importAuthenticator(
        _ userId: some UserIdentifier, actor: String, secret: String? = nil, uri: String? = nil, name: String? = nil,
        algorithm: String? = nil, digits: Int? = nil, period: Int? = nil, lastUsedStep: Int64? = nil, drift: Int = 0,
        context: String? = nil
    ) async throws -> String {
        // Clamped numbers are out of every range, and refused by the engine.
        let call = Call.importAuthenticator(
            userId: userId.userIdText, secret: secret, uri: uri, name: name, algorithm: algorithm,
            digits: digits.map { Int32(clamping: $0) }, period: period.map { Int32(clamping: $0) }, lastUsedStep: lastUsedStep,
            drift: Int32(clamping: drift), actor: actor, context: context)
        guard case .text(let id) = try await driver.run(call) else { throw unexpected }
        return id
    }

    /// The help desk wipes the second factor, after it made sure who asks; what wrong codes cost stays.
    ///
    /// - Parameters:
    ///   - userId: whose
    ///   - actor: who does it: 1 to 128 bytes
    ///   - reason: for the user's events: 1 to 128 characters
    ///   - context: where the call came from
    public func reset(_ userId: some UserIdentifier, actor: String, reason: String, context: String? = nil) async throws {
        try await done(.reset(userId: userId.userIdText, actor: actor, reason: reason, context: context))
    }

    /// Gives a user under attack a new budget of tries.
    public func unlock(_ userId: some UserIdentifier, actor: String, context: String? = nil) async throws {
        try await done(.unlock(userId: userId.userIdText, actor: actor, context: context))
    }

    /// Moves a record to the active key and the newest format; false when it is there already.
    public func reseal(_ userId: some UserIdentifier) async throws -> Bool {
        guard case .flag(let resealed) = try await driver.run(.reseal(userId: userId.userIdText)) else { throw unexpected }
        return resealed
    }

    /// Deletes record and events, when the account is deleted.
    public func erase(_ userId: some UserIdentifier) async throws {
        try await done(.erase(userId: userId.userIdText))
    }

    /// Figures for an operator's page.
    ///
    /// - Throws: `configuration` for a storage without ``Reports``
    public func stats() async throws -> Stats {
        let reports = try reports()
        let seconds = try refusing { try clockSeconds(now: driver.now()) }
        return try await driver.ask { try await reports.stats(now: Int64(clamping: seconds)) }
    }
}
