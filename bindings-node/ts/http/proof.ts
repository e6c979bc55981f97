/**
 * Where the tokens of the second factor live: one table of places for each way.
 *
 * | proof     | assurance              | device            | challenge, running setup | pending user |
 * |-----------|------------------------|-------------------|--------------------------|--------------|
 * | `session` | server-side session    | cookie            | server-side session      | session      |
 * | `cookie`  | cookie                 | cookie            | cookie                   | -            |
 * | `bearer`  | `Twinlock-Assurance`   | `Twinlock-Device` | the client keeps them    | -            |
 *
 * The hooks `assurance` and `device` put the application's own token or cookie in the place of ours.
 */
import type { Exchange } from './exchange.ts'
import type { Options, ProofMode } from './options.ts'
import { cookie, header, held, NOWHERE, type Place, sessionKey } from './places.ts'
import { Sessions } from './sessions.ts'
import type { Verified } from './verified.ts'

// The token inside says until when it counts; browsers keep no cookie longer than this anyway.
const DEVICE_COOKIE_SECONDS = 400 * 24 * 3600
const CHALLENGE_COOKIE_SECONDS = 15 * 60
const SETUP_COOKIE_SECONDS = 15 * 60

interface Places<R> {
  readonly assurance: Place<R>
  readonly device: Place<R>
  readonly challenge: Place<R>
  readonly setup: Place<R>
  readonly pending: Place<R>
}

/** What of the options says where tokens live. */
export type ProofOptions<R> = Pick<
  Options<R, never, never>,
  'proof' | 'assurance' | 'device' | 'session' | 'rotateSession' | 'cookieMaxAge'
>

/** Reads and keeps assurance, device, challenge and setup in the places of one mode. */
export class Proof<R> {
  readonly #mode: ProofMode
  readonly #places: Places<R>
  readonly #sessions: Sessions<R>
  readonly #rotates: boolean

  /** @param options - checked */
  constructor(options: ProofOptions<R>) {
    this.#mode = options.proof ?? 'session'
    this.#sessions = new Sessions(options.session, options.rotateSession)
    this.#rotates = this.#mode === 'session' || options.rotateSession !== undefined
    const places = placesOf(this.#mode, this.#sessions, options.cookieMaxAge)
    this.#places = {
      ...places,
      assurance: options.assurance === undefined ? places.assurance : held(options.assurance),
      device: options.device === undefined ? places.device : held(options.device),
    }
  }

  /** The proof that came with the request, unchecked. */
  async assurance(exchange: Exchange<R, unknown>): Promise<string | undefined> {
    return this.#places.assurance.read(exchange)
  }

  /** The device token that came with the request, unchecked. */
  async device(exchange: Exchange<R, unknown>): Promise<string | undefined> {
    return this.#places.device.read(exchange)
  }

  /** The challenge of the sign-in or step-up that this browser is in the middle of. */
  async challenge(exchange: Exchange<R, unknown>): Promise<string | undefined> {
    return this.#places.challenge.read(exchange)
  }

  /** The setup that this browser began and has not confirmed. */
  async setup(exchange: Exchange<R, unknown>): Promise<string | undefined> {
    return this.#places.setup.read(exchange)
  }

  /** The user who gave the right password in this session. */
  async pendingUser(exchange: Exchange<R, unknown>): Promise<string | undefined> {
    return this.#places.pending.read(exchange)
  }

  /** Whether a challenge is bound to the session that asked for it. */
  get knowsPendingUser(): boolean {
    return this.#places.pending !== NOWHERE
  }

  /** A new session id, so that an id planted before the sign-in is worth nothing. */
  async rotate(exchange: Exchange<R, unknown>): Promise<void> {
    if (this.#rotates) await this.#sessions.rotate(exchange)
  }

  /** Remembers which challenge of which user this browser has to answer. */
  keepChallenge(exchange: Exchange<R, unknown>, challenge: string, userId: string): void {
    this.#places.challenge.write(exchange, challenge)
    this.#places.pending.write(exchange, userId)
  }

  /** Remembers the setup that runs, so that a page which was reloaded shows the same QR code. */
  keepSetup(exchange: Exchange<R, unknown>, setup: string): void {
    this.#places.setup.write(exchange, setup)
  }

  /** Stores the proof of a success; its challenge is done with. A known device stays known. */
  keep(exchange: Exchange<R, unknown>, verified: Verified): void {
    this.#places.assurance.write(exchange, verified.assurance)
    // A setup is confirmed or belongs to an earlier sign-in then; a step-up comes in the middle of one.
    if (verified.occasion !== 'step_up') this.#places.setup.write(exchange, undefined)
    if (verified.device !== undefined) this.#places.device.write(exchange, verified.device)
    this.dropChallenge(exchange)
  }

  /** What the body of a success carries for a client that keeps its tokens itself. */
  members(verified: Verified): Record<string, string> {
    const { assurance, device } = this.#places
    return { ...named(assurance, verified.assurance), ...named(device, verified.device) }
  }

  /** Drops the proof, at sign-out or when the second factor was switched off; the device stays known. */
  forget(exchange: Exchange<R, unknown>): void {
    this.#places.assurance.write(exchange, undefined)
    this.#places.setup.write(exchange, undefined)
    this.dropChallenge(exchange)
  }

  /** Forgets a challenge that is done with. */
  dropChallenge(exchange: Exchange<R, unknown>): void {
    this.#places.challenge.write(exchange, undefined)
    this.#places.pending.write(exchange, undefined)
  }

  /** Waits until the session is written. */
  async commit(exchange: Exchange<R, unknown>): Promise<void> {
    await this.#sessions.commit(exchange)
  }
}

function named<R>(place: Place<R>, token: string | undefined): Record<string, string> {
  return place.member === undefined || token === undefined ? {} : { [place.member]: token }
}

function placesOf<R>(mode: ProofMode, sessions: Sessions<R>, cookieMaxAge: number | undefined): Places<R> {
  const deviceCookie = cookie('twinlock-device', DEVICE_COOKIE_SECONDS)
  if (mode === 'session') {
    return {
      assurance: sessionKey('twinlock_assurance', sessions),
      device: deviceCookie,
      challenge: sessionKey('twinlock_challenge', sessions),
      setup: sessionKey('twinlock_setup', sessions),
      pending: sessionKey('twinlock_pending', sessions),
    }
  }
  if (mode === 'cookie') {
    return {
      assurance: cookie('twinlock-assurance', cookieMaxAge),
      device: deviceCookie,
      challenge: cookie('twinlock-challenge', CHALLENGE_COOKIE_SECONDS),
      setup: cookie('twinlock-setup', SETUP_COOKIE_SECONDS),
      pending: NOWHERE,
    }
  }
  return {
    assurance: header('twinlock-assurance', 'assurance'),
    device: header('twinlock-device', 'device'),
    challenge: NOWHERE,
    setup: NOWHERE,
    pending: NOWHERE,
  }
}
