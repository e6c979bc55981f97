/** Puts the application together. */

import { join } from 'node:path'
import express from 'express'
import { Accounts } from './accounts.js'
import { adminRoutes } from './admin.js'
import { authRoutes } from './auth.js'
import { openDatabase } from './database.js'
import { securityHeaders } from './headers.js'
import { perAccount } from './limits.js'
import { pageRoutes } from './pages.js'
import { answerProblems, notFound } from './problems.js'
import { SessionStore } from './session-store.js'
import { refuseForeignOrigin, refuseWithoutToken, Sessions } from './sessions.js'
import { ADMIN_BASE, BASE, makeRoutes, openTwoFactor } from './twofactor.js'
import { finishClosing, userRoutes } from './user.js'

/**
 * What the routes are made of.
 * @typedef {object} Parts
 * @property {import('./settings.js').Settings} settings
 * @property {Accounts} accounts
 * @property {Sessions} sessions
 * @property {import('twinlock').TwoFactor} twoFactor
 * @property {import('twinlock/express').Twinlock<import('./accounts.js').User>} tf
 * @property {import('express').RequestHandler[]} passwordLimit
 */

/**
 * One instance; what an earlier one began and did not finish is finished first.
 * @param {import('./settings.js').Settings} settings
 * @param {() => number} clock Unix seconds; tests hand in one that they can move
 */
export async function createApp(settings, clock = () => Date.now() / 1000) {
  const parts = makeParts(settings, clock)
  parts.sessions.store.purge()
  for (const id of parts.accounts.closed()) await finishClosing(parts, id)
  return { app: assemble(parts), ...parts }
}

/** @param {import('./settings.js').Settings} settings @param {() => number} clock */
function makeParts(settings, clock) {
  const db = openDatabase(join(settings.data, 'users.db'))
  const accounts = new Accounts(db, clock)
  const sessions = new Sessions(accounts, new SessionStore(db, clock), settings, clock)
  const twoFactor = openTwoFactor(settings, clock)
  const tf = makeRoutes(twoFactor, sessions)
  return { settings, accounts, sessions, twoFactor, tf, passwordLimit: perAccount(settings.signInLimit) }
}

/** @param {Parts} parts */
function assemble(parts) {
  const { settings, sessions, tf, passwordLimit } = parts
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', settings.trustProxy)
  app.use(logRequests, securityHeaders(settings))
  app.use(sessions.middleware)
  app.use('/api', refuseForeignOrigin, refuseWithoutToken)
  // These ask for the password; Twinlock's own codes have their budget.
  app.post([`${BASE}/setup`, `${BASE}/disable`], ...passwordLimit)
  app.use(BASE, tf.router)
  app.use(ADMIN_BASE, tf.adminRouter)
  app.use('/api/auth', authRoutes(parts))
  app.use('/api/user', userRoutes(parts))
  app.use('/api/admin', adminRoutes(parts))
  app.use(pageRoutes(parts))
  app.use(notFound, tf.problems, answerProblems)
  return app
}

/**
 * One line for each request: no query, no header, no body.
 * @param {import('express').Request} req
 * @param {import('express').Response} res
 * @param {() => void} next
 */
function logRequests(req, res, next) {
  const { method, path } = req
  res.on('finish', () => console.info(`${method} ${path} ${res.statusCode}`))
  next()
}
