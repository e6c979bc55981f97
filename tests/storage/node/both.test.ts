/** Python and Node on the same records at once: what one burned the other refuses. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { isTwoFactorError, type Reports, SqliteStorage, type Storage } from 'twinlock'
import { mysqlStorage } from 'twinlock/mysql2'
import { pgStorage } from 'twinlock/pg'
import { redisStorage } from 'twinlock/redis'
import { enroll, VirtualClock } from 'twinlock/testing'
import { challenge, engine, person } from './lib/people.ts'
import { type Answer, peer } from './lib/peer.ts'
import { serve } from './lib/server.ts'

const ROUNDS = 6
const PATIENT = { timeoutMs: 20_000 }

interface Shared {
  readonly storage: Storage & Reports
  readonly python: ReturnType<typeof peer>
}

const places: Record<string, () => Promise<Shared>> = {
  'one SQLite file': async () => {
    const folder = mkdtempSync(join(tmpdir(), 'twinlock-both-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, '2fa.db')
    return { storage: new SqliteStorage(file), python: peer('sqlite', file) }
  },
  'the same tables of PostgreSQL': async () => {
    const server = await serve('postgres')
    const storage = pgStorage(server.url, PATIENT)
    after(async () => {
      await storage.end()
      await server.stop()
    })
    return { storage, python: peer('sqlalchemy', server.url.replace('postgresql:', 'postgresql+psycopg:')) }
  },
  'the same tables of MariaDB': async () => {
    const server = await serve('mariadb')
    const storage = mysqlStorage(server.url, PATIENT)
    after(async () => {
      await storage.end()
      await server.stop()
    })
    return { storage, python: peer('sqlalchemy', server.url.replace('mysql:', 'mysql+pymysql:')) }
  },
  'one Redis': async () => {
    const server = await serve('redis')
    const client = new Redis(server.url)
    after(async () => {
      client.disconnect()
      await server.stop()
    })
    return { storage: withReports(client), python: peer('redis', server.url) }
  },
  'one Redis cluster': async () => {
    const server = await serve('redis-cluster')
    const { host, port, password } = server
    const client = new Cluster([{ host, port }], { redisOptions: { password } })
    after(async () => {
      client.disconnect()
      await server.stop()
    })
    return { storage: withReports(client), python: peer('redis-cluster', server.url) }
  },
}

function withReports(client: Redis | Cluster): Storage & Reports {
  return redisStorage(client, { ...PATIENT, scan: true }) as Storage & Reports
}

/** What Node came to, in the words of the other side. */
async function node(call: () => Promise<{ method: string }>): Promise<Answer> {
  try {
    return { ok: (await call()).method }
  } catch (error) {
    assert(isTwoFactorError(error), String(error))
    return { refused: error.code }
  }
}

for (const [place, open] of Object.entries(places)) {
  describe(`Python and Node on ${place}`, async () => {
    const { storage, python } = await open()
    after(() => python.stop())

    test('a code burned through one is refused through the other', async () => {
      const ada = await person(storage, 'ada')
      const now = ada.clock.now()
      const [first, second] = [await challenge(ada), await challenge(ada)]
      assert.deepEqual(await python.ask('verify', now, { challenge: first, code: ada.phone.code() }), { ok: 'totp' })
      assert.deepEqual(await node(() => ada.twoFactor.verify(second, { code: ada.phone.code() })), {
        refused: 'invalid_code',
      })
      assert.deepEqual(await node(() => ada.twoFactor.verify(first, { code: ada.phone.code() })), {
        refused: 'challenge_expired',
      })

      ada.clock.advance(30)
      const theirs = await python.ask('challenge', ada.clock.now(), { user: ada.userId })
      assert.deepEqual(await node(() => ada.twoFactor.verify(String(theirs.ok), { code: ada.phone.code() })), {
        ok: 'totp',
      })
      const again = { challenge: await challenge(ada), code: ada.phone.code() }
      assert.deepEqual(await python.ask('verify', ada.clock.now(), again), { refused: 'invalid_code' })
    })

    test('a backup code spent through one is refused through the other', async () => {
      const clock = new VirtualClock()
      const twoFactor = engine(storage, clock.now)
      const { enrolled } = await enroll(twoFactor, 'grace', clock)
      const code = enrolled.backupCodes[0] as string
      const fresh = async () => (await twoFactor.afterFirstFactor('grace')).challenge as string
      assert.deepEqual(await python.ask('verify', clock.now(), { challenge: await fresh(), code }), {
        ok: 'backup_code',
      })
      const challenge = await fresh()
      assert.deepEqual(await node(() => twoFactor.verify(challenge, { code })), { refused: 'invalid_code' })
      const status = (await twoFactor.status('grace')).body()
      assert.deepEqual((await python.ask('status', clock.now(), { user: 'grace' })).ok, status)
    })

    test('of one code at the same moment, in both, exactly one gets in', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const who = await person(storage, `race-${round}`)
        const code = who.phone.code()
        const challenges = await Promise.all([challenge(who), challenge(who), challenge(who)])
        const at = Date.now() + 40
        const theirs = python.ask('verify', who.clock.now(), { challenge: challenges[0], code, at })
        await sleep(at - Date.now())
        const ours = challenges.slice(1).map(challenge => node(() => who.twoFactor.verify(challenge, { code })))
        const outcomes = await Promise.all([theirs, ...ours])
        assert.equal(outcomes.filter(({ ok }) => ok === 'totp').length, 1, JSON.stringify(outcomes))
      }
    })

    test('events and key sweeps of one are those of the other', async () => {
      const ada = await person(storage, 'ada-ä-🔑')
      await node(async () =>
        ada.twoFactor.verify(await challenge(ada), { code: ada.phone.wrongCode(), context: 'Zürich 🔑' }),
      )
      const fresh = await challenge(ada)
      await python.ask('verify', ada.clock.now(), { challenge: fresh, code: ada.phone.code() })
      const ours = (await ada.twoFactor.events(ada.userId, { limit: 200 })).events.map(event => event.body())
      assert.deepEqual((await python.ask('events', ada.clock.now(), { user: ada.userId })).ok, ours)
      assert(ours.length >= 3)
      assert.deepEqual((await python.ask('stale', 0, { key: 'other' })).ok, await storage.stale('other', null, 100))
    })
  })
}
