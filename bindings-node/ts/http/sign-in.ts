/**
 * Everything that ends in a proof: the login, its second step, the step-up, the first code of a setup.
 *
 * All of them leave by `#finish`: new session id, then the application's `onVerified`, then the proof is kept.
 */
import { isTwoFactorError } from '../errors.ts'
import type { Verification } from '../results.ts'
import type { TwoFactor } from '../two-factor.ts'
import { type Answer, joined, json, type Members } from './answers.ts'
import type { Body } from './bodies.ts'
import type { HandlerTable } from './contract.ts'
import type { Exchange } from './exchange.ts'
import type { Guard } from './guard.ts'
import { type Hooks, userIdOf } from './hooks.ts'
import { mustKnow } from './options.ts'
import { refusal, refused } from './problems.ts'
import type { Proof } from './proof.ts'
import { Verified, verifiedBy } from './verified.ts'

/** What a login may bring beside the user whose password was right. */
export interface LoginOptions {
  /** The code of the second factor, for both steps in one call. */
  readonly code?: string | null | undefined
  /** The two codes that followed `code`, where three are asked for. */
  readonly nextCodes?: readonly string[] | null | undefined
  /** Do not ask in this browser for the next time; only with `code`. */
  readonly trustDevice?: boolean | null | undefined
  /** Text of at most 512 bytes that comes back as `verified.carry`: remember-me, the page to return to. */
  readonly carry?: string | null | undefined
  /** Refuse with `code_required` when a code is due and none came. */
  readonly oneCall?: boolean | undefined
}

// After these the same challenge takes another try, and a success forgives them.
const TRY_AGAIN: readonly string[] = ['invalid_code', 'malformed_code', 'more_codes_required', 'throttled']

interface Attempt {
  readonly challenge: string
  readonly userId: string | undefined
  readonly code: string
  readonly nextCodes: readonly string[]
  readonly trustDevice: boolean
}

/** The calls that prove a second factor. */
export class SignIn<R, P, U> {
  readonly #engine: TwoFactor
  readonly #hooks: Hooks<R, P, U>
  readonly #proof: Proof<R>
  readonly #guard: Guard<R, P, U>
  readonly #context: (exchange: Exchange<R, P>) => string

  constructor(
    engine: TwoFactor,
    hooks: Hooks<R, P, U>,
    proof: Proof<R>,
    guard: Guard<R, P, U>,
    context: (exchange: Exchange<R, P>) => string,
  ) {
    this.#engine = engine
    this.#hooks = hooks
    this.#proof = proof
    this.#guard = guard
    this.#context = context
  }

  /** Each call of the contract that is served here. */
  get table(): HandlerTable<R, P> {
    return {
      verify: (exchange, body) => this.#verify(exchange, body),
      stepUp: (exchange, body) => this.#stepUp(exchange, body),
      confirmSetup: (exchange, body) => this.#confirmSetup(exchange, body),
    }
  }

  /** After the password: signed in, or a challenge. */
  async login(exchange: Exchange<R, P>, user: U, options: LoginOptions): Promise<Answer> {
    mustKnow(options, ['code', 'nextCodes', 'trustDevice', 'carry', 'oneCall'])
    const { code = null, nextCodes, trustDevice, oneCall = false } = options
    const userId = userIdOf(user)
    const carry = options.carry ?? undefined
    const step = await this.#engine.afterFirstFactor(userId, {
      device: await this.#proof.device(exchange),
      required: await this.#hooks.mustHaveSecondFactor(user),
      carry,
      context: this.#context(exchange),
    })
    const { challenge } = step
    if (challenge === undefined) {
      const required = step.status === 'enrollment_required'
      return this.#withoutCode(exchange, userId, { assurance: step.assurance, carry, required })
    }
    if (code === null && !oneCall) {
      await this.#proof.rotate(exchange)
      this.#proof.keepChallenge(exchange, challenge, userId)
      return json(step.body())
    }
    if (code === null || code === '') throw refused('code_required', { operation: 'login' })
    if (typeof code !== 'string') throw refused('malformed_code', { operation: 'login' })
    const attempt = { challenge, userId, code, nextCodes: nextCodes ?? [], trustDevice: trustDevice ?? false }
    return this.#inOneCall(exchange, attempt)
  }

  async #inOneCall(exchange: Exchange<R, P>, attempt: Attempt & { userId: string }): Promise<Answer> {
    let verification: Verification
    try {
      verification = await this.#prove(exchange, attempt)
    } catch (error) {
      if (!mayTryAgain(error)) throw error
      await this.#proof.rotate(exchange)
      this.#proof.keepChallenge(exchange, attempt.challenge, attempt.userId)
      return refusal(error, { operation: 'login', members: { challenge: attempt.challenge } })
    }
    return this.#finish(exchange, verifiedBy(verification, 'sign_in'), how(verification))
  }

  async #withoutCode(
    exchange: Exchange<R, P>,
    userId: string,
    { assurance, carry, required }: { assurance: string | undefined; carry: string | undefined; required: boolean },
  ): Promise<Answer> {
    const trusted = assurance !== undefined
    const verified = new Verified({
      userId,
      occasion: 'sign_in',
      method: trusted ? 'device' : 'none',
      assurance,
      verifiedAt: trusted ? await this.#engine.checkAssurance(userId, { assurance, maxAge: null }) : undefined,
      carry,
      enrollmentRequired: required,
    })
    const members = { method: verified.method, ...(required ? { enrollment_required: true } : {}) }
    return this.#finish(exchange, verified, members)
  }

  /** The second step. Whoever the challenge was issued to is signed in, nobody else. */
  async #verify(exchange: Exchange<R, P>, body: Body): Promise<Answer> {
    const [code, nextCodes, trustDevice] = [body.code(), body.nextCodes(), body.flag('trust_device')]
    const challenge = body.optionalText('challenge') ?? (await this.#proof.challenge(exchange))
    const userId = await this.#proof.pendingUser(exchange)
    // Nobody gave a password in this session, whatever challenge was brought along.
    if (this.#proof.knowsPendingUser && userId === undefined)
      throw refused('challenge_expired', { operation: 'verify' })
    if (challenge === undefined) throw refused('malformed_request', { operation: 'verify' })
    const verification = await this.#prove(exchange, { challenge, userId, code, nextCodes, trustDevice })
    return this.#finish(exchange, verifiedBy(verification, 'sign_in'), how(verification))
  }

  /** A fresh proof from the user who is signed in. */
  async #stepUp(exchange: Exchange<R, P>, body: Body): Promise<Answer> {
    const userId = userIdOf(await this.#guard.signedIn(exchange))
    const attempt = { userId, code: body.code(), nextCodes: body.nextCodes(), trustDevice: false }
    const given = body.optionalText('challenge')
    const kept = given ?? (await this.#proof.challenge(exchange))
    let challenge = kept ?? (await this.#newChallenge(exchange, userId))
    let verification: Verification
    try {
      try {
        verification = await this.#prove(exchange, { ...attempt, challenge })
      } catch (error) {
        // One that we kept may be left over from before; nothing was compared yet. The client's own is final.
        if (given !== undefined || kept === undefined || !isExpired(error)) throw error
        challenge = await this.#newChallenge(exchange, userId)
        verification = await this.#prove(exchange, { ...attempt, challenge })
      }
    } catch (error) {
      return this.#stepUpRefused(exchange, error, challenge, userId)
    }
    const freshUntil = verification.verifiedAt + this.#guard.freshSeconds
    const members = { ...how(verification), fresh_until: freshUntil }
    return this.#finish(exchange, verifiedBy(verification, 'step_up'), members)
  }

  #stepUpRefused(exchange: Exchange<R, P>, error: unknown, challenge: string, userId: string): Answer {
    if (mayTryAgain(error)) {
      this.#proof.keepChallenge(exchange, challenge, userId)
      return refusal(error, { operation: 'step_up', members: { challenge } })
    }
    if (isExpired(error)) this.#proof.dropChallenge(exchange)
    throw error
  }

  /** The first code of a new authenticator is a proof as well. */
  async #confirmSetup(exchange: Exchange<R, P>, body: Body): Promise<Answer> {
    const { id: userId } = await this.#guard.admit(exchange)
    const enrolled = await this.#engine.confirmEnrollment(userId, {
      setup: body.text('setup'),
      code: body.code(),
      nextCodes: body.nextCodes(),
      name: body.optionalText('name'),
      context: this.#context(exchange),
    })
    const { assurance, device, verifiedAt, authenticatorId } = enrolled
    const verified = new Verified({
      userId,
      occasion: 'setup',
      method: 'totp',
      assurance,
      device,
      verifiedAt,
      authenticatorId,
    })
    return this.#finish(exchange, verified, enrolled.body(), true)
  }

  async #newChallenge(exchange: Exchange<R, P>, userId: string): Promise<string> {
    const device = await this.#proof.device(exchange)
    // A trusted browser is asked nevertheless: a step-up is about the person before it.
    const options = { device, fresh: true, context: this.#context(exchange) }
    const { challenge } = await this.#engine.afterFirstFactor(userId, options)
    if (challenge === undefined) throw refused('not_enabled', { operation: 'step_up' })
    return challenge
  }

  #prove(exchange: Exchange<R, P>, { challenge, ...attempt }: Attempt): Promise<Verification> {
    return this.#engine.verify(challenge, { ...attempt, context: this.#context(exchange) })
  }

  async #finish(exchange: Exchange<R, P>, verified: Verified, members: Members, mustArrive = false): Promise<Answer> {
    await this.#proof.rotate(exchange)
    const answered = await this.#hooks.onVerified(exchange.request, verified, exchange.reply)
    const answer = joined(answered, { ...members, ...this.#proof.members(verified) }, mustArrive)
    this.#proof.keep(exchange, verified)
    return answer
  }
}

function mayTryAgain(error: unknown): boolean {
  return isTwoFactorError(error) && TRY_AGAIN.includes(error.code)
}

function isExpired(error: unknown): boolean {
  return isTwoFactorError(error) && error.code === 'challenge_expired'
}

function how({ method, backupCodesLeft }: Verification): Members {
  return { method, backup_codes_left: backupCodesLeft }
}
