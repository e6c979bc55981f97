/** Audit events: what happened to a user's second factor. No event holds a code, a digit of one, a secret or a token. */
import { inspect, types } from 'node:util'
import { storageError } from './errors.ts'
import { typeOf } from './input.ts'

/** What an event tells. Newer releases may know more, so tolerate others. */
export type EventType =
  | 'enrolled'
  | 'authenticator_added'
  | 'authenticator_imported'
  | 'authenticator_renamed'
  | 'authenticator_removed'
  | 'verified'
  | 'failed'
  | 'backup_codes_made'
  | 'backup_codes_saved'
  | 'backup_codes_low'
  | 'device_known'
  | 'device_trusted'
  | 'device_revoked'
  | 'disabled'
  | 'reset'
  | 'unlocked'
  | 'password_changed'
  | 'attack_suspected'
  | 'hardened'
  | 'clock_anomaly'
  | 'resealed'
  | 'erased'

/** An event as the HTTP contract shows it. */
export interface EventBody {
  id: string
  user_id: string
  type: string
  at: number
  success: boolean
  method: string | null
  actor: string | null
  context: string | null
  detail: Record<string, unknown>
}

/** An event as the columns of `twinlock/schema` hold it. */
export interface EventRow {
  /** 16 bytes. */
  id: Buffer
  userId: string
  type: string
  /** Unix seconds. */
  at: number
  success: boolean
  method: string | null
  actor: string | null
  context: string | null
  /** A JSON object, as text. */
  detail: string
}

/** What `TwoFactorEvent.fromRow` reads: the same, in the forms that database drivers give. */
export interface EventRowLike {
  /** 16 bytes, or 32 hexadecimal digits. */
  id: Uint8Array | string
  userId: string
  type: string
  at: number | bigint | string
  success: boolean | number | bigint
  method: string | null
  actor: string | null
  context: string | null
  /** JSON text, or the object itself. */
  detail: string | object
}

/** An event as the engine writes it: see `src/layout.rs`. */
type EngineRow = [
  id: string,
  type: string,
  at: number,
  success: boolean,
  method: string | null,
  actor: string | null,
  context: string | null,
  detail: Record<string, unknown>,
]

/** Events that are read when somebody looks. */
export class Batch {
  #unread: string | undefined
  #bodies: readonly EventBody[]
  readonly #userId: string

  private constructor(bodies: readonly EventBody[], unread: string | undefined, userId: string) {
    this.#bodies = bodies
    this.#unread = unread
    this.#userId = userId
  }

  static of(bodies: readonly EventBody[]): TwoFactorEvent[] {
    return new Batch(bodies, undefined, '').#events(bodies.length)
  }

  /** `count` events of that user, as the engine wrote them. */
  static written(rows: string, count: number, userId: string): TwoFactorEvent[] {
    return new Batch([], rows, userId).#events(count)
  }

  at(index: number): EventBody {
    if (this.#unread !== undefined) {
      this.#bodies = (JSON.parse(this.#unread) as EngineRow[]).map(row => bodyOf(row, this.#userId))
      this.#unread = undefined
    }
    return this.#bodies[index] as EventBody
  }

  #events(count: number): TwoFactorEvent[] {
    const events: TwoFactorEvent[] = []
    for (let index = 0; index < count; index++) events.push(new TwoFactorEvent(this, index))
    return events
  }
}

function bodyOf([id, type, at, success, method, actor, context, detail]: EngineRow, user_id: string): EventBody {
  return { id, user_id, type, at, success, method, actor, context, detail }
}

/** One line of the audit log. */
export class TwoFactorEvent {
  readonly #batch: Batch
  readonly #index: number

  /** @internal */
  constructor(batch: Batch, index: number) {
    this.#batch = batch
    this.#index = index
  }

  /** Reads what `toRow` wrote. What does not look like it is `storage_error`. */
  static fromRow(row: EventRowLike): TwoFactorEvent {
    return Batch.of([fromRow(row)])[0] as TwoFactorEvent
  }

  get #body(): EventBody {
    return this.#batch.at(this.#index)
  }

  /** A UUIDv7 in 32 hexadecimal digits: sorting by id is sorting by time. */
  get id(): string {
    return this.#body.id
  }

  /** Whose second factor. */
  get userId(): string {
    return this.#body.user_id
  }

  /** What happened, e.g. `verified`, `failed`, `attack_suspected`. */
  get type(): EventType | (string & {}) {
    return this.#body.type
  }

  /** Unix seconds. */
  get at(): number {
    return this.#body.at
  }

  /** Whether what was tried succeeded. */
  get success(): boolean {
    return this.#body.success
  }

  /** `totp` or `backup_code`, where a code was presented. */
  get method(): string | null {
    return this.#body.method
  }

  /** The operator who acted, where it was not the user. */
  get actor(): string | null {
    return this.#body.actor
  }

  /** What the host said about the request. */
  get context(): string | null {
    return this.#body.context
  }

  /** Further facts, by name. */
  get detail(): Record<string, unknown> {
    return this.#body.detail
  }

  /** The event as the HTTP contract shows it. */
  body(): EventBody {
    return structuredClone(this.#body)
  }

  /** The event as the columns of `twinlock/schema` hold it: what an adapter binds to its statement. */
  toRow(): EventRow {
    const { id, user_id, type, at, success, method, actor, context, detail } = this.#body
    return {
      id: Buffer.from(id, 'hex'),
      userId: user_id,
      type,
      at,
      success,
      method,
      actor,
      context,
      detail: JSON.stringify(detail),
    }
  }

  toJSON(): EventBody {
    return this.body()
  }

  /** @internal */
  [inspect.custom](): string {
    return `TwoFactorEvent ${inspect(this.#body)}`
  }
}

function fromRow(row: EventRowLike): EventBody {
  const { userId, type, method, actor, context } = row
  const at = Number(row.at)
  if (typeof userId !== 'string' || typeof type !== 'string') throw wrong('user id and type must be text')
  if (!Number.isSafeInteger(at) || at < 0) throw wrong('its time must be Unix seconds')
  return {
    id: identity(row.id),
    user_id: userId,
    type,
    at,
    success: row.success === true || row.success === 1 || row.success === 1n,
    method: textOrNull(method),
    actor: textOrNull(actor),
    context: textOrNull(context),
    detail: facts(row.detail),
  }
}

function identity(id: unknown): string {
  if (typeof id === 'string' && /^[0-9a-fA-F]{32}$/.test(id)) return id.toLowerCase()
  // By its brand: test runners have more than one `Uint8Array`.
  if (types.isUint8Array(id) && id.length === 16) return Buffer.from(id).toString('hex')
  throw wrong('its id must be 16 bytes')
}

function textOrNull(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value
  throw wrong(`text or null was expected, not ${typeOf(value)}`)
}

function facts(detail: unknown): Record<string, unknown> {
  const value = typeof detail === 'string' ? parsed(detail) : detail
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrong('its detail must be a JSON object')
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw storageError(error, 'a stored event does not read: its detail is not JSON')
  }
}

function wrong(what: string): Error {
  return storageError(undefined, `a stored event does not read: ${what}`)
}
