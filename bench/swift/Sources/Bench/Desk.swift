import TwinlockTesting

/// A `TwoFactor` with one enrolled user, on a clock that stands still. Challenge and code are made before they are timed.
final class Desk: Sendable {
    static let user = "42"
    /// Seconds after which every code of the window is an unused one.
    static let pastTheWindow = 90.0

    struct Surprise: Error {}

    /// A sign-in to come.
    struct Try: Sendable {
        let now: Double
        let challenge: String
        let code: String
    }

    let clock: VirtualClock
    let twoFactor: TwoFactor
    let phone: FakePhone
    let device: String?

    init(over storage: any Storage = MemoryStorage()) async throws {
        let clock = VirtualClock()
        twoFactor = try TwoFactor(issuer: "Acme", storage: storage, keys: .generate(), clock: clock.now)
        self.clock = clock
        let (phone, enrolled) = try await enroll(twoFactor, Self.user, clock: clock)
        self.phone = phone
        device = enrolled.device
    }

    func challenge(_ user: String = user, device: String? = nil) async throws -> String {
        guard let challenge = try await twoFactor.afterFirstFactor(user, device: device, fresh: true).challenge else {
            throw Surprise()
        }
        return challenge
    }

    func tries(_ count: Int, device: String?) async throws -> [Try] {
        var tries: [Try] = []
        for _ in 0..<count {
            clock.advance(Self.pastTheWindow)
            tries.append(Try(now: clock.now(), challenge: try await challenge(device: device), code: try phone.code()))
        }
        return tries
    }

    func signIn(_ tries: [Try]) async throws {
        for one in tries {
            clock.set(one.now)
            _ = try await twoFactor.verify(one.challenge, code: one.code)
        }
    }

    func refused(_ challenge: String, _ code: String, _ expected: String) async throws {
        do {
            _ = try await twoFactor.verify(challenge, code: code)
        } catch let error as TwoFactorError where error.code == expected {
            return
        }
        throw Surprise()
    }

    func refused(_ challenge: String, _ code: String, _ expected: String, times count: Int) async throws {
        for _ in 0..<count { try await refused(challenge, code, expected) }
    }
}
