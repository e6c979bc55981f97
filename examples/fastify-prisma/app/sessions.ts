/**
 * Who is signed in, and how tokens travel: in HttpOnly cookies for our own pages, in bodies for API clients.
 *
 * A browser says with `Sec-Fetch-Site: same-origin`, which no script can forge, that our own page is calling. It gets cookies and
 * never sees a token, so a script injected into the page cannot steal one.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Claims, type Proof, readAccess, signAccess } from './access-tokens.ts'
import type { Accounts, User } from './accounts.ts'
import { Problem } from './problems.ts'
import type { Issued, RefreshTokens } from './refresh-tokens.ts'
import type { Settings } from './settings.ts'

/** The user of a request and what their access token says. */
export interface SignedIn {
  readonly user: User
  readonly claims: Claims
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; `undefined` before anybody asked. Read it by `Sessions.signedIn`. */
    signedIn: SignedIn | null | undefined
  }
}

type Cookie = 'access' | 'refresh' | 'device'

const DEVICE_SECONDS = 90 * 86_400
const SAFE = ['GET', 'HEAD', 'OPTIONS']

/** The sessions of one application. */
export class Sessions {
  readonly #settings: Settings
  readonly #accounts: Accounts
  readonly #tokens: RefreshTokens
  readonly #clock: () => number

  /** @param clock - Unix seconds */
  constructor(settings: Settings, accounts: Accounts, tokens: RefreshTokens, clock: () => number) {
    this.#settings = settings
    this.#accounts = accounts
    this.#tokens = tokens
    this.#clock = clock
  }

  /** The access token of a request: an `Authorization` header, whatever it holds, and else our own cookie. */
  tokenOf(request: FastifyRequest): string | undefined {
    const { authorization } = request.headers
    if (authorization === undefined) return this.readCookie(request, 'access')
    return /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  }

  /** The session of the request, looked up once. */
  async signedIn(request: FastifyRequest): Promise<SignedIn | null> {
    if (request.signedIn === undefined) request.signedIn = await this.#lookUp(request)
    return request.signedIn
  }

  /**
   * The same where somebody has to be signed in.
   * @throws Problem `not_signed_in`
   */
  async required(request: FastifyRequest): Promise<SignedIn> {
    const found = await this.signedIn(request)
    if (found === null) throw new Problem('not_signed_in')
    return found
  }

  /** The device token, from our cookie or the client's header. */
  deviceOf(request: FastifyRequest): string | undefined {
    const header = request.headers['twinlock-device']
    return typeof header === 'string' ? header : this.readCookie(request, 'device')
  }

  /**
   * Hook: no other site may make a browser send an unsafe request in the user's name. Clients that are not browsers send neither
   * header nor cookie.
   * @throws Problem `origin_refused`
   */
  readonly refuseForeignOrigin = async (request: FastifyRequest): Promise<void> => {
    const { headers } = request
    if (SAFE.includes(request.method) || headers.authorization !== undefined) return
    const browser = headers['sec-fetch-site'] !== undefined || headers.origin !== undefined
    const cookies = headers.cookie !== undefined
    if (!(browser || cookies) || isOwnPage(request)) return
    // The separate front end may call, without cookies.
    if (cookies || headers.origin !== this.#settings.frontendUrl) throw new Problem('origin_refused')
  }

  /** The members that tell of a sign-in or refresh, in the way this client is served; cookies are set on the reply. */
  tell(request: FastifyRequest, reply: FastifyReply, { userId, family, proof, refresh }: Issued): object {
    const { refreshSeconds } = this.#settings
    const told = this.tellAccess(request, reply, { userId, family, proof })
    if (!isOwnPage(request)) return { ...told, refresh_token: refresh }
    this.#setCookie(reply, 'refresh', refresh, refreshSeconds)
    return told
  }

  /** The same for a session that goes on; its refresh token stays as it is. */
  tellAccess(
    request: FastifyRequest,
    reply: FastifyReply,
    of: { userId: string; family: string; proof: Proof },
  ): object {
    const { accessSeconds } = this.#settings
    const access = signAccess(request.server, this.#clock(), accessSeconds, of)
    if (!isOwnPage(request)) return { expires_in: accessSeconds, token_type: 'Bearer', access_token: access }
    this.#setCookie(reply, 'access', access, accessSeconds)
    return { expires_in: accessSeconds }
  }

  /** Keeps the device token: in our cookie, or as a member that an API client sends back as `Twinlock-Device`. */
  tellDevice(request: FastifyRequest, reply: FastifyReply, device: string | undefined): object {
    if (device === undefined) return {}
    if (!isOwnPage(request)) return { device }
    this.#setCookie(reply, 'device', device, DEVICE_SECONDS)
    return {}
  }

  /** Forgets the session in the browser; the device stays known. */
  clear(reply: FastifyReply): void {
    this.#setCookie(reply, 'access', '', 0)
    this.#setCookie(reply, 'refresh', '', 0)
  }

  /** The value that the browser sent. */
  readCookie(request: FastifyRequest, cookie: Cookie): string | undefined {
    return request.cookies[this.#cookieName(cookie)]
  }

  async #lookUp(request: FastifyRequest): Promise<SignedIn | null> {
    const claims = await readAccess(request, this.#clock())
    if (claims === null || (await this.#tokens.isEnded(claims))) return null
    const user = await this.#accounts.byId(claims.userId)
    return user && { user, claims }
  }

  #setCookie(reply: FastifyReply, cookie: Cookie, value: string, maxAge: number): void {
    const { https: secure } = this.#settings
    reply.setCookie(this.#cookieName(cookie), value, { maxAge, path: '/', secure, httpOnly: true, sameSite: 'lax' })
  }

  #cookieName(cookie: Cookie): string {
    return this.#settings.https ? `__Host-${cookie}` : cookie
  }
}

/** Whether the request comes from a page that this application served. */
export function isOwnPage({ headers, protocol, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  // Browsers of before 2023. A proxy that ends TLS lets us see http where the browser says https.
  return headers.origin === `${protocol}://${host}` || headers.origin === `https://${host}`
}
