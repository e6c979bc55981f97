/** What an application gives to `twinlock/express` and `twinlock/fastify`: its hooks and settings, checked once at the start. */
import { twoFactorError } from '../errors.ts'
import type { MaybePromise } from '../storage.ts'
import type { TwoFactor } from '../two-factor.ts'
import type { Answered } from './answers.ts'
import type { Verified } from './verified.ts'

/** Where tokens live; see `http/proof.ts`. */
export type ProofMode = 'session' | 'cookie' | 'bearer'

/** Any object that the framework keeps for one visitor. */
export type Session = object

/** A hook that is given your own user, of whichever type you say. */
export type UserHook<Arguments extends unknown[], T> = { hook(...given: Arguments): MaybePromise<T> }['hook']

/**
 * Hooks and settings. Hooks may answer directly or by promise unless it is said otherwise; what they throw goes to the framework's
 * error handling. `U` is your own user: anything with an `id` (text, or a whole number), handed back to your hooks as it is.
 */
export interface Options<R, P, U> {
  /** The engine. */
  readonly twoFactor: TwoFactor
  /** Who is signed in; `null`, `undefined` or `false` when nobody is. */
  readonly user: (request: R) => MaybePromise<U | null | undefined | false>
  /**
   * Makes the session or the tokens of `verified.userId`. Gives the members of the JSON answer, or nothing, or a function that
   * answers otherwise (a redirect, say) once everything is stored. Cookies and headers are set on `reply`; nothing is sent there.
   */
  readonly onVerified: (request: R, verified: Verified, reply: P) => MaybePromise<Answered>
  /** Where tokens live; default `'session'`, which has to be a session kept on the server. */
  readonly proof?: ProofMode | undefined
  /** Whether this user must have a second factor. Default: nobody must. */
  readonly requiredFor?: UserHook<[user: U], boolean> | undefined
  /**
   * Where given, the first setup and switching off want the password. Only `true` means that it is right. Limit the tries there as
   * you do at your login.
   */
  readonly reauthenticate?: UserHook<[request: R, user: U, password: string], boolean> | undefined
  /** Nobody may administer unless this says `true`; administrators need a second factor themselves. */
  readonly mayAdminister?: ((request: R) => MaybePromise<boolean>) | undefined
  /** The caller's address for events and device lists, run at once; default the framework's (`request.ip`). */
  readonly clientIp?: ((request: R) => string | null | undefined) | undefined
  /** The name that an authenticator app shows, run at once; default the user's `accountName`, `email`, `username` or `id`. */
  readonly accountName?: { hook(user: U): string }['hook'] | undefined
  /** Reads the assurance out of your own token (claim `tfa`), where `onVerified` put it; then no body carries it. */
  readonly assurance?: ((request: R) => MaybePromise<string | null | undefined>) | undefined
  /** Reads the device token out of your own cookie, where `onVerified` put it; then no body carries it. */
  readonly device?: ((request: R) => MaybePromise<string | null | undefined>) | undefined
  /** The session, run at once; default `request.session`. */
  readonly session?: ((request: R) => Session) | undefined
  /** Gives the session a new id and keeps what is in it; default for sessions that have `regenerate`. */
  readonly rotateSession?: ((request: R) => MaybePromise<unknown>) | undefined
  /** Your framework's CSRF token, told by `/status`, run at once. */
  readonly csrf?: ((request: R) => string | null | undefined) | undefined
  /** Other sites whose pages may call, scheme and port included: `https://app.example.com`. */
  readonly allowedOrigins?: Iterable<string> | undefined
  /** The page where a user switches the second factor on: told to those whom a guard refuses because they have none. */
  readonly setupUrl?: string | undefined
  /** Seconds that the browser keeps the proof with `proof: 'cookie'`, a whole number above 0; default until it is closed. */
  readonly cookieMaxAge?: number | undefined
  /** Told of faults (status 5xx) that our routes answer themselves; default: they are logged as the framework logs errors. */
  readonly onFault?: ((error: unknown, request: R) => void) | undefined
}

const HOOKS = [
  'user',
  'onVerified',
  'requiredFor',
  'reauthenticate',
  'mayAdminister',
  'clientIp',
  'accountName',
  'assurance',
  'device',
  'session',
  'rotateSession',
  'csrf',
  'onFault',
] as const
const SETTINGS = ['twoFactor', 'proof', 'allowedOrigins', 'setupUrl', 'cookieMaxAge'] as const
const MODES: readonly unknown[] = ['session', 'cookie', 'bearer']

/** A mistake in the settings. */
export function misconfigured(message: string): Error {
  return twoFactorError('configuration_error', { message })
}

/**
 * Refuses settings that cannot be meant: an unknown name above all, because a rule that is misspelt would silently not hold.
 * @param more - names that only this framework knows
 */
export function checked<O extends object>(options: O, more: readonly string[] = []): O {
  if (typeof options !== 'object' || options === null) throw misconfigured('the options have to be an object')
  mustKnow(options, [...HOOKS, ...SETTINGS, ...more])
  const given = options as Record<string, unknown>
  for (const name of HOOKS) mustBeFunction(given, name, name === 'user' || name === 'onVerified')
  if (typeof (given['twoFactor'] as TwoFactor | undefined)?.verify !== 'function') {
    throw misconfigured('twoFactor has to be a TwoFactor')
  }
  if (!MODES.includes(given['proof'] ?? 'session')) {
    throw misconfigured("proof has to be 'session', 'cookie' or 'bearer'")
  }
  mustBeUrlAndSeconds(given)
  return options
}

/** Refuses names that nobody reads. */
export function mustKnow(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find(name => !names.includes(name))
  if (unknown !== undefined) throw misconfigured(`there is no option ${unknown}`)
}

function mustBeFunction(given: Record<string, unknown>, name: string, required: boolean): void {
  if (given[name] === undefined && !required) return
  if (typeof given[name] !== 'function') throw misconfigured(`${name} has to be a function`)
}

function mustBeUrlAndSeconds({ setupUrl, cookieMaxAge }: Record<string, unknown>): void {
  if (setupUrl !== undefined && typeof setupUrl !== 'string') throw misconfigured('setupUrl has to be a string')
  if (cookieMaxAge !== undefined && !(Number.isSafeInteger(cookieMaxAge) && (cookieMaxAge as number) > 0)) {
    throw misconfigured('cookieMaxAge has to be a whole number of seconds above 0')
  }
}
