/** Register, sign in, go on, sign out: `/api/auth`. */
import { Router } from 'express'
import { Credentials, json, Registration, taken } from './bodies.js'
import { perAddress } from './limits.js'
import { Problem } from './problems.js'
import { REMEMBER } from './twofactor.js'

/** @param {import('./application.js').Parts} parts */
export function authRoutes({ accounts, sessions, settings, tf }) {
  const api = Router()

  // Make an account. Sign in with it afterwards.
  api.post('/register', ...perAddress(settings.registerLimit), json, async (req, res) => {
    res.status(201).json(await accounts.create(taken(Registration, req.body)))
  })

  // A session, or `two_factor_required` with a challenge for `/api/auth/2fa/verify`. Twinlock reads the body, for the code may be in it.
  const login = tf.twinlockLogin(
    async req => {
      const { username, password } = taken(Credentials, req.body)
      const user = await accounts.authenticate(username, password)
      if (user) return user
      throw new Problem('wrong_credentials')
    },
    { carry: req => (req.body.remember ? REMEMBER : undefined) },
  )
  api.post('/login', ...perAddress(settings.signInLimit), login)

  // A session needs no new tokens; who asks hears whether it still goes on.
  api.post('/refresh', async (req, res) => {
    if (!sessions.user(req)) throw new Problem('session_ended')
    res.json({})
  })

  api.post('/logout', async (req, res) => {
    await tf.forget(req, res)
    await sessions.end(req, res)
    res.status(204).end()
  })

  return api
}
