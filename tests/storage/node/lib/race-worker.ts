/** One process of the race: opens its own storage, then verifies when it is told to. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isTwoFactorError } from 'twinlock'
import { type Adapter, open } from './adapters.ts'
import { engine } from './people.ts'
import type { Outcomes, Round } from './race.ts'

const [adapter, place] = process.argv.slice(2) as [Adapter, string]
const { storage } = await open(adapter, JSON.parse(place))
await storage.load('warm-up')

process.on('message', async ({ challenges, code, now, at }: Round) => {
  const twoFactor = engine(storage, () => now)
  await sleep(at - Date.now())
  const tries = challenges.map(challenge =>
    twoFactor.verify(challenge, { code }).then(
      () => 'in',
      error => (isTwoFactorError(error) ? error.code : String(error)),
    ),
  )
  process.send?.((await Promise.all(tries)) satisfies Outcomes)
})
// When the test ends, so does this.
process.on('disconnect', () => process.exit())
process.send?.([])
