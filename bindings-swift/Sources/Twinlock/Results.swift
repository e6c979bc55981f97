import Foundation
internal import TwinlockFFI

// What operations give. Printed or dumped, none of it shows a secret, a code or a token.

/// How a second factor can be proved. Clients tolerate others.
public enum Method: String, Sendable, Hashable {
    /// A code of an authenticator.
    case totp
    /// A backup code.
    case backupCode = "backup_code"
}

/// A begun enrollment: show the secret once, keep nothing but ``setup``, at the client.
public struct Enrollment: Sendable, Confidential {
    let native: TwinlockFFI.Enrollment

    /// Sealed: to be sent back with the first code.
    public var setup: String { native.setup }
    /// Base32, to be typed where no QR code can be read.
    public var secret: String { native.secret }
    /// The `otpauth://` URI that the QR code holds.
    public var uri: String { native.uri }
    /// Unix seconds until which ``setup`` can be confirmed.
    public var expiresAt: Int64 { Int64(clamping: native.expiresAt) }
    /// The account as the app will show it.
    public var accountName: String { native.accountName }
    /// The issuer as the app will show it.
    public var issuer: String { native.issuer }
    /// Digits of a code.
    public var digits: Int { Int(native.digits) }
    /// Seconds that a code is shown.
    public var period: Int { Int(native.period) }

    /// The QR code of the URI as SVG.
    public func qrSvg() throws -> String { try refusing { try TwinlockFFI.qrSvg(text: uri) } }
    /// The QR code as a PNG file.
    ///
    /// - Throws: ``TwoFactorError/configuration(reason:)`` where the library was built without PNG, for phones
    public func qrPng() throws -> Data { try refusing { try TwinlockFFI.qrPng(text: uri) } }
    /// The PNG as a `data:` URI for an `<img>`.
    public func qrDataUri() throws -> String { try refusing { try TwinlockFFI.qrDataUri(text: uri) } }
    /// The QR code as half-block text for a terminal.
    public func qrText() throws -> String { try refusing { try TwinlockFFI.qrText(text: uri) } }
    /// The body of `POST /setup`, as JSON text.
    public func body() throws -> String { try refusing { try enrollmentBody(enrollment: native) } }

    public var shown: KeyValuePairs<String, Any> { ["expiresAt": expiresAt] }
}

/// A confirmed enrollment.
public struct Enrolled: Sendable, Confidential {
    /// The new authenticator, for renaming and removing.
    public let authenticatorId: String
    /// With the first authenticator: to be shown once. Empty with further ones.
    public let backupCodes: [String]
    /// A fresh proof: confirming is one.
    public let assurance: String
    /// The token of this browser, now known.
    public let device: String?
    /// Unix seconds of the proof.
    public let verifiedAt: Int64
    /// The body of `POST /setup/confirm`, as JSON text.
    public let body: String

    public var shown: KeyValuePairs<String, Any> { ["authenticatorId": authenticatorId, "verifiedAt": verifiedAt] }
}

/// What stands between the password and the session.
public struct NextStep: Sendable, Confidential {
    /// What to do now.
    public enum Status: String, Sendable, Hashable {
        /// No second factor: sign in.
        case notRequired = "not_required"
        /// None, but one is required: lead to the enrollment.
        case enrollmentRequired = "enrollment_required"
        /// This browser is trusted: sign in with the older proof.
        case trusted
        /// Ask for a code.
        case challenge
    }

    /// What to do now.
    public let status: Status
    /// To be sent back with the code; with status `challenge` only.
    public let challenge: String?
    /// What the user can answer with.
    public let methods: [Method]
    /// How many consecutive codes of an authenticator are needed: 1, or 3 under attack. A backup code is always one.
    public let codesRequired: Int
    /// With status `trusted`: the proof, dated when the device last gave one.
    public let assurance: String?
    /// Unix seconds until which the challenge can be answered.
    public let expiresAt: Int64?
    /// The same in seconds from now.
    public let expiresIn: Int64?
    /// The part of a login's answer that asks for the second factor, as JSON text; an empty object when nothing is due.
    public let body: String

    public var shown: KeyValuePairs<String, Any> {
        ["status": status, "methods": methods, "codesRequired": codesRequired, "expiresAt": expiresAt as Any]
    }
}

/// A proved second factor. The account to sign in is ``userId`` and nothing else.
public struct Verification: Sendable, Confidential {
    /// Whom to sign in.
    public let userId: String
    /// How it was proved.
    public let method: Method
    /// Which authenticator proved it; nil for a backup code.
    public let authenticatorId: String?
    /// How many backup codes are left.
    public let backupCodesLeft: Int
    /// The proof, for sensitive operations.
    public let assurance: String
    /// The token of this browser, now known; keep it there.
    public let device: String?
    /// What `afterFirstFactor` was given to carry.
    public let carry: String?
    /// Unix seconds of the proof.
    public let verifiedAt: Int64
    /// The engine's part of the body of `POST /verify`, as JSON text.
    public let body: String

    public var shown: KeyValuePairs<String, Any> {
        [
            "userId": userId, "method": method, "authenticatorId": authenticatorId as Any, "backupCodesLeft": backupCodesLeft,
            "verifiedAt": verifiedAt,
        ]
    }
}
