/** One Redis, by node-redis and by ioredis. */
import { after, before } from 'node:test'
import { refusesInTime } from './lib/faults.ts'
import { keepsTheContract } from './lib/kit.ts'
import { letsOneIn } from './lib/race.ts'
import { type Server, serve } from './lib/server.ts'

let server: Server
before(async () => {
  server = await serve('redis')
})
after(() => server.stop())

for (const adapter of ['node-redis', 'node-redis-pool', 'ioredis'] as const) keepsTheContract(adapter, () => server)
for (const adapter of ['node-redis', 'ioredis'] as const) letsOneIn(adapter, () => server)

for (const adapter of ['node-redis', 'ioredis'] as const) refusesInTime(adapter, () => server)
