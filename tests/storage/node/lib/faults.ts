/** Servers that die, hang or cut connections: a typed refusal in time, and then business as before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTwoFactorError, type Storage } from 'twinlock'
import { exampleEvent } from 'twinlock/testing'
import { type Adapter, type Opened, open } from './adapters.ts'
import { challenge, elsewhere, type Person, person } from './people.ts'
import type { Server } from './server.ts'

const record = (version: number) => ({ version, enabled: true, keyId: 'k1', data: Uint8Array.of(version) })

/** When a call is given up here. */
const TIMEOUT_MS = 1_500
/** How long a refusal may take on a busy machine. */
const IN_TIME_MS = TIMEOUT_MS + 2_000

/** The call is refused as the storage's fault, and in time. */
export async function refusedInTime(call: () => unknown, codes = ['storage_error', 'storage_timeout']): Promise<void> {
  const started = performance.now()
  await assert.rejects(
    async () => call(),
    error => {
      assert(isTwoFactorError(error), String(error))
      assert(codes.includes(error.code), error.code)
      return true
    },
  )
  const took = performance.now() - started
  assert(took < IN_TIME_MS, `it took ${Math.round(took)} ms`)
}

/** Tries until it works again. */
export async function worksAgain<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call()
    } catch (error) {
      if (tries === 40) throw error
      await sleep(250)
    }
  }
}

async function opened<T>(adapter: Adapter, server: Server, work: (opened: Opened) => Promise<T>): Promise<T> {
  const one = await open(adapter, server, TIMEOUT_MS)
  try {
    return await work(one)
  } finally {
    await one.close()
  }
}

const calls = (storage: Storage, user: string) => [
  () => storage.load(user),
  () => storage.save(user, 1, record(2), [exampleEvent({ userId: user })]),
  () => storage.save(user, null, record(3), []),
  () => storage.erase(user),
]

/** Clients that keep what they could not send and send it when the server is back, after our refusal. */
const SENDS_LATE: readonly Adapter[] = ['ioredis', 'ioredis-cluster']

/**
 * Tests for any adapter; `server` is back as it was behind each.
 * @param quiet - waits until the client below has nothing under way of its own
 */
export function refusesInTime(adapter: Adapter, server: () => Server, quiet = async () => {}): void {
  const user = `faults-${adapter}`

  test(`${adapter}: a killed server is refused in time, and back again it is used again`, async () => {
    await opened(adapter, server(), async ({ storage }) => {
      assert(await worksAgain(async () => storage.save(user, null, record(1), [])))
      await quiet()
      await server().command('kill')
      try {
        // The first may find a connection that does not know yet, the others must connect.
        const [first, ...others] = calls(storage, user)
        await refusedInTime(() => first?.())
        await Promise.all(others.map(call => refusedInTime(call)))
      } finally {
        await server().command('start')
      }
      const left = await worksAgain(async () => storage.load(user))
      if (!SENDS_LATE.includes(adapter)) {
        assert.equal(left?.version, 1, 'what was refused unsent must not be done behind our backs')
        assert(await worksAgain(async () => storage.save(user, 1, record(2), [])))
      }
      await worksAgain(async () => storage.erase(user))
    })
  })

  test(`${adapter}: a server that hangs is refused in time, and lets nobody in`, async () => {
    const patient = await open(adapter, server())
    try {
      await opened(adapter, server(), async ({ storage }) => {
        const ada = await person(patient.storage, 'hangs')
        const hanging = elsewhere(ada, storage).twoFactor
        const fresh = await challenge(ada)
        await worksAgain(async () => storage.load(user))
        await server().command('pause')
        try {
          await Promise.all(calls(storage, user).map(call => refusedInTime(call)))
          await refusedInTime(() => hanging.verify(fresh, { code: ada.phone.code() }))
        } finally {
          await server().command('resume')
        }
        // What had been sent may have been done meanwhile; then the code is used up.
        const outcomes = [await outcome(ada), await outcome(ada)]
        assert.match(outcomes.join(), /^(in|invalid_code),invalid_code$/)
      })
      await worksAgain(async () => patient.storage.erase(user))
    } finally {
      await patient.close()
    }
  })
}

async function outcome(one: Person): Promise<string> {
  const fresh = await worksAgain(() => challenge(one))
  return one.twoFactor.verify(fresh, { code: one.phone.code() }).then(
    () => 'in',
    error => error.code,
  )
}
