/** `twinlock/redis` beyond the contract: what server and client must be, what stands in the keys. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Cluster, Redis } from 'ioredis'
import { createClient, createSentinel, RESP_TYPES } from 'redis'
import { exampleEvent } from 'twinlock/testing'
import { redisStorage } from 'twinlock/redis'
import { refusedInTime } from './lib/faults.ts'
import { challenge, person } from './lib/people.ts'
import { type Server, serve } from './lib/server.ts'

let server: Server
let client: Redis
before(async () => {
  server = await serve('redis')
  client = new Redis(server.url)
})
after(async () => {
  client.disconnect()
  await server.stop()
})

const record = (version: number) => ({ version, enabled: true, keyId: 'k1', data: Uint8Array.of(255, version) })
const storage = (options = {}) => redisStorage(client, { timeoutMs: 20_000, ...options })

test('keys and values stand as contract/redis.md says', async () => {
  const event = exampleEvent({ userId: 'a%}{b' })
  assert(await storage().save('a%}{b', null, record(7), [event]))
  const key = 'twinlock:{a%25%7D{b}'
  assert.deepEqual(await client.hgetall(`${key}:record`), { version: '7', enabled: '1', key_id: 'k1', data: '/wc=' })
  const [stored] = await client.lrange(`${key}:events`, 0, -1)
  assert.deepEqual(JSON.parse(stored ?? ''), event.body())
  assert.deepEqual((await client.keys('*')).sort(), [`${key}:events`, `${key}:record`])
  await storage().erase('a%}{b')
  assert.equal(await client.dbsize(), 0)
})

test('the last 200 events are kept, the newest first', async () => {
  const events = Array.from({ length: 230 }, (_, number) => exampleEvent({ userId: 'many', number }))
  assert(await storage().save('many', null, record(1), events.slice(0, 150)))
  assert(await storage().save('many', 1, record(2), events.slice(150)))
  const kept = await storage().events('many', null, 1_000)
  assert.deepEqual(
    kept.map(({ id }) => id),
    events
      .slice(30)
      .reverse()
      .map(({ id }) => id),
  )
  await storage().erase('many')
})

test('a walk through all keys counts every user once', async () => {
  const users = Array.from({ length: 700 }, (_, number) => `walked-${number}`)
  const events = (userId: string) => [
    exampleEvent({ userId, type: 'failed', at: 1_000 }),
    exampleEvent({ userId, at: 2_000 }),
  ]
  await Promise.all(users.map(userId => storage().save(userId, null, record(1), events(userId))))
  const { stats, stale, purge } = storage({ scan: true })
  assert.deepEqual(await stats?.(1_500), { enabledUsers: 700, enabled30d: 0, disabled30d: 0, failed30d: 700 })
  assert.deepEqual(await stale?.('k2', null, 1_000), users.toSorted())
  assert.deepEqual(await stale?.('k2', 'walked-98', 5), ['walked-99'])
  assert.deepEqual(await stale?.('k1', null, 5), [])
  assert.equal(await purge?.(1_500), 700)
  assert.equal(await purge?.(1_500), 0)
  await Promise.all(users.map(userId => storage().erase(userId)))
  assert.equal(await client.dbsize(), 0)
})

test('a server that forgot its scripts is given them again', async () => {
  assert(await storage().save('forgot', null, record(1), []))
  await client.script('FLUSH')
  assert(await storage().save('forgot', 1, record(2), []))
  assert.equal(await storage().save('forgot', 1, record(3), []), false)
})

test('a key of another type is refused before anything is written', async () => {
  await client.set('twinlock:{strange}:events', 'text')
  await refusedInTime(() => storage().save('strange', null, record(1), [exampleEvent()]), ['storage_error'])
  assert.equal(await client.exists('twinlock:{strange}:record'), 0)
  await client.set('twinlock:{odd}:record', 'text')
  await refusedInTime(() => storage().load('odd'), ['storage_error'])
  await client.del('twinlock:{strange}:events', 'twinlock:{odd}:record')
})

test('half a record is no record and nobody: it is refused', async () => {
  await client.hset('twinlock:{half}:record', 'version', '1', 'enabled', '1')
  await refusedInTime(() => storage().load('half'), ['storage_error'])
  await client.hset('twinlock:{half}:record', 'version', '1e3', 'key_id', 'k1', 'data', 'AAAA')
  await refusedInTime(() => storage().load('half'), ['storage_error'])
  await client.del('twinlock:{half}:record')
})

test('full memory is refused, and the record stays as it was', async () => {
  assert(await storage().save('full', null, record(1), []))
  await client.config('SET', 'maxmemory', '1')
  try {
    await refusedInTime(() => storage().save('full', 1, record(2), [exampleEvent()]), ['storage_error'])
    assert.equal((await storage().load('full'))?.version, 1)
  } finally {
    await client.config('SET', 'maxmemory', '0')
  }
})

describe('it refuses to work', () => {
  test('where memory is won by dropping records, until that is set right', async () => {
    const ada = await person(storage())
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const refused = storage()
    try {
      await assert.rejects(refused.ready(), { code: 'configuration_error', message: /maxmemory-policy noeviction/ })
      await assert.rejects(refused.load(ada.userId), { code: 'configuration_error' })
      await assert.rejects(refused.save('new', null, record(1), []), { code: 'configuration_error' })
      assert.equal(await client.exists('twinlock:{new}:record'), 0)
    } finally {
      await client.config('SET', 'maxmemory-policy', 'noeviction')
    }
    await refused.ready()
    await ada.twoFactor.verify(await challenge(ada), { code: ada.phone.code() })
  })

  test('on a replica', async () => {
    await client.call('REPLICAOF', server.host, '1')
    try {
      await assert.rejects(storage().ready(), { code: 'configuration_error', message: /replica/ })
    } finally {
      await client.call('REPLICAOF', 'NO', 'ONE')
    }
  })

  const lazy = { lazyConnect: true }
  const sentinel = () => createSentinel({ name: 'primary', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })
  const unfit: [string, () => unknown][] = [
    ['a client that changes keys', () => new Redis({ ...lazy, keyPrefix: 'app:' })],
    ['a cluster that reads from replicas', () => new Cluster([{ port: 1 }], { ...lazy, scaleReads: 'slave' })],
    ['a sentinel of node-redis', sentinel],
    ['what is no client', () => ({})],
    ['nothing', () => undefined],
  ]
  for (const [what, make] of unfit) {
    test(`with ${what}`, () => {
      assert.throws(() => redisStorage(make() as never), { code: 'configuration_error' })
    })
  }

  test('with a prefix that would move the slot', () => {
    assert.throws(() => storage({ prefix: 'a{b' }), { code: 'configuration_error' })
  })
})

test('a client that gives bytes for text is understood', async () => {
  const plain = createClient({ url: server.url })
  after(() => plain.close())
  await plain.connect()
  const bytes = plain.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String })
  const stored = redisStorage(bytes, { scan: true })
  assert(await stored.save('bytes', null, record(1), [exampleEvent({ userId: 'bytes', type: 'enrolled' })]))
  assert.equal(await stored.save('bytes', null, record(2), []), false)
  assert.deepEqual({ ...(await stored.load('bytes')) }, { ...record(1), data: Buffer.of(255, 1) })
  assert.equal((await stored.events('bytes', null, 5))[0]?.type, 'enrolled')
  assert((await stored.stale?.('k2', null, 50))?.includes('bytes'))
})

test('what needs a walk through all keys is there only where it was asked for', () => {
  assert.deepEqual([storage().stats, storage().stale, storage().purge], [undefined, undefined, undefined])
  assert(storage({ scan: true }).stats)
})
