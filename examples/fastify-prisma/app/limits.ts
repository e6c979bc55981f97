/** How often one may try: the first wall against guessing passwords. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from './problems.ts'

/** So many tries in so many seconds. */
export interface Rate {
  readonly tries: number
  readonly seconds: number
}

/** Counts one more try; throws `too_many_requests` with `retry_after` once there were too many. */
export type Limit = (request: FastifyRequest) => Promise<void>

const SECONDS = new Map([
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
])

/**
 * Reads rates such as `30/minute;300/hour`.
 * @throws RangeError
 */
export function parseRates(text: string): Rate[] {
  return text.split(';').map(part => {
    const [, tries = '', unit = ''] = /^\s*(\d{1,6})\s*\/\s*([a-z]+)\s*$/.exec(part) ?? []
    const seconds = SECONDS.get(unit)
    if (seconds === undefined || Number(tries) < 1) throw new RangeError('not a rate')
    return { tries: Number(tries), seconds }
  })
}

/**
 * A limit per address: an IPv4 address, or the /64 that one IPv6 customer has.
 *
 * The counts are in the memory of this process: with several of them, register `@fastify/rate-limit` with a Redis store.
 */
export function perAddress(app: FastifyInstance, rates: readonly Rate[]): Limit {
  return limit(app, rates)
}

/** A limit per account, whichever address it is used from. */
export function perAccount(
  app: FastifyInstance,
  rates: readonly Rate[],
  account: (request: FastifyRequest) => string,
): Limit {
  return limit(app, rates, account)
}

function limit(
  app: FastifyInstance,
  rates: readonly Rate[],
  keyGenerator?: (request: FastifyRequest) => string,
): Limit {
  const key = keyGenerator === undefined ? {} : { keyGenerator }
  // Each one by itself: as a route's `config.rateLimit` there can be only one.
  const windows = rates.map(({ tries, seconds }) =>
    app.createRateLimit({ max: tries, timeWindow: seconds * 1000, ...key }),
  )
  return async request => {
    for (const count of windows) {
      const found = await count(request)
      if (!found.isAllowed && found.isExceeded) {
        throw new Problem('too_many_requests', { retry_after: Math.max(1, found.ttlInSeconds) })
      }
    }
  }
}
