/** The signed-in user's own account: `/api/user`. */
import { Router } from 'express'
import { json, PasswordChange, taken } from './bodies.js'
import { checkPassword } from './passwords.js'
import { Problem } from './problems.js'
import { FRESH } from './twofactor.js'

/** @param {import('./application.js').Parts} parts */
export function userRoutes(parts) {
  const { accounts, sessions, twoFactor, tf, passwordLimit } = parts
  const api = Router()

  // Who is signed in, and how they proved it.
  api.get('/me', (req, res) => {
    const { id, username, email, role } = sessions.mustBeUser(req)
    res.json({ id, username, email, role, amr: req.session.amr })
  })

  // A new password. Every other session ends, trusted devices are asked for a code again.
  api.post('/password', ...passwordLimit, tf.required({ maxAge: FRESH, ifEnabled: true }), json, async (req, res) => {
    const user = sessions.mustBeUser(req)
    const { password, new_password: next } = taken(PasswordChange, req.body)
    if (!(await checkPassword(password, user.passwordHash))) throw new Problem('wrong_password')
    await accounts.changePassword(user, next)
    sessions.store.endAll(user.id, { keep: req.sessionID })
    await twoFactor.passwordChanged(user.id)
    res.status(204).end()
  })

  // The sensitive action: it wants a code that is not older than five minutes.
  api.delete('/account', tf.required({ maxAge: FRESH }), async (req, res) => {
    const user = sessions.mustBeUser(req)
    accounts.close(user.id)
    await finishClosing(parts, user.id)
    await sessions.end(req, res)
    res.status(204).end()
  })

  return api
}

/**
 * Erases the second factor, then the account; whatever fails is taken up at the next start. In this order nobody can ever sign in to
 * an account whose second factor is gone already.
 * @param {Pick<import('./application.js').Parts, 'accounts' | 'sessions' | 'twoFactor'>} parts
 * @param {string} userId
 */
export async function finishClosing({ accounts, sessions, twoFactor }, userId) {
  sessions.store.endAll(userId)
  await twoFactor.erase(userId)
  accounts.remove(userId)
}
