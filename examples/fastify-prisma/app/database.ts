/** The application's database: one SQLite file with the accounts and, in two tables, Twinlock's records and events. */
import { readdirSync, readFileSync } from 'node:fs'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from './generated/client.ts'
import { SettingsError } from './settings.ts'

const MIGRATIONS = new URL('../prisma/migrations/', import.meta.url)
const BUSY_MS = 4_000

/**
 * Opens the database.
 * @param url - of a file
 * @param makeTables - whether a new, empty file gets its tables; in production `prisma migrate deploy` makes them
 * @throws SettingsError when there are no tables
 */
export async function openDatabase(url: string, makeTables: boolean): Promise<PrismaClient> {
  const adapter = new PrismaLibSql({ url, timeout: BUSY_MS })
  // Minimal: an error must not carry hashes or addresses into a log.
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' })
  // Readers and the one writer do not wait for each other; the file remembers it.
  await prisma.$queryRaw`PRAGMA journal_mode = WAL`
  if (await hasTables(prisma)) return prisma
  if (!makeTables) {
    await prisma.$disconnect()
    throw new SettingsError('the database has no tables: run `npx prisma migrate deploy` first')
  }
  await migrate(adapter)
  return prisma
}

async function hasTables(prisma: PrismaClient): Promise<boolean> {
  const tables = await prisma.$queryRaw<{ name: string }[]>`SELECT name FROM sqlite_master WHERE type = 'table'`
  const names = tables.map(({ name }) => name)
  return ['users', 'refresh_tokens', 'ended_families', 'twinlock_record', 'twinlock_event'].every(name =>
    names.includes(name),
  )
}

/** All of the shipped migrations, or none: for an empty file, where Prisma's own command is not at hand. */
async function migrate(adapter: PrismaLibSql): Promise<void> {
  const folders = readdirSync(MIGRATIONS, { withFileTypes: true }).filter(entry => entry.isDirectory())
  const scripts = folders
    .map(({ name }) => name)
    .sort()
    .map(name => readFileSync(new URL(`${name}/migration.sql`, MIGRATIONS), 'utf8'))
  const connection = await adapter.connect()
  try {
    await connection.executeScript(`BEGIN IMMEDIATE;\n${scripts.join('\n')}\nCOMMIT;`)
  } finally {
    await connection.dispose()
  }
}
