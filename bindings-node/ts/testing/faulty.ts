import { setTimeout as sleep } from 'node:timers/promises'
import type { TwoFactorEvent } from '../events.ts'
import { MemoryStorage } from '../storage/memory.ts'
import type { MaybePromise, Storage, StoredRecord } from '../storage.ts'

/** What an ordered failure throws: an error of the storage's own. */
export class OrderedFailure extends Error {
  override readonly name = 'OrderedFailure'
}

/**
 * What goes wrong at the next call of that kind:
 * `load_fails`, `load_late` (answers after the time-out), `load_never` (does not answer), `load_gives_undefined` (a forgotten
 * `return`), `load_gives_nonsense`; `save_fails_before` (nothing is written), `save_fails_after` (it is), `save_late` (it will be),
 * `save_never` (it is), `save_gives_nonsense` (it is), `save_loses_race` (somebody else was first); `erase_fails`, `erase_never`.
 */
export type Fault =
  | `load_${'fails' | 'late' | 'never' | 'gives_undefined' | 'gives_nonsense'}`
  | `save_${'fails_before' | 'fails_after' | 'late' | 'never' | 'gives_nonsense' | 'loses_race'}`
  | `erase_${'fails' | 'never'}`

/** How a {@link FaultyStorage} behaves. */
export interface FaultyOptions {
  /** What really stores; default a `MemoryStorage`. */
  inner?: Storage
  /** Milliseconds that a late answer takes, default 50. */
  lateMs?: number
  /** Answers and throws directly where it can, instead of by a promise; default false. */
  direct?: boolean
}

const NONSENSE = { no: 'record' } as unknown as StoredRecord

/**
 * A storage with faults to order, for holding drivers to their rules.
 *
 * ```ts
 * const storage = new FaultyStorage();
 * storage.order('load_fails');
 * await storage.load('42'); // throws OrderedFailure
 * await storage.load('42'); // null
 * ```
 */
export class FaultyStorage implements Storage {
  /** What is really stored. */
  readonly inner: Storage
  /** How often `load` was called. */
  loads = 0
  /** How often `save` was called. */
  saves = 0
  readonly #lateMs: number
  readonly #direct: boolean
  readonly #orders: Fault[] = []
  readonly #late = new Set<Promise<unknown>>()

  /** @param options - no faults yet */
  constructor({ inner = new MemoryStorage(), lateMs = 50, direct = false }: FaultyOptions = {}) {
    this.inner = inner
    this.#lateMs = lateMs
    this.#direct = direct
  }

  /** Orders faults behind those that wait; each happens once, at the call it is about. */
  order(...faults: Fault[]): void {
    this.#orders.push(...faults)
  }

  /** Waits until every late answer has come, and every late write with it. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#late)
  }

  /** As ordered. */
  load(userId: string): MaybePromise<StoredRecord | null> {
    this.loads += 1
    const fault = this.#next('load_')
    if (this.#direct && fault !== 'load_late' && fault !== 'load_never') return this.#load(userId, fault)
    return this.#awaited(fault, () => this.#load(userId, fault))
  }

  /** As ordered. */
  save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): MaybePromise<boolean> {
    this.saves += 1
    const fault = this.#next('save_')
    const write = () => this.#save(fault, userId, expected, record, events)
    if (this.#direct && fault !== 'save_late' && fault !== 'save_never') return write()
    return this.#awaited(fault, write)
  }

  /** As ordered. */
  erase(userId: string): MaybePromise<void> {
    const fault = this.#next('erase_')
    const erase = () => {
      if (fault === 'erase_fails') throw new OrderedFailure('ordered: erase fails')
      return this.inner.erase(userId)
    }
    return this.#direct && fault !== 'erase_never' ? erase() : this.#awaited(fault, erase)
  }

  #next(about: string): Fault | undefined {
    return this.#orders[0]?.startsWith(about) ? this.#orders.shift() : undefined
  }

  #awaited<T>(fault: Fault | undefined, call: () => MaybePromise<T>): Promise<T> {
    if (!fault?.endsWith('_late')) return this.#answered(fault, call)
    const answer = sleep(this.#lateMs).then(call)
    this.#late.add(answer)
    return answer.finally(() => this.#late.delete(answer))
  }

  async #answered<T>(fault: Fault | undefined, call: () => MaybePromise<T>): Promise<T> {
    await null
    const answer = await call()
    return fault?.endsWith('_never') ? new Promise<T>(() => {}) : answer
  }

  #load(userId: string, fault: Fault | undefined): MaybePromise<StoredRecord | null> {
    if (fault === 'load_fails') throw new OrderedFailure('ordered: load fails')
    if (fault === 'load_gives_undefined') return undefined as unknown as null
    return fault === 'load_gives_nonsense' ? NONSENSE : this.inner.load(userId)
  }

  #save(
    fault: Fault | undefined,
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): MaybePromise<boolean> {
    if (fault === 'save_fails_before') throw new OrderedFailure('ordered: save fails and has written nothing')
    if (fault === 'save_loses_race') return false
    const written = this.inner.save(userId, expected, record, events)
    if (fault === 'save_fails_after') {
      return after(written, () => {
        throw new OrderedFailure('ordered: save fails although it has written')
      })
    }
    return fault === 'save_gives_nonsense' ? after(written, () => 'yes' as unknown as boolean) : written
  }
}

function after(written: MaybePromise<boolean>, answer: () => boolean): MaybePromise<boolean> {
  return typeof written === 'boolean' ? answer() : written.then(answer)
}
