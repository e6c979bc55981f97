/**
 * `twinlock/pg`: records and events in PostgreSQL 12 or newer, by node-postgres 8.
 *
 * The tables are those of `npx twinlock schema postgres`. A save is one statement: the compare-and-swap and its events in one
 * commit, in a single round trip.
 */
import type { Pool, PoolConfig } from 'pg'
import type { TwoFactorEvent } from '../events.ts'
import type { Reports, Stats, Storage, StoredRecord } from '../storage.ts'
import { Connections, type Values } from './pg/connections.ts'
import { type Statements, statements } from './pg/statements.ts'
import { connections, identifier, type TableOptions, timeout } from './shared/options.ts'
import { count, eventFromRow, eventIdBelow, MONTH, PURGED_AT_ONCE, recordFromRow, text } from './shared/rows.ts'

/** How {@link pgStorage} behaves. */
export interface PgStorageOptions extends TableOptions {
  /** The schema the tables live in: up to 32 of `a`–`z`, `0`–`9` and `_`. Default: found by the `search_path`. */
  readonly schema?: string
  /**
   * Whether statements are prepared, so that the server parses each once per connection. Switch it off behind a pooler that
   * hands out another server connection for each transaction and does not follow prepared statements (PgBouncer before 1.21).
   * Default `true`.
   */
  readonly preparedStatements?: boolean
}

/**
 * Records and events in PostgreSQL.
 *
 * ```ts
 * import { pgStorage } from 'twinlock/pg'
 *
 * const storage = pgStorage('postgresql://twinlock@db.internal/acme')
 * ```
 *
 * It keeps a small pool of its own, whatever is given: never inside the caller's transaction, whose rollback would undo a lockout,
 * and never waiting for a connection that the caller itself holds. A `Pool` is only asked for its settings (its listeners are not
 * taken over; `onConnect` is). The pool does not keep a process alive.
 *
 * It must reach the primary. `statement_timeout` is sent when connecting: PgBouncer wants it among its
 * `ignore_startup_parameters`.
 *
 * @param database - a connection string, the settings of a pool, or a pool whose settings to use
 * @param options - where the tables are, how many connections, how long to wait
 * @throws `configuration_error` for a setting out of its range
 */
export function pgStorage(database: Pool | PoolConfig | string, options: PgStorageOptions = {}): PgStorage {
  return new PgStorage(database, options)
}

/** What {@link pgStorage} gives. */
export class PgStorage implements Storage, Reports {
  readonly #connections: Connections
  readonly #sql: Statements

  /** As {@link pgStorage}. */
  constructor(database: Pool | PoolConfig | string, options: PgStorageOptions = {}) {
    this.#sql = statements(identifier('prefix', options.prefix, ''), identifier('schema', options.schema, ''))
    this.#connections = new Connections(database, {
      most: connections(options),
      timeoutMs: timeout(options),
      prepared: options.preparedStatements ?? true,
    })
  }

  /** The record of that user, `null` where there never was one. One statement. */
  async load(userId: string): Promise<StoredRecord | null> {
    const [row] = await this.#connections.ask(this.#sql.load, [userId])
    if (row === undefined) return null
    const data = Buffer.from(text(row['data'], 'data'), 'hex')
    return recordFromRow({ version: row['version'], enabled: row['enabled'], keyId: row['key_id'], data })
  }

  /**
   * Writes record and events if the version is still `expected`. One statement, committed with its answer; where the answer is
   * lost it is not tried again.
   */
  async save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): Promise<boolean> {
    const row: Values = [userId, record.version, record.enabled, record.keyId, record.data, ...columns(events)]
    const asked =
      expected === null
        ? this.#connections.ask(this.#sql.create, row)
        : this.#connections.ask(this.#sql.replace, [...row, expected])
    const [answer] = await asked.catch(lostTheRace)
    return count(answer?.['saved'], 'saved') === 1
  }

  /** Deletes the record and the events of that user. */
  async erase(userId: string): Promise<void> {
    // Two statements: the second sees events that a save committed while the first waited for its row.
    await this.#connections.transaction([
      [this.#sql.eraseRecord, [userId]],
      [this.#sql.eraseEvents, [userId]],
    ])
  }

  /** As {@link Reports.events}. */
  async events(userId: string, before: string | null, limit: number): Promise<TwoFactorEvent[]> {
    const rows = await this.#connections.ask(this.#sql.events, [userId, eventIdBelow(before), limit])
    return rows.map(row => eventFromRow({ ...row, userId: row['user_id'] } as Parameters<typeof eventFromRow>[0]))
  }

  /** As {@link Reports.stats}. */
  async stats(now: number): Promise<Stats> {
    const [row] = await this.#connections.ask(this.#sql.stats, [Math.max(0, Math.floor(now) - MONTH)])
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
    const rows = await this.#connections.ask(this.#sql.stale, [keyId, after ?? '', limit])
    return rows.map(row => text(row['user_id'], 'user_id'))
  }

  /** As {@link Reports.purge}: a thousand at once, each in a commit of its own. */
  async purge(before: number): Promise<number> {
    for (let purged = 0; ; ) {
      const [row] = await this.#connections.ask(this.#sql.purge, [Math.floor(before), PURGED_AT_ONCE])
      const gone = count(row?.['gone'], 'gone')
      purged += gone
      if (gone < PURGED_AT_ONCE) return purged
    }
  }

  /** Closes the connections; calls that are running end first. */
  async end(): Promise<void> {
    await this.#connections.end()
  }
}

/** A serializable database says so when two write one row: the other one was first, and nothing was written. */
function lostTheRace(error: Error): Record<string, string>[] {
  const { code } = (error.cause ?? {}) as { code?: unknown }
  if (code === '40001') return [{ saved: '0' }]
  throw error
}

/** The events by column, as the statement unfolds them. */
function columns(events: readonly TwoFactorEvent[]): Values {
  const rows = events.map(event => event.toRow())
  return [
    rows.map(row => row.id),
    rows.map(row => row.userId),
    rows.map(row => row.type),
    rows.map(row => row.at),
    rows.map(row => row.success),
    rows.map(row => row.method),
    rows.map(row => row.actor),
    rows.map(row => row.context),
    rows.map(row => row.detail),
  ]
}
