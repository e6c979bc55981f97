import type { Pool, PoolClient, PoolConfig } from 'pg'
import pg from 'pg'
import { type Deadline, within } from '../shared/deadline.ts'
import { IDLE_MS, misconfigured, statementTimeout } from '../shared/options.ts'
import type { Statement } from './statements.ts'

/** What is bound to a statement's parameters. */
export type Values = readonly unknown[]

/** All columns as the server wrote them: neither the host's global type parsers nor a driver's habits reach our rows. */
export type Row = Record<string, string | null>

const AS_WRITTEN = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig

/** How the storage uses its connections. */
export interface ConnectionSettings {
  readonly most: number
  readonly timeoutMs: number
  readonly prepared: boolean
}

/** The storage's own few connections. */
export class Connections {
  readonly #pool: Pool
  readonly #timeoutMs: number
  readonly #prepared: boolean

  constructor(database: Pool | PoolConfig | string, { most, timeoutMs, prepared }: ConnectionSettings) {
    this.#timeoutMs = timeoutMs
    this.#prepared = prepared
    const config = settings(database)
    this.#pool = new pg.Pool({
      application_name: 'twinlock',
      ...config,
      // Copied by name: a pool hides it from whoever enumerates its options.
      password: config.password,
      max: most,
      min: 0,
      connectionTimeoutMillis: timeoutMs,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
      allowExitOnIdle: true,
      statement_timeout: statementTimeout(timeoutMs),
      query_timeout: 0,
    } as PoolConfig)
    // A connection that breaks while idle has left the pool already; without a listener the process would end.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', client => client.on('error', () => {}))
  }

  /** Asks one statement, in a commit of its own. */
  async ask(statement: Statement, values: Values): Promise<Row[]> {
    return this.#lease(client => this.#send(client, statement, values))
  }

  /** Does several statements in one commit. */
  async transaction(steps: readonly (readonly [Statement, Values])[]): Promise<void> {
    await this.#lease(async client => {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      for (const [statement, values] of steps) await this.#send(client, statement, values)
      await client.query('COMMIT')
    })
  }

  async end(): Promise<void> {
    await this.#pool.end()
  }

  async #lease<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return within(this.#timeoutMs, async deadline => {
      const client = await this.#pool.connect()
      if (deadline.passed) client.release()
      deadline.check()
      const giveBack = returner(client, deadline)
      try {
        const answer = await work(client)
        giveBack('whole')
        return answer
      } catch (error) {
        // Whatever failed, the connection may be in the middle of something.
        giveBack('broken')
        throw error
      }
    })
  }

  async #send(client: PoolClient, { name, text }: Statement, values: Values): Promise<Row[]> {
    const named = this.#prepared ? { name } : {}
    const { rows } = await client.query<Row>({ ...named, text, values: [...values], types: AS_WRITTEN })
    return rows
  }
}

/** Gives a connection back once, or ends it; one that is still busy when the deadline passes is ended then. */
function returner(client: PoolClient, deadline: Deadline): (state: 'whole' | 'broken') => void {
  let out = true
  const giveBack = (state: 'whole' | 'broken') => {
    if (out) client.release(state === 'broken')
    out = false
  }
  deadline.abandonBy(() => giveBack('broken'))
  return giveBack
}

function settings(database: Pool | PoolConfig | string): PoolConfig {
  if (typeof database === 'string') return { connectionString: database }
  if (typeof database !== 'object' || database === null) {
    throw misconfigured('pgStorage takes a connection string, the settings of a pool, or a pool')
  }
  const pool = database as Partial<Pool>
  if (typeof pool.connect !== 'function') return database as PoolConfig
  if (typeof pool.totalCount === 'number' && pool.options) return pool.options
  throw misconfigured('a single client cannot be shared: give its settings or a pool')
}
