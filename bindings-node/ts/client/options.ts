import type { Client } from './client.ts'
import type { ProblemError } from './problem.ts'
import type { Enrolled, SteppedUp, Verified } from './types.ts'

/** The application's own access token; none when nobody is signed in or a cookie says it. */
export type Token = string | null | undefined

/**
 * Tokens of the second factor, where the client keeps them (bearer mode). An object in memory and nothing else: never put it
 * into web storage, a URL or the document.
 */
export interface TokenMemory {
  /** Sent as `Twinlock-Assurance`. */
  assurance?: string
  /** Sent as `Twinlock-Device`. */
  device?: string
  /** The framework's CSRF token, as `GET /status` told it. */
  csrf?: string
}

/** An answer that proves the second factor: it may hold new tokens of the application. */
export type Proof = Verified | SteppedUp | Enrolled

/**
 * How a client reaches its server. The members are read anew at each call: an object with getters, or one that is changed
 * later, does what it says.
 */
export interface ClientOptions<Host extends object = Record<string, unknown>> {
  /** Path or address of the contract, default `/2fa`; outside of browsers an absolute address. */
  readonly base?: string | undefined
  /** Where the administrators' calls are mounted, default `<base>/admin`. */
  readonly adminBase?: string | undefined
  /**
   * Gives the application's access token (bearer mode). Asked with `refresh: true` when the last one was refused with
   * `not_signed_in`, and on no other refusal; calls refused at once share the answer.
   */
  readonly getToken?: ((options: { refresh: boolean }) => Token | Promise<Token>) | undefined
  /** Renews a session that lives in cookies, in place of `getToken({ refresh: true })`. */
  readonly refresh?: (() => unknown) | undefined
  /**
   * Asks the user for a fresh code when a call was refused with `assurance_required`, for example {@link stepUpDialog}.
   * The call is sent once more when it resolves; calls refused at once share one. To reject with that very refusal means that
   * the user does not want to. Without it such a refusal is thrown like any other.
   */
  readonly stepUp?: ((client: Client<Host>, refusal: ProblemError) => unknown) | undefined
  /** Told of every proof (`/verify`, `/step-up`, `/setup/confirm`) before anything else goes on: keep your new tokens here. */
  readonly onProof?: ((answer: Proof & Host) => unknown) | undefined
  /** Header for the CSRF token, default `X-CSRF-Token`. */
  readonly csrfHeader?: string | null | undefined
  /** Cookie that holds the CSRF token; without one the `csrf` of `GET /status` is sent. */
  readonly csrfCookie?: string | null | undefined
  /** Sends requests, default the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** When cookies go along, default `same-origin`; `include` for an API of another origin that allows it. */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined
  /** Milliseconds that a call of the contract may take, default 20,000. Calls by `client.fetch` are not limited. */
  readonly timeoutMs?: number | undefined
  /** Tokens to begin with, or to share with another client; default an empty memory of its own. */
  readonly memory?: TokenMemory | undefined
}

/** What any single call takes. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason, also while a code is asked for. */
  readonly signal?: AbortSignal | undefined
}
