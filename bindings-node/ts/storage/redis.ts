/**
 * `twinlock/redis`: records and events in Redis or Valkey, single or a cluster, by node-redis 5 or ioredis 5.
 *
 * The keys, their values and the script are those of `contract/redis.md`, the same in every language.
 */
import type { TwoFactorEvent } from '../events.ts'
import type { Reports, Stats, Storage, StoredRecord } from '../storage.ts'
import { type RedisClientLike, type Wire, wire } from './redis/clients.ts'
import { eventFromText, eventsKey, eventToText, recordKey } from './redis/layout.ts'
import { refuseUnlessSafe } from './redis/safety.ts'
import { SAVE, script } from './redis/scripts.ts'
import { Sweep } from './redis/sweep.ts'
import { within } from './shared/deadline.ts'
import { misconfigured, type ServerOptions, timeout } from './shared/options.ts'
import { count, recordFromRow, text, unreadable } from './shared/rows.ts'

export type { RedisClientLike } from './redis/clients.ts'

/** How {@link redisStorage} behaves. */
export interface RedisStorageOptions extends ServerOptions {
  /** The first word of all keys: 1 to 32 of `a`–`z`, `0`–`9`, `_`, `-`, `.` and `:`. Default `twinlock`. */
  readonly prefix?: string
  /**
   * Whether the storage also has `stats`, `stale` and `purge`, which Redis can only answer by going through all keys with SCAN:
   * a command or two for each user, beside all other keys of that database. Default `false`.
   */
  readonly scan?: boolean
}

/** How many of a user's events are kept. */
const KEPT = 200

/**
 * Records and events in Redis.
 *
 * ```ts
 * import { createClient } from 'redis' // or: new Redis(url) of ioredis; clusters as well
 * import { redisStorage } from 'twinlock/redis'
 *
 * const client = await createClient({ url }).on('error', console.error).connect()
 * const storage = redisStorage(client)
 * await storage.ready()
 * ```
 *
 * The client stays the host's, who connects and closes it. Do not give one that blocks, subscribes or holds a transaction open.
 *
 * It refuses to work unless `maxmemory-policy` is `noeviction` on every primary: an evicted record would be a user without a second
 * factor. What a failover loses is lost here as well: see the README.
 *
 * @param client - of node-redis (`createClient`, `createClientPool`, `createCluster`) or ioredis (`Redis`, `Cluster`)
 * @param options - names and times
 * @throws `configuration_error` for a setting out of its range, and for a client that reads from replicas or changes keys
 */
export function redisStorage(client: RedisClientLike, options: RedisStorageOptions = {}): RedisStorage {
  return new RedisStorage(client, options)
}

/** What {@link redisStorage} gives. */
export class RedisStorage implements Storage, Pick<Reports, 'events'>, Partial<Reports> {
  readonly #wire: Wire
  readonly #prefix: string
  readonly #timeoutMs: number
  #safe: Promise<void> | undefined

  /** As {@link Reports.stats}; only with `scan: true`. */
  declare readonly stats?: (now: number) => Promise<Stats>
  /** As {@link Reports.stale}; only with `scan: true`. */
  declare readonly stale?: (keyId: string, after: string | null, limit: number) => Promise<string[]>
  /** As {@link Reports.purge}; only with `scan: true`. */
  declare readonly purge?: (before: number) => Promise<number>

  /** As {@link redisStorage}. */
  constructor(client: RedisClientLike, options: RedisStorageOptions = {}) {
    const { prefix = 'twinlock', scan = false } = options
    if (!/^[a-z0-9_.:-]{1,32}$/.test(prefix)) throw misconfigured('prefix must be 1 to 32 of a-z, 0-9, _, -, . and :')
    this.#wire = wire(client)
    this.#prefix = prefix
    this.#timeoutMs = timeout(options)
    if (!scan) return
    const sweep = new Sweep(this.#wire, prefix, work => this.#within(work))
    this.stats = now => sweep.stats(now)
    this.stale = (keyId, after, limit) => sweep.stale(keyId, after, limit)
    this.purge = before => sweep.purge(before)
  }

  /**
   * Checks that the servers lose nothing on purpose; every other call does so first, until it once went well.
   * @throws `configuration_error` that says what to set; `storage_error`, `storage_timeout` when a server cannot be asked
   */
  async ready(): Promise<void> {
    await this.#within(async () => {})
  }

  /** The record of that user, `null` where there never was one. One command. */
  async load(userId: string): Promise<StoredRecord | null> {
    const key = recordKey(this.#prefix, userId)
    const fields = await this.#within(signal =>
      this.#wire.ask(key, ['HMGET', key, 'version', 'enabled', 'key_id', 'data'], signal),
    )
    if (!Array.isArray(fields) || fields.length !== 4) throw unreadable('record')
    const [version, enabled, keyId, data] = fields as unknown[]
    if (fields.every(field => field === null)) return null
    const bytes = Buffer.from(text(data, 'data'), 'base64')
    return recordFromRow({ version: text(version, 'version'), enabled: text(enabled, 'enabled'), keyId, data: bytes })
  }

  /** Writes record and events if the version is still `expected`. One script, which a client may send twice without harm. */
  async save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): Promise<boolean> {
    const keys = [recordKey(this.#prefix, userId), eventsKey(this.#prefix, userId)] as const
    const { version, enabled, keyId, data } = record
    const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
    const row = [expected === null ? '' : `${expected}`, `${version}`, enabled ? '1' : '0', keyId, base64, `${KEPT}`]
    const saved = await this.#within(signal =>
      script(this.#wire, SAVE, keys, [...row, ...events.map(eventToText)], signal),
    )
    return count(typeof saved === 'string' ? saved : Number(saved), 'saved') === 1
  }

  /** Deletes the record and the events of that user. One command. */
  async erase(userId: string): Promise<void> {
    const record = recordKey(this.#prefix, userId)
    const command = ['DEL', record, eventsKey(this.#prefix, userId)]
    await this.#within(signal => this.#wire.ask(record, command, signal))
  }

  /** As {@link Reports.events}, of the 200 newest that are kept. */
  async events(userId: string, before: string | null, limit: number): Promise<TwoFactorEvent[]> {
    const key = eventsKey(this.#prefix, userId)
    const texts = await this.#within(signal => this.#wire.ask(key, ['LRANGE', key, '0', '-1'], signal))
    if (!Array.isArray(texts)) throw unreadable('events')
    const events = texts.map(eventFromText).filter(({ id }) => before === null || id < before)
    // Clocks of several servers may have swapped neighbours.
    return events.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit)
  }

  async #within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return within(this.#timeoutMs, async deadline => {
      await this.#checked(deadline.signal)
      deadline.check()
      return work(deadline.signal)
    })
  }

  async #checked(signal: AbortSignal): Promise<void> {
    this.#safe ??= refuseUnlessSafe(this.#wire, signal)
    try {
      await this.#safe
    } catch (error) {
      // Asked again next time: the server may be back, or set right.
      this.#safe = undefined
      throw error
    }
  }
}
