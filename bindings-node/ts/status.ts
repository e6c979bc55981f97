/** All that a settings page needs of one user: no secret in it. */

/** One authenticator. */
export interface AuthenticatorStatus {
  /** For renaming and removing. */
  readonly id: string
  /** As the user called it. */
  readonly name: string
  /** Unix seconds. */
  readonly createdAt: number
  /** Unix seconds; absent before the first sign-in. */
  readonly lastUsedAt?: number
  /** The imported secret is shorter than RFC 4226 demands: suggest a new enrollment. */
  readonly weak?: true
}

/** The set of backup codes. */
export interface BackupCodesStatus {
  /** Unused ones. */
  readonly left: number
  /** How many the set had. */
  readonly total: number
  /** Whether the user says they are saved. */
  readonly saved: boolean
}

/** One browser that passed the second factor here. */
export interface DeviceStatus {
  /** For revoking. */
  readonly id: string
  /** What the host said about it (address, agent). */
  readonly label: string
  /** Unix seconds of its last proof. */
  readonly lastUsedAt: number
  /** Skips the code. */
  readonly trusted: boolean
  /** It is the one asking. */
  readonly current: boolean
}

/** What a single code would meet now. */
export interface ThrottleStatus {
  /** Seconds to wait. */
  readonly retryAfter?: number
  /** 1, or 3 consecutive ones. */
  readonly codesRequired: 1 | 3
}

/** The body of `GET /status`; a server adds `required` and `csrf`. */
export interface StatusBody {
  enabled: boolean
  authenticators: { id: string; name: string; created_at: number; last_used_at: number | null; weak?: true }[]
  backup_codes: { left: number; total: number; saved: boolean }
  devices: { id: string; label: string; last_used_at: number; trusted: boolean; current: boolean }[]
  throttle: { retry_after?: number; codes_required: 1 | 3 }
  proof: { fresh_until?: number }
  policy: { digits: number; period: number; require_saved_codes?: true }
}

/** All that a settings page needs of one user. */
export class Status {
  readonly #body: StatusBody
  /** Whether the user has a second factor. */
  readonly enabled: boolean
  /** Enrolled authenticators, in the order of enrollment. */
  readonly authenticators: readonly AuthenticatorStatus[]
  /** The set of backup codes. */
  readonly backupCodes: BackupCodesStatus
  /** Known and trusted browsers, the latest used last. */
  readonly devices: readonly DeviceStatus[]
  /** What a single code would meet now. */
  readonly throttle: ThrottleStatus
  /** The proof that was presented: Unix seconds until which it counts as fresh for sensitive operations. */
  readonly proof: { readonly freshUntil?: number }
  /** What new authenticators will look like; whether pages insist that the user says the backup codes are saved. */
  readonly policy: { readonly digits: number; readonly period: number; readonly requireSavedCodes?: true }

  /** @internal */
  constructor(body: StatusBody) {
    this.#body = body
    const all = camelCased(body) as Omit<Status, 'body'>
    this.enabled = all.enabled
    this.authenticators = all.authenticators
    this.backupCodes = all.backupCodes
    this.devices = all.devices
    this.throttle = all.throttle
    this.proof = all.proof
    this.policy = all.policy
  }

  /** The body of `GET /status`; a server adds `required` and `csrf`. */
  body(): StatusBody {
    return structuredClone(this.#body)
  }
}

/** `created_at` as `createdAt`, at every depth; what is null is left out. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(entries.map(([name, each]) => [camel(name), camelCased(each)]))
}

/** `budget_return_days` as `budgetReturnDays`. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** `budgetReturnDays` as `budget_return_days`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
