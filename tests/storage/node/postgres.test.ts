/** PostgreSQL, by node-postgres and by Prisma. */
import { after, before } from 'node:test'
import { refusesInTime } from './lib/faults.ts'
import { keepsTheContract } from './lib/kit.ts'
import { letsOneIn } from './lib/race.ts'
import { asPostgres, type Server, serve } from './lib/server.ts'

let server: Server
before(async () => {
  server = await serve('postgres')
})
after(() => server.stop())

const rollback = (save: () => Promise<void>) =>
  asPostgres(server, async host => {
    await host.query('BEGIN')
    await save()
    await host.query('ROLLBACK')
  })

for (const adapter of ['pg', 'prisma-postgresql'] as const) {
  keepsTheContract(adapter, () => server, rollback)
  letsOneIn(adapter, () => server)
}

for (const adapter of ['pg', 'prisma-postgresql'] as const) refusesInTime(adapter, () => server)
