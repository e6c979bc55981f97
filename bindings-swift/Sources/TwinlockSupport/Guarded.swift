import Foundation

/// A value behind a lock. Hold it for moments only, never across an `await`: `body` cannot await.
package final class Guarded<Value>: @unchecked Sendable {
    // Unchecked because the lock is what makes it so: nothing reaches `value` but through it.
    private let lock = NSLock()
    private var value: Value

    package init(_ value: Value) {
        self.value = value
    }

    package func use<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}

/// What lies behind a lock is often a token or a secret: no dump shows it.
extension Guarded: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
