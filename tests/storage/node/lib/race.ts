/** Several processes present one code at the same moment: exactly one gets in. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Adapter, open, type Place } from './adapters.ts'
import { challenge, person } from './people.ts'

const PROCESSES = 3
const TRIES_OF_EACH = 4
const ROUNDS = 8

/** What a process is told for a round. */
export interface Round {
  readonly challenges: readonly string[]
  readonly code: string
  readonly now: number
  /** When to begin, in milliseconds since 1970. */
  readonly at: number
}

/** What each try came to: `in`, or the code of the refusal. */
export type Outcomes = readonly string[]

export function letsOneIn(adapter: Adapter, place: () => Place): void {
  test(`${adapter}: of ${PROCESSES} processes with ${TRIES_OF_EACH} tries each one gets in with a code`, async () => {
    const { url, nodes } = place()
    const workers = Array.from({ length: PROCESSES }, () =>
      fork(fileURLToPath(new URL('race-worker.ts', import.meta.url)), [adapter, JSON.stringify({ url, nodes })]),
    )
    const { storage, close } = await open(adapter, place())
    try {
      await Promise.all(workers.map(answer))
      for (let round = 0; round < ROUNDS; round += 1) {
        const outcomes = await oneRound(workers, await person(storage, 'race'), round % 2 === 0)
        assert.equal(outcomes.filter(outcome => outcome === 'in').length, 1, outcomes.join(' '))
        for (const outcome of outcomes)
          assert.match(outcome, /^(in|invalid_code|challenge_expired|throttled|contention)$/)
      }
    } finally {
      for (const worker of workers) worker.kill()
      await close()
    }
  })
}

/** All tries on one challenge, or each on one of its own. */
async function oneRound(workers: ChildProcess[], who: Awaited<ReturnType<typeof person>>, shared: boolean) {
  const common = await challenge(who)
  const code = who.phone.code()
  const at = Date.now() + 40
  const told = workers.map(async worker => {
    const fresh = Array.from({ length: TRIES_OF_EACH }, () => (shared ? common : challenge(who)))
    const answered = answer(worker)
    worker.send({ challenges: await Promise.all(fresh), code, now: who.clock.now(), at } satisfies Round)
    return answered
  })
  return (await Promise.all(told)).flat()
}

/** What a process says next; one that ends instead fails the test. */
function answer(worker: ChildProcess): Promise<Outcomes> {
  return new Promise((resolve, reject) => {
    worker.once('message', outcomes => resolve(outcomes as Outcomes))
    worker.once('exit', code => reject(new Error(`a process of the race ended with ${code}`)))
  })
}
