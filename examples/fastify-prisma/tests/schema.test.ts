// The tables: what is shipped to migrate with is what Twinlock asks for, and what the models were pasted from.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { prismaStorage } from 'twinlock/prisma'
import { storageLaws } from 'twinlock/testing'
import { openDatabase } from '../app/database.ts'
import { folder } from './lib/instance.ts'

const here = new URL('..', import.meta.url)
const text = (path: string) => readFileSync(new URL(path, here), 'utf8')

/** Statements without comments, white space evened out. */
function statements(sql: string): string[] {
  const bare = sql.replace(/--.*$/gm, '').split(';')
  return bare.map(statement => statement.replace(/\s+/g, ' ').trim()).filter(Boolean)
}

test('the migration of Twinlock’s tables is the schema that the package ships', () => {
  const shipped = readFileSync(createRequire(import.meta.url).resolve('twinlock/schema/sqlite.sql'), 'utf8')
  // The two lines that mark a file as Twinlock's own do not belong into the application's.
  const wanted = statements(shipped).filter(statement => !statement.startsWith('PRAGMA'))
  assert.deepEqual(statements(text('prisma/migrations/20261122000100_twinlock/migration.sql')), wanted)
})

test('the models are those that the package ships to paste', () => {
  const models = text('../../bindings-node/prisma/twinlock.prisma')
  assert.ok(text('prisma/schema.prisma').includes(models.slice(models.indexOf('model TwinlockRecord')).trim()))
})

test('tables are made once, whole, and only where that is wanted', async () => {
  const url = `file:${folder()}/app.db`
  await assert.rejects(openDatabase(url, false), /no tables/)
  for (let start = 0; start < 2; start++) {
    const prisma = await openDatabase(url, true)
    const rows = await prisma.$queryRaw<
      { name: string }[]
    >`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
    const names = rows.map(({ name }) => name).filter(name => !name.startsWith('sqlite_'))
    assert.deepEqual(await prisma.$queryRaw`PRAGMA journal_mode`, [{ journal_mode: 'wal' }])
    assert.deepEqual(names, ['ended_families', 'refresh_tokens', 'twinlock_event', 'twinlock_record', 'users'])
    await prisma.$disconnect()
  }
})

for (const law of storageLaws) {
  test(`on the application’s own database: ${law.name}`, async () => {
    const prisma = await openDatabase(`file:${folder()}/app.db`, true)
    await law.run({ open: () => prismaStorage(prisma) })
    await prisma.$disconnect()
  })
}
