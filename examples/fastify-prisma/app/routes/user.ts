/** The signed-in user's own account: `/api/user`. */
import type { FastifyInstance } from 'fastify'
import { passwordChange } from '../bodies.ts'
import { finishClosing } from '../closing.ts'
import type { Parts } from '../parts.ts'
import { malformed, Problem } from '../problems.ts'
import type { Reauthenticate } from '../two-factor/hooks.ts'

interface PasswordChange {
  readonly password: string
  readonly new_password: string
}

interface AuditQuery {
  readonly cursor?: unknown
  readonly limit?: unknown
}

/** A sensitive action wants a code that is not older than this, in seconds. */
const FRESH = 300
const TAGS = ['user']
const MOST = 200

/** Adds them; `app.twinlock.required` guards the sensitive ones. */
export async function userRoutes(app: FastifyInstance, parts: Parts, reauthenticate: Reauthenticate): Promise<void> {
  const { accounts, tokens, sessions, twoFactor } = parts
  app.addHook('preHandler', sessions.refuseForeignOrigin)

  app.get('/me', { schema: { tags: TAGS, summary: 'Who is signed in, and how they proved it' } }, async request => {
    const { user, claims } = await sessions.required(request)
    const { id, username, email, role } = user
    return { id, username, email, role, amr: claims.proof.amr, expires_in: Math.ceil(claims.expiresAt - parts.clock()) }
  })

  app.get<{ Querystring: AuditQuery }>(
    '/audit',
    {
      schema: { tags: TAGS, summary: 'What happened to your second factor, newest first', querystring: AUDIT_QUERY },
      // The password alone does not show it.
      preHandler: app.twinlock.required({ ifEnabled: true }),
    },
    async request => {
      const { user } = await sessions.required(request)
      const { cursor, limit = '20' } = request.query
      if (cursor !== undefined && typeof cursor !== 'string') throw malformed('cursor', 'as the page before gave it')
      const count = Number(limit)
      if (!(Number.isInteger(count) && count >= 1 && count <= MOST)) throw malformed('limit', `1 to ${MOST}`)
      return twoFactor.auditLog(user.id, { cursor, limit: count })
    },
  )

  app.post<{ Body: PasswordChange }>(
    '/password',
    {
      schema: { tags: TAGS, summary: 'Change the password; every other session ends', body: passwordChange },
      preHandler: app.twinlock.required({ maxAge: FRESH, ifEnabled: true }),
    },
    async (request, reply) => {
      const { user, claims } = await sessions.required(request)
      const { password, new_password: newPassword } = request.body
      if (!(await reauthenticate(request, user, password))) throw new Problem('wrong_password')
      await accounts.changePassword(user.id, newPassword)
      await tokens.endOthers(user.id, { keep: claims.family })
      // Trusted devices are asked for a code again.
      await twoFactor.engine.passwordChanged(user.id)
      return reply.code(204).send()
    },
  )

  app.delete(
    '/account',
    {
      schema: { tags: TAGS, summary: 'Delete the account: wants a code not older than five minutes' },
      preHandler: app.twinlock.required({ maxAge: FRESH }),
    },
    async (request, reply) => {
      const { user } = await sessions.required(request)
      await accounts.close(user.id)
      await finishClosing(parts, user.id)
      await app.twinlock.forget(request, reply)
      sessions.clear(reply)
      return reply.code(204).send()
    },
  )
}

const AUDIT_QUERY = {
  type: 'object',
  properties: {
    cursor: { type: 'string', description: '`next_cursor` of the page before' },
    limit: { type: 'string', description: `1 to ${MOST}, default 20` },
  },
}
