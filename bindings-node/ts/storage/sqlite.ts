/** The embedded store. */
import { inspect } from 'node:util'
import { guarded, isTwoFactorError, storageError, storageTimeout, type TwoFactorError } from '../errors.ts'
import { Batch, type EventBody, type TwoFactorEvent } from '../events.ts'
import { misconfigured, optionalText, text, typeOf, whole } from '../input.ts'
import { native } from '../native.ts'
import { camelCased } from '../status.ts'
import type { Reports, Stats, Storage, StoredRecord } from '../storage.ts'

/** How the file is opened. */
export interface SqliteOptions {
  /** Makes a missing file (default). `false` refuses one: for production, where a wrong path would look like a world without second factors. */
  readonly create?: boolean
  /** With `FULL` (default) a lockout survives power loss; `NORMAL` is faster. */
  readonly synchronous?: 'FULL' | 'NORMAL'
  /** A call that waits longer than this many milliseconds for others is refused. Default 5,000. */
  readonly busyTimeoutMs?: number
}

/**
 * Records and events in one SQLite file of its own, for many processes at once.
 *
 * `load` answers directly: it takes about ten microseconds, less than handing it to another thread would. What writes waits for the
 * disk (a millisecond with `FULL`), so it does that on another thread and answers by promise.
 */
export class SqliteStorage implements Storage, Reports {
  readonly #store: native.SqliteStorage
  readonly #path: string
  readonly #writers = new Queue()
  readonly #reports = new Queue()

  /**
   * Opens the file, which must hold nothing else: two SQLite libraries in one process on one file can corrupt it.
   *
   * @throws `configuration_error`, which says what to do.
   */
  constructor(path: string, options: SqliteOptions = {}) {
    if (typeof path !== 'string' || !path.isWellFormed())
      throw misconfigured(`the path must be text, not ${typeOf(path)}`)
    if (typeof options !== 'object' || options === null) throw misconfigured('the options must be an object')
    const { create = true, synchronous = 'FULL', busyTimeoutMs = 5000 } = options
    if (typeof create !== 'boolean') throw misconfigured('create must be true or false')
    if (synchronous !== 'FULL' && synchronous !== 'NORMAL') throw misconfigured('synchronous must be FULL or NORMAL')
    if (!Number.isFinite(busyTimeoutMs) || busyTimeoutMs < 0) {
      throw misconfigured('busyTimeoutMs must be a number of milliseconds, at least 0')
    }
    this.#path = path
    this.#store = guarded(() => new native.SqliteStorage(path, create, synchronous === 'FULL', busyTimeoutMs))
  }

  load(userId: string): StoredRecord | null {
    const user = text(userId, 'the user id')
    try {
      return this.#store.load(user)
    } catch (error) {
      throw failed(error)
    }
  }

  save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): Promise<boolean> {
    return this.#writers.wait(() => {
      const { version, enabled, keyId, data } = record
      const bodies = JSON.stringify(events.map(event => event.body()))
      const user = text(userId, 'the user id')
      return this.#store.save(user, expected ?? -1, version, enabled, keyId, data, bodies)
    })
  }

  erase(userId: string): Promise<void> {
    return this.#writers.wait(() => this.#store.erase(text(userId, 'the user id')))
  }

  async events(userId: string, before: string | null, limit: number): Promise<TwoFactorEvent[]> {
    const asked = [text(userId, 'the user id'), optionalText(before ?? undefined, 'before'), limit] as const
    return Batch.of(JSON.parse(await this.#reports.wait(() => this.#store.events(...asked))) as EventBody[])
  }

  async stats(now: number): Promise<Stats> {
    return camelCased(JSON.parse(await this.#reports.wait(() => this.#store.stats(now)))) as Stats
  }

  stale(keyId: string, after: string | null, limit: number): Promise<string[]> {
    return this.#reports.wait(() => this.#store.stale(keyId, after ?? undefined, limit))
  }

  purge(before: number): Promise<number> {
    return this.#writers.wait(() => this.#store.purge(whole(before, 'before', 0, Number.MAX_SAFE_INTEGER)))
  }

  /** @internal */
  [inspect.custom](): string {
    return `SqliteStorage ${inspect(this.#path)}`
  }
}

/**
 * One after the other. Only one writer at a time gets anywhere in SQLite, and reports may scan: who waits does so here rather than
 * in threads, of which Node has four for everything, and leaves the store's readers to `load`.
 */
class Queue {
  #last: Promise<unknown> = Promise.resolve()

  wait<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => work()).catch(error => Promise.reject(failed(error)))
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

function failed(error: unknown): TwoFactorError {
  if (isTwoFactorError(error)) return error
  return (error as { code?: unknown }).code === 'Cancelled' ? storageTimeout() : storageError(error)
}
