import TwinlockSupport

/// A clock that stands still until it is told to move.
///
/// ```swift
/// let clock = VirtualClock()
/// let twoFactor = try TwoFactor(issuer: "Acme", storage: MemoryStorage(), keys: .generate(), clock: clock.now)
/// clock.advance(30)
/// ```
public final class VirtualClock: Sendable {
    private let seconds: Guarded<Double>

    /// - Parameter start: the time shown first, in Unix seconds
    public init(_ start: Double = 1_700_000_000) {
        seconds = Guarded(start)
    }

    /// The time shown, in Unix seconds: hand it over as `clock: clock.now`.
    @Sendable public func now() -> Double {
        seconds.use { $0 }
    }

    /// Moves on by that many seconds; back when negative.
    public func advance(_ by: Double) {
        seconds.use { $0 += by }
    }

    /// Shows another time, whatever it is: broken ones, too.
    public func set(_ time: Double) {
        seconds.use { $0 = time }
    }
}
