/** The driver of the package under the driver kit, and the kit under drivers that break one rule each. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTwoFactorError, type Storage, type StoredRecord, TwoFactor, type TwoFactorEvent } from 'twinlock'
import {
  type DriverParts,
  driverKit,
  driverLaws,
  FaultyStorage,
  type MakeDriver,
  OrderedFailure,
} from 'twinlock/testing'

// The kit's listener fails on purpose; the warnings of that would only alarm.
process.removeAllListeners('warning')

type Save = Parameters<Storage['save']>

const make: MakeDriver = parts => new TwoFactor({ issuer: 'Acme', ...parts })

/** A driver that works through a storage changed in some way. */
function through(change: (storage: FaultyStorage, parts: DriverParts) => Partial<Storage>): MakeDriver {
  return parts => {
    const { storage } = parts
    const plain: Storage = {
      load: userId => storage.load(userId),
      save: (...given) => storage.save(...given),
      erase: userId => storage.erase(userId),
    }
    return new TwoFactor({ issuer: 'Acme', ...parts, storage: { ...plain, ...change(storage, parts) } })
  }
}

/** A driver whose `verify` is wrapped. */
function around(
  verify: (inner: TwoFactor, ...given: Parameters<TwoFactor['verify']>) => ReturnType<TwoFactor['verify']>,
): MakeDriver {
  return parts => {
    const inner = new TwoFactor({ issuer: 'Acme', ...parts })
    const wrapped = Object.create(inner) as TwoFactor
    for (const name of ['beginEnrollment', 'confirmEnrollment', 'afterFirstFactor', 'status', 'erase'] as const) {
      Object.defineProperty(wrapped, name, { value: (inner[name] as (...given: unknown[]) => unknown).bind(inner) })
    }
    Object.defineProperty(wrapped, 'verify', { value: verify.bind(undefined, inner) })
    return wrapped
  }
}

const caches: MakeDriver = through(storage => {
  const seen = new Map<string, StoredRecord | null>()
  return {
    load: async userId => {
      const record = seen.get(userId) ?? (await storage.load(userId))
      seen.set(userId, record)
      return record
    },
    save: async (...given) => {
      const won = await storage.save(...given)
      if (won) seen.set(given[0], given[2])
      return won
    },
  }
})

const tellsBeforeItSaves: MakeDriver = through(storage => ({
  save: (...given) => {
    void Promise.resolve()
      .then(() => storage.save(...given))
      .catch(() => {})
    return true
  },
}))

const overwrites: MakeDriver = through(storage => ({
  save: async (...[userId, expected, record, events]: Save) => {
    if (await storage.save(userId, expected, record, events)) return true
    const found = await storage.load(userId)
    return storage.save(userId, found?.version ?? null, record, events)
  },
}))

const forgetsWrongCodes: MakeDriver = through(storage => ({
  save: (...given) => (given[3].some(({ type }) => type === 'failed') ? true : storage.save(...given)),
}))

const announcesEarly: MakeDriver = parts => {
  const told = new Set<string>()
  const once = (event: TwoFactorEvent, durable: boolean) => {
    if (told.has(event.id)) return
    told.add(event.id)
    parts.onEvent(event, durable)
  }
  const early = through(storage => ({
    save: (...given) => {
      for (const event of given[3]) once(event, true)
      return storage.save(...given)
    },
  }))
  return early({ ...parts, onEvent: once })
}

const writesForNothing: MakeDriver = through(storage => ({
  load: async userId => {
    const record = await storage.load(userId)
    if (record) await storage.save(userId, record.version, record, [])
    return record
  },
}))

const scribbles: MakeDriver = through(storage => {
  let last: Uint8Array | undefined
  return {
    save: (...given) => {
      last?.fill(0)
      last = given[2].data
      return storage.save(...given)
    },
  }
})

const neverGivesUp = around(async function verify(inner, ...given): ReturnType<TwoFactor['verify']> {
  try {
    return await inner.verify(...given)
  } catch (error) {
    if (isTwoFactorError(error) && error.code === 'contention') return verify(inner, ...given)
    throw error
  }
})

const letsListenersUndo: MakeDriver = parts => {
  let failure: unknown
  const onEvent: DriverParts['onEvent'] = (event, durable) => {
    try {
      parts.onEvent(event, durable)
    } catch (error) {
      failure = error
    }
  }
  return around(async (inner, ...given) => {
    const answer = await inner.verify(...given)
    if (failure) throw failure
    return answer
  })({ ...parts, onEvent })
}

const keepsTheTime: MakeDriver = parts => {
  let read = -1
  let now = 0
  const forgets = through(storage => ({
    load: userId => storage.load(userId),
    save: (...given) => storage.save(...given),
  }))
  const clock = () => {
    if (parts.storage.saves !== read) now = parts.clock()
    read = parts.storage.saves + 1
    return now
  }
  return forgets({ ...parts, clock })
}

const broken: [law: string, fault: string, make: MakeDriver][] = [
  ['what changes nothing writes nothing', 'writes what it read', writesForNothing],
  ['what changes nothing writes nothing', 'caches', caches],
  ['a counted wrong code is written before it is told', 'forgets wrong codes', forgetsWrongCodes],
  ['a counted wrong code is written before it is told', 'tells before it saves', tellsBeforeItSaves],
  ['a counted wrong code is written before it is told', 'announces before the commit', announcesEarly],
  ['what fails lets nobody in', 'tells before it saves', tellsBeforeItSaves],
  [
    'what fails lets nobody in',
    'takes a failed load for nobody',
    through(storage => ({ load: async userId => Promise.resolve(storage.load(userId)).catch(() => null) })),
  ],
  ['what was burned stays burned', 'tells before it saves', tellsBeforeItSaves],
  ['what was burned stays burned', 'announces before the commit', announcesEarly],
  [
    'what answers late refuses, and its write goes on',
    'waits for ever',
    parts => new TwoFactor({ issuer: 'Acme', ...parts, storageTimeoutMs: 3_000 }),
  ],
  [
    'what never answers refuses',
    'waits for ever',
    parts => new TwoFactor({ issuer: 'Acme', ...parts, storageTimeoutMs: 3_000 }),
  ],
  [
    'what answers nonsense refuses',
    'takes undefined for nobody',
    through(storage => ({ load: async userId => (await storage.load(userId)) ?? null })),
  ],
  [
    'what answers nonsense refuses',
    'takes any answer for true',
    through(storage => ({ save: async (...given) => Boolean(await storage.save(...given)) })),
  ],
  ['a lost race is decided on a fresh record', 'overwrites', overwrites],
  ['a lost race is decided on a fresh record', 'tells before it saves', tellsBeforeItSaves],
  ['a lost race is decided on a fresh clock', 'keeps the time it read first', keepsTheTime],
  ['five lost races refuse', 'never gives up', neverGivesUp],
  ['of many at once one gets in', 'overwrites', overwrites],
  [
    'a broken clock refuses',
    'takes another clock then',
    parts => new TwoFactor({ issuer: 'Acme', ...parts, clock: () => Number(parts.clock()) || 1_700_000_060 }),
  ],
  ['who listens cannot undo', 'lets listeners undo', letsListenersUndo],
  ['what was handed to save is left alone', 'writes into its last record', scribbles],
  [
    'erase is told when it is done',
    'does not wait for it',
    through(storage => ({ erase: userId => void Promise.resolve(storage.erase(userId)).catch(() => {}) })),
  ],
]

describe('the driver keeps the rules', () => {
  for (const law of driverLaws) test(law.name, () => law.run(make))
})

describe('the kit', () => {
  test('passes the driver as a whole', () => driverKit(make))

  for (const [name, fault, make] of broken) {
    test(`finds by the law "${name}" a driver that ${fault}`, async () => {
      const law = driverLaws.find(law => law.name === name)
      assert(law, `there is no law "${name}"`)
      await assert.rejects(law.run(make), { name: 'AssertionError', message: new RegExp(`^${name}: `) })
    })
  }

  test('every law finds something', () => {
    const tried = new Set(broken.map(([law]) => law))
    assert.deepEqual(
      driverLaws.map(({ name }) => name).filter(name => !tried.has(name)),
      [],
    )
  })
})

describe('a storage with faults to order', () => {
  test('does each once, in order, at the call it is about', async () => {
    const storage = new FaultyStorage()
    storage.order('load_fails', 'load_gives_undefined', 'erase_fails')
    await assert.rejects(async () => storage.load('42'), OrderedFailure)
    assert.equal(await storage.load('42'), undefined)
    assert.equal(await storage.load('42'), null)
    await assert.rejects(async () => storage.erase('42'), OrderedFailure)
    await storage.erase('42')
    assert.deepEqual([storage.loads, storage.saves], [3, 0])
  })

  test('throws and answers directly when that is asked for', () => {
    const storage = new FaultyStorage({ direct: true })
    storage.order('load_fails')
    assert.throws(() => storage.load('42'), OrderedFailure)
    assert.equal(storage.load('42'), null)
  })

  for (const direct of [false, true]) {
    test(`says whether it has written, ${direct ? 'directly' : 'by promises'}`, async () => {
      const storage = new FaultyStorage({ direct, lateMs: 1 })
      const record = (version: number) => ({ version, enabled: true, keyId: 'k', data: Buffer.alloc(1) })
      storage.order('save_fails_before', 'save_fails_after', 'save_gives_nonsense', 'save_loses_race', 'save_late')
      await assert.rejects(async () => storage.save('42', null, record(1), []), OrderedFailure)
      assert.equal(await storage.inner.load('42'), null)
      await assert.rejects(async () => storage.save('42', null, record(1), []), OrderedFailure)
      assert.equal((await storage.inner.load('42'))?.version, 1)
      assert.equal(await storage.save('42', 1, record(2), []), 'yes')
      assert.equal(await storage.save('42', 2, record(3), []), false)
      const late = storage.save('42', 2, record(3), [])
      assert.equal((await storage.inner.load('42'))?.version, 2)
      await storage.idle()
      assert.equal((await storage.inner.load('42'))?.version, 3)
      assert.equal(await late, true)
    })
  }
})
