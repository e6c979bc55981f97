/**
 * The framework's session: reading, writing, a new id, and a save that is awaited before the answer leaves.
 *
 * Knows the ways of express-session (`regenerate(callback)` empties it), of @fastify/session (`regenerate(keys)` keeps those) and
 * of @fastify/secure-session (`get`, `set`, `data`; sealed in a cookie, so it has no id). Anything else is a plain object.
 */
import type { MaybePromise } from '../storage.ts'
import type { Exchange } from './exchange.ts'
import { misconfigured, type Session } from './options.ts'

interface AnySession {
  [name: string]: unknown
  cookie?: object | undefined
  get?: (name: string) => unknown
  set?: (name: string, value: unknown) => unknown
  data?: () => object
  save?: (done?: (error?: unknown) => void) => unknown
  regenerate?: (argument: unknown) => unknown
}

// Kept over a new id: the application may have set them for "remember me". `originalMaxAge` last, for `expires` sets it as well.
const COOKIE_FIELDS = ['path', 'domain', 'secure', 'httpOnly', 'sameSite', 'partitioned', 'priority', 'expires']

/** The sessions of one application. */
export class Sessions<R> {
  readonly #of: (request: R) => Session
  readonly #rotate: ((request: R) => MaybePromise<unknown>) | undefined

  /** @param of - the session of a request; `rotate`: the application's own way to a new id */
  constructor(of?: (request: R) => Session, rotate?: (request: R) => MaybePromise<unknown>) {
    this.#of = of ?? (request => (request as { session: Session }).session)
    this.#rotate = rotate
  }

  /** A string that was kept; anything else is none of ours. */
  read(exchange: Exchange<R, unknown>, key: string): string | undefined {
    const session = this.#session(exchange)
    const value = viaMethods(session) ? session.get(key) : own(session, key)
    return typeof value === 'string' ? value : undefined
  }

  /** Keeps or drops a string; an untouched session stays untouched. */
  write(exchange: Exchange<R, unknown>, key: string, value: string | undefined): void {
    // After a sign-out that destroyed the session there is nothing left to drop.
    if (value === undefined && !isSession(this.#of(exchange.request))) return
    if (value === undefined && this.read(exchange, key) === undefined) return
    const session = this.#session(exchange)
    if (viaMethods(session)) session.set(key, value)
    else if (value !== undefined) session[key] = value
    if (value === undefined) delete session[key]
    exchange.sessionChanged = true
  }

  /** A new id, so that one planted before the sign-in is worth nothing; what is in it stays. */
  async rotate(exchange: Exchange<R, unknown>): Promise<void> {
    const session = this.#session(exchange)
    exchange.sessionChanged = true
    if (this.#rotate !== undefined) await this.#rotate(exchange.request)
    else if (typeof session.regenerate === 'function') await this.#regenerate(exchange, session)
    else warnOnce()
  }

  /** Writes what was changed, and waits for it: a client that has the answer finds the session. */
  async commit(exchange: Exchange<R, unknown>): Promise<void> {
    if (!exchange.sessionChanged) return
    exchange.sessionChanged = false
    const session = this.#session(exchange)
    if (typeof session.save === 'function') await settled(done => session.save?.(done))
  }

  async #regenerate(exchange: Exchange<R, unknown>, session: AnySession): Promise<void> {
    const kept = contents(session)
    const cookie = session.cookie === undefined ? undefined : attributes(session.cookie)
    const names = Object.keys(kept)
    // express-session takes a callback; the others take the names to keep, and answer by promise or at once.
    if (session['req'] !== undefined) await settled(done => session.regenerate?.(done))
    else await session.regenerate?.(names)
    const fresh = this.#session(exchange)
    for (const name of names) if (!viaMethods(fresh)) fresh[name] = kept[name]
    if (cookie !== undefined && fresh.cookie !== undefined) Object.assign(fresh.cookie, cookie)
  }

  #session(exchange: Exchange<R, unknown>): AnySession {
    const session: unknown = this.#of(exchange.request)
    if (isSession(session)) return session
    throw misconfigured("proof: 'session' needs a session; register its middleware before twinlock")
  }
}

function isSession(session: unknown): session is AnySession {
  return typeof session === 'object' && session !== null
}

/** Sessions whose members are behind methods; @fastify/session has those too, but keeps plain properties. */
function viaMethods(session: AnySession): session is AnySession & Required<Pick<AnySession, 'get' | 'set'>> {
  return typeof session.data === 'function' && typeof session.get === 'function' && typeof session.set === 'function'
}

function own(session: AnySession, key: string): unknown {
  return Object.hasOwn(session, key) ? session[key] : undefined
}

/** What is kept over a new id. A member `__proto__`, which JSON may bring, would take the new session's methods away. */
function contents(session: AnySession): Record<string, unknown> {
  const all = viaMethods(session) && session.data !== undefined ? session.data() : session
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, value]) => name !== 'cookie' && name !== '__proto__' && typeof value !== 'function',
    ),
  )
}

function attributes(cookie: object): object {
  const from = cookie as Record<string, unknown>
  const names = [...COOKIE_FIELDS, 'originalMaxAge'].filter(name => from[name] !== undefined)
  return Object.fromEntries(names.map(name => [name, from[name]]))
}

/** Waits for a callback or a promise, whichever the session knows. */
function settled(call: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => (error ? reject(error) : resolve())
    const answer = call(done)
    if (answer instanceof Promise) answer.then(() => resolve(), reject)
  })
}

let warned = false

function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    'the session cannot regenerate and there is no rotateSession: it keeps its id through the sign-in, which permits session fixation',
    { code: 'TWINLOCK_SESSION_FIXATION' },
  )
}
