/** How often one may try: the first wall against guessing passwords. */
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
import { Problem } from './problems.js'

/** @typedef {{ tries: number, seconds: number }} Rate */

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 }
// What one customer of an IPv6 provider has.
const IPV6_PREFIX = 64

/**
 * @param {string} text such as `30/minute;300/hour`
 * @returns {Rate[]}
 */
export function parseRates(text) {
  return text.split(';').map(part => {
    const found = /^\s*(\d+)\s*\/\s*(second|minute|hour|day)\s*$/.exec(part)
    if (!found || Number(found[1]) < 1) throw new RangeError('not a rate')
    return { tries: Number(found[1]), seconds: SECONDS[/** @type {keyof typeof SECONDS} */ (found[2])] }
  })
}

/**
 * Middleware that counts each request for its address, and refuses with `too_many_requests`.
 *
 * The counts are in the memory of this process: with several of them, give `rateLimit` a Redis store instead.
 * @param {Rate[]} rates
 */
export function perAddress(rates) {
  return limit(rates, req => address(req))
}

/**
 * The same for the account that is signed in: somebody who sits at an open session may not guess its password either.
 * @param {Rate[]} rates
 */
export function perAccount(rates) {
  return limit(rates, req => req.session.userId ?? address(req))
}

/** @param {import('express').Request} req */
function address(req) {
  return ipKeyGenerator(req.ip ?? '', IPV6_PREFIX)
}

/** @param {Rate[]} rates @param {(req: import('express').Request) => string} keyGenerator */
function limit(rates, keyGenerator) {
  return rates.map(({ tries, seconds }) =>
    rateLimit({
      limit: tries,
      windowMs: seconds * 1000,
      standardHeaders: false,
      legacyHeaders: false,
      keyGenerator,
      handler: (req, _res, next) => next(tooMany(req, seconds)),
    }),
  )
}

/** @param {import('express').Request} req @param {number} seconds */
function tooMany(req, seconds) {
  const { resetTime } = /** @type {{ rateLimit?: import('express-rate-limit').RateLimitInfo }} */ (req).rateLimit ?? {}
  const wait = resetTime ? Math.ceil((resetTime.getTime() - Date.now()) / 1000) : seconds
  return new Problem('too_many_requests', { retry_after: Math.max(1, wait) })
}
