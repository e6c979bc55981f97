/** MariaDB, by mysql2 and by Prisma. */
import { after, before } from 'node:test'
import { refusesInTime } from './lib/faults.ts'
import { keepsTheContract } from './lib/kit.ts'
import { letsOneIn } from './lib/race.ts'
import { asMysql, type Server, serve } from './lib/server.ts'

let server: Server
before(async () => {
  server = await serve('mariadb')
})
after(() => server.stop())

const rollback = (save: () => Promise<void>) =>
  asMysql(server, async host => {
    await host.query('START TRANSACTION')
    await save()
    await host.query('ROLLBACK')
  })

for (const adapter of ['mysql2', 'prisma-mariadb'] as const) {
  keepsTheContract(adapter, () => server, rollback)
  letsOneIn(adapter, () => server)
}

for (const adapter of ['mysql2', 'prisma-mariadb'] as const) refusesInTime(adapter, () => server)
