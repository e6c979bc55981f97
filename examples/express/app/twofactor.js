/** Twinlock in this application: the engine, and the hooks that tie it to our users and sessions. */

import { join } from 'node:path'
import { KeyRing, SqliteStorage, TwoFactor } from 'twinlock'
import { twinlock } from 'twinlock/express'
import { checkPassword } from './passwords.js'
import { SettingsError } from './settings.js'

export const BASE = '/api/auth/2fa'
export const ADMIN_BASE = '/api/admin/2fa'
/** Carried through the second step by Twinlock, sealed. */
export const REMEMBER = 'remember'
/** A sensitive action wants a code that is not older than this, in seconds. */
export const FRESH = 300

/**
 * The engine on its own SQLite file.
 * @param {import('./settings.js').Settings} settings
 * @param {() => number} clock Unix seconds
 * @throws {SettingsError} when the keys cannot be read
 */
export function openTwoFactor({ twinlockKeys, data, development }, clock) {
  return new TwoFactor({
    issuer: development ? 'Twinlock Demo' : 'Twinlock Example',
    storage: new SqliteStorage(join(data, '2fa.db')),
    keys: readKeys(twinlockKeys),
    clock,
    onEvent: logEvent,
  })
}

/** @param {string} text */
function readKeys(text) {
  try {
    return KeyRing.fromText(text)
  } catch (error) {
    throw new SettingsError(`TWINLOCK_KEYS: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * What happened goes to the audit log. Twinlock's events hold no code, secret or token.
 * @param {import('twinlock').TwoFactorEvent} event
 * @param {boolean} durable
 */
function logEvent({ type, userId, success }, durable) {
  console.info(`audit: ${type} user=${userId} success=${success} durable=${durable}`)
}

/**
 * The HTTP contract of Twinlock, with our hooks. The proof lives in the session, whose id Twinlock changes at each success.
 * @param {TwoFactor} twoFactor
 * @param {import('./sessions.js').Sessions} sessions
 */
export function makeRoutes(twoFactor, sessions) {
  return twinlock({
    twoFactor,
    user: req => sessions.user(req),
    onVerified: (req, verified, res) => signIn(sessions, req, verified, res),
    proof: 'session',
    requiredFor: user => user.role === 'admin',
    reauthenticate: (_req, user, password) => checkPassword(password, user.passwordHash),
    mayAdminister: req => sessions.user(req)?.role === 'admin',
    csrf: req => req.session.csrf,
    setupUrl: '/account',
  })
}

/**
 * Signs in whoever has proved who they are; setup and step-up go on with the session there is. Either way, sessions of this user from
 * before the second factor end.
 * @param {import('./sessions.js').Sessions} sessions
 * @param {import('express').Request} req
 * @param {import('twinlock/express').Verified} verified
 * @param {import('express').Response} res
 */
function signIn(sessions, req, { userId, occasion, method, assurance, carry }, res) {
  const amr = ['totp', 'backup_code'].includes(method) ? ['pwd', 'otp'] : ['pwd']
  if (occasion === 'sign_in') sessions.begin(req, res, userId, carry === REMEMBER)
  Object.assign(req.session, { amr, proven: assurance !== undefined })
  if (assurance) sessions.store.endAll(userId, { keep: req.sessionID, unprovenOnly: true })
  return {}
}
