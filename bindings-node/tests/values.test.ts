/** What is printed, logged or sent by mistake holds no secret, code or token; and what the package promises of its values. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import {
  AuthenticatorAccount,
  CODES,
  httpStatus,
  isTwoFactorError,
  KeyRing,
  MemoryStorage,
  Policy,
  problem,
  storageError,
  type TwoFactorError,
  TwoFactorEvent,
  twoFactorError,
} from 'twinlock'
import { FakePhone } from 'twinlock/testing'
import { engine, refused } from './lib/engine.ts'

/** Everything that could be seen of a value. */
function seen(value: unknown): string {
  return [
    inspect(value, { depth: 10, showHidden: true, getters: false }),
    format('%o %O %j %s', value, value, value, value),
    JSON.stringify(value),
    JSON.stringify({ ...(value as object) }),
    JSON.stringify(structuredClone(value instanceof Error ? { ...value } : JSON.parse(JSON.stringify(value)))),
  ].join('\n')
}

test('nothing that is printed shows a secret, a code or a token', async () => {
  const { twoFactor, clock, told, storage } = engine()
  const enrollment = await twoFactor.beginEnrollment('42', { accountName: 'ada@example.com' })
  const phone = new FakePhone(enrollment.uri, clock)
  const enrolled = await twoFactor.confirmEnrollment('42', { setup: enrollment.setup, code: phone.code() })
  clock.advance(30)
  const step = await twoFactor.afterFirstFactor('42', { carry: 'the carry' })
  const code = phone.code()
  const challenge = step.challenge ?? ''
  const verification = await twoFactor.verify(challenge, { code, trustDevice: true })
  const { device = '', assurance } = verification
  const trusted = await twoFactor.afterFirstFactor('42', { device })
  const status = await twoFactor.status('42', { device, assurance })
  const errors = [
    await refused(twoFactor.verify(challenge, { code }), 'challenge_expired'),
    await refused(twoFactor.disable('42', { assurance: `${assurance}x` }), 'assurance_required'),
    await refused(twoFactor.verify(challenge, { code: Buffer.from(code) as never }), 'malformed_request'),
    await refused(() => KeyRing.fromText(`${secretKeys}x`), 'configuration_error'),
    await refused(() => AuthenticatorAccount.fromUri(`${enrollment.uri}&secret=A`), 'invalid_secret'),
  ]
  const shown = [
    enrollment,
    enrolled,
    step,
    verification,
    trusted,
    status,
    twoFactor,
    storage,
    ...told.flat(),
    ...errors,
  ]
  const account = AuthenticatorAccount.fromUri(enrollment.uri)
  const text = [...shown, ring, account].map(seen).join('\n')
  const secrets = [
    ...[
      enrollment.secret,
      enrollment.uri,
      enrollment.setup,
      code,
      challenge,
      device,
      assurance,
      trusted.assurance ?? '',
    ],
    ...[
      enrolled.assurance,
      enrolled.device ?? '',
      ...enrolled.backupCodes,
      'the carry',
      secretKeys,
      secretKeys.slice(3),
    ],
  ]
  assert.ok(secrets.every(secret => secret.length >= 6))
  for (const [index, secret] of secrets.entries()) assert.ok(!text.includes(secret), `secret ${index} is seen`)
})

const ring = KeyRing.generate('k1')
const secretKeys = ring.toText()

test('keys are written and read back', () => {
  assert.equal(KeyRing.fromText(secretKeys).toText(), secretKeys)
  assert.match(inspect(ring), /k1/)
  assert.equal(ring.activeId, 'k1')
})

test('what is a refusal is known by its brand, across copies of the package', () => {
  const error = twoFactorError('throttled', { retryAfter: 15, operation: 'verify' })
  assert.ok(isTwoFactorError(error))
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'TwoFactorError')
  assert.match(inspect(error), /^\[?TwoFactorError: wait/)
  assert.match(error.stack ?? '', /^TwoFactorError: wait, or send three consecutive codes/)
  for (const other of [null, undefined, new Error('x'), 'throttled', { code: 'throttled' }, Object.create(null)]) {
    assert.ok(!isTwoFactorError(other))
  }
  const narrowed: TwoFactorError = error
  if (narrowed.code === 'throttled') assert.equal(narrowed.retryAfter, 15)
})

test('every code has a status and a problem, and says nothing of its own', () => {
  assert.equal(CODES.length, 30)
  for (const code of CODES) {
    const error = twoFactorError(code)
    const told = problem(code)
    assert.equal(error.httpStatus, httpStatus(code))
    assert.equal(told.status, httpStatus(code))
    assert.equal(told.code, code)
    assert.equal(told.type, `urn:twinlock:problem:${code}`)
  }
  assert.equal(httpStatus('invalid_code', 'verify'), 401)
  assert.equal(httpStatus('invalid_code', 'step_up'), 400)
  assert.equal(twoFactorError('more_codes_required').count, 3)
  assert.equal(storageError(new Error('secret host')).problem().retry_after, 1)
  assert.ok(!JSON.stringify(storageError(new Error('secret host')).problem()).includes('secret host'))
})

test('the status of a refusal is that of the operation that was refused', async () => {
  const { twoFactor, clock } = engine()
  const { setup, uri } = await twoFactor.beginEnrollment('42', { accountName: 'ada' })
  const code = new FakePhone(uri, clock).wrongCode()
  assert.equal((await refused(twoFactor.confirmEnrollment('42', { setup, code }), 'invalid_code')).httpStatus, 400)
  await twoFactor.confirmEnrollment('42', { setup, code: new FakePhone(uri, clock).code() })
  const { challenge = '' } = await twoFactor.afterFirstFactor('42')
  const error = await refused(twoFactor.verify(challenge, { code }), 'invalid_code')
  assert.equal(error.httpStatus, 401)
  assert.equal(error.problem('step_up').status, 400)
  assert.equal(
    (await refused(twoFactor.checkAssurance('43', { assurance: 'x', maxAge: 1 }), 'not_enabled')).httpStatus,
    403,
  )
})

test('a policy shows its settings and its bound', async () => {
  const policy = new Policy()
  assert.deepEqual([policy.settings.digits, policy.settings.budgetReturnDays, policy.settings.setupTtl], [6, 21, 600])
  assert.ok(policy.yearlyGuessProbability() < 1e-4)
  assert.ok(Object.isFrozen(policy.settings) && Object.isFrozen(policy.settings.backoff))
  assert.equal(new Policy({ digits: 8, maxDevices: 3 }).settings.maxDevices, 3)
  await refused(() => Policy.fixedLockout(), 'configuration_error')
  const fixed = Policy.fixedLockout({ attempts: 5, minutes: 15, acceptRisk: true })
  assert.ok(fixed.yearlyGuessProbability() > 0.4)
  const { twoFactor } = engine(new MemoryStorage(), { policy: new Policy({ digits: 8 }) })
  assert.equal((await twoFactor.status('42')).policy.digits, 8)
})

test('an event goes into columns and comes back', async () => {
  const { twoFactor, clock, told } = engine()
  const { setup, uri } = await twoFactor.beginEnrollment('42', { accountName: 'ada' })
  await twoFactor.confirmEnrollment('42', { setup, code: new FakePhone(uri, clock).code(), context: 'größe 😀' })
  const [event] = told[0] ?? assert.fail('nothing was told')
  const row = event.toRow()
  assert.equal(row.id.length, 16)
  assert.equal(row.id.toString('hex'), event.id)
  assert.deepEqual(TwoFactorEvent.fromRow(row).body(), event.body())
  const asDrivers = {
    ...row,
    id: new Uint8Array(row.id),
    at: BigInt(row.at),
    success: 1,
    detail: JSON.parse(row.detail),
  }
  assert.deepEqual(TwoFactorEvent.fromRow(asDrivers).body(), event.body())
  assert.deepEqual(
    TwoFactorEvent.fromRow({ ...row, id: event.id.toUpperCase(), at: String(row.at) }).body(),
    event.body(),
  )
  const elsewhere = runInNewContext('id => new Uint8Array(id)')([...row.id])
  assert.ok(!(elsewhere instanceof Uint8Array))
  assert.equal(TwoFactorEvent.fromRow({ ...row, id: elsewhere }).id, event.id)
  const bad: object[] = [
    { id: 'x' },
    { id: row.id.subarray(1) },
    { userId: 5 },
    { type: null },
    { at: 'x' },
    { at: -1 },
  ]
  bad.push({ detail: '[]' }, { detail: '{' }, { detail: null }, { method: 5 }, { actor: undefined })
  for (const change of bad) await refused(() => TwoFactorEvent.fromRow({ ...row, ...change } as never), 'storage_error')
})

test('what is told cannot be changed for others', async () => {
  const { twoFactor, clock, told } = engine()
  const { setup, uri } = await twoFactor.beginEnrollment('42', { accountName: 'ada' })
  const enrolled = await twoFactor.confirmEnrollment('42', { setup, code: new FakePhone(uri, clock).code() })
  enrolled.backupCodes.length = 0
  assert.equal(enrolled.backupCodes.length, 10)
  const [event] = told[0] ?? assert.fail('nothing was told')
  event.body().detail['x'] = 1
  assert.deepEqual(Object.keys(event.detail), Object.keys(event.body().detail))
  const status = await twoFactor.status('42')
  status.body().authenticators.length = 0
  assert.equal(status.body().authenticators.length, 1)
})
