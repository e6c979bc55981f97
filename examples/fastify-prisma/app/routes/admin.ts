/** What an administrator sees: `/api/admin`. The second factor of a user is reset under `/api/admin/2fa`. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isAdmin } from '../accounts.ts'
import type { Parts } from '../parts.ts'
import { malformed, Problem } from '../problems.ts'

const TAGS = ['admin']

/** Adds them: the role first, then a second factor (the guard), whatever the role. */
export async function adminRoutes(app: FastifyInstance, { accounts, sessions, twoFactor }: Parts): Promise<void> {
  app.addHook('preHandler', async (request: FastifyRequest) => {
    if (!isAdmin((await sessions.required(request)).user)) throw new Problem('not_administrator')
  })
  app.addHook('preHandler', app.twinlock.required())

  app.get('/figures', { schema: { tags: TAGS, summary: 'The five figures of the admin page' } }, () =>
    twoFactor.figures(),
  )

  app.get<{ Querystring: { search?: unknown } }>(
    '/users',
    { schema: { tags: TAGS, summary: 'Accounts by part of the name or address, at most 50' } },
    async request => {
      const { search = '' } = request.query
      if (typeof search !== 'string') throw malformed('search', 'must be text')
      const found = await accounts.search(search.slice(0, 254))
      return found.map(({ id, username, email, role }) => ({ id, username, email, role }))
    },
  )
}
