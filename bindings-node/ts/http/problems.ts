/** Refusals as RFC 9457 problems: the bodies come from the core's one table, the headers are added here. */
import { type Code, isTwoFactorError, type Operation, type Problem, problem } from '../errors.ts'
import type { Answer, Headers } from './answers.ts'

/** Nothing of ours is kept by caches, nor guessed at by browsers. */
export const NO_STORE: Headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** What a problem may hold beside the members of the core's table. */
export interface ProblemMembers {
  /** To send with the next try. */
  challenge?: string
  /** Where the user can switch the second factor on. */
  setup_url?: string
}

/** A problem as it is sent. */
export type ProblemBody = Problem & ProblemMembers

const BRAND = Symbol.for('twinlock.error')

/**
 * A refusal of the HTTP layer: what guards and logins hand to the framework's error handling. `isTwoFactorError` knows it.
 *
 * `status`, `statusCode` and `headers` are what Express's and Fastify's own error handlers go by, so that an application without
 * our handler still answers with the right status and headers.
 */
export class ProblemError extends Error {
  /** The stable code. */
  readonly code: Code
  /** The HTTP status. */
  readonly status: number
  /** The same, under the name that Fastify reads. */
  readonly statusCode: number
  /** The same, under the name that all refusals have. */
  readonly httpStatus: number
  /** Headers of the answer: `Cache-Control`, `WWW-Authenticate`, `Retry-After`. */
  readonly headers: Headers
  /** Whether the message is for strangers, too. */
  readonly expose: boolean
  declare readonly retryAfter?: number
  declare readonly count?: number
  readonly #body: ProblemBody

  /** @param body - the problem; `options.maxAge` (seconds): how fresh a proof is wanted */
  constructor(body: ProblemBody, { maxAge, cause }: { maxAge?: number | undefined; cause?: unknown } = {}) {
    super(body.detail, cause === undefined ? undefined : { cause })
    this.#body = body
    this.code = body.code
    this.status = this.statusCode = this.httpStatus = body.status
    this.headers = headersOf(body, maxAge)
    this.expose = body.status < 500
    if (body.retry_after !== undefined) this.retryAfter = body.retry_after
    if (body.count !== undefined) this.count = body.count
  }

  /** The RFC 9457 problem; `operation` says where it is told when that is another place than where it arose. */
  problem(operation?: Operation): ProblemBody {
    return operation === undefined ? { ...this.#body } : { ...this.#body, ...problem(this.code, operation) }
  }
}
Object.defineProperty(ProblemError.prototype, 'name', { value: 'TwoFactorError' })
Object.defineProperty(ProblemError.prototype, BRAND, { value: true })

/** What a refusal is told with. */
export interface Telling {
  /** Where in the contract it is told; default where it arose. */
  operation?: Operation
  /** How fresh a proof is wanted, in seconds. */
  maxAge?: number | undefined
  /** Further members of the problem. */
  members?: ProblemMembers
}

/** A refusal of ours. */
export function refused(code: Code, { operation = 'other', maxAge, members }: Telling = {}): ProblemError {
  return new ProblemError({ ...problem(code, operation), ...members }, { maxAge })
}

/** Whatever was thrown, as what the framework's error handling takes; an error that is not ours stays as it is. */
export function forFramework(error: unknown, operation: Operation): unknown {
  if (error instanceof ProblemError || !isTwoFactorError(error)) return error
  return new ProblemError(error.problem(operation), { cause: error })
}

/** The answer to a refused call. Anything that is no refusal of ours is thrown again. */
export function refusal(error: unknown, { operation, maxAge, members }: Telling = {}): Answer {
  if (!isTwoFactorError(error)) throw error
  if (error instanceof ProblemError) return answerOf({ ...error.problem(), ...members }, error.headers)
  const body = { ...error.problem(operation), ...members }
  return answerOf(body, headersOf(body, maxAge))
}

function answerOf(body: ProblemBody, headers: Headers): Answer {
  return { status: body.status, headers: { ...headers, 'Content-Type': 'application/problem+json' }, body }
}

function headersOf(body: Problem, maxAge?: number): Headers {
  const headers: Record<string, string> = { ...NO_STORE }
  if (body.status === 401) headers['WWW-Authenticate'] = challengeOf(body.code, maxAge)
  if (body.retry_after !== undefined) headers['Retry-After'] = String(body.retry_after)
  return headers
}

/** RFC 9470 when a (fresher) second factor is what is missing. */
function challengeOf(code: Code, maxAge?: number): string {
  // RFC 6750, section 3: never the scheme alone.
  if (code !== 'assurance_required') return 'Bearer realm="account"'
  const age = maxAge === undefined ? '' : `, max_age="${maxAge}"`
  return `Bearer error="insufficient_user_authentication", error_description="a second factor is needed"${age}`
}
