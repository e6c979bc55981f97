import Foundation
import TwinlockSupport

/// A client of the HTTP contract: the second factor as a phone app sees it. It talks to any server of Twinlock, in any language.
///
/// ```swift
/// let client = try TwoFactorClient(ClientConfiguration(
///     base: URL(string: "https://api.example.com/2fa")!,
///     manner: .bearer { refresh in try await session.accessToken(refresh: refresh) },
///     stepUp: { client in try await askForCode { code in try await client.stepUp(code: code) } },
///     onProof: { proof in try await session.keep(proof.body) }))
/// ```
///
/// A refusal with `not_signed_in` refreshes the token, one with `assurance_required` asks for a code, each once; then the call is
/// sent again. Nothing else is repeated. A cancelled call throws `CancellationError`, also while the user is asked.
/// Besides the errors that a call names, all of them throw ``ProblemError``.
public final class TwoFactorClient: Sendable {
    let connection: Connection
    private let attempts: Attempts
    /// Gives the client to the application's dialog, which may outlive it.
    private let myself = Guarded(Weak<TwoFactorClient>())
    private let challenge = Guarded(String?.none)

    /// - Parameter configuration: how to reach the server
    /// - Throws: ``ProblemError`` with `configuration_error` for an address that would send tokens in clear
    public init(_ configuration: ClientConfiguration) throws {
        connection = try Connection(configuration)
        attempts = Attempts(configuration.manner, prove: Self.prove(configuration.stepUp, myself))
        myself.use { $0.value = self }
    }

    // MARK: Sign-in

    /// The application's own login, sent with this device's token: the password first, the code afterwards.
    ///
    /// - Parameters:
    ///   - login: address of the application's login, of the same origin as the contract
    ///   - body: what it takes, such as user name and password
    /// - Returns: whether a code is due
    /// - Throws: ``ProblemError``: what the application refuses with, `unexpected` where it has no code
    public func signIn(at login: URL, body: [String: JSONValue]) async throws -> SignInOutcome {
        guard connection.isOurs(login) else {
            throw ProblemError(.configurationError, detail: "the login must be of the contract's own origin")
        }
        let answer = try await connection.call("POST", login.absoluteString, body, nil)
        if let problem = answer.problem { throw problem }
        let told = try Coding.decoded([String: JSONValue].self, from: answer.data)
        if told["two_factor_required"] == .bool(true) {
            return .secondFactorDue(try Coding.decoded(LoginChallenge.self, from: answer.data))
        }
        try await connection.keep(told)
        return .signedIn(told)
    }

    /// The second step of a sign-in.
    ///
    /// - Parameters:
    ///   - challenge: of the login; nil where the server keeps it in a session or a cookie
    ///   - code: of the app, or a backup code; spaces and hyphens do not matter
    ///   - nextCodes: none, or the two codes that followed `code`
    ///   - trustDevice: do not ask on this device for the next 30 days, if the application allows it
    public func verify(
        challenge: String?, code: String, nextCodes: [String] = [], trustDevice: Bool = false
    ) async throws -> CodeOutcome<Verified> {
        var body = Self.code(code, nextCodes)
        body["challenge"] = challenge.map(JSONValue.text)
        if trustDevice { body["trust_device"] = .bool(true) }
        return try await tried {
            let verified: Verified = try await self.post("/verify", body, guarded: false)
            try await self.proved(.verified(verified))
            return verified
        }
    }

    /// A fresh proof from a signed-in user. After a typo the next try carries the challenge of the refusal by itself, so that a
    /// success forgives the typos before it.
    ///
    /// - Parameters:
    ///   - code: of the app, or a backup code
    ///   - nextCodes: none, or the two codes that followed `code`
    public func stepUp(code: String, nextCodes: [String] = []) async throws -> CodeOutcome<SteppedUp> {
        try await tried {
            let steppedUp: SteppedUp = try await self.steppedUp(Self.code(code, nextCodes))
            try await self.proved(.steppedUp(steppedUp))
            return steppedUp
        }
    }

    // MARK: On and off

    /// A new secret to scan; nothing is stored before it is confirmed.
    ///
    /// - Parameters:
    ///   - setup: of an earlier answer that still runs: the same secret is shown again
    ///   - password: where the application asks for it
    public func beginSetup(setup: String? = nil, password: String? = nil) async throws -> Enrollment {
        try await post("/setup", ["setup": setup, "password": password].compactMapValues { $0.map(JSONValue.text) })
    }

    /// The first code of the new authenticator; counts as a proof. The backup codes come with the first authenticator, this once.
    ///
    /// - Parameters:
    ///   - setup: as ``beginSetup(setup:password:)`` gave it
    ///   - code: of the new authenticator
    ///   - nextCodes: none, or the two codes that followed `code`
    ///   - name: what the user calls it, 1 to 64 bytes
    public func confirmSetup(
        setup: String, code: String, nextCodes: [String] = [], name: String? = nil
    ) async throws -> CodeOutcome<Enrolled> {
        var body = Self.code(code, nextCodes)
        body["setup"] = .text(setup)
        body["name"] = name.map(JSONValue.text)
        return try await tried {
            let enrolled: Enrolled = try await self.post("/setup/confirm", body)
            try await self.proved(.enrolled(enrolled))
            return enrolled
        }
    }

    /// Switches the second factor off. Ends all devices and backup codes.
    ///
    /// - Parameter password: where the application asks for it
    public func disable(password: String? = nil) async throws {
        try await done("POST", "/disable", password.map { ["password": .text($0)] } ?? [:])
        try await connection.configuration.tokens.keep(nil, as: .assurance)
        try await connection.configuration.tokens.keep(nil, as: .device)
    }

    // MARK: Settings

    /// All that a settings page needs.
    public func status() async throws -> Status {
        let status: Status = try await get("/status")
        if let csrf = status.csrf { try await connection.configuration.tokens.keep(csrf, as: .csrf) }
        return status
    }

    /// A new set of backup codes, shown this once; the old one ends.
    public func regenerateBackupCodes() async throws -> [String] {
        let answer: NewBackupCodes = try await post("/backup-codes", [:])
        return answer.backupCodes
    }

    /// The user says that the backup codes are saved.
    public func backupCodesSaved() async throws {
        try await done("POST", "/backup-codes/saved", [:])
    }

    /// Renames an authenticator; `name` has 1 to 64 bytes.
    public func renameAuthenticator(id: String, name: String) async throws {
        try await done("PATCH", "/authenticators/\(Self.segment(id))", ["name": .text(name)])
    }

    /// Removes an authenticator; the last one goes only by ``disable(password:)``.
    public func removeAuthenticator(id: String) async throws {
        try await done("DELETE", "/authenticators/\(Self.segment(id))")
    }

    /// The browsers and apps that have passed the second factor.
    public func devices() async throws -> [Device] {
        let answer: DeviceList = try await get("/devices")
        return answer.devices
    }

    /// Forgets one device.
    public func revokeDevice(id: String) async throws {
        try await done("DELETE", "/devices/\(Self.segment(id))")
    }

    /// Forgets all devices.
    public func revokeAllDevices() async throws {
        try await done("DELETE", "/devices")
    }

    /// One page of what happened to this account, newest first.
    ///
    /// - Parameter cursor: `nextCursor` of the page before; nil for the newest
    public func events(cursor: String? = nil) async throws -> EventPage {
        try await get("/events" + (cursor.map { "?cursor=\(Self.encoded($0))" } ?? ""))
    }

    /// Forgets the tokens: call it when the user signs out. The device token stays unless `device` says otherwise, so that the next
    /// sign-in is from a known device.
    public func forget(device: Bool = false) async throws {
        challenge.use { $0 = nil }
        for kind in TokenKind.allCases where device || kind != .device {
            try await connection.configuration.tokens.keep(nil, as: kind)
        }
    }
}

extension TwoFactorClient {
    func get<Answer: Decodable>(_ path: String) async throws -> Answer {
        try Coding.decoded(Answer.self, from: try await call("GET", connection.base + path))
    }

    func post<Answer: Decodable>(_ path: String, _ body: [String: JSONValue], guarded: Bool = true) async throws -> Answer {
        try Coding.decoded(Answer.self, from: try await call("POST", connection.base + path, body, guarded: guarded))
    }

    func done(_ method: String, _ path: String, _ body: [String: JSONValue]? = nil) async throws {
        _ = try await call(method, connection.base + path, body)
    }

    /// Sends a call, with the remedies, and keeps the tokens of its answer.
    func call(_ method: String, _ address: String, _ body: [String: JSONValue]? = nil, guarded: Bool = true) async throws -> Data {
        let answer = try await attempts.run(
            guarded: guarded,
            send: { token in try await connection.call(method, address, body, token) },
            refusal: { $0.problem })
        if let problem = answer.problem { throw problem }
        if let told = try? Coding.decoder.decode([String: JSONValue].self, from: answer.data) { try await connection.keep(told) }
        return answer.data
    }

    /// An application's own call, with the remedies.
    func attempted<Answer: Sendable>(
        send: (_ token: String?) async throws -> Answer, refusal: (Answer) -> ProblemError?
    ) async throws -> Answer {
        try await attempts.run(guarded: true, send: send, refusal: refusal)
    }

    /// One segment of a path. An id that vanishes from the address would turn one call into another: `DELETE /devices/` into all.
    static func segment(_ id: String) throws -> String {
        if ["", ".", ".."].contains(id) { throw ProblemError(.malformedRequest, detail: "no address can hold this id") }
        return encoded(id)
    }

    private static func encoded(_ text: String) -> String {
        var kept = CharacterSet(charactersIn: "-._~")
        kept.insert(charactersIn: "a"..."z")
        kept.insert(charactersIn: "A"..."Z")
        kept.insert(charactersIn: "0"..."9")
        return text.addingPercentEncoding(withAllowedCharacters: kept) ?? ""
    }

    private static func code(_ code: String, _ nextCodes: [String]) -> [String: JSONValue] {
        nextCodes.isEmpty ? ["code": .text(code)] : ["code": .text(code), "next_codes": .list(nextCodes.map(JSONValue.text))]
    }

    private static func prove(
        _ stepUp: (@Sendable (TwoFactorClient) async throws -> Void)?, _ myself: Guarded<Weak<TwoFactorClient>>
    ) -> Attempts.Prove? {
        guard let stepUp else { return nil }
        return {
            guard let client = myself.use({ $0.value }) else { throw CancellationError() }
            try await stepUp(client)
        }
    }

    private func tried<Answer: Sendable>(_ attempt: () async throws -> Answer) async throws -> CodeOutcome<Answer> {
        do {
            return .accepted(try await attempt())
        } catch let refusal as ProblemError {
            guard let outcome = CodeOutcome<Answer>(refusal: refusal) else { throw refusal }
            return outcome
        }
    }

    private func proved(_ proof: Proof) async throws {
        attempts.proved()
        try await connection.configuration.onProof?(proof)
    }

    private func steppedUp(_ code: [String: JSONValue]) async throws -> SteppedUp {
        let kept = challenge.use { challenge in
            defer { challenge = nil }
            return challenge
        }
        var body = code
        body["challenge"] = kept.map(JSONValue.text)
        do {
            return try await post("/step-up", body, guarded: false)
        } catch let refusal as ProblemError where refusal.code == .challengeExpired && kept != nil {
            // Nothing was compared: the typos before it lie too far back to be forgiven.
            return try await steppedUp(code)
        } catch let refusal as ProblemError {
            challenge.use { $0 = refusal.challenge ?? kept }
            throw refusal
        }
    }
}

private struct Weak<Value: AnyObject> {
    weak var value: Value?
}
