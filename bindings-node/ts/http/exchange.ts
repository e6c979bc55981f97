/** One request and its answer, as the contract sees them: the only thing a framework has to bring. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Body } from './bodies.ts'

/** A cookie to set. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly secure: boolean
  /** Seconds; 0 deletes; absent: until the browser is closed. */
  readonly maxAge?: number | undefined
}

/** What each framework says of a request, and what is collected for the answer. */
export abstract class Exchange<R, P> {
  /** The framework's own request: handed to hooks. */
  readonly request: R
  /** The framework's own response: handed to `onVerified`. */
  readonly reply: P
  /** Whether something was written to the session. */
  sessionChanged = false
  readonly #cookies = new Map<string, SetCookie>()
  #sent: ReadonlyMap<string, string> | undefined

  /** @param request - as the framework gives it; `reply` likewise */
  constructor(request: R, reply: P) {
    this.request = request
    this.reply = reply
  }

  /** The method, in capitals. */
  abstract get method(): string
  /** All headers, as Node joins them. */
  abstract get headers(): IncomingHttpHeaders
  /** `http` or `https`, as far as the framework trusts its proxies. */
  abstract get scheme(): string
  /** Host and port, as far as the framework trusts its proxies. */
  abstract get host(): string
  /** The caller's address, as far as the framework trusts its proxies. */
  abstract get address(): string | undefined
  /** The path and query as they came. */
  abstract get url(): string
  /** The JSON object of the request. */
  abstract readBody(): Promise<Body>

  /** A header; several of one name are joined, and so are no token, no origin and no host any more. */
  header(name: string): string | undefined {
    const value = this.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** All values of a parameter in the query. */
  query(name: string): string[] {
    const mark = this.url.indexOf('?')
    return mark < 0 ? [] : new URLSearchParams(this.url.slice(mark)).getAll(name)
  }

  /** A cookie that came with the request; an empty one counts as none. */
  cookie(name: string): string | undefined {
    this.#sent ??= cookiesIn(this.header('cookie') ?? '')
    return this.#sent.get(name) || undefined
  }

  /** Sets a cookie with the answer; the last word counts. */
  setCookie(cookie: SetCookie): void {
    this.#cookies.set(cookie.name, cookie)
  }

  /** The lines to send. Our values are base64url and need no quoting. */
  get setCookieLines(): string[] {
    return Array.from(this.#cookies.values(), ({ name, value, secure, maxAge }) => {
      const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`
      return `${name}=${value}${age}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
    })
  }
}

/** The first of each name: browsers send the one with the longest path first. */
function cookiesIn(header: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, Math.max(equals, 0)).trim()
    if (name !== '' && !found.has(name)) found.set(name, pair.slice(equals + 1).trim())
  }
  return found
}
