/** The help desk's calls: refused unless `mayAdminister` says yes, and only with a second factor proved. */
import type { TwoFactor } from '../two-factor.ts'
import { type Answer, done, json } from './answers.ts'
import type { Body } from './bodies.ts'
import { truncated } from './client.ts'
import type { HandlerTable } from './contract.ts'
import type { Exchange } from './exchange.ts'
import type { Guard } from './guard.ts'

const ACTOR_BYTES = 128

/** Figures, one user's state, reset and unlock. */
export class Administration<R, P, U> {
  readonly #engine: TwoFactor
  readonly #guard: Guard<R, P, U>
  readonly #context: (exchange: Exchange<R, P>) => string

  constructor(engine: TwoFactor, guard: Guard<R, P, U>, context: (exchange: Exchange<R, P>) => string) {
    this.#engine = engine
    this.#guard = guard
    this.#context = context
  }

  /** Each call of the contract that is served here. */
  get table(): HandlerTable<R, P> {
    return {
      adminStats: exchange => this.#stats(exchange),
      adminUser: (exchange, _body, id) => this.#user(exchange, id),
      adminReset: (exchange, body, id) => this.#reset(exchange, body, id),
      adminUnlock: (exchange, _body, id) => this.#unlock(exchange, id),
    }
  }

  /** How many use it. */
  async #stats(exchange: Exchange<R, P>): Promise<Answer> {
    await this.#guard.administrator(exchange)
    const { enabledUsers, enabled30d, disabled30d, failed30d } = await this.#engine.stats()
    return json({
      enabled_users: enabledUsers,
      enabled_30d: enabled30d,
      disabled_30d: disabled30d,
      failed_30d: failed30d,
    })
  }

  /** One user's state. */
  async #user(exchange: Exchange<R, P>, id: string): Promise<Answer> {
    await this.#guard.administrator(exchange)
    return json((await this.#engine.status(id)).body())
  }

  /** Wipes, as sensitive as switching off one's own; who did it and why goes into the user's events. */
  async #reset(exchange: Exchange<R, P>, body: Body, id: string): Promise<Answer> {
    const actor = await this.#actor(exchange)
    await this.#engine.reset(id, { actor, reason: body.text('reason'), context: this.#context(exchange) })
    return done()
  }

  /** A new budget. */
  async #unlock(exchange: Exchange<R, P>, id: string): Promise<Answer> {
    const actor = await this.#actor(exchange)
    await this.#engine.unlock(id, { actor, context: this.#context(exchange) })
    return done()
  }

  async #actor(exchange: Exchange<R, P>): Promise<string> {
    return truncated(await this.#guard.administrator(exchange, this.#guard.freshSeconds), ACTOR_BYTES)
  }
}
