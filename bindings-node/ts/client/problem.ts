import type { components } from './contract.gen.ts'

type Refusals = components['responses']
type CodeIn<Refusal> = Refusal extends { content: { 'application/problem+json': { code?: infer Code } } } ? Code : never

/**
 * Why a call was refused: every code of the contract, and those of no server's answer: `network` (none came in time) and
 * `unexpected` (it was not of the contract). A server newer than this client may know further ones: keep a `default` branch.
 */
export type ProblemCode =
  | Exclude<{ [Name in keyof Refusals]: CodeIn<Refusals[Name]> }[keyof Refusals], undefined>
  | 'code_required'
  | 'network'
  | 'unexpected'

/** What a refusal may tell beside its code. */
export interface ProblemDetails {
  /** A sentence for logs; never shown to users. */
  readonly detail?: string | undefined
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number | undefined
  /** How many consecutive codes are needed (`more_codes_required`). */
  readonly count?: number | undefined
  /** `/step-up` hands the challenge to send with the next try, so that a success forgives the typos before it. */
  readonly challenge?: string | undefined
  /** Where the user can switch the second factor on (`not_enabled`). */
  readonly setupUrl?: string | undefined
  /** What was thrown underneath (`network`). */
  readonly cause?: unknown
}

const BRAND = Symbol.for('twinlock.problem')

/** A refusal: the server's RFC 9457 problem, or `network` / `unexpected` when there was none. */
export class ProblemError extends Error {
  /** The stable code to decide on. */
  declare readonly code: ProblemCode
  /** HTTP status; 0 when no answer came. */
  declare readonly status: number
  /** Seconds until another try makes sense, where the server named them. */
  declare readonly retryAfter?: number
  /** How many consecutive codes are needed (`more_codes_required`). */
  declare readonly count?: number
  /** Where the user can switch the second factor on (`not_enabled`). */
  declare readonly setupUrl?: string
  /** The challenge to send with the next try at `/step-up`; left out when the error is printed. */
  declare readonly challenge?: string

  /**
   * @param code - the stable code
   * @param status - HTTP status, 0 when no answer came
   * @param details - what else is known
   */
  constructor(code: ProblemCode, status: number, { detail, cause, challenge, ...told }: ProblemDetails = {}) {
    super(detail || code, cause === undefined ? {} : { cause })
    Object.assign(this, { name: 'ProblemError', code, status }, told)
    // A token, even a short-lived one, does not belong into the log that an error ends up in.
    Object.defineProperties(this, { challenge: { value: challenge }, [BRAND]: {} })
  }
}

/**
 * Whether something thrown is a refusal, also one of another copy of this module (the pages carry their own).
 *
 * ```ts
 * if (isProblem(error, 'throttled')) wait(error.retryAfter);
 * ```
 *
 * @param thrown - anything
 * @param codes - which refusals; none for any
 */
export function isProblem<Code extends ProblemCode>(
  thrown: unknown,
  ...codes: Code[]
): thrown is ProblemError & { readonly code: Code } {
  if (!(BRAND in Object(thrown))) return false
  return !codes.length || codes.includes((thrown as ProblemError).code as Code)
}

/** The problem in an answer's body, as far as it is one. */
export function problemIn(body: unknown, status: number, retryAfter?: string | null): ProblemError {
  const told = Object(body) as Record<string, unknown>
  const text = (name: string): string | undefined => (typeof told[name] === 'string' ? told[name] : undefined)
  const number = (value: unknown): number | undefined => (Number(value) >= 0 ? Number(value) : undefined)
  return new ProblemError((text('code') as ProblemCode | undefined) ?? 'unexpected', status, {
    detail: text('detail'),
    challenge: text('challenge'),
    retryAfter: number(told['retry_after'] ?? retryAfter ?? undefined),
    count: number(told['count']),
    setupUrl: text('setup_url'),
  })
}
