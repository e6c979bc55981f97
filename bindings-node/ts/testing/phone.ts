import type { Clock, VirtualClock } from './clock.ts'
import { asFunction } from './clock.ts'
import type { PhoneAccount, PhoneAlgorithm } from './otp.ts'
import { account, codeAt, fromUri } from './otp.ts'

/** What an `otpauth://` URI would say, for a phone that is given a bare secret. */
export interface PhoneSettings {
  /** Default `SHA1`. */
  algorithm?: PhoneAlgorithm
  /** 6 to 8, default 6. */
  digits?: number
  /** Seconds, 1 to 86,400, default 30. */
  period?: number
}

/**
 * A phone with one account, on the clock of the test. It computes its codes with `node:crypto`, not with Twinlock.
 *
 * ```ts
 * const clock = new VirtualClock(59);
 * new FakePhone('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', clock, { digits: 8 }).code(); // '94287082', RFC 6238, appendix B
 * ```
 */
export class FakePhone {
  readonly #account: PhoneAccount
  readonly #now: Clock

  /**
   * @param uriOrSecret - an `otpauth://totp/` URI, or a base32 secret (any case, spaces and hyphens allowed)
   * @param clock - what tells the phone the time
   * @param settings - of a bare secret; a URI has its own
   * @throws Error when there is no such account
   */
  constructor(uriOrSecret: string, clock: VirtualClock | Clock, settings: PhoneSettings = {}) {
    this.#account = uriOrSecret.startsWith('otpauth:') ? fromUri(uriOrSecret) : account(uriOrSecret, settings)
    this.#now = asFunction(clock)
  }

  /** Digits of a code, 6 to 8. */
  get digits(): number {
    return this.#account.digits
  }

  /** Seconds that a code lasts. */
  get period(): number {
    return this.#account.period
  }

  /** The code shown now. */
  code(): string {
    return this.codeAfter(0)
  }

  /** The code that will be shown next. */
  nextCode(): string {
    return this.codeAfter(1)
  }

  /**
   * The code shown at another time.
   * @param steps - how many steps from now; before now when negative
   */
  codeAfter(steps: number): string {
    return codeAt(this.#account, this.#now() + steps * this.#account.period)
  }

  /**
   * Consecutive codes, the oldest first, the newest shown now: `code` and `nextCodes` of a call that asks for three.
   * @param count - how many, default 3
   */
  codes(count = 3): string[] {
    return Array.from({ length: count }, (_, index) => this.codeAfter(index + 1 - count))
  }

  /** A code that matches no step anywhere near now. */
  wrongCode(): string {
    const near = new Set(Array.from({ length: 121 }, (_, index) => this.codeAfter(index - 60)))
    let number = 0
    while (near.has(String(number).padStart(this.digits, '0'))) number += 1
    return String(number).padStart(this.digits, '0')
  }
}
