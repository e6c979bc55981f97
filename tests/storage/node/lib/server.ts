/** Real servers, with Twinlock's tables where they have tables. */
import { readFileSync } from 'node:fs'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { start as run } from '../../../servers/servers.mjs'

export type Server = Awaited<ReturnType<typeof run>>
type Kind = Parameters<typeof run>[0]
type Settings = Parameters<typeof run>[1]

/** Starts a server for the tests of one file and makes the tables. */
export async function serve(kind: Kind, settings: Settings = {}): Promise<Server> {
  const server = await run(kind, { fast: true, ...settings })
  if (kind === 'postgres') await asPostgres(server, client => client.query(schema('postgres')))
  if (kind === 'mariadb') await asMysql(server, client => client.query(schema('mysql')))
  return server
}

/** The tables as every language has them, with a prefix where one is given. */
export function schema(dialect: 'postgres' | 'mysql' | 'sqlite', prefix = ''): string {
  const sql = readFileSync(new URL(`../../../../contract/schema/${dialect}.sql`, import.meta.url), 'utf8')
  return sql.replaceAll(/\btwinlock_/g, `${prefix}twinlock_`)
}

/** A connection of the application's own. */
export async function asPostgres<T>(server: Server, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server.url, application_name: 'host' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A connection of the application's own. */
export async function asMysql<T>(server: Server, work: (client: mysql.Connection) => Promise<T>): Promise<T> {
  const client = await mysql.createConnection({ uri: server.url, multipleStatements: true })
  client.on('error', () => {})
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
