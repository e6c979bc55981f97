import Foundation
internal import TwinlockFFI

/// One line of the audit log. It holds no code, no digit of one, no secret and no token.
public struct TwoFactorEvent: Sendable, Hashable, Identifiable {
    /// 16 bytes (UUIDv7): sorting by them is sorting by time.
    public let idBytes: Data
    /// Whose second factor.
    public let userId: String
    /// What happened, such as `verified`, `failed`, `attack_suspected`; newer releases may know more.
    public let type: String
    /// Unix seconds.
    public let at: Int64
    /// Whether what was tried succeeded.
    public let success: Bool
    /// `totp` or `backup_code`, where a code was presented.
    public let method: String?
    /// The operator who acted, where it was not the user.
    public let actor: String?
    /// What the host said about the request.
    public let context: String?
    /// Further facts, as JSON text of one object.
    public let detail: String

    /// As a storage reads it from its columns.
    public init(
        idBytes: Data, userId: String, type: String, at: Int64, success: Bool, method: String?, actor: String?, context: String?,
        detail: String
    ) {
        self.idBytes = idBytes
        self.userId = userId
        self.type = type
        self.at = at
        self.success = success
        self.method = method
        self.actor = actor
        self.context = context
        self.detail = detail
    }

    /// ``idBytes`` in 32 hexadecimal digits.
    public var id: String {
        idBytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The event as the HTTP contract shows it, as JSON text.
    ///
    /// - Throws: ``TwoFactorError/internalError(reason:)`` when it has not the form that the engine gives events
    public func body() throws -> String {
        try refusing { try eventBody(event: stored()) }
    }

    init(_ event: StoredEvent) {
        self.init(
            idBytes: event.id, userId: event.userId, type: event.kind, at: Int64(clamping: event.at), success: event.success,
            method: event.method, actor: event.actor, context: event.context, detail: event.detail)
    }

    func stored() -> StoredEvent {
        StoredEvent(
            id: idBytes, userId: userId, kind: type, at: UInt64(clamping: at), success: success, method: method, actor: actor,
            context: context, detail: detail)
    }
}

/// One page of events, newest first.
public struct EventPage: Sendable, Hashable {
    /// The events.
    public let events: [TwoFactorEvent]
    /// Leads to the next page; nil on the last.
    public let nextCursor: String?
}
