/**
 * `twinlock/prisma`: records and events through Prisma 7, in PostgreSQL, MySQL or MariaDB, or SQLite.
 *
 * The models to paste into a schema are shipped as `twinlock/prisma/twinlock.prisma` and, for MySQL and MariaDB,
 * `twinlock/prisma/twinlock.mysql.prisma`.
 */
import type { TwoFactorEvent } from '../events.ts'
import type { Reports, Stats, Storage, StoredRecord } from '../storage.ts'
import { type PrismaLike, type Provider, provider, type Tables, type Transaction, tables } from './prisma/client.ts'
import { type Columns, columns } from './prisma/columns.ts'
import { type Deadline, within } from './shared/deadline.ts'
import { type ServerOptions, timeout } from './shared/options.ts'
import { count, eventFromRow, MONTH, PURGED_AT_ONCE, recordFromRow, text, unreadable } from './shared/rows.ts'

export type { PrismaLike } from './prisma/client.ts'

/** How {@link prismaStorage} behaves. */
export interface PrismaStorageOptions extends ServerOptions {
  /** The client's name of the model of records. Default `twinlockRecord`. */
  readonly record?: string
  /** The client's name of the model of events. Default `twinlockEvent`. */
  readonly event?: string
  /** The `provider` of your schema's `datasource`. Default: what the client says of itself. */
  readonly provider?: Provider
}

/** Prisma's words for: such a row is there already. */
const DUPLICATE = 'P2002'
/** Prisma's words for: the database undid the transaction for another one. */
const CONFLICT = 'P2034'

/** Ends a transaction that lost the race, so that it leaves nothing. */
class Lost extends Error {}

/**
 * Records and events through the host's Prisma client.
 *
 * ```ts
 * import { prismaStorage } from 'twinlock/prisma'
 *
 * const storage = prismaStorage(prisma)
 * ```
 *
 * Each save is an interactive transaction of its own: on a connection of its own, but out of the client's pool. So never await
 * Twinlock inside a `$transaction` of yours: with all connections taken, or on SQLite with the one there is, it would wait for you
 * and you for it, until it refuses. The pool needs room: one connection more than transactions you hold open at once, or give the
 * storage a client of its own. It must reach the primary: no read replicas.
 *
 * With `@prisma/adapter-mariadb` set `minimumIdle: 1`: its connector fills the pool in the background, and a server that dies meanwhile
 * makes an unhandled rejection there, which ends a process of Node. That setting makes it rare, not impossible: handle
 * `unhandledRejection`, or let your supervisor start the process again.
 *
 * @param prisma - a `PrismaClient` with the two models, also an extended one; not the client inside a transaction
 * @param options - the models' names, how long to wait
 * @throws `configuration_error` for a client without the models or a setting out of its range
 */
export function prismaStorage(prisma: PrismaLike, options: PrismaStorageOptions = {}): PrismaStorage {
  return new PrismaStorage(prisma, options)
}

/** What {@link prismaStorage} gives. */
export class PrismaStorage implements Storage, Reports {
  readonly #client: Tables & Transaction
  readonly #tables: (client: object) => Tables
  readonly #columns: Columns
  readonly #timeoutMs: number
  readonly #isolation: { isolationLevel?: 'ReadCommitted' }

  /** As {@link prismaStorage}. */
  constructor(prisma: PrismaLike, options: PrismaStorageOptions = {}) {
    this.#timeoutMs = timeout(options)
    this.#tables = tables(options.record ?? 'twinlockRecord', options.event ?? 'twinlockEvent')
    this.#client = { ...this.#tables(prisma), $transaction: (work, how) => transaction(prisma).$transaction(work, how) }
    const database = provider(prisma, options.provider)
    this.#columns = columns(database)
    // SQLite knows one level only, and it is stricter.
    this.#isolation = database === 'sqlite' ? {} : { isolationLevel: 'ReadCommitted' }
  }

  /** The record of that user, `null` where there never was one. */
  async load(userId: string): Promise<StoredRecord | null> {
    const where = { userId: this.#columns.text(userId) }
    const row = await within(this.#timeoutMs, () => this.#client.records.findUnique({ where }))
    if (row === null) return null
    // A table made with a folding collation would take one user for another.
    if (text(row['userId'], 'user_id') !== userId) throw unreadable('user_id')
    return recordFromRow(row as unknown as Parameters<typeof recordFromRow>[0])
  }

  /** Writes record and events if the version is still `expected`. Where the answer to the commit is lost it is not tried again. */
  async save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): Promise<boolean> {
    const data = events.map(event => this.#columns.event(event))
    const saved =
      data.length === 0
        ? within(this.#timeoutMs, () => this.#write(this.#client, userId, expected, record))
        : this.#transaction(async client => {
            await this.#write(client, userId, expected, record)
            await client.events.createMany({ data })
          })
    return saved.then(() => true, lostTheRace)
  }

  /** Deletes the record and the events of that user. */
  async erase(userId: string): Promise<void> {
    const where = { userId: this.#columns.text(userId) }
    await this.#transaction(async ({ records, events }) => {
      await records.deleteMany({ where })
      await events.deleteMany({ where })
    })
  }

  /** As {@link Reports.events}. */
  async events(userId: string, before: string | null, limit: number): Promise<TwoFactorEvent[]> {
    // Prisma cannot compare bytes, so the time that an id begins with does most of it.
    const at = before === null ? {} : { at: { lte: BigInt(secondsOf(before)) } }
    const where = { userId: this.#columns.text(userId), ...at }
    const page = (skip: number, take: number) =>
      within(this.#timeoutMs, () => this.#client.events.findMany({ where, orderBy: { id: 'desc' }, skip, take }))
    return paged(limit, page, row => {
      const event = eventFromRow(row as unknown as Parameters<typeof eventFromRow>[0])
      return before === null || event.id < before ? event : undefined
    })
  }

  /** As {@link Reports.stats}. */
  async stats(now: number): Promise<Stats> {
    const at = { gte: BigInt(Math.max(0, Math.floor(now) - MONTH)) }
    const of = (...types: string[]) =>
      this.#client.events.count({ where: { type: { in: types.map(this.#columns.text) }, at } })
    return within(this.#timeoutMs, async () => ({
      enabledUsers: await this.#client.records.count({ where: { enabled: true } }),
      enabled30d: await of('enrolled'),
      disabled30d: await of('disabled', 'reset'),
      failed30d: await of('failed'),
    }))
  }

  /**
   * As {@link Reports.stale}. On MySQL, where user ids are bytes that Prisma cannot compare, each call begins with the first stale
   * user again: that is quick as long as those that were told are resealed.
   */
  async stale(keyId: string, after: string | null, limit: number): Promise<string[]> {
    const behind = this.#columns.binary || after === null ? {} : { userId: { gt: after } }
    const where = { keyId: { not: this.#columns.text(keyId) }, ...behind }
    const rest = { where, orderBy: { userId: 'asc' }, select: { userId: true } }
    const page = (skip: number, take: number) =>
      within(this.#timeoutMs, () => this.#client.records.findMany({ ...rest, skip, take }))
    return paged(limit, page, row => {
      const userId = text(row['userId'], 'user_id')
      const told = this.#columns.binary && Buffer.compare(Buffer.from(userId), Buffer.from(after ?? '')) <= 0
      return told ? undefined : userId
    })
  }

  /** As {@link Reports.purge}: a thousand at once, each in a commit of its own. */
  async purge(before: number): Promise<number> {
    const where = { at: { lt: BigInt(Math.floor(before)) } }
    for (let purged = 0; ; ) {
      const gone = await within(this.#timeoutMs, () => this.#client.events.deleteMany({ where, limit: PURGED_AT_ONCE }))
      purged += count(gone.count, 'count')
      if (gone.count < PURGED_AT_ONCE) return purged
    }
  }

  /** Writes the record, or ends the transaction it is in. */
  async #write({ records }: Tables, userId: string, expected: number | null, record: StoredRecord): Promise<void> {
    const data = this.#columns.record(record)
    const user = { userId: this.#columns.text(userId) }
    if (expected !== null) {
      const changed = await records.updateMany({ where: { ...user, version: BigInt(expected) }, data })
      if (changed.count !== 1) throw new Lost()
      return
    }
    await records.create({ data: { ...user, ...data } }).catch((error: { code?: unknown }) => {
      // Only here: an event whose id is there already is a fault, not a lost race.
      throw error.code === DUPLICATE ? new Lost() : error
    })
  }

  async #transaction(work: (client: Tables, deadline: Deadline) => Promise<void>): Promise<void> {
    const how = { maxWait: this.#timeoutMs, timeout: this.#timeoutMs, ...this.#isolation }
    await within(this.#timeoutMs, deadline =>
      this.#client.$transaction(async client => {
        deadline.check()
        await work(this.#tables(client), deadline)
        // What nobody waits for any longer is better undone.
        deadline.check()
      }, how),
    )
  }
}

/** Up to `limit` of what `wanted` keeps, page by page. */
async function paged<Row, T>(
  limit: number,
  page: (skip: number, take: number) => Promise<Row[]>,
  wanted: (row: Row) => T | undefined,
): Promise<T[]> {
  const found: T[] = []
  for (let skip = 0; ; skip += limit) {
    const rows = await page(skip, limit)
    found.push(...rows.map(wanted).filter(one => one !== undefined))
    if (found.length >= limit || rows.length < limit) return found.slice(0, limit)
  }
}

/** When an event with that id happened: a UUIDv7 begins with its milliseconds. */
function secondsOf(id: string): number {
  return Math.floor(Number.parseInt(id.slice(0, 12), 16) / 1000)
}

function transaction(prisma: object): Transaction {
  return prisma as Transaction
}

/** Somebody else was first, by our own comparison or by the database's; nothing was written. */
function lostTheRace(error: Error): false {
  const cause = error.cause as { code?: unknown } | undefined
  if (cause instanceof Lost || cause?.code === CONFLICT) return false
  throw error
}
