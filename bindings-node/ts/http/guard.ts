/**
 * Who gets in: signed in, and with a second factor proved where there is one.
 *
 * A session that knows only the password is refused everywhere but at `/verify` and `/step-up`.
 */
import { isTwoFactorError } from '../errors.ts'
import type { TwoFactor } from '../two-factor.ts'
import type { Exchange } from './exchange.ts'
import { type Hooks, userIdOf } from './hooks.ts'
import { misconfigured, mustKnow } from './options.ts'
import { refused } from './problems.ts'
import type { Proof } from './proof.ts'

/** How strict a guard is. */
export interface RequiredOptions {
  /** How old the proof may be, in seconds; default however old. */
  readonly maxAge?: number | null | undefined
  /** Users without a second factor pass, unless `requiredFor` wants them to have one: for whole applications. Default false. */
  readonly ifEnabled?: boolean | undefined
}

/** A signed-in user; `enabled` says that a second factor is on and was proved. */
export class Caller<U> {
  readonly user: U
  readonly id: string
  readonly enabled: boolean
  readonly #assurance: string | undefined

  constructor(user: U, id: string, assurance?: string) {
    this.user = user
    this.id = id
    this.enabled = assurance !== undefined
    this.#assurance = assurance
  }

  /** The proof; empty where there is no second factor. */
  get assurance(): string {
    return this.#assurance ?? ''
  }
}

/** A guard's settings that cannot be meant are refused where it is made: misspelt it would let old proofs through. */
export function checkedRequired(options: RequiredOptions): RequiredOptions {
  mustKnow(options, ['maxAge', 'ifEnabled'])
  const { maxAge, ifEnabled } = options
  if (maxAge !== undefined && maxAge !== null && !(Number.isFinite(maxAge) && maxAge >= 0)) {
    throw misconfigured('maxAge has to be a number of seconds')
  }
  if (ifEnabled !== undefined && typeof ifEnabled !== 'boolean')
    throw misconfigured('ifEnabled has to be true or false')
  return options
}

/** Finds out who calls and refuses who may not. */
export class Guard<R, P, U> {
  /** How old a proof may be for sensitive calls, in seconds. */
  readonly freshSeconds: number
  readonly #engine: TwoFactor
  readonly #hooks: Hooks<R, P, U>
  readonly #proof: Proof<R>
  readonly #setup: { setup_url?: string }

  constructor(engine: TwoFactor, hooks: Hooks<R, P, U>, proof: Proof<R>, setupUrl: string | undefined) {
    this.#engine = engine
    this.#hooks = hooks
    this.#proof = proof
    this.#setup = setupUrl === undefined ? {} : { setup_url: setupUrl }
    this.freshSeconds = engine.policy.settings.assuranceMaxAge
  }

  /** The user whom the application knows; `not_signed_in` without one. */
  async signedIn(exchange: Exchange<R, P>): Promise<U> {
    const user = await this.#hooks.user(exchange.request)
    if (user === undefined) throw refused('not_signed_in')
    return user
  }

  /** The caller, with a proof at most `maxAge` seconds old if there is a second factor at all. */
  async admit(exchange: Exchange<R, P>, maxAge: number | null = null): Promise<Caller<U>> {
    const user = await this.signedIn(exchange)
    const id = userIdOf(user)
    const assurance = (await this.#proof.assurance(exchange)) ?? ''
    try {
      await this.#engine.checkAssurance(id, { assurance, maxAge })
    } catch (error) {
      if (!isTwoFactorError(error)) throw error
      if (error.code === 'not_enabled') return new Caller(user, id)
      if (error.code !== 'assurance_required') throw error
      throw refused('assurance_required', { operation: 'guard', maxAge: maxAge ?? undefined })
    }
    return new Caller(user, id, assurance)
  }

  /** For the application's own routes: a second factor must be on, and proved. */
  async require(exchange: Exchange<R, P>, { maxAge, ifEnabled = false }: RequiredOptions): Promise<U> {
    const caller = await this.admit(exchange, maxAge)
    if (caller.enabled || (ifEnabled && !(await this.#hooks.mustHaveSecondFactor(caller.user)))) return caller.user
    throw refused('not_enabled', { operation: 'guard', members: this.#setup })
  }

  /** The id of a caller who may administer and proved a second factor. */
  async administrator(exchange: Exchange<R, P>, maxAge: number | null = null): Promise<string> {
    const user = await this.signedIn(exchange)
    // Who may not is told so before being sent for a proof that would not help.
    if (!(await this.#hooks.mayAdminister(exchange.request))) throw refused('not_administrator')
    await this.require(exchange, { maxAge })
    return userIdOf(user)
  }
}
