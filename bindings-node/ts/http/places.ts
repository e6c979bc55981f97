/** The places a token can live in: session, cookie, header, the application's own token. Never a URL. */
import type { MaybePromise } from '../storage.ts'
import type { Exchange } from './exchange.ts'
import type { Sessions } from './sessions.ts'

/** Holds one token for one client. */
export interface Place<R> {
  /** The token that this request comes with, unchecked. */
  read(exchange: Exchange<R, unknown>): MaybePromise<string | undefined>
  /** Keeps the token for the next request; `undefined` drops it. */
  write(exchange: Exchange<R, unknown>, token: string | undefined): void
  /** The member of a body in which a client that keeps its tokens itself is told. */
  readonly member?: string
}

/** The server keeps nothing. */
export const NOWHERE: Place<unknown> = { read: () => undefined, write: () => {} }

/** The client keeps the token: it reads it from a body's member and sends it as a header. */
export function header(name: string, member: string): Place<unknown> {
  return { read: exchange => exchange.header(name), write: () => {}, member }
}

/** The application keeps the token (claim `tfa` of its own, a cookie of its own) and tells it by a hook. */
export function held<R>(reader: (request: R) => MaybePromise<string | null | undefined>): Place<R> {
  return {
    read: async exchange => {
      const token: unknown = await reader(exchange.request)
      return typeof token === 'string' ? token : undefined
    },
    write: () => {},
  }
}

/** A key of the framework's session, which has to live on the server. */
export function sessionKey<R>(key: string, sessions: Sessions<R>): Place<R> {
  return {
    read: exchange => sessions.read(exchange, key),
    write: (exchange, token) => sessions.write(exchange, key, token),
  }
}

/**
 * An HttpOnly cookie of this very host: `__Host-`, Secure, SameSite=Lax; relaxed on plain-http loopback only.
 * @param maxAge - seconds; none is until the browser is closed
 */
export function cookie(name: string, maxAge: number | undefined): Place<unknown> {
  const strict = { name: `__Host-${name}`, secure: true }
  const relaxed = { name, secure: false }
  // A relaxed one could be set by any subdomain, so it counts on loopback only.
  const readable = (exchange: Exchange<unknown, unknown>) => (isPlainLoopback(exchange) ? [strict, relaxed] : [strict])
  return {
    read: exchange =>
      readable(exchange)
        .map(({ name }) => exchange.cookie(name))
        .find(Boolean),
    write: (exchange, token) => {
      if (token !== undefined) {
        const where = isPlainLoopback(exchange) ? relaxed : strict
        exchange.setCookie({ ...where, value: token, maxAge })
        return
      }
      for (const where of readable(exchange)) {
        if (exchange.cookie(where.name) !== undefined) exchange.setCookie({ ...where, value: '', maxAge: 0 })
      }
    },
  }
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'via']

/**
 * Development on one's own machine: `http` and a loopback host, where `Secure` cookies would be dropped.
 *
 * A proxy may name a loopback host too, so what was forwarded never counts, nor what a page of our own on https sent.
 */
export function isPlainLoopback(exchange: Exchange<unknown, unknown>): boolean {
  if (exchange.scheme !== 'http' || FORWARDED.some(name => exchange.header(name) !== undefined)) return false
  const ours = exchange.header('sec-fetch-site') === 'same-origin'
  if (ours && exchange.header('origin')?.startsWith('https:')) return false
  const address = `http://${exchange.host}`
  if (!/^http:\/\/[^/?#@\\\s]+$/.test(address) || !URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  )
}
