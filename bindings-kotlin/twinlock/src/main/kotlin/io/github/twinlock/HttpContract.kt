package io.github.twinlock

import io.github.twinlock.ffi.codes as nativeCodes
import io.github.twinlock.ffi.httpStatus as nativeHttpStatus
import io.github.twinlock.ffi.problem as nativeProblem

/**
 * The table of the HTTP contract: which status and which RFC 9457 problem a code has at which place.
 *
 * Places are `verify`, `step_up`, `confirm`, `guard`, `login` and `other`.
 */
public object HttpContract {
    /** Every stable code of the engine and of the contract, in the engine's order. */
    @JvmStatic
    public val codes: List<String> by lazy { guarded { nativeCodes() } }

    /** The problem of a code at that place, as JSON text. An unknown code or place is a [ConfigurationException]. */
    @JvmStatic
    @JvmOverloads
    public fun problem(code: String, operation: String = "other"): String = guarded { nativeProblem(code, operation) }

    /** The HTTP status of a code at that place. An unknown code or place is a [ConfigurationException]. */
    @JvmStatic
    @JvmOverloads
    public fun httpStatus(code: String, operation: String = "other"): Int = guarded { nativeHttpStatus(code, operation).toInt() }
}
