/**
 * `twinlock/mysql2`: records and events in MySQL 8.0 or MariaDB 10.6 and newer, by mysql2 3. Only syntax that both know; tested
 * on MariaDB.
 *
 * The tables are those of `npx twinlock schema mysql`. A save with events is one transaction of four short statements, one
 * without events a single statement.
 */
import type { Pool, PoolOptions } from 'mysql2'
import type { Pool as PromisePool } from 'mysql2/promise'
import type { TwoFactorEvent } from '../events.ts'
import type { Reports, Stats, Storage, StoredRecord } from '../storage.ts'
import { Connections, type Row, type Run } from './mysql2/connections.ts'
import { type Statements, statements } from './mysql2/statements.ts'
import { connections, identifier, type TableOptions, timeout } from './shared/options.ts'
import {
  count,
  eventFromRow,
  eventIdBelow,
  firstInByteOrder,
  MONTH,
  PURGED_AT_ONCE,
  recordFromRow,
  text,
} from './shared/rows.ts'

/** How {@link mysqlStorage} behaves. */
export type MysqlStorageOptions = TableOptions

/** A pool of mysql2, of its callback or its promise face. */
export type MysqlPool = Pool | PromisePool

/** The key of a row is there already. */
const DUPLICATE = 1062
/** The server undid the transaction for another one, at a lock or, in a cluster, at its commit. */
const DEADLOCK = 1213

/**
 * Records and events in MySQL or MariaDB.
 *
 * ```ts
 * import { mysqlStorage } from 'twinlock/mysql2'
 *
 * const storage = mysqlStorage('mysql://twinlock@db.internal/acme')
 * ```
 *
 * It keeps a small pool of its own, whatever is given: never inside the caller's transaction, whose rollback would undo a lockout,
 * and never waiting for a connection that the caller itself holds. A pool is only asked where its server is and how to sign in
 * there. The pool does not keep a process alive.
 *
 * Its sessions run at READ COMMITTED and in strict mode, with `autocommit` on and lock waits and statements limited to the time a
 * call may take. It must reach the primary.
 *
 * @param database - a URL, the settings of a pool, or a pool whose settings to use
 * @param options - where the tables are, how many connections, how long to wait
 * @throws `configuration_error` for a setting out of its range
 */
export function mysqlStorage(
  database: MysqlPool | PoolOptions | string,
  options: MysqlStorageOptions = {},
): MysqlStorage {
  return new MysqlStorage(database, options)
}

/** What {@link mysqlStorage} gives. */
export class MysqlStorage implements Storage, Reports {
  readonly #connections: Connections
  readonly #sql: Statements

  /** As {@link mysqlStorage}. */
  constructor(database: MysqlPool | PoolOptions | string, options: MysqlStorageOptions = {}) {
    this.#sql = statements(identifier('prefix', options.prefix, ''))
    this.#connections = new Connections(database, connections(options), timeout(options))
  }

  /** The record of that user, `null` where there never was one. One statement. */
  async load(userId: string): Promise<StoredRecord | null> {
    const [row] = await this.#rows(this.#sql.load, [Buffer.from(userId)])
    if (row === undefined) return null
    return recordFromRow({ ...row, keyId: row['key_id'] } as Parameters<typeof recordFromRow>[0])
  }

  /** Writes record and events if the version is still `expected`. Where the answer to the commit is lost it is not tried again. */
  async save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): Promise<boolean> {
    const write = (run: Run) => this.#write(run, userId, expected, record)
    if (events.length === 0) return this.#connections.lease(write).catch(lostTheRace)
    const saved = this.#connections.transaction(async run => {
      if (!(await write(run))) return 'roll back'
      const rows = events.map(event => event.toRow())
      const values = rows.flatMap(row => [
        row.id,
        Buffer.from(row.userId),
        Buffer.from(row.type),
        row.at,
        Number(row.success),
        row.method === null ? null : Buffer.from(row.method),
        row.actor,
        row.context,
        row.detail,
      ])
      await run(this.#sql.note(rows.length), values)
      return 'commit'
    })
    return saved.catch(lostTheRace)
  }

  /** Deletes the record and the events of that user. */
  async erase(userId: string): Promise<void> {
    const user = Buffer.from(userId)
    await this.#connections.transaction(async run => {
      await run(this.#sql.eraseRecord, [user])
      await run(this.#sql.eraseEvents, [user])
      return 'commit'
    })
  }

  /** As {@link Reports.events}. */
  async events(userId: string, before: string | null, limit: number): Promise<TwoFactorEvent[]> {
    const rows = await this.#rows(this.#sql.events(limit), [Buffer.from(userId), eventIdBelow(before)])
    return rows.map(row => eventFromRow({ ...row, userId: row['user_id'] } as Parameters<typeof eventFromRow>[0]))
  }

  /** As {@link Reports.stats}. */
  async stats(now: number): Promise<Stats> {
    const since = Math.max(0, Math.floor(now) - MONTH)
    const [row] = await this.#rows(this.#sql.stats, [since, since, since])
    const figure = (name: string) => count(row?.[name], name)
    return {
      enabledUsers: figure('enabled_users'),
      enabled30d: figure('enabled_30d'),
      disabled30d: figure('disabled_30d'),
      failed30d: figure('failed_30d'),
    }
  }

  /** As {@link Reports.stale}. */
  async stale(keyId: string, after: string | null, limit: number): Promise<string[]> {
    const found: string[] = []
    // Keys are few, so going from key to key costs what is told, not what is stored.
    for (const { key_id: key } of await this.#rows(this.#sql.keys, [Buffer.from(keyId)])) {
      const rows = await this.#rows(this.#sql.sealedBy(limit), [key, Buffer.from(after ?? '')])
      found.push(...rows.map(row => text(row['user_id'], 'user_id')))
    }
    return firstInByteOrder(found, limit)
  }

  /** As {@link Reports.purge}: a thousand at once, each in a commit of its own. */
  async purge(before: number): Promise<number> {
    for (let purged = 0; ; ) {
      const gone = await this.#connections.lease(async run =>
        changed(await run(this.#sql.purge(PURGED_AT_ONCE), [Math.floor(before)])),
      )
      purged += gone
      if (gone < PURGED_AT_ONCE) return purged
    }
  }

  /** Closes the connections. */
  async end(): Promise<void> {
    await this.#connections.end()
  }

  async #write(run: Run, userId: string, expected: number | null, record: StoredRecord): Promise<boolean> {
    const { version, enabled, keyId, data } = record
    const row = [version, Number(enabled), Buffer.from(keyId), Buffer.from(data), Buffer.from(userId)]
    if (expected !== null) return changed(await run(this.#sql.replace, [...row, expected])) === 1
    return run(this.#sql.create, row).then(
      () => true,
      error => {
        // Only here: an event whose id is there already is a fault, not a lost race.
        if (error?.errno === DUPLICATE) return false
        throw error
      },
    )
  }

  async #rows(sql: string, values: unknown[]): Promise<Row[]> {
    return this.#connections.lease(async run => (await run(sql, values)) as Row[])
  }
}

function changed(answer: unknown): number {
  return count((answer as { affectedRows?: unknown }).affectedRows, 'affected rows')
}

/** The server says that it chose another transaction: that one was first, and nothing was written. */
function lostTheRace(error: Error): false {
  const { errno } = (error.cause ?? {}) as { errno?: unknown }
  if (errno === DEADLOCK) return false
  throw error
}
