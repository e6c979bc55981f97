/**
 * Two-factor routes for Fastify 5: the whole HTTP contract, the guard, and the second step of a login.
 *
 * ```ts
 * await app.register(twinlock, { twoFactor, prefix: '/2fa', authenticate, user: req => req.user, onVerified, proof: 'bearer' })
 * app.post('/login', async (req, reply) => app.twinlock.login(req, reply, await checkPassword(req.body)))
 * app.post('/payout', { preHandler: app.twinlock.required({ maxAge: 300 }) }, payout)
 * app.setErrorHandler(app.twinlock.problems)
 * ```
 *
 * The routes live in a context of their own under `prefix`; `app.twinlock` is there for the whole application. Addresses that are no
 * UTF-8 are refused by Fastify itself (`frameworkErrors`).
 */
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  preHandlerAsyncHookHandler,
} from 'fastify'
import type { RequiredOptions } from '../http/guard.ts'
import { checked, misconfigured, type Options } from '../http/options.ts'
import { refused } from '../http/problems.ts'
import { Routes } from '../http/routes.ts'
import type { LoginOptions } from '../http/sign-in.ts'
import { addContract, problemsOf } from './contract-routes.ts'
import { FastifyExchange, send } from './exchange.ts'

export type { Answered } from '../http/answers.ts'
export type { RequiredOptions } from '../http/guard.ts'
export type { Options, ProofMode } from '../http/options.ts'
export { ProblemError } from '../http/problems.ts'
export type { LoginOptions } from '../http/sign-in.ts'
export { type Occasion, Verified } from '../http/verified.ts'

/**
 * For your own user's type, once per application:
 *
 * ```ts
 * declare module 'twinlock/fastify' {
 *   interface TwinlockTypes { user: User }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by applications
export interface TwinlockTypes {}

/** Your own user: anything with an `id` (text, or a whole number). */
export type TwinlockUser = TwinlockTypes extends { user: infer U } ? U : unknown

/** Hooks and settings; see {@link Options}. */
export interface TwinlockOptions<U = TwinlockUser> extends Options<FastifyRequest, FastifyReply, U> {
  /** Where the contract stands; default `/2fa`. */
  readonly prefix?: string
  /** Where the help desk's calls stand; without it they do not exist. */
  readonly adminPrefix?: string | undefined
  /**
   * Your own check of who is signed in, run before calls of signed-in users and before guards, with a promise or with `done`. What
   * it throws with status 401 is answered as `not_signed_in`, on which clients refresh their token.
   */
  readonly authenticate?:
    | ((request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => unknown)
    | undefined
}

/** `app.twinlock`: what the application's own routes use. */
export interface Twinlock {
  /**
   * A preHandler that lets through who proved a second factor. Throws with `statusCode`, `headers` and `code`: 401 `not_signed_in`,
   * 401 `assurance_required`, 403 `not_enabled`, or 5xx when the storage fails.
   * @throws configuration_error at once for settings that cannot be meant
   */
  required(options?: RequiredOptions): preHandlerAsyncHookHandler
  /**
   * Answers a login after the password was right: `onVerified`'s answer, or a challenge for `/verify`. Return it. Refusals of ours
   * are answers too; errors of your hooks and of the session reject. Nobody as `user` is 401 `not_signed_in`.
   */
  login(
    request: FastifyRequest,
    reply: FastifyReply,
    user: object | null | undefined | false,
    options?: LoginOptions,
  ): Promise<FastifyReply>
  /** At sign-out, before the session is destroyed: drops the proof from session or cookies. The browser stays known. */
  forget(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Error handler: answers our refusals as `application/problem+json`, and throws on what is not ours. */
  problems(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Two-factor authentication; see `twinlock/fastify`. */
    twinlock: Twinlock
  }
}

async function register<U>(app: FastifyInstance, options: TwinlockOptions<U>): Promise<void> {
  checked(options, ['prefix', 'adminPrefix', 'authenticate'])
  const { prefix = '/2fa', adminPrefix } = options
  const routes = new Routes<FastifyRequest, FastifyReply, U>(options, report)
  const authenticate = authenticationOf(options.authenticate)
  app.decorate('twinlock', faceOf(routes, authenticate))
  const parts = { application: app, routes, authenticate }
  await app.register(async context => addContract(context, { ...parts, admin: false }), { prefix })
  if (adminPrefix === undefined) return
  await app.register(async context => addContract(context, { ...parts, admin: true }), { prefix: adminPrefix })
}

// What the package fastify-plugin would say: the decorator is for the whole application; another Fastify than 5 is refused.
const META = {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'twinlock',
  [Symbol.for('plugin-meta')]: { fastify: '5.x', name: 'twinlock' },
}

/** The plugin: `await app.register(twinlock, { … })`. */
export const twinlock: FastifyPluginAsync<TwinlockOptions> = Object.assign(register<TwinlockUser>, META)
export default twinlock

function faceOf<U>(
  routes: Routes<FastifyRequest, FastifyReply, U>,
  authenticate: preHandlerAsyncHookHandler,
): Twinlock {
  return {
    required: (options = {}) => {
      const required = routes.required(options)
      return async function twoFactorRequired(request, reply) {
        await authenticate.call(this, request, reply)
        if (!reply.sent) await required(new FastifyExchange(request, reply))
      }
    },
    login: async (request, reply, user, options = {}) => {
      const exchange = new FastifyExchange(request, reply)
      return send(exchange, await routes.login(exchange, user as U | null | undefined | false, options))
    },
    forget: async (request, reply) => {
      const exchange = new FastifyExchange(request, reply)
      await routes.forget(exchange)
      for (const line of exchange.setCookieLines) reply.header('Set-Cookie', line)
    },
    problems: problemsOf(routes),
  }
}

/** The application's check in one form, its 401 in the contract's words. */
function authenticationOf<U>(authenticate: TwinlockOptions<U>['authenticate']): preHandlerAsyncHookHandler {
  if (authenticate === undefined) return async () => {}
  if (typeof authenticate !== 'function') throw misconfigured('authenticate has to be a function')
  return async function authenticated(request, reply) {
    try {
      await awaited(done => authenticate.call(this, request, reply, done), authenticate.length > 2)
    } catch (error) {
      throw (error as { statusCode?: unknown } | null)?.statusCode === 401 ? refused('not_signed_in') : error
    }
  }
}

function awaited(call: (done: (error?: Error) => void) => unknown, byCallback: boolean): unknown {
  if (!byCallback) return call(() => {})
  return new Promise<void>((resolve, reject) => {
    call(error => (error ? reject(error) : resolve()))
  })
}

/** Faults that we answer ourselves; the application's serializers see the error as they see any. */
function report(error: unknown, request: FastifyRequest): void {
  request.log.error({ err: error }, 'two-factor authentication refused because of a fault')
}
