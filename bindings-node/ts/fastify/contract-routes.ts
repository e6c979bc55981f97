/** The contract's routes in a context of their own: no parser, validator or error handler of ours reaches the application's. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { isTwoFactorError } from '../errors.ts'
import { OPERATIONS, type Operation } from '../http/contract.ts'
import { allPages, type Page } from '../http/pages.ts'
import { find, pathOf } from '../http/paths.ts'
import { NO_STORE, refused } from '../http/problems.ts'
import type { Routes } from '../http/routes.ts'
import { FastifyExchange, send } from './exchange.ts'
import type { Twinlock } from './index.ts'
import { HIDDEN, schemaOf } from './schemas.ts'

type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => unknown

/** What the routes are made of. */
export interface Parts<U> {
  /** Where the plugin was registered. */
  readonly application: FastifyInstance
  readonly routes: Routes<FastifyRequest, FastifyReply, U>
  /** Runs before every call of a signed-in user. */
  readonly authenticate: preHandlerAsyncHookHandler
  /** Whether these are the administration's. */
  readonly admin: boolean
}

// Refusals of Fastify itself, before a route is asked.
const OURS = { FST_ERR_CTP_INVALID_MEDIA_TYPE: 'not_json', FST_ERR_CTP_BODY_TOO_LARGE: 'too_large' } as const

/** Registers them on a context that has the prefix. */
export function addContract<U>(app: FastifyInstance, parts: Parts<U>): void {
  readNothing(app)
  app.setErrorHandler(refusalsFirst(parts))
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ ...NO_STORE })
  })
  const operations = OPERATIONS.filter(({ admin }) => admin === parts.admin)
  for (const operation of operations) addOperation(app, parts, operation)
  if (!parts.admin) for (const page of allPages()) addPage(app, page)
  addEverythingElse(app, parts)
}

/** Bodies stay unread until the contract reads them, and schemas only document. */
function readNothing(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => data => JSON.stringify(data))
}

/** Answers what is ours; the rest goes to the application's own error handler, the one that it has by then. */
function refusalsFirst<U>({ application, routes }: Parts<U>): ErrorHandler {
  const problems = problemsOf(routes)
  return async (error, request, reply) => {
    const code = (error as { code?: unknown } | null)?.code
    if (typeof code === 'string' && Object.hasOwn(OURS, code)) {
      return problems(refused(OURS[code as keyof typeof OURS]), request, reply)
    }
    if (isTwoFactorError(error)) return problems(error, request, reply)
    return application.errorHandler.call(application, error as FastifyError, request, reply)
  }
}

/** Answers a refusal of ours as a problem; anything else is thrown again. */
export function problemsOf<U>(routes: Routes<FastifyRequest, FastifyReply, U>): Twinlock['problems'] {
  return async (error, request, reply) => {
    if (!isTwoFactorError(error)) throw error
    const { status = 500, headers, body } = routes.refusal(error, request)
    return reply
      .code(status)
      .headers({ ...headers })
      .send(JSON.stringify(body))
  }
}

function addOperation<U>(app: FastifyInstance, parts: Parts<U>, operation: Operation): void {
  app.route({
    method: operation.method,
    url: operation.path.replace('{id}', ':id'),
    schema: schemaOf(operation),
    exposeHeadRoute: false,
    preHandler: (request, reply) => admit(parts, operation, request, reply),
    handler: (request, reply) => serve(parts.routes, operation, request, reply, idIn(request)),
  })
}

/** The origin before anybody is asked anything; nobody is signed in yet at the second step of a sign-in. */
async function admit<U>(
  { application, routes, authenticate }: Parts<U>,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  routes.checkOrigin(new FastifyExchange(request, reply))
  if (operation.id !== 'verify') await authenticate.call(application, request, reply)
}

function idIn(request: FastifyRequest): string {
  return (request.params as { id?: string }).id ?? ''
}

async function serve<U>(
  routes: Routes<FastifyRequest, FastifyReply, U>,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<FastifyReply> {
  const exchange = new FastifyExchange(request, reply)
  return send(exchange, await routes.answer(operation, exchange, id))
}

function addPage(app: FastifyInstance, { path, content, headers, isKnown }: Page): void {
  app.get(path, { schema: HIDDEN, exposeHeadRoute: false }, async (request, reply) => {
    if (content === undefined) throw refused('not_found')
    reply.headers({ ...headers })
    return isKnown(request.headers['if-none-match']) ? reply.code(304).send() : reply.send(content)
  })
}

/**
 * Other methods (405), and ids that Fastify's router does not take: by default no parameter may be longer than 100 characters,
 * while a user id may have 255 bytes.
 */
function addEverythingElse<U>(app: FastifyInstance, parts: Parts<U>): void {
  const { admin, routes } = parts
  const segments = app.prefix.split('/').length
  const pages = admin ? [] : allPages().map(({ path }) => path)
  app.route({
    method: app.supportedMethods,
    url: '/*',
    schema: HIDDEN,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const path = `/${pathOf(request.raw.url ?? '')
        .split('/')
        .slice(segments)
        .join('/')}`
      if (pages.includes(path)) return notAllowed(reply, 'GET')
      const match = find(request.method, path, admin)
      if (match === undefined) return reply.callNotFound()
      if ('allow' in match) return notAllowed(reply, match.allow)
      await admit(parts, match.operation, request, reply)
      return reply.sent ? reply : serve(routes, match.operation, request, reply, match.id)
    },
  })
}

function notAllowed(reply: FastifyReply, allow: string): FastifyReply {
  return reply.code(405).header('Allow', allow).send({ detail: 'Method Not Allowed' })
}
