/** What a call answers: JSON of the contract, joined with what the application's `onVerified` says. */
import { twoFactorError } from '../errors.ts'

/** Names and values; each name once. */
export type Headers = Readonly<Record<string, string>>
/** A JSON object. */
export type Members = object

/** An answer before a framework sends it. */
export interface Answer {
  /** Absent: what the application's hook has set, else 200. */
  readonly status?: number
  readonly headers?: Headers
  /** Absent: no body. */
  readonly body?: Members
  /** The application answers by itself instead, after all is stored. */
  readonly instead?: () => unknown
}

/**
 * What `onVerified` may answer: the members of a JSON body; nothing; or a function that sends another answer (a redirect, a page),
 * which is called once the proof is stored.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is typed so
export type Answered = object | (() => unknown) | null | undefined | void

/** A JSON body. */
export function json(body: Members, status = 200): Answer {
  return { status, body }
}

/** Nothing to tell. */
export function done(): Answer {
  return { status: 204 }
}

/**
 * The application's answer with the contract's members in it. Its status, headers and cookies are on the response already.
 * @param mustArrive - our members are shown only once (backup codes), so no answer may take their place
 */
export function joined(answered: unknown, members: Members, mustArrive = false): Answer {
  if (typeof answered === 'function') return mustArrive ? { body: members } : { instead: answered as () => unknown }
  if (answered === null || answered === undefined) return { body: members }
  if (typeof answered === 'object' && !Array.isArray(answered)) return { body: { ...plain(answered), ...members } }
  throw twoFactorError('configuration_error', {
    message: 'onVerified has to give an object, nothing, or a function that answers',
  })
}

function plain(answered: object): object {
  const told = 'toJSON' in answered && typeof answered.toJSON === 'function' ? answered.toJSON() : answered
  return typeof told === 'object' && told !== null ? told : {}
}
