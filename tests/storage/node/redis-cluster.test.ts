/** A Redis cluster of three primaries: two of three keys are answered with MOVED by the node that is asked first. */
import { after, before } from 'node:test'
import { refusesInTime } from './lib/faults.ts'
import { keepsTheContract } from './lib/kit.ts'
import { letsOneIn } from './lib/race.ts'
import { type Server, serve } from './lib/server.ts'

let server: Server
before(async () => {
  server = await serve('redis-cluster')
})
after(() => server.stop())

for (const adapter of ['node-redis-cluster', 'ioredis-cluster'] as const) {
  keepsTheContract(adapter, () => server)
  letsOneIn(adapter, () => server)
}

for (const adapter of ['node-redis-cluster', 'ioredis-cluster'] as const) refusesInTime(adapter, () => server)
