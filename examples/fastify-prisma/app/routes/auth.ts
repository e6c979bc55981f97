/** Register, sign in, refresh, sign out: `/api/auth`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Registration } from '../accounts.ts'
import { credentials, refresh, registration } from '../bodies.ts'
import { perAddress } from '../limits.ts'
import type { Parts } from '../parts.ts'
import { Problem } from '../problems.ts'

interface Credentials {
  readonly username: string
  readonly password: string
  readonly code?: string | null
  readonly next_codes?: readonly string[]
  readonly trust_device?: boolean
}

interface Refresh {
  readonly refresh_token?: string | null
}

const TAGS = ['auth']

/** Adds them; what comes after the password is Twinlock's `login`. */
export async function authRoutes(app: FastifyInstance, { settings, accounts, tokens, sessions }: Parts): Promise<void> {
  app.addHook('preHandler', sessions.refuseForeignOrigin)
  const signInLimit = perAddress(app, settings.signInLimit)
  const registerLimit = perAddress(app, settings.registerLimit)

  app.post<{ Body: Registration }>(
    '/register',
    { onRequest: registerLimit, schema: { tags: TAGS, summary: 'Make an account', body: registration } },
    async (request, reply) => {
      const { id, username } = await accounts.create(request.body)
      return reply.code(201).send({ id, username })
    },
  )

  app.post<{ Body: Credentials }>(
    '/login',
    {
      onRequest: signInLimit,
      schema: { tags: TAGS, summary: 'Sign in: tokens, or a challenge for `2fa/verify`', body: credentials },
    },
    async (request, reply) => {
      const { username, password, code, next_codes: nextCodes, trust_device: trustDevice } = request.body
      const user = await accounts.authenticate(username, password)
      if (user === null) throw new Problem('wrong_credentials')
      return app.twinlock.login(request, reply, user, { code, nextCodes, trustDevice })
    },
  )

  app.post<{ Body: Refresh | null }>(
    '/refresh',
    { schema: { tags: TAGS, summary: 'New tokens for a refresh token, which works once', body: refresh } },
    async (request, reply) => {
      const issued = await tokens.rotate(refreshTokenOf(request) ?? '')
      if (issued !== null) return sessions.tell(request, reply, issued)
      sessions.clear(reply)
      throw new Problem('session_ended')
    },
  )

  app.post<{ Body: Refresh | null }>(
    '/logout',
    { schema: { tags: TAGS, summary: 'Sign out: tokens of this sign-in are revoked', body: refresh } },
    async (request, reply) => {
      const found = await sessions.signedIn(request)
      await tokens.endFamily(refreshTokenOf(request), found?.claims)
      return leave(request, reply)
    },
  )

  function refreshTokenOf(request: FastifyRequest<{ Body: Refresh | null }>): string | undefined {
    return request.body?.refresh_token ?? sessions.readCookie(request, 'refresh')
  }

  async function leave(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await app.twinlock.forget(request, reply)
    sessions.clear(reply)
    return reply.code(204).send()
  }
}
