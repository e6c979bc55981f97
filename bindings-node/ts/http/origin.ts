/**
 * Requests that another site made a browser send (CSRF) are refused before anything is read.
 *
 * Browsers say where a request comes from: `Sec-Fetch-Site`, or `Origin` where they are too old for that. Neither can be set by a
 * page. A client that sends neither is no browser and holds no cookies it was tricked into using. The framework's own CSRF token,
 * where there is one, stays in force beside this.
 */
import type { Exchange } from './exchange.ts'
import { misconfigured } from './options.ts'
import { refused } from './problems.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
// Scheme, host and port; no user, no path but "/".
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+\/?$/i

/** Which sites may send requests that change something. */
export class OriginCheck {
  readonly #allowed: ReadonlySet<string>
  readonly #onlyWithCookies: boolean

  /**
   * @param allowed - origins such as `https://app.example.com`
   * @param onlyWithCookies - a bearer host is only open to CSRF where it reads its token from a cookie
   */
  constructor(allowed: Iterable<string>, onlyWithCookies: boolean) {
    this.#allowed = new Set(Array.from(typeof allowed === 'string' ? [allowed] : allowed, configured))
    this.#onlyWithCookies = onlyWithCookies
  }

  /** @throws ProblemError `origin_refused` for an unsafe request of a site that is not allowed */
  check(exchange: Exchange<unknown, unknown>): void {
    if (SAFE_METHODS.has(exchange.method) || !this.#applies(exchange)) return
    if (!fromHere(exchange) && !this.#fromAllowed(exchange)) throw refused('origin_refused')
  }

  /** Another site cannot send `Authorization` without a CORS preflight, which the application grants or not. */
  #applies(exchange: Exchange<unknown, unknown>): boolean {
    if (!this.#onlyWithCookies) return true
    return exchange.header('cookie') !== undefined && exchange.header('authorization') === undefined
  }

  #fromAllowed(exchange: Exchange<unknown, unknown>): boolean {
    const origin = normal(exchange.header('origin') ?? '')
    return origin !== undefined && this.#allowed.has(origin)
  }
}

function fromHere(exchange: Exchange<unknown, unknown>): boolean {
  const site = exchange.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const given = exchange.header('origin')
  if (given === undefined) return true
  const origin = normal(given)
  if (origin === undefined) return false
  // Behind a proxy that ends TLS we see http while the browser says https; the other way round is an attack.
  return origin === normal(`${exchange.scheme}://${exchange.host}`) || origin === normal(`https://${exchange.host}`)
}

function configured(origin: unknown): string {
  const found = typeof origin === 'string' ? normal(origin) : undefined
  if (found !== undefined) return found
  throw misconfigured('allowedOrigins holds origins such as https://app.example.com: scheme, host and port')
}

/** Scheme, host and explicit port in lower case; `undefined` for what is no origin, which then equals nothing. */
function normal(origin: string): string | undefined {
  const text = origin.trim()
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined
  const { protocol, hostname, port } = new URL(text)
  return hostname === '' ? undefined : `${protocol}//${hostname}:${port || (DEFAULT_PORTS[protocol] ?? '0')}`
}
