import Foundation
import Twinlock

/// What a kit throws: a law that does not hold, in words.
public struct BrokenLaw: Error, Sendable, CustomStringConvertible {
    /// Which law, and what broke it.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Holds a condition; the rule it stands for is told when it does not hold.
func must(_ condition: Bool, _ rule: @autoclosure () -> String) throws {
    if !condition { throw BrokenLaw(rule()) }
}

/// Runs one law of a kit, so that whatever goes wrong names the law.
func underLaw(_ name: String, _ run: () async throws -> Void) async throws {
    do {
        try await run()
    } catch let broken as BrokenLaw {
        throw BrokenLaw("\(name): \(broken)")
    } catch {
        throw BrokenLaw("\(name): it failed with \(error)")
    }
}

/// An event as a storage meets it, with every field that can be filled. Its id is a UUIDv7, no two alike.
///
/// - Parameters:
///   - userId: whose
///   - type: what happened
///   - at: Unix seconds
///   - number: orders events of one second, 0 to 4,095: the higher, the later
public func exampleEvent(
    userId: String = "42", type: String = "verified", at: Int64 = 1_700_000_000, number: Int = 0
) -> TwoFactorEvent {
    var id = Data((0..<16).map { _ in UInt8.random(in: 0...255) })
    let milliseconds = UInt64(at) * 1000
    for index in 0..<6 { id[index] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(8 * (5 - index))) }
    id[6] = 0x70 | UInt8(number >> 8)
    id[7] = UInt8(number & 0xff)
    id[8] = 0x80 | id[8] & 0x3f
    return TwoFactorEvent(
        idBytes: id, userId: userId, type: type, at: at, success: type != "failed", method: "totp", actor: nil,
        context: "192.0.2.1 é \"\u{1f511}\"", detail: #"{"left":3}"#)
}
