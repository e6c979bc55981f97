import Foundation
internal import TwinlockFFI

/// What a signed-in user changes. `assurance` is a proof of the second factor that is as fresh as the policy wants.
extension TwoFactor {
    /// A new set of backup codes, shown this once; the old set ends.
    ///
    /// - Throws: `assuranceRequired`, `notEnabled`
    public func regenerateBackupCodes(
        _ userId: some UserIdentifier, assurance: String, context: String? = nil
    ) async throws -> [String] {
        let call = Call.regenerateBackupCodes(userId: userId.userIdText, assurance: assurance, context: context)
        guard case .codes(let codes) = try await driver.run(call) else { throw unexpected }
        return codes
    }

    /// The user says that the backup codes are saved.
    ///
    /// - Throws: `notEnabled`
    public func backupCodesSaved(_ userId: some UserIdentifier, context: String? = nil) async throws {
        try await done(.backupCodesSaved(userId: userId.userIdText, context: context))
    }

    /// Renames an authenticator; `name` has 1 to 64 bytes.
    ///
    /// - Throws: `assuranceRequired`, `notEnabled`, `notFound`
    public func renameAuthenticator(
        _ userId: some UserIdentifier, assurance: String, id: String, name: String, context: String? = nil
    ) async throws {
        try await done(
            .renameAuthenticator(userId: userId.userIdText, assurance: assurance, id: id, name: name, context: context))
    }

    /// Removes an authenticator; the last one goes only by ``disable(_:assurance:context:)``.
    ///
    /// - Throws: `assuranceRequired`, `notEnabled`, `notFound`, `lastAuthenticator`
    public func removeAuthenticator(
        _ userId: some UserIdentifier, assurance: String, id: String, context: String? = nil
    ) async throws {
        try await done(.removeAuthenticator(userId: userId.userIdText, assurance: assurance, id: id, context: context))
    }

    /// Switches the second factor off. Ends all devices, proofs and backup codes; what wrong codes cost stays.
    ///
    /// - Throws: `assuranceRequired`, `notEnabled`
    public func disable(_ userId: some UserIdentifier, assurance: String, context: String? = nil) async throws {
        try await done(.disable(userId: userId.userIdText, assurance: assurance, context: context))
    }

    /// Forgets one device.
    ///
    /// - Throws: `notEnabled`, `notFound`
    public func revokeDevice(_ userId: some UserIdentifier, id: String, context: String? = nil) async throws {
        try await done(.revokeDevice(userId: userId.userIdText, id: id, context: context))
    }

    /// Forgets all devices.
    ///
    /// - Throws: `notEnabled`
    public func revokeAllDevices(_ userId: some UserIdentifier, context: String? = nil) async throws {
        try await done(.revokeAllDevices(userId: userId.userIdText, context: context))
    }

    /// The password was changed: ends challenges, proofs and the trust of devices.
    public func passwordChanged(_ userId: some UserIdentifier, context: String? = nil) async throws {
        try await done(.passwordChanged(userId: userId.userIdText, context: context))
    }

    /// One page of what happened to the account, newest first.
    ///
    /// - Parameters:
    ///   - userId: whose
    ///   - cursor: `nextCursor` of the page before; nil for the newest
    ///   - limit: 1 to 200
    /// - Throws: `malformedRequest`; `configuration` for a storage without ``Reports``
    public func events(_ userId: some UserIdentifier, cursor: String? = nil, limit: Int = 50) async throws -> EventPage {
        guard (1...200).contains(limit) else { throw TwoFactorError.malformedRequest(reason: "the limit must be 1 to 200") }
        let before = try cursor.map(Self.identity)
        let reports = try reports()
        let user = userId.userIdText
        // One more than asked for tells whether there is a next page.
        let found = try await driver.ask { try await reports.events(userId: user, before: before, limit: limit + 1) }
        let events = Array(found.prefix(limit))
        return EventPage(events: events, nextCursor: found.count > limit ? events.last?.id : nil)
    }

    func reports() throws -> any Reports {
        guard let reports = storage as? any Reports else {
            throw TwoFactorError.configuration(reason: "this storage tells nothing beyond single records: see Reports")
        }
        return reports
    }

    private static func identity(_ cursor: String) throws -> Data {
        let digits = Array(cursor.utf8)
        let wrong = TwoFactorError.malformedRequest(reason: "the cursor must be the nextCursor of an earlier page")
        guard digits.count == 32 else { throw wrong }
        let bytes = stride(from: 0, to: 32, by: 2).map { index -> UInt8? in
            let pair = digits[index...index + 1]
            guard pair.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
            return UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
        }
        guard !bytes.contains(nil) else { throw wrong }
        return Data(bytes.compactMap { $0 })
    }
}
