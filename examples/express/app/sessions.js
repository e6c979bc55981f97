/**
 * Who is signed in: a session kept in the database, its id in an HttpOnly cookie.
 *
 * What comes from another site is refused by what browsers say of it, and whatever a signed-in browser changes needs a token, too,
 * that only our own pages can read.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import session from 'express-session'
import { Problem } from './problems.js'

/** @typedef {import('express').Request} Request */
/** @typedef {import('express').Response} Response */

const DAY = 86_400
const REMEMBERED_DAYS = 30
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** The sessions of one application. */
export class Sessions {
  #accounts
  #https
  #clock

  /**
   * @param {import('./accounts.js').Accounts} accounts
   * @param {import('./session-store.js').SessionStore} store
   * @param {import('./settings.js').Settings} settings
   * @param {() => number} clock Unix seconds
   */
  constructor(accounts, store, { https, sessionKeys }, clock) {
    this.store = store
    this.#accounts = accounts
    this.#https = https
    this.#clock = clock
    /** Finds the session of a request. */
    this.middleware = session({
      name: this.#name('session'),
      store,
      secret: sessionKeys,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: https, path: '/' },
    })
  }

  /** Name of the cookie with the CSRF token, which our pages read. */
  get csrfCookie() {
    return this.#name('csrf')
  }

  /**
   * The user of the session, unless the account is closed.
   * @param {Request} req
   */
  user(req) {
    const { userId, signedInAt = 0 } = req.session
    // However busy a session is, after so long it wants the password again.
    if (!userId || this.#clock() - signedInAt > REMEMBERED_DAYS * DAY) return undefined
    return this.#accounts.byId(userId)
  }

  /**
   * The same where nobody else gets that far.
   * @param {Request} req
   * @throws {Problem} `not_signed_in`
   */
  mustBeUser(req) {
    const user = this.user(req)
    if (user) return user
    throw new Problem('not_signed_in')
  }

  /**
   * Signs in; the id of the session is new already. What the visitor had in it before, a cart say, stays.
   * @param {Request} req
   * @param {Response} res
   * @param {string} userId
   * @param {boolean} remember goes on when the browser is closed
   */
  begin(req, res, userId, remember) {
    const csrf = randomBytes(18).toString('base64url')
    Object.assign(req.session, { userId, csrf, signedInAt: Math.floor(this.#clock()) })
    const maxAge = remember ? REMEMBERED_DAYS * DAY * 1000 : undefined
    if (maxAge) req.session.cookie.maxAge = maxAge
    res.cookie(this.csrfCookie, csrf, { secure: this.#https, sameSite: 'lax', path: '/', ...(maxAge && { maxAge }) })
  }

  /**
   * Signs out: the session is over on the server, whatever is kept of its cookie. The browser stays known to Twinlock.
   * @param {Request} req
   * @param {Response} res
   */
  async end(req, res) {
    await new Promise((resolve, reject) => req.session.destroy(error => (error ? reject(error) : resolve(undefined))))
    const where = { secure: this.#https, sameSite: /** @type {const} */ ('lax'), path: '/' }
    res.clearCookie(this.#name('session'), where).clearCookie(this.csrfCookie, where)
  }

  /** @param {string} name */
  #name(name) {
    return this.#https ? `__Host-${name}` : name
  }
}

/**
 * No other site may make a browser send an unsafe request. Clients that are not browsers say nothing of an origin and pass.
 * @type {import('express').RequestHandler}
 */
export function refuseForeignOrigin(req, _res, next) {
  if (SAFE_METHODS.includes(req.method) || isFromHere(req)) return next()
  throw new Problem('origin_refused')
}

/** @param {Request} req */
function isFromHere(req) {
  const site = req.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('Origin')
  return origin === undefined || origin === `${req.protocol}://${req.host}`
}

/**
 * Whoever is signed in sends the token of the session along.
 * @type {import('express').RequestHandler}
 */
export function refuseWithoutToken(req, _res, next) {
  const { userId, csrf = '' } = req.session
  if (SAFE_METHODS.includes(req.method) || !userId || isEqual(req.get('X-CSRF-Token') ?? '', csrf)) return next()
  throw new Problem('csrf_refused')
}

/** @param {string} given @param {string} right */
function isEqual(given, right) {
  const [one, other] = [Buffer.from(given), Buffer.from(right)]
  return other.length > 0 && one.length === other.length && timingSafeEqual(one, other)
}
