/** Every number of the engine. */
import { guarded } from './errors.ts'
import { misconfigured, typeOf } from './input.ts'
import { native } from './native.ts'
import { camelCased, snake } from './status.ts'

/** The numbers of a policy; what is left out keeps its default. */
export interface PolicySettings {
  /** `SHA1` (default: what authenticator apps support), `SHA256` or `SHA512`. */
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  /** 6 (default) to 8. */
  readonly digits: number
  /** Seconds, 1 to 300. Default 30. */
  readonly period: number
  /** Steps taken on each side of now, 0 to 2. Default 1; 2 is priced by the budget. */
  readonly window: number
  /** Length of new secrets in bytes, 16 to 64. Default 20. */
  readonly secretBytes: number
  /** Backup codes in a set, 0 to 20. Default 10, of 80 bits each. */
  readonly backupCodes: number
  /** Whether pages insist that the user says the backup codes are saved. Default false. */
  readonly requireSavedCodes: boolean
  /** Unforgiven failures an account or a device may have, in units of 3/10^6. Default 8. */
  readonly budget: number
  /** Days after which one of them is returned. Default 21. */
  readonly budgetReturnDays: number
  /** Seconds to wait after the 1st, 2nd, … unforgiven failure; the last counts for all further ones. Default 0, 0, 0, 15, 30, 60, 120, 240. */
  readonly backoff: readonly number[]
  /** Consecutive-code tries a second that the bound assumes an attacker can send all year. Default 10,000. */
  readonly floodRate: number
  /** Seconds in which a begun enrollment may be confirmed, 60 to 86,400. Default 600. */
  readonly setupTtl: number
  /** Seconds between first and second factor, 30 to 3,600. Default 300. */
  readonly challengeTtl: number
  /** Counted failures that end a challenge, 1 to 100. Default 5. */
  readonly challengeFailures: number
  /** Seconds that a proof counts as fresh for sensitive operations, 30 to 86,400. Default 300. */
  readonly assuranceMaxAge: number
  /** Days that a browser keeps its own budget after its last proof, 1 to 365. Default 90. */
  readonly deviceKnownDays: number
  /** Days that a browser the user trusts skips the code, 0 (never) to 365. Default 30; off until the user asks. */
  readonly deviceTrustedDays: number
  /** Authenticators per user, 1 to 5. Default 3. */
  readonly maxAuthenticators: number
  /** Devices per user, 0 to 20. Default 10. */
  readonly maxDevices: number
  /** Accepts a policy whose yearly guess probability is above 1e-4. Default false. */
  readonly acceptRisk: boolean
}

const BRAND = Symbol.for('twinlock.policy')

/** A checked set of numbers; every setting has a default with its reason in the documentation. */
export class Policy {
  /** All settings by name. */
  readonly settings: PolicySettings

  /**
   * Checks the settings.
   *
   * @throws `configuration_error`: a setting is unknown or out of range, or the guess probability is above 1e-4 without `acceptRisk`.
   */
  constructor(settings: Partial<PolicySettings> = {}) {
    this.settings = named(guarded(() => native.policySettings(plain(settings))))
  }

  /**
   * What many sites do: after `attempts` (1 to 100, default 5) wrong codes nothing is taken for `minutes` (default 15). It lets a
   * patient guesser in, so it is refused without `acceptRisk`. Three consecutive codes and backup codes stay open in it.
   */
  static fixedLockout(options: { attempts?: number; minutes?: number; acceptRisk?: boolean } = {}): Policy {
    if (typeof options !== 'object' || options === null) throw misconfigured('policy: give the settings as an object')
    const { attempts = 5, minutes = 15, acceptRisk = false } = options
    if (!within(attempts, 255) || !within(minutes, 525_600) || typeof acceptRisk !== 'boolean') {
      throw misconfigured('policy: attempts must be 0 to 255, minutes 0 to 525600, acceptRisk true or false')
    }
    return new Policy(named(guarded(() => native.fixedLockout(attempts, minutes, acceptRisk))))
  }

  /** @internal What the engine takes; a policy of another copy of this package too. */
  static json(policy: unknown): string {
    if (typeof policy === 'object' && policy !== null && BRAND in policy)
      return plain((policy as unknown as Policy).settings)
    throw misconfigured(`policy must be a Policy, not ${typeOf(policy)}`)
  }

  /**
   * An upper bound of the probability that somebody who knows the password, but has none of the user's devices, gets past the
   * second factor within a year of trying all day.
   */
  yearlyGuessProbability(): number {
    return guarded(() => native.yearlyGuessProbability(plain(this.settings)))
  }
}
Object.defineProperty(Policy.prototype, BRAND, { value: true })

function within(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
}

function named(json: string): PolicySettings {
  const settings = camelCased(JSON.parse(json)) as PolicySettings
  return Object.freeze({ ...settings, backoff: Object.freeze([...settings.backoff]) })
}

function plain(settings: object): string {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw misconfigured(`policy: give the settings as an object, not ${typeOf(settings)}`)
  }
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined)
  for (const [name, value] of entries) {
    if (!isSetting(value)) throw misconfigured(`policy: ${name} must be a number, text, a flag or a list of numbers`)
  }
  return JSON.stringify(Object.fromEntries(entries.map(([name, value]) => [snake(name), value])))
}

// JSON would make null of NaN and of infinities, and would ask objects for `toJSON`.
function isSetting(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(each => Number.isFinite(each))
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}
