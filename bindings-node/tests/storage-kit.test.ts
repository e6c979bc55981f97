/** The stores of the package under the storage kit, and the kit under storages that break one law each. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { MemoryStorage, SqliteStorage } from 'twinlock'
import { exampleEvent, storageKit, storageLaws } from 'twinlock/testing'
import { brokenStorages } from './lib/broken-storages.ts'
import { Data, MapStorage } from './lib/map-storage.ts'

const folder = mkdtempSync(join(tmpdir(), 'twinlock-kit-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the store in memory keeps the contract', () => {
  const storage = new MemoryStorage()
  for (const law of storageLaws) test(law.name, () => law.run({ open: () => storage }))
})

for (const synchronous of ['FULL', 'NORMAL'] as const) {
  describe(`the embedded store keeps the contract, synchronous ${synchronous}`, () => {
    const open = () => new SqliteStorage(join(folder, `${synchronous}.db`), { synchronous })
    for (const law of storageLaws) test(law.name, () => law.run({ open }))
  })
}

describe('the kit', () => {
  test('passes a storage as a user would write it, and leaves nothing behind', async () => {
    const data = new Data()
    let open = 0
    const opened = () => {
      open += 1
      return new MapStorage(data)
    }
    const close = () => {
      open -= 1
    }
    await storageKit({ open: opened, close, rollback: async save => save() })
    assert.deepEqual({ open, records: data.records.size, events: data.events.size }, { open: 0, records: 0, events: 0 })
  })

  test('runs again on the same data', async () => {
    const storage = new MapStorage()
    for (const _ of [1, 2]) await storageKit({ open: () => storage })
  })

  test('passes a storage without reports', async () => {
    const storage = new MapStorage()
    const { load, save, erase } = storage
    const plain = { load: load.bind(storage), save: save.bind(storage), erase: erase.bind(storage) }
    await storageKit({ open: () => plain })
  })

  for (const { law: name, fault, open, rollback } of brokenStorages) {
    test(`finds by the law "${name}": ${fault}`, async () => {
      const law = storageLaws.find(law => law.name === name)
      assert(law, `there is no law "${name}"`)
      const breaks = law.run({ open, ...(rollback && { rollback }) })
      await assert.rejects(breaks, { name: 'AssertionError', message: new RegExp(`^${name}: `) })
    })
  }

  test('every law finds something', () => {
    const tried = new Set(brokenStorages.map(({ law }) => law))
    assert.deepEqual(
      storageLaws.map(({ name }) => name).filter(name => !tried.has(name)),
      [],
    )
  })

  test('closes what it opened, and names the law, when a storage cannot be reached', async () => {
    let closed = 0
    class Down extends MapStorage {
      override load = () => Promise.reject(new Error('connection refused'))
    }
    const close = () => {
      closed += 1
    }
    await assert.rejects(storageKit({ open: () => new Down(), close }), {
      name: 'AssertionError',
      message: 'a record is created once: it failed with connection refused',
    })
    assert.equal(closed, 1)
  })
})

test('example events are unique, and later ones have higher ids', () => {
  const ids = Array.from({ length: 100 }, (_, number) => exampleEvent({ number }).id)
  assert.equal(new Set([...ids, ...Array.from({ length: 100 }, () => exampleEvent().id)]).size, 200)
  assert.deepEqual(ids.toSorted(), ids)
  assert.match(exampleEvent().id, /^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  assert(exampleEvent({ at: 2, number: 0 }).id > exampleEvent({ at: 1, number: 4_095 }).id)
})
