/** Whatever is passed, only a typed refusal comes out; nothing is asked for its text, nothing is compared, nothing is spent. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AuthenticatorAccount, KeyRing, MemoryStorage, Policy, SqliteStorage, TwoFactor } from 'twinlock'
import { challenged, engine, refused } from './lib/engine.ts'

/** Says that it was asked for its text. */
class Tempting {
  static asked = 0
  constructor(readonly text: string) {}
  toString(): string {
    Tempting.asked += 1
    return this.text
  }
  valueOf(): string {
    return this.toString()
  }
  [Symbol.toPrimitive](): string {
    return this.toString()
  }
  toJSON(): string {
    return this.toString()
  }
}

const LONE = 'a\ud800b'
const NOT_TEXT: [name: string, value: unknown][] = [
  ['a number', 123456],
  ['a number above 2^53', 2 ** 53 + 2],
  ['NaN', Number.NaN],
  ['a big integer', 123456n],
  ['null', null],
  ['a flag', true],
  ['an array', ['123456']],
  ['an array of an array', [['123456']]],
  ['an object with toString', new Tempting('123456')],
  ['a String object', new String('123456')],
  ['a Buffer', Buffer.from('123456')],
  ['a Uint8Array', new TextEncoder().encode('123456')],
  ['a symbol', Symbol('123456')],
  ['a function', () => '123456'],
  ['a promise', Promise.resolve('123456')],
  ['a proxy that throws', new Proxy({}, { get: () => assert.fail('it was looked into') })],
  ['a lone surrogate', LONE],
]

/** Every operation, how it is called, its arguments that must be given and those that may be. */
const OPERATIONS: [name: string, required: Record<string, unknown>, optional: Record<string, unknown>][] = [
  ['beginEnrollment', { accountName: 'ada' }, { assurance: 'x', setup: 'x', issuer: 'x', context: 'x' }],
  ['confirmEnrollment', { setup: 'x', code: '123456' }, { name: 'x', context: 'x' }],
  ['importAuthenticator', { secret: 'JBSWY3DPEHPK3PXP', actor: 'me' }, { name: 'x', algorithm: 'SHA1', context: 'x' }],
  ['afterFirstFactor', {}, { device: 'x', carry: 'x', context: 'x' }],
  ['verify', { code: '123456' }, { userId: 'x', context: 'x' }],
  ['checkAssurance', { assurance: 'x', maxAge: 300 }, {}],
  ['regenerateBackupCodes', { assurance: 'x' }, { context: 'x' }],
  ['backupCodesSaved', {}, { context: 'x' }],
  ['renameAuthenticator', { assurance: 'x', id: 'x', name: 'x' }, { context: 'x' }],
  ['removeAuthenticator', { assurance: 'x', id: 'x' }, { context: 'x' }],
  ['disable', { assurance: 'x' }, { context: 'x' }],
  ['revokeDevice', { id: 'x' }, { context: 'x' }],
  ['revokeAllDevices', {}, { context: 'x' }],
  ['status', {}, { device: 'x', assurance: 'x' }],
  ['reset', { actor: 'me', reason: 'lost' }, { context: 'x' }],
  ['unlock', { actor: 'me' }, { context: 'x' }],
  ['passwordChanged', {}, { context: 'x' }],
  ['events', {}, { cursor: '0'.repeat(32) }],
  ['reseal', {}, {}],
  ['erase', {}, {}],
]

type Operation = (subject: unknown, options?: unknown) => Promise<unknown>

function operation(twoFactor: TwoFactor, name: string): Operation {
  return (twoFactor as unknown as Record<string, Operation>)[name]?.bind(twoFactor) ?? assert.fail(name)
}

describe('an argument of another type is malformed', () => {
  for (const [name, required, optional] of OPERATIONS) {
    test(name, async () => {
      const { twoFactor } = engine()
      const call = operation(twoFactor, name)
      for (const [what, value] of NOT_TEXT) {
        // The proxy may be held, but not looked into: as a subject it is.
        await refused(call(value, required), 'malformed_request').catch(error => assert.fail(`${what}: ${error}`))
        for (const argument of Object.keys({ ...required, ...optional })) {
          if (argument === 'maxAge') continue
          const given = { ...required, [argument]: value }
          await refused(call('42', given), 'malformed_request').catch(error =>
            assert.fail(`${argument}, ${what}: ${error}`),
          )
        }
      }
      for (const argument of Object.keys(required)) {
        await refused(call('42', { ...required, [argument]: undefined }), 'malformed_request')
      }
      assert.equal(Tempting.asked, 0)
    })
  }
})

test('numbers are whole and in their range', async () => {
  const { twoFactor } = engine()
  const bad = [-1, 1.5, 2 ** 53, 2 ** 64, Number.NaN, Number.POSITIVE_INFINITY, '300', null, 3n, [3], new Tempting('3')]
  for (const value of bad as number[]) {
    if (value !== null)
      await refused(twoFactor.checkAssurance('42', { assurance: 'x', maxAge: value }), 'malformed_request')
    for (const name of ['digits', 'period', 'lastUsedStep', 'drift']) {
      if (name === 'drift' && value === -1) continue
      const options = { secret: 'JBSWY3DPEHPK3PXP', actor: 'me', [name]: value }
      await refused(twoFactor.importAuthenticator('42', options), 'malformed_request')
    }
    await refused(twoFactor.events('42', { limit: value }), 'malformed_request')
  }
  assert.equal(Tempting.asked, 0)
})

test('flags are true or false', async () => {
  const { twoFactor } = engine()
  for (const value of [1, 0, 'true', '', null, [], {}, new Tempting('true')] as unknown as boolean[]) {
    await refused(twoFactor.afterFirstFactor('42', { required: value }), 'malformed_request')
    await refused(twoFactor.afterFirstFactor('42', { fresh: value }), 'malformed_request')
    await refused(twoFactor.verify('x', { code: '123456', trustDevice: value }), 'malformed_request')
  }
})

test('options are an object', async () => {
  const { twoFactor } = engine()
  for (const value of [null, 'code', 5, true, Symbol('x')] as never[]) {
    for (const [name] of OPERATIONS.filter(([name]) => name !== 'reseal' && name !== 'erase')) {
      await refused(operation(twoFactor, name)('42', value), 'malformed_request')
    }
  }
  await refused((twoFactor.verify as Operation).call(twoFactor, 'x'), 'malformed_request')
})

test('options that throw when they are read refuse', async () => {
  const options = {
    get code(): string {
      throw new Error('no')
    },
  }
  const error = await refused(engine().twoFactor.verify('x', options), 'internal_error')
  assert.equal((error.cause as Error).message, 'no')
})

const NOT_CODES = [
  ...[
    '',
    ' ',
    '12345',
    '123456789',
    '12345a',
    '+12345',
    '-1234',
    '1e5000',
    '0x1234',
    '1234.5',
    '１２３４５６',
    '١٢٣٤٥٦',
  ],
  ...['12\u0000456', '\u0000'.repeat(6), '123456\u200b', 'U000-0000-0000-0000', '0000-0000-0000-000', '1'.repeat(1e6)],
]

test('what cannot be a code is malformed and costs nothing', async () => {
  const { twoFactor, clock, storage, told } = engine()
  const { phone, challenge } = await challenged(twoFactor, clock)
  const before = storage.load('42')
  told.length = 0
  for (const code of NOT_CODES) {
    await refused(twoFactor.verify(challenge, { code }), 'malformed_code')
    await refused(twoFactor.confirmEnrollment('42', { setup: 'setup', code }), 'malformed_code')
    await refused(twoFactor.verify(challenge, { code: phone.code(), nextCodes: [code, code] }), 'malformed_code')
  }
  for (const [what, code] of NOT_TEXT as [string, string][]) {
    await refused(twoFactor.verify(challenge, { code }), 'malformed_request').catch(error =>
      assert.fail(`${what}: ${error}`),
    )
    const nextCodes = [code, code]
    await refused(twoFactor.verify(challenge, { code: phone.code(), nextCodes }), 'malformed_request')
  }
  assert.equal(Tempting.asked, 0)
  assert.equal(storage.load('42'), before)
  assert.equal(told.length, 0)
  assert.equal((await twoFactor.verify(challenge, { code: phone.code() })).userId, '42')
})

test('next codes are a list of none or two', async () => {
  const { twoFactor, clock } = engine()
  const { phone, challenge } = await challenged(twoFactor, clock)
  const code = phone.code()
  for (const nextCodes of [['123456'], ['1', '2', '3'], Array(1e6).fill('123456')]) {
    await refused(twoFactor.verify(challenge, { code, nextCodes }), 'malformed_code')
  }
  for (const nextCodes of ['12', '123456', 5, null, { 0: '1', 1: '2', length: 2 }, new Set(['1', '2'])] as never[]) {
    await refused(twoFactor.verify(challenge, { code, nextCodes }), 'malformed_request')
  }
  // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
  await refused(twoFactor.verify(challenge, { code, nextCodes: [, '123456'] as string[] }), 'malformed_request')
  assert.equal((await twoFactor.verify(challenge, { code, nextCodes: [] })).userId, '42')
})

test('a hundred megabytes of code are refused at once', async () => {
  const { twoFactor, clock } = engine()
  const { challenge } = await challenged(twoFactor, clock)
  for (const code of ['1'.repeat(1e8), '\u0661'.repeat(5e7)]) {
    await refused(twoFactor.verify(challenge, { code }), 'malformed_code')
  }
})

test('garbage for a token is an expired one', async () => {
  const { twoFactor } = engine()
  for (const token of ['', 'x', 'AQJr', '='.repeat(64), 'A'.repeat(1e6), 'é'.repeat(100), '\u0000']) {
    await refused(twoFactor.verify(token, { code: '123456' }), 'challenge_expired')
    await refused(twoFactor.confirmEnrollment('42', { setup: token, code: '123456' }), 'setup_expired')
  }
})

test('a user id is text of 1 to 255 bytes without control characters', async () => {
  const { twoFactor } = engine()
  for (const userId of ['', 'x'.repeat(256), 'é'.repeat(128), 'a\u0000b', 'a\nb', 'x'.repeat(1e7), '\ud83d']) {
    await refused(twoFactor.status(userId), 'malformed_request')
    await refused(twoFactor.afterFirstFactor(userId), 'malformed_request')
    await refused(twoFactor.erase(userId), 'malformed_request')
  }
  for (const userId of ['x'.repeat(255), 'é'.repeat(127), '😀', '__proto__', 'constructor', ' ']) {
    assert.equal((await twoFactor.status(userId)).enabled, false)
  }
})

describe('a setting of another type is a configuration error', () => {
  const usual = { issuer: 'Acme', storage: new MemoryStorage(), keys: KeyRing.generate() }
  const wrong: [name: string, value: unknown][] = [
    ...NOT_TEXT.filter(([name]) => !name.startsWith('a proxy')).flatMap(([, value]): [string, unknown][] => [
      ['issuer', value],
      ['namespace', value],
    ]),
    ['issuer', ''],
    ['issuer', 'x'.repeat(65)],
    ...[null, 5, 'k1:AAAA', {}, { k1: new Uint8Array(32) }].map((value): [string, unknown] => ['keys', value]),
    ...[null, {}, { digits: 6 }, 'fixed'].map((value): [string, unknown] => ['policy', value]),
    ...[null, undefined, {}, { load() {}, save() {} }, 'memory'].map((value): [string, unknown] => ['storage', value]),
    ...[null, 5, 'now', async () => 5].map((value): [string, unknown] => ['clock', value]),
    ...[null, 'log', {}].map((value): [string, unknown] => ['onEvent', value]),
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', null].map((value): [string, unknown] => [
      'storageTimeoutMs',
      value,
    ]),
  ]
  for (const [name, value] of wrong) {
    test(`${name}: ${value === null ? 'null' : typeof value}`, async () => {
      await refused(() => new TwoFactor({ ...usual, [name]: value }), 'configuration_error')
    })
  }
  test('no options at all', async () => {
    await refused(() => new TwoFactor(undefined as never), 'configuration_error')
    await refused(() => new TwoFactor(null as never), 'configuration_error')
  })
})

test('a clock that gives nonsense refuses', async () => {
  for (const now of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    253_402_300_800,
    8.64e15,
    '1700000000',
    null,
    undefined,
    5n,
    new Date(),
  ]) {
    const { twoFactor } = engine(new MemoryStorage(), { clock: () => now as number })
    await refused(twoFactor.status('42'), 'configuration_error')
    await refused(twoFactor.stats(), 'configuration_error')
  }
  const { twoFactor } = engine(new MemoryStorage(), {
    clock: () => {
      throw new Error('broken')
    },
  })
  const error = await refused(twoFactor.status('42'), 'configuration_error')
  assert.equal((error.cause as Error).message, 'broken')
})

test('a clock may give fractions', async () => {
  const { twoFactor, clock } = engine()
  clock.set(1_700_000_000.999)
  assert.equal((await twoFactor.beginEnrollment('42', { accountName: 'ada' })).expiresAt, 1_700_000_600)
})

test('keys that are none are refused', async () => {
  const key = new Uint8Array(32).map((_, index) => index)
  const bad: unknown[] = [
    ...[null, undefined, 5, 'k1', {}, [], { k1: 'x'.repeat(32) }, { k1: key.subarray(1) }, { k1: [...key] }],
    ...[{ k1: new Uint16Array(32) }, { 'an id that is too long': key }, { 'a b': key }, { k1: new Uint8Array(32) }],
    ...[
      [['k1']],
      [['k1', key, key], 5],
      [[5, key]],
      [
        ['k1', key],
        ['k1', key],
      ],
      { 2026: key, a: key },
      { 0: key },
    ],
  ]
  for (const keys of bad) await refused(() => new KeyRing(keys as never), 'configuration_error')
  for (const text of ['', 'k1', 'k1:AAAA', 5, null])
    await refused(() => KeyRing.fromText(text as never), 'configuration_error')
  for (const id of ['', 'a b', 'x'.repeat(17), 5, null])
    await refused(() => KeyRing.generate(id as never), 'configuration_error')
  assert.equal(
    new KeyRing([
      ['2026', key],
      ['2025', key.map(byte => byte + 1)],
    ]).activeId,
    '2026',
  )
})

test('a policy that is none is refused', async () => {
  const bad: unknown[] = [
    ...[null, 5, 'x', [], { digit: 6 }, { digits: 5 }, { digits: '6' }, { digits: Number.NaN }, { digits: null }],
    ...[
      { backoff: [0, Number.NaN] },
      { backoff: '0' },
      { algorithm: 'MD5' },
      { window: 3 },
      { budget: 1e6 },
      { digits: 6.5 },
    ],
    ...[{ digits: new Tempting('6') }, { acceptRisk: 1 }, { secret_bytes: 20, secretBytes: {} }],
  ]
  for (const settings of bad) await refused(() => new Policy(settings as never), 'configuration_error')
  assert.equal(Tempting.asked, 0)
  for (const options of [
    null,
    { attempts: 0.5 },
    { attempts: -1 },
    { attempts: 256 },
    { minutes: 'x' },
    { acceptRisk: 'yes' },
    {},
  ]) {
    await refused(() => Policy.fixedLockout(options as never), 'configuration_error')
  }
})

test('what is not an account of an authenticator is refused', async () => {
  for (const [, value] of NOT_TEXT) {
    await refused(() => AuthenticatorAccount.fromUri(value as string), 'malformed_request')
    await refused(() => AuthenticatorAccount.fromMigration(value as string), 'malformed_request')
  }
  await refused(() => AuthenticatorAccount.fromUri('https://example.com'), 'invalid_secret')
  const account = AuthenticatorAccount.fromUri('otpauth://totp/a?secret=JBSWY3DPEHPK3PXP')
  for (const now of [Number.NaN, -1, '0', null, 1n]) {
    await refused(() => account.codeAt(now as number), 'configuration_error')
    await refused(() => account.secondsLeft(now as number), 'configuration_error')
  }
})

test('a file that is none is refused', async () => {
  for (const path of [5, null, undefined, Buffer.from('x'), LONE]) {
    await refused(() => new SqliteStorage(path as string), 'configuration_error')
  }
  for (const options of [
    null,
    { create: 1 },
    { synchronous: 'OFF' },
    { busyTimeoutMs: -1 },
    { busyTimeoutMs: Number.NaN },
  ]) {
    await refused(() => new SqliteStorage('/nonexistent/2fa.db', options as never), 'configuration_error')
  }
})
