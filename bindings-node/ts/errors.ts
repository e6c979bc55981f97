/**
 * What an operation can refuse with: one stable code each, the same in every language.
 *
 * Three drawers: an outcome the *user* caused, a mistake of the *caller*, a fault of the *world*. Messages never hold a code, a
 * secret, a token or a user id. Anything that, ignored, would let somebody in is thrown, never returned.
 */
import { native } from './native.ts'

/** Every stable code of the engine and of the HTTP contract. */
export type Code =
  // the user caused it
  | 'invalid_code'
  | 'malformed_code'
  | 'throttled'
  | 'more_codes_required'
  | 'challenge_expired'
  | 'setup_expired'
  | 'assurance_required'
  | 'not_enabled'
  | 'already_enrolled'
  | 'too_many_authenticators'
  | 'last_authenticator'
  | 'not_found'
  // the caller's mistake
  | 'invalid_secret'
  | 'malformed_request'
  | 'configuration_error'
  // the world's fault: refused, closed rather than open
  | 'contention'
  | 'storage_error'
  | 'storage_timeout'
  | 'record_tampered'
  | 'unknown_key'
  | 'internal_error'
  // HTTP only
  | 'code_required'
  | 'password_required'
  | 'wrong_password'
  | 'not_signed_in'
  | 'origin_refused'
  | 'not_administrator'
  | 'required_by_policy'
  | 'too_large'
  | 'not_json'

/** Every stable code, in the order of the engine's list. */
export const CODES: readonly Code[] = Object.freeze(native.codes() as Code[])

/** Where in the HTTP contract an error is told: some codes have another status there. */
export type Operation = 'verify' | 'step_up' | 'confirm' | 'guard' | 'login' | 'other'

/** An RFC 9457 problem, sent as `application/problem+json`. */
export interface Problem {
  /** A URN that names the kind of problem. */
  type: string
  /** A short title in English. */
  title: string
  /** The HTTP status. */
  status: number
  /** The stable code. */
  code: Code
  /** What to do, in English. */
  detail: string
  /** Seconds to wait, also sent as `Retry-After`. */
  retry_after?: number
  /** How many consecutive codes are needed. */
  count?: number
}

/** What all refusals have. Its `message` is for logs; `problem()` is what a stranger may read. */
export interface Refusal extends Error {
  readonly name: 'TwoFactorError'
  /** The stable code. */
  readonly code: Code
  /** The HTTP status of this error at the operation that was refused. */
  readonly httpStatus: number
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfter?: number
  /** How many consecutive codes of one authenticator are needed, with `more_codes_required`. */
  readonly count?: number
  /** The RFC 9457 problem; `operation` says where it is told, when that is another place than the operation that was refused. */
  problem(operation?: Operation): Problem
}

interface Facts {
  throttled: { readonly retryAfter: number }
  contention: { readonly retryAfter: number }
  storage_error: { readonly retryAfter: number }
  storage_timeout: { readonly retryAfter: number }
  more_codes_required: { readonly count: number }
}
type FactsOf<C extends Code> = C extends keyof Facts ? Facts[C] : unknown

/**
 * An operation was refused; nobody was let in. A union on the literal `code`:
 *
 * ```ts
 * try {
 *   const { userId } = await twoFactor.verify(challenge, { code })
 * } catch (error) {
 *   if (!isTwoFactorError(error)) throw error
 *   if (error.code === 'throttled') wait(error.retryAfter)
 * }
 * ```
 */
export type TwoFactorError = { [C in Code]: Refusal & { readonly code: C } & FactsOf<C> }[Code]

const BRAND = Symbol.for('twinlock.error')

/** Whether something thrown is a refusal of Twinlock; works across copies of the package (ESM and CommonJS, two versions). */
export function isTwoFactorError(error: unknown): error is TwoFactorError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true
}

/** The HTTP status of a code at that place of the contract. */
export function httpStatus(code: Code, operation: Operation = 'other'): number {
  return native.httpStatus(code, operation)
}

/** The RFC 9457 problem of a code at that place of the contract. */
export function problem(code: Code, operation: Operation = 'other'): Problem {
  return JSON.parse(native.problem(code, operation)) as Problem
}

/** What an error may be given beside its code. */
export interface RefusalOptions {
  message?: string | undefined
  retryAfter?: number | undefined
  count?: number | undefined
  cause?: unknown
  operation?: Operation | undefined
}

const TRY_AGAIN: ReadonlySet<Code> = new Set<Code>(['contention', 'storage_error', 'storage_timeout'])

class TwoFactorRefusal extends Error {
  readonly code: Code
  declare readonly retryAfter?: number
  declare readonly count?: number
  readonly #operation: Operation

  constructor(code: Code, { message, retryAfter, count, cause, operation = 'other' }: RefusalOptions) {
    super(message ?? problem(code).detail, cause === undefined ? undefined : { cause })
    this.code = code
    const wait = retryAfter ?? (TRY_AGAIN.has(code) ? 1 : undefined)
    if (wait !== undefined) this.retryAfter = wait
    if (count !== undefined) this.count = count
    else if (code === 'more_codes_required') this.count = 3
    this.#operation = operation
  }

  get httpStatus(): number {
    return httpStatus(this.code, this.#operation)
  }

  problem(operation: Operation = this.#operation): Problem {
    const body = problem(this.code, operation)
    if (this.retryAfter !== undefined) body.retry_after = this.retryAfter
    if (this.count !== undefined) body.count = this.count
    return body
  }
}
for (const named of [TwoFactorRefusal, TwoFactorRefusal.prototype]) {
  Object.defineProperty(named, 'name', { value: 'TwoFactorError' })
}
Object.defineProperty(TwoFactorRefusal.prototype, BRAND, { value: true })

/** What a guesser causes at will. Its stack says nothing, and would cost as much as the decision: these have none. */
const WITHOUT_STACK: ReadonlySet<Code> = new Set<Code>([
  'invalid_code',
  'throttled',
  'more_codes_required',
  'challenge_expired',
])

/** Makes a refusal: for storages, servers and the driver. */
export function twoFactorError<C extends Code>(
  code: C,
  options: RefusalOptions = {},
): Extract<TwoFactorError, { code: C }> {
  const limit = Error.stackTraceLimit
  // `Reflect.set`: a process may have frozen what is built in.
  const hidden = WITHOUT_STACK.has(code) && Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return new TwoFactorRefusal(code, options) as unknown as Extract<TwoFactorError, { code: C }>
  } finally {
    if (hidden) Error.stackTraceLimit = limit
  }
}

/** The refusal for whatever an engine below a storage threw; that stays at hand as `cause`. */
export function storageError(cause?: unknown, message = 'the storage failed'): TwoFactorError {
  return twoFactorError('storage_error', { message, cause })
}

/** The refusal for a storage that did not answer in time: whether a write happened is unknown. */
export function storageTimeout(): TwoFactorError {
  return twoFactorError('storage_timeout', { message: 'the storage did not answer in time' })
}

const KNOWN: ReadonlySet<unknown> = new Set(CODES)

/** What the native module threw, as a refusal. Anything it should not throw refuses as `internal_error`. */
export function refusal(error: unknown, operation: Operation = 'other'): TwoFactorError {
  if (isTwoFactorError(error)) return error
  const { code, message } = error instanceof Error ? (error as Error & { code?: unknown }) : { code: '', message: '' }
  if (KNOWN.has(code)) return twoFactorError(code as Code, { message, operation })
  return twoFactorError('internal_error', { message: 'internal error', cause: error, operation })
}

/** Calls the native module. */
export function guarded<T>(call: () => T, operation: Operation = 'other'): T {
  try {
    return call()
  } catch (error) {
    throw refusal(error, operation)
  }
}
