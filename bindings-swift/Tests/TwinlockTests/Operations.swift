import Foundation
import TwinlockTesting

/// The arguments of a step; notices when one is not used.
final class Arguments {
    private let values: [String: JSONValue]
    private var used: Set<String> = []

    init(_ values: [String: JSONValue]) {
        self.values = values
    }

    func text(_ name: String) -> String? { value(name)?.text }
    func integer(_ name: String) -> Int64? { value(name)?.integer }
    func flag(_ name: String) -> Bool { value(name)?.bool ?? false }
    func texts(_ name: String) -> [String] { value(name)?.list?.compactMap(\.text) ?? [] }
    func needed(_ name: String) throws -> String { try Walker.found(text(name)) }

    func allUsed() throws {
        if let odd = values.keys.first(where: { !used.contains($0) }) {
            throw Walker.Failure(description: "unknown argument: \(odd)")
        }
    }

    private func value(_ name: String) -> JSONValue? {
        used.insert(name)
        return values[name]
    }
}

/// The operations and their results by the names of the stories.
enum Operations {
    typealias Fields = [String: JSONValue]

    static func call(_ call: String, on twoFactor: TwoFactor, user: String, _ args: Arguments) async throws -> Fields {
        switch call {
        case "begin_enrollment":
            return fields(
                of: try await twoFactor.beginEnrollment(
                    user, accountName: args.needed("account_name"), assurance: args.text("assurance"), setup: args.text("setup"),
                    issuer: args.text("issuer"), context: args.text("context")))
        case "confirm_enrollment":
            return fields(
                of: try await twoFactor.confirmEnrollment(
                    user, setup: args.needed("setup"), code: args.needed("code"), nextCodes: args.texts("next_codes"),
                    name: args.text("name"), context: args.text("context")))
        case "import_authenticator":
            let id = try await twoFactor.importAuthenticator(
                user, actor: args.needed("actor"), secret: args.text("secret"), uri: args.text("uri"), name: args.text("name"),
                lastUsedStep: args.integer("last_used_step"), drift: Int(args.integer("drift") ?? 0), context: args.text("context"))
            return ["authenticator_id": .text(id)]
        case "after_first_factor":
            return fields(
                of: try await twoFactor.afterFirstFactor(
                    user, device: args.text("device"), required: args.flag("required"), fresh: args.flag("fresh"),
                    carry: args.text("carry"), context: args.text("context")))
        case "verify":
            return fields(
                of: try await twoFactor.verify(
                    args.needed("challenge"), code: args.needed("code"), nextCodes: args.texts("next_codes"),
                    trustDevice: args.flag("trust_device"), userId: args.text("user_id"), context: args.text("context")))
        case "check_assurance":
            let at = try await twoFactor.checkAssurance(
                user, assurance: args.needed("assurance"), maxAge: args.integer("max_age"))
            return ["verified_at": .integer(at)]
        case "status":
            let status = try await twoFactor.status(user, device: args.text("device"), assurance: args.text("assurance"))
            return try JSONDecoder().decode(Fields.self, from: Data(status.body.utf8))
        default:
            return try await settings(call, on: twoFactor, user: user, args)
        }
    }

    private static func settings(_ call: String, on twoFactor: TwoFactor, user: String, _ args: Arguments) async throws -> Fields {
        let context = args.text("context")
        switch call {
        case "regenerate_backup_codes":
            let codes = try await twoFactor.regenerateBackupCodes(user, assurance: args.needed("assurance"), context: context)
            return ["backup_codes": .list(codes.map(JSONValue.text))]
        case "backup_codes_saved": try await twoFactor.backupCodesSaved(user, context: context)
        case "rename_authenticator":
            try await twoFactor.renameAuthenticator(
                user, assurance: args.needed("assurance"), id: args.needed("id"), name: args.needed("name"), context: context)
        case "remove_authenticator":
            try await twoFactor.removeAuthenticator(
                user, assurance: args.needed("assurance"), id: args.needed("id"), context: context)
        case "disable": try await twoFactor.disable(user, assurance: args.needed("assurance"), context: context)
        case "revoke_device": try await twoFactor.revokeDevice(user, id: args.needed("id"), context: context)
        case "revoke_all_devices": try await twoFactor.revokeAllDevices(user, context: context)
        case "reset":
            try await twoFactor.reset(user, actor: args.needed("actor"), reason: args.needed("reason"), context: context)
        case "unlock": try await twoFactor.unlock(user, actor: args.needed("actor"), context: context)
        case "password_changed": try await twoFactor.passwordChanged(user, context: context)
        case "reseal": return ["resealed": .bool(try await twoFactor.reseal(user))]
        case "erase": try await twoFactor.erase(user)
        default: throw Walker.Failure(description: "unknown call: \(call)")
        }
        return [:]
    }

    // MARK: Results

    static func fields(of error: TwoFactorError) -> Fields {
        var fields: Fields = ["error": .text(error.code)]
        if let seconds = error.retryAfter { fields["retry_after"] = .integer(Int64(seconds)) }
        if case .moreCodesRequired(let count) = error { fields["count"] = .integer(Int64(count)) }
        return fields
    }

    private static func fields(of result: Enrollment) -> Fields {
        [
            "setup": .text(result.setup), "secret": .text(result.secret), "uri": .text(result.uri),
            "expires_at": .integer(result.expiresAt),
        ]
    }

    private static func fields(of result: Enrolled) -> Fields {
        [
            "authenticator_id": .text(result.authenticatorId), "backup_codes": .list(result.backupCodes.map(JSONValue.text)),
            "assurance": .text(result.assurance), "device": optional(result.device), "verified_at": .integer(result.verifiedAt),
        ]
    }

    private static func fields(of result: NextStep) -> Fields {
        [
            "status": .text(result.status.rawValue), "challenge": optional(result.challenge),
            "methods": .list(result.methods.map { .text($0.rawValue) }), "codes_required": .integer(Int64(result.codesRequired)),
            "assurance": optional(result.assurance), "expires_at": result.expiresAt.map(JSONValue.integer) ?? .null,
            "expires_in": result.expiresIn.map(JSONValue.integer) ?? .null,
        ]
    }

    private static func fields(of result: Verification) -> Fields {
        [
            "user_id": .text(result.userId), "method": .text(result.method.rawValue),
            "authenticator_id": optional(result.authenticatorId), "backup_codes_left": .integer(Int64(result.backupCodesLeft)),
            "assurance": .text(result.assurance), "device": optional(result.device), "carry": optional(result.carry),
            "verified_at": .integer(result.verifiedAt),
        ]
    }

    private static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.text) ?? .null
    }
}
