/** `twinlock/prisma` beyond the contract: what client it takes, and how it answers for tables that are not as they should be. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { prismaStorage } from 'twinlock/prisma'
import { exampleEvent } from 'twinlock/testing'
import { refusedInTime } from './lib/faults.ts'
import { challenge, person } from './lib/people.ts'
import { schema } from './lib/server.ts'
import { PrismaClient } from './prisma/generated/sqlite/client/client.ts'

const folder = mkdtempSync(join(tmpdir(), 'twinlock-prisma-'))
const url = `file:${join(folder, 'app.db')}`
const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url }) })
before(async () => {
  const client = createClient({ url })
  await client.executeMultiple(schema('sqlite'))
  client.close()
})
after(async () => {
  await prisma.$disconnect()
  rmSync(folder, { recursive: true, force: true })
})

const nothing = async () => {}
const record = (version: number) => ({ version, enabled: true, keyId: 'k1', data: Uint8Array.of(version) })

test('a lost race leaves no event, with the record there and without one', async () => {
  const storage = prismaStorage(prisma)
  assert(await storage.save('ada', null, record(1), [exampleEvent({ userId: 'ada' })]))
  assert.equal(await storage.save('ada', null, record(2), [exampleEvent({ userId: 'ada' })]), false)
  assert.equal(await storage.save('ada', 9, record(2), [exampleEvent({ userId: 'ada' })]), false)
  assert.equal(await storage.save('bob', 9, record(2), [exampleEvent({ userId: 'bob' })]), false)
  assert.equal(await prisma.twinlockEvent.count(), 1)
  assert.equal(await prisma.twinlockRecord.count(), 1)
})

test('an event that is there already is a fault, not a lost race, and undoes the record', async () => {
  const storage = prismaStorage(prisma)
  const event = exampleEvent({ userId: 'twice' })
  assert(await storage.save('twice', null, record(1), [event]))
  await refusedInTime(() => storage.save('twice', 1, record(2), [event]), ['storage_error'])
  assert.equal((await storage.load('twice'))?.version, 1)
})

test('an extended client is taken as well', async () => {
  const extended = prisma.$extends({ query: { $allModels: { $allOperations: ({ args, query }) => query(args) } } })
  const ada = await person(prismaStorage(extended))
  await ada.twoFactor.verify(await challenge(ada), { code: ada.phone.code() })
})

test('awaited inside a transaction of the caller it refuses in time, and lets nobody in', async () => {
  const storage = prismaStorage(prisma, { timeoutMs: 500 })
  const ada = await person(storage)
  const fresh = await challenge(ada)
  await prisma.$transaction(
    async () => {
      await refusedInTime(() => ada.twoFactor.verify(fresh, { code: ada.phone.code() }))
    },
    { timeout: 10_000 },
  )
  const left = await storage.load(ada.userId)
  await sleep(200)
  assert.deepEqual((await storage.load(ada.userId))?.version, left?.version, 'what nobody waits for is not done')
})

test('the client of a transaction is refused', async () => {
  await prisma.$transaction(async inside => {
    // @ts-expect-error: the types refuse it, too
    assert.throws(() => prismaStorage(inside), { code: 'configuration_error', message: /inside a transaction/ })
  })
})

test('a client without the models is refused with what to do', () => {
  const client = { $transaction: nothing, $disconnect: nothing, _activeProvider: 'sqlite' }
  assert.throws(() => prismaStorage(client), { code: 'configuration_error', message: /prisma generate/ })
  assert.throws(() => prismaStorage(prisma, { event: 'audit' }), {
    code: 'configuration_error',
    message: /no model audit/,
  })
})

test('a database whose tables Twinlock does not know is refused', () => {
  assert.throws(() => prismaStorage(prisma, { provider: 'sqlserver' as never }), { code: 'configuration_error' })
})

test('a table that takes one user for another is refused', async () => {
  const row = { userId: 'Ada', version: 1n, enabled: true, keyId: 'k1', data: new Uint8Array(1) }
  const folding = { ...prisma.twinlockRecord, findUnique: async () => row, updateMany: async () => ({ count: 0 }) }
  const client = { $transaction: nothing, $disconnect: nothing, twinlockRecord: folding, twinlockEvent: folding }
  const storage = prismaStorage(client, { provider: 'postgresql' })
  assert.equal((await storage.load('Ada'))?.version, 1)
  await refusedInTime(() => storage.load('ada'), ['storage_error'])
})

test('a transaction that the database undid for another one is a lost race; any other fault is none', async () => {
  const model = { updateMany: nothing }
  const failing = (code: string) => async () => {
    throw Object.assign(new Error('Transaction failed'), { code })
  }
  const save = (code: string) => {
    const client = { $transaction: failing(code), $disconnect: nothing, twinlockRecord: model, twinlockEvent: model }
    return prismaStorage(client, { provider: 'postgresql' }).save('ada', 1, record(2), [exampleEvent()])
  }
  assert.equal(await save('P2034'), false)
  await refusedInTime(() => save('P2028'), ['storage_error'])
})

test('a transaction that begins when nobody waits any longer does nothing, and one that ends then is undone', async () => {
  const done: string[] = []
  const model = {
    updateMany: async () => {
      done.push('written')
      await sleep(200)
      return { count: 1 }
    },
  }
  const tables = { twinlockRecord: model, twinlockEvent: { ...model, createMany: nothing } }
  const waits = (before: number) => async (work: (inside: object) => Promise<void>) => {
    await sleep(before)
    await work(tables).then(
      () => done.push('committed'),
      () => done.push('undone'),
    )
  }
  for (const before of [250, 0]) {
    const client = { $transaction: waits(before), $disconnect: nothing, ...tables }
    const storage = prismaStorage(client, { provider: 'postgresql', timeoutMs: 100 })
    await refusedInTime(() => storage.save('ada', 1, record(2), [exampleEvent()]), ['storage_timeout'])
    await sleep(400)
  }
  assert.deepEqual(done, ['undone', 'written', 'undone'])
})
