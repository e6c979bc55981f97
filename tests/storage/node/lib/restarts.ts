/** A database that is killed and restarted under load: nothing that was told is lost, and nobody gets in twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTwoFactorError } from 'twinlock'
import { type Adapter, open } from './adapters.ts'
import { worksAgain } from './faults.ts'
import { challenge, type Person, person } from './people.ts'
import type { Server } from './server.ts'

const PEOPLE = 6
const ROUNDS = 8
const KILLED_IN = [2, 4, 6]
const REFUSALS = [
  'invalid_code',
  'challenge_expired',
  'throttled',
  'more_codes_required',
  'contention',
  'storage_error',
  'storage_timeout',
]

export function survivesRestarts(adapter: Adapter, server: () => Server): void {
  test(`${adapter}: killed and restarted under load, nothing is lost and nobody gets in twice`, async () => {
    const { storage, close } = await open(adapter, server(), 3_000)
    try {
      const people = await Promise.all(Array.from({ length: PEOPLE }, (_, number) => person(storage, `load-${number}`)))
      let told = 0
      for (let round = 0; round < ROUNDS; round += 1) {
        const restart = KILLED_IN.includes(round) ? killAndStart(server()) : undefined
        const won = await Promise.all(people.map(signIn))
        await restart
        // With the server back, every code that let somebody in, or may have, is tried once more.
        const twice = await Promise.all(people.map((one, index) => once(one, won[index] ?? 0)))
        for (const times of twice) assert(times <= 1, `one code let in ${times} times`)
        told += twice.reduce((sum, times) => sum + times, 0)
        for (const { clock } of people) clock.advance(30)
      }
      assert(told >= (ROUNDS - KILLED_IN.length) * PEOPLE, `only ${told} got in at all`)
      await everySignInWasNoted(people, told)
    } finally {
      await close()
    }
  })
}

async function killAndStart(server: Server): Promise<void> {
  await sleep(20 + Math.random() * 60)
  await server.command('kill')
  await sleep(100)
  await server.command('start')
}

/** Three tries at once with one code; how many got in. */
async function signIn(one: Person): Promise<number> {
  const tries = [0, 1, 2].map(async number => {
    await sleep(number * 25)
    return once(one, 0)
  })
  return (await Promise.all(tries)).reduce((sum, times) => sum + times, 0)
}

/** One try; how often the code has let in, with what was `before`. */
async function once(one: Person, before: number): Promise<number> {
  try {
    const fresh = before > 0 ? await worksAgain(() => challenge(one)) : await challenge(one)
    await one.twoFactor.verify(fresh, { code: one.phone.code() })
    return before + 1
  } catch (error) {
    assert(isTwoFactorError(error) && REFUSALS.includes(error.code), String(error))
    return before
  }
}

/** No event of a told sign-in is gone. */
async function everySignInWasNoted(people: Person[], told: number): Promise<void> {
  const pages = await Promise.all(people.map(({ twoFactor, userId }) => twoFactor.events(userId, { limit: 200 })))
  const verified = pages.flatMap(({ events }) => events).filter(({ type }) => type === 'verified').length
  assert(verified >= told, `${told} got in, ${verified} were noted`)
}
