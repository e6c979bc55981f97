/** The driver over storages that misbehave, under crowds, and called from within; the driver kit holds its laws. */
import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { MemoryStorage, type Storage, type StoredRecord, storageError, storageTimeout, type TwoFactor } from 'twinlock'
import { enroll } from 'twinlock/testing'
import { challenged, engine, refused } from './lib/engine.ts'

/** A storage in memory, changed in some way. */
function changed(change: (inner: MemoryStorage) => { [K in keyof Storage]?: (...given: never[]) => unknown }): Storage {
  const inner = new MemoryStorage()
  const plain: Storage = {
    load: userId => inner.load(userId),
    save: (...given) => inner.save(...given),
    erase: userId => inner.erase(userId),
  }
  return { ...plain, ...change(inner) } as Storage
}

const never = () => new Promise<never>(() => {})

describe('a storage that throws or rejects refuses, with the cause at hand', () => {
  const cause = Object.assign(new Error('lost connection'), { code: 'not_found' })
  const fail = () => {
    throw cause
  }
  for (const [how, broken] of [
    ['throws', fail],
    ['rejects', async () => fail()],
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    ['gives a thenable that throws', () => ({ then: fail })],
  ] as const) {
    for (const method of ['load', 'save', 'erase'] as const) {
      test(`${method} ${how}`, async () => {
        const { twoFactor } = engine(changed(() => ({ [method]: broken })))
        const call = () =>
          method === 'save'
            ? twoFactor.importAuthenticator('42', { secret: 'JBSWY3DPEHPK3PXP', actor: 'me' })
            : twoFactor.erase('42')
        const error = await refused(call, 'storage_error')
        assert.equal(error.cause, cause)
        assert.equal(error.retryAfter, 1)
        assert.equal(error.httpStatus, 503)
      })
    }
  }
})

test('what is thrown may be anything', async () => {
  for (const thrown of [null, undefined, 'text', 5, Symbol('x'), Object.create(null)]) {
    const { twoFactor } = engine(changed(() => ({ load: () => Promise.reject(thrown) })))
    await refused(twoFactor.status('42'), 'storage_error')
  }
})

test('a refusal of the storage itself goes through', async () => {
  for (const thrown of [storageTimeout(), storageError(new Error('x'))]) {
    const { twoFactor } = engine(changed(() => ({ load: () => Promise.reject(thrown) })))
    assert.equal(await refused(twoFactor.status('42'), thrown.code), thrown)
  }
})

test('a storage that never settles is a time-out, and its slot serves the next', async () => {
  for (const method of ['load', 'save', 'erase'] as const) {
    const { twoFactor } = engine(
      changed(() => ({ [method]: never })),
      { storageTimeoutMs: 20 },
    )
    const call = () =>
      method === 'save'
        ? twoFactor.importAuthenticator('42', { secret: 'JBSWY3DPEHPK3PXP', actor: 'me' })
        : twoFactor.erase('42')
    const error = await refused(call, 'storage_timeout')
    assert.equal(error.retryAfter, 1)
  }
})

test('an answer that comes late is dropped: the write stands, nobody is let in', async () => {
  let late = false
  const { twoFactor, clock, told } = engine(
    changed(inner => ({
      save: async (...given: Parameters<Storage['save']>) => {
        const saved = inner.save(...given)
        if (late) await sleep(60)
        return saved
      },
    })),
    { storageTimeoutMs: 20 },
  )
  const { phone, challenge } = await challenged(twoFactor, clock)
  late = true
  told.length = 0
  await refused(twoFactor.verify(challenge, { code: phone.code() }), 'storage_timeout')
  late = false
  await sleep(80)
  assert.equal(told.length, 0)
  const second = (await twoFactor.afterFirstFactor('42')).challenge ?? ''
  await refused(twoFactor.verify(second, { code: phone.code() }), 'invalid_code')
})

test('a storage that rejects after the time-out disturbs nobody', async () => {
  const unhandled: unknown[] = []
  const listen = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', listen)
  const load = () => sleep(30).then(() => Promise.reject(new Error('late')))
  const { twoFactor } = engine(
    changed(() => ({ load })),
    { storageTimeoutMs: 10 },
  )
  await refused(twoFactor.status('42'), 'storage_timeout')
  await sleep(50)
  await turn()
  process.removeListener('unhandledRejection', listen)
  assert.deepEqual(unhandled, [])
})

describe('a storage that answers nonsense refuses', () => {
  const row = { version: 1, enabled: true, keyId: 'k1', data: new Uint8Array(40) }
  const rows: unknown[] = [
    ...[undefined, false, 0, '', 'row', 5, [], {}, [row], new Map()],
    ...[
      { ...row, version: '1' },
      { ...row, version: 1n },
      { ...row, version: 1.5 },
      { ...row, version: 2 ** 53 },
    ],
    ...[
      { ...row, version: -1 },
      { ...row, enabled: 1 },
      { ...row, keyId: null },
      { ...row, data: 'x' },
      { ...row, data: [1] },
    ],
    ...[
      { ...row, data: null },
      { ...row, data: new Uint16Array(40) },
      { ...row, data: new ArrayBuffer(40) },
    ],
  ]
  for (const [index, found] of rows.entries()) {
    test(`load, ${index}`, async () => {
      for (const load of [() => found, async () => found]) {
        const { twoFactor } = engine(changed(() => ({ load })))
        await refused(twoFactor.afterFirstFactor('42'), 'storage_error')
      }
    })
  }
  for (const answer of [undefined, null, 0, 1, 'true', {}, { rowCount: 1 }]) {
    test(`save: ${JSON.stringify(answer)}`, async () => {
      const { twoFactor } = engine(changed(() => ({ save: async () => answer })))
      const given = { secret: 'JBSWY3DPEHPK3PXP', actor: 'me' }
      await refused(twoFactor.importAuthenticator('42', given), 'storage_error')
    })
  }
})

test('a record is read once: what was checked is what is opened', async () => {
  let touching = false
  const storage = changed(inner => ({
    load: (userId: string) => {
      const row = inner.load(userId)
      if (!touching || row === null) return row
      let asked = 0
      return Object.defineProperty({ ...row }, 'version', { get: () => (asked++ === 0 ? row.version : -1) })
    },
  }))
  const { twoFactor, clock } = engine(storage)
  await enroll(twoFactor, '42', clock)
  touching = true
  assert.equal((await twoFactor.afterFirstFactor('42')).status, 'challenge')
})

describe('a record that was touched does not open', () => {
  const touched: [name: string, touch: (row: StoredRecord) => StoredRecord, code: 'record_tampered' | 'unknown_key'][] =
    [
      ['cut', row => ({ ...row, data: row.data.subarray(1) }), 'record_tampered'],
      ['emptied', row => ({ ...row, data: new Uint8Array(0) }), 'record_tampered'],
      ['of another version', row => ({ ...row, version: row.version + 1 }), 'record_tampered'],
      ['switched off', row => ({ ...row, enabled: false }), 'record_tampered'],
      ['of another key', row => ({ ...row, keyId: 'other' }), 'unknown_key'],
      ['of half a character', row => ({ ...row, keyId: '\ud800' }), 'unknown_key'],
      [
        'with a bit changed',
        row => ({ ...row, data: row.data.map((byte, index) => (index === 30 ? byte ^ 1 : byte)) }),
        'record_tampered',
      ],
    ]
  for (const [name, touch, code] of touched) {
    test(name, async () => {
      let touching = false
      const storage = changed(inner => ({
        load: (userId: string) => {
          const row = inner.load(userId)
          return touching && row !== null ? touch(row) : row
        },
      }))
      const { twoFactor, clock } = engine(storage)
      await enroll(twoFactor, '42', clock)
      touching = true
      await refused(twoFactor.afterFirstFactor('42'), code)
      await twoFactor.erase('42')
      touching = false
      assert.equal((await twoFactor.status('42')).enabled, false)
    })
  }
})

for (const [name, storage] of [
  ['that answers directly', () => new MemoryStorage()],
  ['that answers by promise', () => changed(inner => ({ load: async (userId: string) => inner.load(userId) }))],
  [
    'that is slow',
    () =>
      changed(inner => ({
        load: async (userId: string) => turn(inner.load(userId)),
        save: async (...given: Parameters<Storage['save']>) => turn().then(() => inner.save(...given)),
      })),
  ],
] as const) {
  test(`two hundred at once with one code over a storage ${name}: one gets in`, async () => {
    const made = storage()
    let saves = 0
    const counting: Storage = {
      load: userId => made.load(userId),
      save: (...given) => {
        saves += 1
        return made.save(...given)
      },
      erase: userId => made.erase(userId),
    }
    const { twoFactor, clock } = engine(counting)
    const { phone, challenge } = await challenged(twoFactor, clock)
    saves = 0
    const code = phone.code()
    const others = await Promise.all(Array.from({ length: 100 }, () => twoFactor.afterFirstFactor('42')))
    const challenges = [...others.map(step => step.challenge ?? ''), ...Array(100).fill(challenge)]
    const results = await Promise.allSettled(challenges.map(one => twoFactor.verify(one, { code })))
    const codes = results.map(result =>
      result.status === 'fulfilled' ? 'in' : (result.reason as { code: string }).code,
    )
    assert.equal(codes.filter(each => each === 'in').length, 1)
    const known = ['in', 'invalid_code', 'challenge_expired', 'contention', 'throttled', 'more_codes_required']
    assert.deepEqual(
      [...new Set(codes)].filter(each => !known.includes(each)),
      [],
    )
    assert.ok(saves <= 200 * 5, `${saves} saves`)
    clock.advance(3600)
    assert.equal((await twoFactor.status('42')).enabled, true)
  })
}

test('users do not meet in a crowd: each gets the outcome of their own call', async () => {
  const storage = changed(inner => ({ load: async (userId: string) => turn(inner.load(userId)) }))
  const { twoFactor, clock } = engine(storage)
  const users = Array.from({ length: 150 }, (_, index) => `user-${index}`)
  const phones = await Promise.all(users.map(async user => (await enroll(twoFactor, user, clock)).phone))
  clock.advance(30)
  const steps = await Promise.all(users.map(user => twoFactor.afterFirstFactor(user, { carry: `of ${user}` })))
  const verified = await Promise.all(
    steps.map((step, index) => twoFactor.verify(step.challenge ?? '', { code: phones[index]?.code() ?? '' })),
  )
  for (const [index, user] of users.entries()) {
    assert.deepEqual([verified[index]?.userId, verified[index]?.carry], [user, `of ${user}`])
  }
})

test('a lost race is decided again, at most five times', async () => {
  let loads = 0
  const { twoFactor } = engine(
    changed(inner => ({
      load: (userId: string) => {
        loads += 1
        return inner.load(userId)
      },
      save: async () => false,
    })),
  )
  const given = { secret: 'JBSWY3DPEHPK3PXP', actor: 'me' }
  const error = await refused(twoFactor.importAuthenticator('42', given), 'contention')
  assert.deepEqual([error.retryAfter, error.httpStatus, loads], [1, 503, 5])
})

describe('onEvent', () => {
  const warnings: Error[] = []
  const listen = (warning: Error) => warnings.push(warning)
  afterEach(() => {
    process.removeListener('warning', listen)
    warnings.length = 0
  })

  for (const [how, onEvent] of [
    [
      'throws',
      () => {
        throw new Error('mail is down')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('mail is down')
      },
    ],
  ] as const) {
    test(`that ${how} keeps the answer from nobody, and warns`, async () => {
      process.on('warning', listen)
      const { twoFactor, clock } = engine(new MemoryStorage(), { onEvent })
      const { enrolled } = await enroll(twoFactor, '42', clock)
      assert.equal(enrolled.backupCodes.length, 10)
      await turn()
      await turn()
      const [warning] = warnings
      assert.match(warning?.message ?? '', /onEvent failed; the event enrolled stands/)
      assert.match(String((warning as { detail?: string }).detail), /mail is down/)
    })
  }

  test('may call the engine again', async () => {
    const seen: Promise<boolean>[] = []
    const { twoFactor, clock } = engine(new MemoryStorage(), {
      onEvent: event => {
        seen.push(twoFactor.status(event.userId).then(status => status.enabled))
      },
    })
    const { phone, challenge } = await challenged(twoFactor, clock)
    const verification = await twoFactor.verify(challenge, { code: phone.code() })
    assert.equal(verification.userId, '42')
    assert.ok(seen.length > 2)
    assert.ok((await Promise.all(seen)).every(enabled => enabled))
  })

  test('is told after the commit, and whether it is kept', async () => {
    const { twoFactor, clock, told, storage } = engine()
    const { challenge, backupCodes } = await challenged(twoFactor, clock)
    told.length = 0
    const before = storage.load('42')
    await refused(twoFactor.verify(challenge, { code: 'ZZZZ-ZZZZ-ZZZZ-ZZZZ', context: 'größe' }), 'invalid_code')
    assert.deepEqual(
      told.map(([event, durable]) => [event.type, event.success, durable, event.context]),
      [['failed', false, false, 'größe']],
    )
    assert.equal(storage.load('42'), before)
    await twoFactor.verify(challenge, { code: backupCodes[0] ?? '' })
    assert.ok(told.slice(1).every(([event, durable]) => durable && event.userId === '42' && event.at === clock.now()))
  })
})

test('a storage may call the engine again', async () => {
  let depth = 0
  const storage = changed(inner => ({
    load: async (userId: string) => {
      if (userId === '42' && depth++ === 0) await other.status('43')
      return inner.load(userId)
    },
  }))
  const { twoFactor, clock } = engine(storage)
  const other: TwoFactor<Storage> = twoFactor
  assert.equal((await enroll(twoFactor, '42', clock)).enrolled.backupCodes.length, 10)
})

test('after a thousand refusals of all kinds an operation does what it should', async () => {
  const { twoFactor, clock } = engine()
  const { phone, challenge } = await challenged(twoFactor, clock)
  for (let round = 0; round < 250; round++) {
    await refused(twoFactor.verify('x', { code: '123456' }), 'challenge_expired')
    await refused(twoFactor.verify(challenge, { code: 'x' }), 'malformed_code')
    await refused(twoFactor.status(''), 'malformed_request')
    await refused(twoFactor.disable('42', { assurance: 'x' }), 'assurance_required')
  }
  const results = await Promise.allSettled(Array.from({ length: 200 }, () => twoFactor.status('')))
  assert.ok(results.every(result => result.status === 'rejected'))
  assert.equal((await twoFactor.verify(challenge, { code: phone.code() })).userId, '42')
})
