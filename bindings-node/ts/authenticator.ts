/** The other side: an account that shows codes. */
import { inspect } from 'node:util'
import { guarded } from './errors.ts'
import { misconfigured, text, typeOf } from './input.ts'
import { native } from './native.ts'

/** The other side: an account that shows codes, for tests and tools. Printed, it shows names only. */
export class AuthenticatorAccount {
  readonly #account: native.AuthenticatorAccount

  private constructor(account: native.AuthenticatorAccount) {
    this.#account = account
  }

  /**
   * Reads an `otpauth://totp/` URI, as an app does when it scans the QR code.
   *
   * @throws `invalid_secret`
   */
  static fromUri(uri: string): AuthenticatorAccount {
    const given = text(uri, 'the URI')
    return new AuthenticatorAccount(guarded(() => native.AuthenticatorAccount.fromUri(given)))
  }

  /**
   * Reads an `otpauth-migration://` URI, the export of an authenticator app: all its accounts.
   *
   * @throws `invalid_secret`
   */
  static fromMigration(uri: string): AuthenticatorAccount[] {
    const given = text(uri, 'the URI')
    const accounts = guarded(() => native.AuthenticatorAccount.fromMigration(given))
    return accounts.map(account => new AuthenticatorAccount(account))
  }

  /** Who issued the account. */
  get issuer(): string | undefined {
    return this.#account.issuer ?? undefined
  }

  /** The account's name. */
  get accountName(): string {
    return this.#account.accountName
  }

  /** Digits of a code. */
  get digits(): number {
    return this.#account.digits
  }

  /** Seconds that a code is shown. */
  get period(): number {
    return this.#account.period
  }

  /** The code shown at `now` (Unix seconds). */
  codeAt(now: number): string {
    return guarded(() => this.#account.codeAt(time(now)))
  }

  /** Seconds until the next code. */
  secondsLeft(now: number): number {
    return guarded(() => this.#account.secondsLeft(time(now)))
  }

  /** @internal */
  [inspect.custom](): string {
    return `AuthenticatorAccount ${inspect({ issuer: this.issuer, accountName: this.accountName })}`
  }
}

function time(now: unknown): number {
  if (typeof now === 'number') return now
  throw misconfigured(`the time must be Unix seconds, not ${typeOf(now)}`)
}
