/** SQLite by Prisma, in the application's own file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { createClient } from '@libsql/client'
import { keepsTheContract } from './lib/kit.ts'
import { letsOneIn } from './lib/race.ts'
import { schema } from './lib/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'twinlock-prisma-'))
const place = { url: `file:${join(folder, 'app.db')}`, nodes: [] }
before(async () => {
  const client = createClient({ url: place.url })
  await client.executeMultiple(`PRAGMA journal_mode = WAL;\n${schema('sqlite')}`)
  client.close()
})
after(() => rmSync(folder, { recursive: true, force: true }))

keepsTheContract('prisma-sqlite', () => place)
letsOneIn('prisma-sqlite', () => place)
