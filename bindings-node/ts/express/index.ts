/**
 * Two-factor routes for Express 5: the whole HTTP contract, the guard, and the second step of a login.
 *
 * ```ts
 * const tf = twinlock({ twoFactor, user: req => req.session.user, onVerified: signIn })
 * app.use('/2fa', tf.router)
 * app.post('/login', tf.twinlockLogin(req => checkPassword(req.body)))
 * app.post('/payout', tf.required({ maxAge: 300 }), payout)
 * app.use(tf.problems)
 * ```
 *
 * Where things are: this file is the public face, `http/routes.ts` the contract; `http/proof.ts` says where tokens live.
 */
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express'
import { isTwoFactorError } from '../errors.ts'
import type { Answer } from '../http/answers.ts'
import type { RequiredOptions } from '../http/guard.ts'
import { checked, type Options } from '../http/options.ts'
import { allPages, type Page } from '../http/pages.ts'
import { find, type Match, pathOf } from '../http/paths.ts'
import { NO_STORE, refusal, refused } from '../http/problems.ts'
import { Routes } from '../http/routes.ts'
import type { LoginOptions } from '../http/sign-in.ts'
import type { MaybePromise } from '../storage.ts'
import { ExpressExchange, send } from './exchange.ts'

export type { Answered } from '../http/answers.ts'
export type { RequiredOptions } from '../http/guard.ts'
export type { Options, ProofMode } from '../http/options.ts'
export { ProblemError } from '../http/problems.ts'
export type { LoginOptions } from '../http/sign-in.ts'
export { type Occasion, Verified } from '../http/verified.ts'

/** Hooks and settings; see {@link Options}. `U` is your own user. */
export type TwinlockOptions<U> = Options<Request, Response, U>

/** What a login made with {@link Twinlock.twinlockLogin} may be given beside the check of the password. */
export interface LoginSettings<U> {
  /** Text of at most 512 bytes that comes back as `verified.carry`: remember-me, the page to return to. */
  readonly carry?: ((req: Request, user: U) => MaybePromise<string | null | undefined>) | undefined
  /** Refuse with `code_required` when a code is due and none came. Default false: a challenge is answered. */
  readonly oneCall?: boolean | undefined
}

/** Two-factor authentication for one Express application. */
export interface Twinlock<U> {
  /** The contract and the pages: `app.use('/2fa', tf.router)`. What it does not know it leaves to `next()`. */
  readonly router: RequestHandler
  /** The help desk's calls: `app.use('/2fa/admin', tf.adminRouter)`. */
  readonly adminRouter: RequestHandler
  /**
   * Lets through who proved a second factor. Refuses by `next(error)` with `error.status`, `error.headers` and `error.code`:
   * 401 `not_signed_in`, 401 `assurance_required`, 403 `not_enabled`, or 5xx when the storage fails.
   * @throws configuration_error at once for settings that cannot be meant
   */
  required(options?: RequiredOptions): RequestHandler
  /**
   * A whole login: the check of the password, then what {@link Twinlock.login} answers. Members `code`, `next_codes` and
   * `trust_device` of the body make it one call. A body that nobody has parsed is read here and put into `req.body`.
   * @param check - gives the user whose password was right, else nothing (401 `not_signed_in`) or throws
   */
  twinlockLogin(
    check: (req: Request) => MaybePromise<U | null | undefined | false>,
    settings?: LoginSettings<U>,
  ): RequestHandler
  /**
   * Answers a login after the password was right: `onVerified`'s answer, or a challenge for `/verify`. Refusals of ours are answers
   * too; errors of your hooks and of the session reject.
   */
  login(req: Request, res: Response, user: U | null | undefined | false, options?: LoginOptions): Promise<void>
  /** At sign-out, before the session is destroyed: drops the proof from session or cookies. The browser stays known. */
  forget(req: Request, res: Response): Promise<void>
  /** Error middleware: answers our refusals anywhere in the application as `application/problem+json`. */
  readonly problems: ErrorRequestHandler
}

/**
 * Makes the routes, guard and login of one application.
 * @param options - hooks and settings
 * @throws configuration_error for settings that cannot be meant, unknown names above all
 */
export function twinlock<U>(options: TwinlockOptions<U>): Twinlock<U> {
  const routes = new Routes<Request, Response, U>(checked(options), report)
  const login: Twinlock<U>['login'] = async (req, res, user, options = {}) => {
    const exchange = new ExpressExchange(req, res)
    await send(exchange, await routes.login(exchange, user, options))
  }
  return {
    router: routerOf(routes, false),
    adminRouter: routerOf(routes, true),
    required: (options = {}) => guardOf(routes, options),
    twinlockLogin: (check, settings = {}) => loginOf(routes, check, settings),
    login,
    forget: async (req, res) => {
      const exchange = new ExpressExchange(req, res)
      await routes.forget(exchange)
      for (const line of exchange.setCookieLines) res.append('Set-Cookie', line)
    },
    problems: problemsOf(routes),
  }
}
export default twinlock

/** What rejects goes to Express's error handling, whatever version of Express or wrapper calls us. */
function handler(run: (req: Request, res: Response, next: NextFunction) => Promise<void>): RequestHandler {
  return (req, res, next) => {
    run(req, res, next).catch(next)
  }
}

function routerOf<U>(routes: Routes<Request, Response, U>, admin: boolean): RequestHandler {
  const pages = admin ? [] : allPages()
  return handler(async (req, res, next) => {
    const path = pathOf(req.url)
    const page = pages.find(page => page.path === path)
    if (page !== undefined) return servePage(page, req, res)
    const match = find(req.method, path, admin)
    if (match === undefined) return next()
    return serve(routes, match, req, res)
  })
}

async function serve<U>(
  routes: Routes<Request, Response, U>,
  match: Match,
  req: Request,
  res: Response,
): Promise<void> {
  // Also for what the application's own error handling will answer.
  for (const [name, value] of Object.entries(NO_STORE)) res.setHeader(name, value)
  if ('allow' in match) return notAllowed(res, match.allow)
  const exchange = new ExpressExchange(req, res)
  await send(exchange, await routes.answer(match.operation, exchange, match.id))
}

function servePage(page: Page, req: Request, res: Response): void {
  const { content, headers } = page
  if (req.method !== 'GET') notAllowed(res, 'GET')
  else if (content === undefined) tell(res, refusal(refused('not_found')))
  else {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    const known = page.isKnown(req.headers['if-none-match'])
    res.statusCode = known ? 304 : 200
    res.end(known ? undefined : content)
  }
}

function notAllowed(res: Response, allow: string): void {
  res.statusCode = 405
  res.setHeader('Allow', allow)
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.end('{"detail":"Method Not Allowed"}')
}

function guardOf<U>(routes: Routes<Request, Response, U>, options: RequiredOptions): RequestHandler {
  const required = routes.required(options)
  return handler(async (req, res, next) => {
    await required(new ExpressExchange(req, res))
    next()
  })
}

function loginOf<U>(
  routes: Routes<Request, Response, U>,
  check: (req: Request) => MaybePromise<U | null | undefined | false>,
  { carry, oneCall }: LoginSettings<U>,
): RequestHandler {
  return handler(async (req, res) => {
    const exchange = new ExpressExchange(req, res)
    const answer = await routes.loginWith(exchange, async body => {
      req.body ??= body.members
      const user = await check(req)
      const options = { code: body.optionalCode(), nextCodes: body.nextCodes(), trustDevice: body.flag('trust_device') }
      const carried = user && carry !== undefined ? await carry(req, user) : undefined
      return { user, options: { ...options, carry: carried, oneCall } }
    })
    await send(exchange, answer)
  })
}

function problemsOf<U>(routes: Routes<Request, Response, U>): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (!isTwoFactorError(error) || res.headersSent) return next(error)
    tell(res, routes.refusal(error, req))
  }
}

function tell(res: Response, { status = 500, headers = {}, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.statusCode = status
  res.end(JSON.stringify(body))
}

/** As Express's own last handler logs what it answers. */
function report(error: unknown, req: Request): void {
  if (req.app.get('env') !== 'test') console.error(error)
}
