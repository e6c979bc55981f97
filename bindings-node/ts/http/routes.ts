/** The contract as one object: a framework turns requests into exchanges, asks it, and sends what it answers. */
import type { TwoFactor } from '../two-factor.ts'
import { Administration } from './admin.ts'
import type { Answer } from './answers.ts'
import { Body } from './bodies.ts'
import { Calls } from './calls.ts'
import { context } from './client.ts'
import type { Handler, Operation } from './contract.ts'
import type { Exchange } from './exchange.ts'
import { checkedRequired, Guard, type RequiredOptions } from './guard.ts'
import { Hooks } from './hooks.ts'
import type { Options } from './options.ts'
import { OriginCheck } from './origin.ts'
import { forFramework, NO_STORE, refusal, refused, type Telling } from './problems.ts'
import { Proof } from './proof.ts'
import { type LoginOptions, SignIn } from './sign-in.ts'

/** The calls, the guard and the login of one application. */
export class Routes<R, P, U> {
  readonly #origin: OriginCheck
  readonly #proof: Proof<R>
  readonly #guard: Guard<R, P, U>
  readonly #signIn: SignIn<R, P, U>
  readonly #handlers: ReadonlyMap<string, Handler<R, P>>
  readonly #report: (error: unknown, request: R) => void

  /**
   * @param options - checked
   * @param report - how the framework logs a fault that we answer ourselves
   */
  constructor(options: Options<R, P, U>, report: (error: unknown, request: R) => void) {
    const engine: TwoFactor = options.twoFactor
    const hooks = new Hooks(options)
    const where = (exchange: Exchange<R, P>) => contextOf(exchange, options.clientIp)
    this.#report = options.onFault ?? report
    this.#origin = new OriginCheck(options.allowedOrigins ?? [], options.proof === 'bearer')
    this.#proof = new Proof(options)
    this.#guard = new Guard(engine, hooks, this.#proof, options.setupUrl)
    this.#signIn = new SignIn(engine, hooks, this.#proof, this.#guard, where)
    const calls = new Calls(engine, hooks, this.#proof, this.#guard, where)
    const administration = new Administration(engine, this.#guard, where)
    const tables = { ...this.#signIn.table, ...calls.table, ...administration.table }
    this.#handlers = new Map(Object.entries(tables))
  }

  /**
   * The first of all checks, for frameworks that ask something else before a call is served.
   * @throws ProblemError `origin_refused`
   */
  checkOrigin(exchange: Exchange<R, P>): void {
    this.#origin.check(exchange)
  }

  /** Serves a call: what all have in common is origin, body, refusals, no caching. Errors of hooks are thrown. */
  async answer(operation: Operation, exchange: Exchange<R, P>, id: string): Promise<Answer> {
    const handler = this.#handlers.get(operation.id)
    const telling = { operation: operation.problemsAs, maxAge: this.#guard.freshSeconds }
    return this.#told(exchange, telling, async () => {
      this.#origin.check(exchange)
      const body = operation.takesBody ? await exchange.readBody() : new Body({})
      if (handler === undefined) throw refused('not_found')
      return handler(exchange, body, id)
    })
  }

  /** What a login answers after the password was right; `user` is nobody when it was not. */
  async login(exchange: Exchange<R, P>, user: U | null | undefined | false, options: LoginOptions): Promise<Answer> {
    return this.#told(exchange, { operation: 'login' }, async () => {
      this.#origin.check(exchange)
      if (user === null || user === undefined || user === false) throw refused('not_signed_in', { operation: 'login' })
      return this.#signIn.login(exchange, user, options)
    })
  }

  /** A whole login: origin and body first, then the application's check of the password. */
  async loginWith(
    exchange: Exchange<R, P>,
    check: (body: Body) => Promise<{ user: U | null | undefined | false; options: LoginOptions }>,
  ): Promise<Answer> {
    let checked: Awaited<ReturnType<typeof check>>
    try {
      this.#origin.check(exchange)
      checked = await check(await exchange.readBody())
    } catch (error) {
      return this.refusal(error, exchange.request, { operation: 'login' })
    }
    return this.login(exchange, checked.user, checked.options)
  }

  /** A guard for the application's own routes: gives the user, or throws what the framework's error handling takes. */
  required(options: RequiredOptions): (exchange: Exchange<R, P>) => Promise<U> {
    const { maxAge, ifEnabled } = checkedRequired(options)
    return async exchange => {
      try {
        return await this.#guard.require(exchange, { maxAge, ifEnabled })
      } catch (error) {
        throw forFramework(error, 'guard')
      }
    }
  }

  /** At sign-out: drops the proof from session or cookies. The browser stays known, so its owner keeps its lane. */
  async forget(exchange: Exchange<R, P>): Promise<void> {
    this.#proof.forget(exchange)
    await this.#proof.commit(exchange)
  }

  async #told(exchange: Exchange<R, P>, telling: Telling, call: () => Promise<Answer>): Promise<Answer> {
    let answer: Answer
    try {
      answer = await call()
    } catch (error) {
      answer = this.refusal(error, exchange.request, telling)
    }
    await this.#proof.commit(exchange)
    return { ...answer, headers: { ...answer.headers, ...NO_STORE } }
  }

  /** The answer to a refusal that somebody threw; a fault is told to the operator. What is not ours is thrown again. */
  refusal(error: unknown, request: R, telling: Telling = {}): Answer {
    const answer = refusal(error, telling)
    if ((answer.status ?? 0) >= 500) this.#report(error, request)
    return answer
  }
}

function contextOf<R, P>(exchange: Exchange<R, P>, clientIp: Options<R, P, never>['clientIp']): string {
  const address = clientIp === undefined ? exchange.address : clientIp(exchange.request)
  return context(exchange.header('user-agent') ?? '', address ?? undefined)
}
