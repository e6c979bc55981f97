import TwinlockSupport

/// What `/verify` answers.
public struct Verified: Sendable, Decodable, Confidential {
    /// How it was proved: `totp`, `backup_code`. Kinds will be added; treat an unknown one as some second factor.
    public let method: String
    /// How many backup codes are left: below 3, suggest new ones.
    public let backupCodesLeft: Int
    /// All that was answered, with what the application adds: its own session or tokens.
    public let body: [String: JSONValue]

    public init(from decoder: any Decoder) throws {
        let members = try Members(from: decoder)
        method = try members.text("method")
        backupCodesLeft = try members.count("backup_codes_left")
        body = members.all
    }

    public var shown: KeyValuePairs<String, Any> { ["method": method, "backupCodesLeft": backupCodesLeft] }
}

/// What `/step-up` answers.
public struct SteppedUp: Sendable, Decodable, Confidential {
    /// How it was proved.
    public let method: String
    /// How many backup codes are left.
    public let backupCodesLeft: Int
    /// Until when sensitive calls are open, in Unix seconds.
    public let freshUntil: Int64
    /// All that was answered, with what the application adds.
    public let body: [String: JSONValue]

    public init(from decoder: any Decoder) throws {
        let members = try Members(from: decoder)
        method = try members.text("method")
        backupCodesLeft = try members.count("backup_codes_left")
        freshUntil = try members.integer("fresh_until")
        body = members.all
    }

    public var shown: KeyValuePairs<String, Any> {
        ["method": method, "backupCodesLeft": backupCodesLeft, "freshUntil": freshUntil]
    }
}

/// What `/setup` answers: the one answer that holds a secret.
public struct Enrollment: Sendable, Decodable, Confidential {
    /// To be sent back with the first code.
    public let setup: String
    /// Base32, to be typed where nothing can be scanned.
    public let secret: String
    /// What the QR code says. On the phone itself, open it: an authenticator app takes it.
    public let otpauthUri: String
    /// The QR code as SVG.
    public let qrSvg: String
    /// The QR code as PNG, in a data URI.
    public let qrPng: String
    /// When the setup ends, in Unix seconds.
    public let expiresAt: Int64
    /// What the authenticator app shows beside the issuer.
    public let accountName: String
    /// Who asks for the second factor.
    public let issuer: String
    /// Digits of a code, 6 to 8.
    public let digits: Int
    /// Seconds that a code lasts.
    public let period: Int

    public var shown: KeyValuePairs<String, Any> { ["expiresAt": expiresAt, "digits": digits, "period": period] }
}

/// What `/setup/confirm` answers.
public struct Enrolled: Sendable, Decodable, Confidential {
    /// Names the new authenticator.
    public let authenticatorId: String
    /// Shown this once; empty with a further authenticator.
    public let backupCodes: [String]
    /// All that was answered, with what the application adds.
    public let body: [String: JSONValue]

    public init(from decoder: any Decoder) throws {
        let members = try Members(from: decoder)
        authenticatorId = try members.text("authenticator_id")
        backupCodes = try members.texts("backup_codes")
        body = members.all
    }

    public var shown: KeyValuePairs<String, Any> { ["authenticatorId": authenticatorId] }
}

/// A set of backup codes, shown once.
struct NewBackupCodes: Sendable, Decodable {
    let backupCodes: [String]
}

/// What the application's login answers when a second factor is due.
public struct LoginChallenge: Sendable, Decodable, Confidential {
    /// To be sent with the code. Nil where the server keeps it in a session or a cookie.
    public let challenge: String?
    /// Seconds until it is too late.
    public let expiresIn: Int
    /// What can be given: `totp`, `backup_code`; kinds will be added.
    public let methods: [String]
    /// 3 when only three consecutive codes are taken, else 1.
    public let codesRequired: Int

    public var shown: KeyValuePairs<String, Any> {
        ["expiresIn": expiresIn, "methods": methods, "codesRequired": codesRequired]
    }
}

/// Something that proves the second factor: keep new tokens of the application that came with it.
public enum Proof: Sendable {
    /// The second step of a sign-in.
    case verified(Verified)
    /// A fresh proof of a signed-in user.
    case steppedUp(SteppedUp)
    /// A new authenticator.
    case enrolled(Enrolled)

    /// All that was answered, with what the application adds.
    public var body: [String: JSONValue] {
        switch self {
        case .verified(let answer): answer.body
        case .steppedUp(let answer): answer.body
        case .enrolled(let answer): answer.body
        }
    }
}

/// An answer into which the application puts its own members.
struct Members: Decodable {
    let all: [String: JSONValue]

    init(from decoder: any Decoder) throws {
        all = try decoder.singleValueContainer().decode([String: JSONValue].self)
    }

    func text(_ name: String) throws -> String {
        try found(all[name]?.text, name)
    }

    func integer(_ name: String) throws -> Int64 {
        try found(all[name]?.integer, name)
    }

    func count(_ name: String) throws -> Int {
        try found(Int(exactly: integer(name)), name)
    }

    func texts(_ name: String) throws -> [String] {
        try found(all[name]?.list, name).map { try found($0.text, name) }
    }

    private func found<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw Missing(name: name) }
        return value
    }

    struct Missing: Error {
        let name: String
    }
}
