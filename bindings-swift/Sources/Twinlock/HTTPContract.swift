import Foundation
internal import TwinlockFFI

/// The engine's one table of stable codes, HTTP statuses and RFC 9457 problems, for who serves the contract from Swift.
public enum HTTPContract {
    /// Where in the contract an error is told: some codes have another status there.
    public enum Operation: String, Sendable, CaseIterable {
        /// `POST /verify`.
        case verify
        /// `POST /step-up`.
        case stepUp = "step_up"
        /// `POST /setup/confirm`.
        case confirm
        /// The guard of the application's own routes.
        case `guard`
        /// The application's login.
        case login
        /// Everything else.
        case other
    }

    /// Every stable code of the engine and of the contract, in the order of the engine's list.
    public static let codes: [String] = TwinlockFFI.codes()

    /// The HTTP status of a code at that place; 500 for one that is not in ``codes``.
    public static func status(of code: String, at operation: Operation = .other) -> Int {
        (try? httpStatus(code: code, operation: operation.rawValue)).map(Int.init) ?? 500
    }

    /// The RFC 9457 problem of a code at that place, as JSON text; that of `internal_error` for one that is not in ``codes``.
    public static func problem(
        of code: String, at operation: Operation = .other, retryAfter: Int? = nil, count: Int? = nil
    ) -> String {
        let known = codes.contains(code) ? code : "internal_error"
        let retryAfter = retryAfter.flatMap { UInt64(exactly: $0) }
        let refusal = Refusal(code: known, reason: "", retryAfter: retryAfter, count: count.flatMap { UInt8(exactly: $0) })
        return (try? refusalProblem(refusal: refusal, operation: operation.rawValue)) ?? "{}"
    }

    static func detail(of code: String) -> String {
        let problem = try? JSONDecoder().decode([String: JSONValue].self, from: Data(problem(of: code).utf8))
        return problem?["detail"]?.text ?? code
    }
}
