/** MariaDB, by mysql2 and by Prisma. */
import { after, before } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RowDataPacket } from 'mysql2'
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

/**
 * Prisma's connector connects in the background, and drops the promise of a connection that dies in the handshake: Node would end.
 */
async function connected(): Promise<void> {
  const undone = "SELECT count(*) AS undone FROM information_schema.processlist WHERE user = 'unauthenticated user'"
  for (let quiet = 0; quiet < 5; ) {
    const [rows] = await asMysql(server, host => host.query<RowDataPacket[]>(undone))
    quiet = rows[0]?.['undone'] === 0 ? quiet + 1 : 0
    await sleep(100)
  }
}

for (const adapter of ['mysql2', 'prisma-mariadb'] as const) refusesInTime(adapter, () => server, connected)
