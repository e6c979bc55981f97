/** `Verified`: what an application makes a session or tokens of. */
import type { Verification } from '../results.ts'

/** Where a proof came from: at `setup` and `step_up` the user was signed in before. */
export type Occasion = 'sign_in' | 'setup' | 'step_up'

/** The facts of a {@link Verified}. */
export interface VerifiedFacts {
  readonly userId: string
  readonly occasion: Occasion
  readonly method: string
  readonly assurance?: string | undefined
  readonly device?: string | undefined
  readonly verifiedAt?: number | undefined
  readonly carry?: string | undefined
  readonly authenticatorId?: string | undefined
  readonly backupCodesLeft?: number | undefined
  readonly enrollmentRequired?: boolean | undefined
}

/** A sign-in, a setup or a step-up that succeeded. Printed, copied or written as JSON it shows neither tokens nor the user. */
export class Verified {
  readonly #facts: VerifiedFacts

  /** @param facts - as the engine told them */
  constructor(facts: VerifiedFacts) {
    this.#facts = facts
  }

  /** The account to sign in: this one and no other. */
  get userId(): string {
    return this.#facts.userId
  }
  /** At `setup` and `step_up` the user was signed in before. */
  get occasion(): Occasion {
    return this.#facts.occasion
  }
  /** `none` (no second factor yet), `device` (a trusted browser), `totp` or `backup_code`; kinds will be added. */
  get method(): string {
    return this.#facts.method
  }
  /** Goes into your own token (claim `tfa`, kept on refresh) if you gave the `assurance` hook; else leave it alone. */
  get assurance(): string | undefined {
    return this.#facts.assurance
  }
  /** Goes into your own cookie if you gave the `device` hook; else leave it alone. */
  get device(): string | undefined {
    return this.#facts.device
  }
  /** When the second factor was proved, Unix seconds. */
  get verifiedAt(): number | undefined {
    return this.#facts.verifiedAt
  }
  /** What was given to `login(…, { carry })`: remember-me, the page to return to. */
  get carry(): string | undefined {
    return this.#facts.carry
  }
  /** The authenticator whose code it was. */
  get authenticatorId(): string | undefined {
    return this.#facts.authenticatorId
  }
  /** How many backup codes are left. */
  get backupCodesLeft(): number | undefined {
    return this.#facts.backupCodesLeft
  }
  /** The user has no second factor but must set one up (`requiredFor`). */
  get enrollmentRequired(): boolean {
    return this.#facts.enrollmentRequired ?? false
  }

  /** Silent about tokens: what is printed ends up in logs. */
  toJSON(): { occasion: Occasion; method: string } {
    return { occasion: this.occasion, method: this.method }
  }

  /** The same for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Verified { occasion: '${this.occasion}', method: '${this.method}' }`
  }
}

/** A success of `verify`. */
export function verifiedBy(verification: Verification, occasion: Occasion): Verified {
  const { userId, method, assurance, device, verifiedAt, carry, authenticatorId, backupCodesLeft } = verification
  return new Verified({
    userId,
    occasion,
    method,
    assurance,
    device,
    verifiedAt,
    carry,
    authenticatorId,
    backupCodesLeft,
  })
}
