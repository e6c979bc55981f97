/** The calls of the contract: one method each, named in `table` by the contract's `operationId`. */
import type { StatusBody } from '../status.ts'
import type { TwoFactor } from '../two-factor.ts'
import { type Answer, done, json } from './answers.ts'
import type { Body } from './bodies.ts'
import type { HandlerTable } from './contract.ts'
import type { Exchange } from './exchange.ts'
import type { Caller, Guard } from './guard.ts'
import type { Hooks } from './hooks.ts'
import { refused } from './problems.ts'
import type { Proof } from './proof.ts'

/** What a signed-in user sees and changes. */
export class Calls<R, P, U> {
  readonly #engine: TwoFactor
  readonly #hooks: Hooks<R, P, U>
  readonly #proof: Proof<R>
  readonly #guard: Guard<R, P, U>
  readonly #context: (exchange: Exchange<R, P>) => string

  constructor(
    engine: TwoFactor,
    hooks: Hooks<R, P, U>,
    proof: Proof<R>,
    guard: Guard<R, P, U>,
    context: (exchange: Exchange<R, P>) => string,
  ) {
    this.#engine = engine
    this.#hooks = hooks
    this.#proof = proof
    this.#guard = guard
    this.#context = context
  }

  /** Each call of the contract that is served here. */
  get table(): HandlerTable<R, P> {
    return {
      status: exchange => this.#status(exchange),
      beginSetup: (exchange, body) => this.#beginSetup(exchange, body),
      disable: (exchange, body) => this.#disable(exchange, body),
      regenerateBackupCodes: exchange => this.#regenerateBackupCodes(exchange),
      backupCodesSaved: exchange => this.#backupCodesSaved(exchange),
      renameAuthenticator: (exchange, body, id) => this.#renameAuthenticator(exchange, body, id),
      removeAuthenticator: (exchange, _body, id) => this.#removeAuthenticator(exchange, id),
      listDevices: exchange => this.#listDevices(exchange),
      revokeDevice: (exchange, _body, id) => this.#revokeDevice(exchange, id),
      revokeAllDevices: exchange => this.#revokeAllDevices(exchange),
      listEvents: exchange => this.#listEvents(exchange),
    }
  }

  /** All that a page needs. */
  async #status(exchange: Exchange<R, P>): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    const required = await this.#hooks.mustHaveSecondFactor(caller.user)
    const csrf = this.#hooks.csrf(exchange.request)
    return json({ ...(await this.#statusOf(exchange, caller)), required, ...(csrf === undefined ? {} : { csrf }) })
  }

  /** A new secret, after a step-up or, the first time, the password. */
  async #beginSetup(exchange: Exchange<R, P>, body: Body): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    const setup = body.optionalText('setup') ?? (await this.#proof.setup(exchange))
    if (!caller.enabled) await this.#reauthenticate(exchange, caller, body)
    const enrollment = await this.#engine.beginEnrollment(caller.id, {
      accountName: this.#hooks.nameOf(caller.user),
      assurance: caller.enabled ? caller.assurance : undefined,
      setup,
      context: this.#context(exchange),
    })
    this.#proof.keepSetup(exchange, enrollment.setup)
    return json(enrollment.body(), 201)
  }

  /** Switches off, unless the application wants this user to keep it. */
  async #disable(exchange: Exchange<R, P>, body: Body): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    if (await this.#hooks.mustHaveSecondFactor(caller.user)) throw refused('required_by_policy')
    if (caller.enabled) await this.#reauthenticate(exchange, caller, body)
    await this.#engine.disable(caller.id, { assurance: caller.assurance, context: this.#context(exchange) })
    this.#proof.forget(exchange)
    return done()
  }

  /** A new set. */
  async #regenerateBackupCodes(exchange: Exchange<R, P>): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    const options = { assurance: caller.assurance, context: this.#context(exchange) }
    return json({ backup_codes: await this.#engine.regenerateBackupCodes(caller.id, options) })
  }

  /** The user says so. */
  async #backupCodesSaved(exchange: Exchange<R, P>): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    await this.#engine.backupCodesSaved(caller.id, { context: this.#context(exchange) })
    return done()
  }

  /** Another name. */
  async #renameAuthenticator(exchange: Exchange<R, P>, body: Body, id: string): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    const { assurance } = caller
    const options = { assurance, id, name: body.text('name'), context: this.#context(exchange) }
    await this.#engine.renameAuthenticator(caller.id, options)
    return done()
  }

  /** All but the last. */
  async #removeAuthenticator(exchange: Exchange<R, P>, id: string): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    const options = { assurance: caller.assurance, id, context: this.#context(exchange) }
    await this.#engine.removeAuthenticator(caller.id, options)
    return done()
  }

  /** The devices part of the status. */
  async #listDevices(exchange: Exchange<R, P>): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    return json({ devices: (await this.#statusOf(exchange, caller)).devices })
  }

  /** One of them. */
  async #revokeDevice(exchange: Exchange<R, P>, id: string): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    await this.#engine.revokeDevice(caller.id, { id, context: this.#context(exchange) })
    return done()
  }

  /** All of them. */
  async #revokeAllDevices(exchange: Exchange<R, P>): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    await this.#engine.revokeAllDevices(caller.id, { context: this.#context(exchange) })
    return done()
  }

  /** One page of what happened. */
  async #listEvents(exchange: Exchange<R, P>): Promise<Answer> {
    const caller = await this.#guard.admit(exchange)
    const [cursor, ...more] = exchange.query('cursor')
    if (more.length > 0) throw refused('malformed_request')
    const page = await this.#engine.events(caller.id, { cursor })
    return json({ events: page.events.map(event => event.body()), next_cursor: page.nextCursor ?? null })
  }

  async #statusOf(exchange: Exchange<R, P>, caller: Caller<U>): Promise<StatusBody> {
    const device = await this.#proof.device(exchange)
    const assurance = caller.enabled ? caller.assurance : undefined
    return (await this.#engine.status(caller.id, { device, assurance })).body()
  }

  /** Where the application gave the hook: the password again, so that an open laptop is not enough. */
  async #reauthenticate(exchange: Exchange<R, P>, caller: Caller<U>, body: Body): Promise<void> {
    if (!this.#hooks.asksForPassword) return
    const password = body.optionalText('password')
    if (!password) throw refused('password_required')
    const right = await this.#hooks.isPassword(exchange.request, caller.user, password)
    if (!right) throw refused('wrong_password')
  }
}
