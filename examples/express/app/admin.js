/** What an administrator sees: `/api/admin`. The second factor of a user is reset under `/api/admin/2fa`. */
import { Router } from 'express'
import { Problem } from './problems.js'

/** @param {import('./application.js').Parts} parts */
export function adminRoutes({ accounts, sessions, twoFactor, tf }) {
  const api = Router()

  // The role first, then a second factor (the guard), whatever the role.
  api.use((req, _res, next) => {
    if (sessions.mustBeUser(req).role !== 'admin') throw new Problem('not_administrator')
    next()
  }, tf.required())

  // The five figures of the admin page.
  api.get('/figures', async (_req, res) => {
    const { enabledUsers, enabled30d, disabled30d, failed30d } = await twoFactor.stats()
    res.json({
      users: accounts.count(),
      users_with_2fa: enabledUsers,
      enabled_30d: enabled30d,
      disabled_30d: disabled30d,
      failed_30d: failed30d,
    })
  })

  // Accounts by part of the name or address.
  api.get('/users', (req, res) => {
    const { search = '' } = req.query
    if (typeof search !== 'string') throw new Problem('malformed_request')
    const found = accounts.search(search.slice(0, 254))
    res.json(found.map(({ id, username, email, role }) => ({ id, username, email, role })))
  })

  return api
}
