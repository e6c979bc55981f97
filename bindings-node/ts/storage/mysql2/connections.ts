import type { Pool, PoolConnection, PoolOptions, QueryOptions } from 'mysql2'
import { createPool } from 'mysql2'
import { type Deadline, within } from '../shared/deadline.ts'
import { IDLE_MS, misconfigured, statementTimeout } from '../shared/options.ts'
import { greeting } from './statements.ts'

/** A row as the server sent it. */
export type Row = Record<string, unknown>

/** Asks one statement, prepared once per connection; gives rows, or what was changed. */
export type Run = (sql: string, values: readonly unknown[]) => Promise<unknown>

/** How rows come, whatever the host set for its own. */
const AS_WRITTEN = {
  rowsAsArray: false,
  nestTables: false,
  namedPlaceholders: false,
  typeCast: true,
  supportBigNumbers: false,
  bigNumberStrings: false,
  jsonStrings: true,
} as const

/** The settings that say where the server is and how to sign in there. */
const WHERE = [
  ...[
    'uri',
    'host',
    'port',
    'localAddress',
    'socketPath',
    'stream',
    'ssl',
    'compress',
    'database',
    'connectAttributes',
  ],
  ...['user', 'password', 'password1', 'password2', 'password3', 'passwordSha1'],
  ...['authPlugins', 'authSwitchHandler', 'insecureAuth', 'enableCleartextPlugin'],
] as const

/** What mysql2's types do not tell of a connection. */
type Lease = PoolConnection & { stream?: { ref?(): void; unref?(): void }; lastActiveTime?: number }

/** The storage's own few connections. */
export class Connections {
  readonly #pool: Pool
  readonly #timeoutMs: number
  readonly #greeted = new WeakSet<Lease>()

  constructor(database: unknown, most: number, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#pool = createPool({
      ...settings(database),
      connectTimeout: timeoutMs,
      connectionLimit: most,
      // As many may be idle as there are: mysql2's own timer for the others would keep the process alive.
      maxIdle: most,
      charset: 'utf8mb4',
      multipleStatements: false,
      enableKeepAlive: true,
    })
    this.#pool.on('acquire', (connection: Lease) => connection.stream?.ref?.())
    this.#pool.on('release', (connection: Lease) => connection.stream?.unref?.())
    // One that breaks while idle leaves the pool by itself; without a listener the process would end.
    this.#pool.on('connection', (connection: Lease) => connection.on('error', () => {}))
  }

  /** Gives a connection to one piece of work, with each statement in a commit of its own. */
  async lease<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return within(this.#timeoutMs, async deadline => {
      const connection = await this.#acquire(deadline)
      deadline.abandonBy(() => connection.destroy())
      try {
        if (!this.#greeted.has(connection)) await this.#greet(connection)
        const answer = await work(runner(connection, deadline))
        connection.release()
        return answer
      } catch (error) {
        // Whatever failed, the session may be in the middle of something.
        connection.destroy()
        throw error
      }
    })
  }

  /** Does all of `work` in one commit, or nothing of it. `true` = committed. */
  async transaction(work: (run: Run) => Promise<'commit' | 'roll back'>): Promise<boolean> {
    return this.lease(async run => {
      await run('START TRANSACTION', [])
      const verdict = await work(run)
      await run(verdict === 'commit' ? 'COMMIT' : 'ROLLBACK', [])
      return verdict === 'commit'
    })
  }

  async end(): Promise<void> {
    await this.#pool.promise().end()
  }

  /** A connection that was used lately: what is between may have forgotten others. */
  async #acquire(deadline: Deadline): Promise<Lease> {
    for (;;) {
      const connection = await new Promise<Lease>((resolve, reject) => {
        this.#pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
      })
      if (deadline.passed) connection.release()
      deadline.check()
      if (!this.#greeted.has(connection) || Date.now() - (connection.lastActiveTime ?? 0) < IDLE_MS) return connection
      connection.destroy()
    }
  }

  async #greet(connection: Lease): Promise<void> {
    for (const sql of greeting(statementTimeout(this.#timeoutMs))) {
      await answered(callback => connection.query(sql, callback))
    }
    this.#greeted.add(connection)
  }
}

function runner(connection: Lease, deadline: Deadline): Run {
  return (sql, values) => {
    deadline.check()
    const options = { sql, ...AS_WRITTEN } as unknown as QueryOptions
    // Statements about transactions cannot be prepared everywhere.
    if (values.length === 0) return answered(callback => connection.query(options, callback))
    return answered(callback => connection.execute(options, [...values] as Parameters<Lease['execute']>[1], callback))
  }
}

function answered(ask: (callback: (error: Error | null, answer: unknown) => void) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    ask((error, answer) => (error ? reject(error) : resolve(answer)))
  })
}

function settings(database: unknown): PoolOptions {
  if (typeof database === 'string') return { uri: database }
  if (typeof database !== 'object' || database === null) {
    throw misconfigured('mysqlStorage takes a URL, the settings of a pool, or a pool')
  }
  const { pool, config, getConnection } = database as { pool?: unknown; config?: unknown; getConnection?: unknown }
  if (typeof getConnection !== 'function') return where(database)
  // The promise face holds the pool itself.
  const core = (config ?? (pool as { config?: unknown } | undefined)?.config) as
    | { connectionConfig?: object }
    | undefined
  if (core?.connectionConfig === undefined)
    throw misconfigured('the settings of that pool cannot be read: give them instead')
  return where(core.connectionConfig)
}

function where(settings: object): PoolOptions {
  const known = settings as Record<string, unknown>
  const given = WHERE.filter(name => known[name] !== undefined && known[name] !== false)
  return Object.fromEntries(given.map(name => [name, known[name]]))
}
