/**
 * Loads, decides, saves, tells; knows no policy. `core/src/driver.rs` is the reference that this mirrors:
 *
 * 1. Save before tell: an outcome, good or bad, leaves only after its write is committed. What changes nothing writes nothing.
 * 2. A counted wrong code is an outcome *with a write*, not an early error.
 * 3. After a lost race, decide again on a freshly loaded record and a freshly read clock; at most 5 rounds, then `contention`.
 * 4. Any storage failure or time-out refuses; what was burned stays burned; the outcome is dropped unseen.
 * 5. Never cache a record; never run inside the caller's transaction.
 * 6. No policy here.
 * 7. A caller that gave up loses the answer, never the write.
 */
import { types } from 'node:util'
import {
  guarded,
  isTwoFactorError,
  type Operation,
  refusal,
  storageError,
  storageTimeout,
  type TwoFactorError,
  twoFactorError,
} from './errors.ts'
import type { TwoFactorEvent } from './events.ts'
import { misconfigured, typeOf } from './input.ts'
import { KeyRing, keysFromEnvironment } from './keys.ts'
import { type Engine, native } from './native.ts'
import { Policy } from './policy.ts'
import { ERASE, SAVE, Slot } from './slot.ts'
import type { MaybePromise, Storage, StoredRecord } from './storage.ts'

export const ROUNDS = 5
/** Slots that wait for the next operation; more than that many at once are made anew. */
const KEPT = 64

/** What {@link TwoFactor} is made of. */
export interface TwoFactorOptions<S extends Storage = Storage> {
  /** What authenticator apps show: 1 to 64 bytes. */
  readonly issuer: string
  /** Where records live. */
  readonly storage: S
  /** The keys that seal them. Default: those of `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names. */
  readonly keys?: KeyRing
  /** The numbers. Default `new Policy()`. */
  readonly policy?: Policy
  /** Gives Unix seconds, fractions allowed. Default: the computer's clock. */
  readonly clock?: () => number
  /** Keeps staging from production, and application from application, on the same keys. Default none. */
  readonly namespace?: string
  /**
   * Is told of every event after its commit, and of refusals that are not stored (`durable` is then false): for mail, logs,
   * metrics. It runs before the answer goes out and is not awaited, so keep it short. What it throws is a warning of the process.
   */
  readonly onEvent?: (event: TwoFactorEvent, durable: boolean) => void
  /** A storage whose promise takes longer than this many milliseconds (above 0, default 5,000) refuses. */
  readonly storageTimeoutMs?: number
}

/** Keys, policy, clock and storage of one application. */
export class Driver<S extends Storage = Storage> {
  readonly storage: S
  readonly policy: Policy
  readonly activeKeyId: string
  readonly #engine: Engine
  readonly #clock: () => number
  readonly #onEvent: ((event: TwoFactorEvent, durable: boolean) => unknown) | undefined
  readonly #timeout: number
  readonly #idle: Slot[] = []

  constructor(options: TwoFactorOptions<S>) {
    if (typeof options !== 'object' || options === null) {
      throw misconfigured(`the options must be an object, not ${typeOf(options)}`)
    }
    const { issuer, storage, keys = keysFromEnvironment(), policy = new Policy(), namespace = '' } = options
    const { clock = () => Date.now() / 1000, onEvent, storageTimeoutMs = 5000 } = options
    for (const [name, value] of Object.entries({ issuer, namespace })) {
      if (typeof value !== 'string' || !value.isWellFormed()) throw misconfigured(`${name} must be text`)
    }
    if (typeof clock !== 'function' || types.isAsyncFunction(clock)) {
      throw misconfigured('clock must be a plain function that gives Unix seconds')
    }
    if (onEvent !== undefined && typeof onEvent !== 'function') throw misconfigured('onEvent must be a function')
    // A longer one overflows the timer, which would then ring at once.
    if (typeof storageTimeoutMs !== 'number' || !(storageTimeoutMs > 0 && storageTimeoutMs <= 2 ** 31 - 1)) {
      throw misconfigured('storageTimeoutMs must be a number of milliseconds above 0, at most 2147483647')
    }
    for (const name of ['load', 'save', 'erase'] as const) {
      if (typeof storage?.[name] !== 'function') throw misconfigured(`the storage has no method ${name}`)
    }
    const settings = Policy.json(policy)
    const ring = KeyRing.native(keys)
    this.#engine = guarded(() => new native.Engine(issuer, ring, settings, namespace))
    this.storage = storage
    this.policy = policy
    this.activeKeyId = this.#engine.activeKeyId
    this.#clock = clock
    this.#onEvent = onEvent
    this.#timeout = storageTimeoutMs
  }

  /** Unix seconds; what the clock gives is checked by the engine, but for its type. */
  now(): number {
    let now: unknown
    try {
      now = this.#clock()
    } catch (error) {
      throw misconfigured('the clock failed', error)
    }
    if (typeof now === 'number') return now
    throw misconfigured(`the clock must give Unix seconds, not ${typeOf(now)}`)
  }

  /**
   * Carries an operation out. `open` hands the arguments to the engine and gives the user id; `read` takes the outcome out of the
   * slot.
   */
  async run<T>(
    operation: Operation,
    open: (slot: number) => string,
    read: (slot: Slot, userId: string) => T,
  ): Promise<T> {
    const slot = this.#idle.pop() ?? new Slot(this.#engine, this.activeKeyId)
    let refused: TwoFactorError | undefined
    try {
      const userId = open(slot.id)
      for (let round = 0; round < ROUNDS && refused === undefined; round++) {
        const loaded = this.#load(userId)
        const row = checkedRow(isPromise(loaded) ? await this.#bounded(loaded) : loaded)
        const effect = slot.decide(row, this.now())
        let events: readonly TwoFactorEvent[] = NONE
        let stored: unknown = true
        if (effect === SAVE) {
          events = slot.events(userId)
          const saved = this.#save(userId, row === null ? null : row.version, slot.record(), events)
          stored = isPromise(saved) ? await this.#bounded(saved) : saved
        } else if (effect === ERASE) {
          const erased = this.#erase(userId)
          if (isPromise(erased)) await this.#bounded(erased)
        }
        if (stored === true) {
          if (this.#onEvent !== undefined) this.#announce(events, slot.notices(userId))
          refused = slot.error(operation)
          if (refused === undefined) return read(slot, userId)
        } else if (stored !== false) throw nonsense('save must give true or false', stored)
      }
      refused ??= twoFactorError('contention', { message: 'too many changes at once: try again', operation })
    } catch (error) {
      refused = refusal(error, operation)
    } finally {
      slot.wipe()
      if (this.#idle.length < KEPT) this.#idle.push(slot)
      else slot.release()
    }
    throw refused // here and nowhere else: it takes V8 a tenth of the time that the decision takes
  }

  /** Asks the storage for something else; the time-out holds here too. */
  async ask<T>(question: () => MaybePromise<T>): Promise<T> {
    const answer = answered(question)
    return isPromise(answer) ? await this.#bounded(answer) : answer
  }

  #load(userId: string): unknown {
    try {
      return this.storage.load(userId)
    } catch (error) {
      throw failed(error)
    }
  }

  #save(userId: string, expected: number | null, record: StoredRecord, events: readonly TwoFactorEvent[]): unknown {
    try {
      return this.storage.save(userId, expected, record, events)
    } catch (error) {
      throw failed(error)
    }
  }

  #erase(userId: string): unknown {
    return answered(() => this.storage.erase(userId))
  }

  /** Waits no longer than the time-out. What comes later is dropped; a write goes on. */
  #bounded<T>(answer: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(storageTimeout()), this.#timeout)
      const settled = <V>(settle: (value: V) => void, form: (value: V) => V) => {
        return (value: V) => {
          clearTimeout(timer)
          settle(form(value))
        }
      }
      // `Promise.resolve` guards against a foreign `then` that throws or answers twice.
      Promise.resolve(answer).then(
        settled(resolve as (value: T) => void, value => value),
        settled(reject as (error: unknown) => void, failed),
      )
    })
  }

  #announce(events: readonly TwoFactorEvent[], notices: readonly TwoFactorEvent[]): void {
    for (const event of events) this.#notify(event, true)
    for (const event of notices) this.#notify(event, false)
  }

  // What is committed is committed: whoever listens cannot undo it, nor keep the answer from the caller.
  #notify(event: TwoFactorEvent, durable: boolean): void {
    const warn = (error: unknown) => {
      const detail = error instanceof Error ? (error.stack ?? error.message) : typeOf(error)
      process.emitWarning(`onEvent failed; the event ${event.type} stands`, { type: 'TwinlockWarning', detail })
    }
    try {
      const answer = this.#onEvent?.(event, durable)
      if (isPromise(answer)) Promise.resolve(answer).catch(warn)
    } catch (error) {
      warn(error)
    }
  }
}

const NONE: readonly TwoFactorEvent[] = Object.freeze([])

function isPromise(value: unknown): value is PromiseLike<never> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function answered<T>(question: () => T): T {
  try {
    return question()
  } catch (error) {
    throw failed(error)
  }
}

function failed(error: unknown): unknown {
  return isTwoFactorError(error) ? error : storageError(error)
}

/** The refusal for a storage that answers something else than it must. */
export function nonsense(expected: string, answer: unknown): Error {
  return storageError(undefined, `${expected}, not ${answer === undefined ? 'undefined' : typeOf(answer)}`)
}

function checkedRow(row: unknown): StoredRecord | null {
  if (row === null) return null
  if (typeof row !== 'object') throw nonsense('load must give a StoredRecord or null', row)
  const { version, enabled, keyId, data } = row as StoredRecord
  if (
    Number.isSafeInteger(version) &&
    version >= 0 &&
    typeof enabled === 'boolean' &&
    typeof keyId === 'string' &&
    types.isUint8Array(data)
  ) {
    // What was checked and nothing else: a getter could answer differently the next time.
    return { version, enabled, keyId, data }
  }
  throw storageError(
    undefined,
    'a StoredRecord has a whole number as version, a boolean as enabled, text as keyId and a Uint8Array as data',
  )
}
