/** Puts the application together. */
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { addAccessTokens } from './access-tokens.ts'
import { Accounts } from './accounts.ts'
import { BODY_LIMIT, readJson } from './bodies.ts'
import { finishAllClosings } from './closing.ts'
import { openDatabase } from './database.ts'
import { addDocs } from './docs.ts'
import { addHeaders } from './headers.ts'
import { addPages } from './pages.ts'
import type { Parts } from './parts.ts'
import { answerProblems, Problem } from './problems.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { adminRoutes } from './routes/admin.ts'
import { authRoutes } from './routes/auth.ts'
import { userRoutes } from './routes/user.ts'
import { Sessions } from './sessions.ts'
import type { Settings } from './settings.ts'
import { addTwoFactor, passwordCheck } from './two-factor/hooks.ts'
import { TwoFactorService } from './two-factor/service.ts'

/** What tests replace. */
export interface Surroundings {
  /** Unix seconds. */
  readonly clock?: () => number
  readonly logger?: FastifyServerOptions['logger']
}

/** An application and what it is made of. */
export interface Application {
  readonly app: FastifyInstance
  readonly parts: Parts
}

/**
 * One instance, ready to listen; `app.close()` ends it.
 * @throws SettingsError when the database has no tables
 */
export async function createApp(
  settings: Settings,
  { clock = () => Date.now() / 1000, logger = true }: Surroundings = {},
): Promise<Application> {
  const app = fastify({
    logger: logger ?? false,
    bodyLimit: BODY_LIMIT,
    trustProxy: settings.trustProxy,
    // Addresses that are none, before any hook runs.
    frameworkErrors: (_error, _request, reply) => void new Problem('malformed_request').send(reply),
    // A number is no password, and an unknown member is nobody's business.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  })
  const prisma = await openDatabase(settings.databaseUrl, settings.development)
  app.addHook('onClose', () => prisma.$disconnect())
  const accounts = new Accounts(prisma, clock)
  const tokens = new RefreshTokens(prisma, settings, clock)
  const sessions = new Sessions(settings, accounts, tokens, clock)
  const twoFactor = new TwoFactorService({ settings, prisma, accounts, clock, log: app.log })
  const parts: Parts = { settings, accounts, tokens, sessions, twoFactor, clock }

  app.decorateRequest('signedIn', undefined)
  app.setErrorHandler(answerProblems)
  app.setNotFoundHandler((_request, reply) => new Problem('not_found').send(reply))
  readJson(app)
  await app.register(cookie)
  await app.register(rateLimit, { global: false })
  await addHeaders(app, settings)
  await addAccessTokens(app, settings, request => sessions.tokenOf(request))
  await addDocs(app)
  await addRoutes(app, parts)
  await tokens.purge()
  await finishAllClosings(parts)
  await app.ready()
  return { app, parts }
}

async function addRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  const reauthenticate = passwordCheck(app, parts)
  await addTwoFactor(app, parts, reauthenticate)
  await app.register(context => authRoutes(context, parts), { prefix: '/api/auth' })
  await app.register(context => userRoutes(context, parts, reauthenticate), { prefix: '/api/user' })
  await app.register(context => adminRoutes(context, parts), { prefix: '/api/admin' })
  await addPages(app, parts)
}
