/** The public face: every operation once; the stories of tests/scenarios go further. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyRing, MemoryStorage, Policy, type Storage, TwoFactor } from 'twinlock'
import { enroll, FakePhone, proof } from 'twinlock/testing'
import { challenged, engine, refused } from './lib/engine.ts'

test('a person switches it on, signs in and switches it off', async () => {
  const { twoFactor, clock } = engine()
  const enrollment = await twoFactor.beginEnrollment('42', { accountName: 'ada@example.com' })
  const phone = new FakePhone(enrollment.uri, clock)
  const { setup } = enrollment
  const enrolled = await twoFactor.confirmEnrollment('42', { setup, code: phone.code(), name: "Ada's phone" })
  assert.equal(enrolled.backupCodes.length, 10)
  assert.equal(enrolled.verifiedAt, clock.now())
  clock.advance(30)

  const step = await twoFactor.afterFirstFactor('42', { carry: 'next=/inbox, größer' })
  assert.equal(step.status, 'challenge')
  assert.deepEqual(step.methods, ['totp', 'backup_code'])
  assert.equal(step.codesRequired, 1)
  assert.deepEqual([step.expiresAt, step.expiresIn], [clock.now() + 300, 300])
  assert.ok(step.challenge)
  const code = phone.code()
  const verification = await twoFactor.verify(step.challenge, { code, trustDevice: true, context: '192.0.2.1' })
  assert.equal(verification.userId, '42')
  assert.equal(verification.method, 'totp')
  assert.equal(verification.authenticatorId, enrolled.authenticatorId)
  assert.equal(verification.carry, 'next=/inbox, größer')
  assert.equal(verification.verifiedAt, clock.now())
  const { device, assurance } = verification
  assert.ok(device)
  const trusted = await twoFactor.afterFirstFactor('42', { device })
  assert.equal(trusted.status, 'trusted')
  assert.ok(trusted.assurance)

  const status = await twoFactor.status('42', { device, assurance })
  assert.deepEqual(
    status.authenticators.map(one => one.name),
    ["Ada's phone"],
  )
  const here = status.devices.at(-1)
  assert.deepEqual([here?.label, here?.trusted, here?.current], ['192.0.2.1', true, true])
  assert.equal(status.proof.freshUntil, clock.now() + 300)
  assert.deepEqual(status.backupCodes, { left: 10, total: 10, saved: false })
  assert.deepEqual(status.policy, { digits: 6, period: 30 })

  assert.equal(await twoFactor.disable('42', { assurance }), undefined)
  assert.equal((await twoFactor.status('42')).enabled, false)
  await refused(twoFactor.disable('42', { assurance }), 'not_enabled')
})

test('a backup code counts once', async () => {
  const { twoFactor, clock } = engine()
  const { challenge, backupCodes } = await challenged(twoFactor, clock)
  const code = backupCodes[0] ?? ''
  const verification = await twoFactor.verify(challenge, { code: code.toLowerCase().replaceAll('-', ' ') })
  assert.deepEqual([verification.method, verification.backupCodesLeft], ['backup_code', 9])
  assert.equal(verification.authenticatorId, undefined)
  const again = (await twoFactor.afterFirstFactor('42')).challenge ?? ''
  await refused(twoFactor.verify(again, { code }), 'invalid_code')
})

test('what a signed-in user can do', async () => {
  const { twoFactor, clock } = engine()
  const { phone, enrolled } = await enroll(twoFactor, '42', clock)
  clock.advance(30)
  const assurance = await proof(twoFactor, '42', phone)
  assert.equal(await twoFactor.checkAssurance('42', { assurance, maxAge: 300 }), clock.now())
  assert.equal(await twoFactor.checkAssurance('42', { assurance, maxAge: null }), clock.now())

  const codes = await twoFactor.regenerateBackupCodes('42', { assurance })
  assert.equal(codes.length, 10)
  assert.ok(!codes.some(code => enrolled.backupCodes.includes(code)))
  await twoFactor.backupCodesSaved('42')
  assert.ok((await twoFactor.status('42')).backupCodes.saved)

  const second = await twoFactor.beginEnrollment('42', { accountName: 'ada', assurance })
  const tablet = new FakePhone(second.uri, clock)
  const added = await twoFactor.confirmEnrollment('42', { setup: second.setup, code: tablet.code() })
  assert.deepEqual(added.backupCodes, [])
  const id = added.authenticatorId
  await twoFactor.renameAuthenticator('42', { assurance, id, name: 'Tablet' })
  assert.equal((await twoFactor.status('42')).authenticators.at(-1)?.name, 'Tablet')
  await twoFactor.removeAuthenticator('42', { assurance, id })
  // The epoch is another one now.
  await refused(twoFactor.checkAssurance('42', { assurance, maxAge: null }), 'assurance_required')

  const device = (await twoFactor.status('42')).devices[0]?.id ?? ''
  await twoFactor.revokeDevice('42', { id: device })
  await twoFactor.revokeAllDevices('42')
  assert.deepEqual((await twoFactor.status('42')).devices, [])
})

test('what the host and its help desk can do', async () => {
  const { twoFactor, storage } = engine()
  const uri = 'otpauth://totp/Old:ada?secret=JBSWY3DPEHPK3PXP&issuer=Old'
  const id = await twoFactor.importAuthenticator('42', { uri, actor: 'migration' })
  assert.equal(await twoFactor.importAuthenticator('42', { secret: 'JBSWY3DPEHPK3PXP', actor: 'migration' }), id)
  assert.equal((await twoFactor.status('42')).authenticators[0]?.weak, true)
  await twoFactor.unlock('42', { actor: 'help desk 7' })
  await twoFactor.passwordChanged('42')
  assert.equal(await twoFactor.reseal('42'), false)
  await twoFactor.reset('42', { actor: 'help desk 7', reason: 'lost phone, passport seen' })
  assert.equal((await twoFactor.status('42')).enabled, false)
  await twoFactor.erase('42')
  assert.equal(storage.load('42'), null)
})

const secret = 'JBSWY3DPEHPK3PXP'
for (const which of [
  {},
  { secret, uri: `otpauth://totp/a?secret=${secret}` },
  { uri: `otpauth://totp/a?secret=${secret}`, digits: 6 },
  { secret, algorithm: 'MD5' as 'SHA1' },
  { secret, digits: 9 },
  { secret, digits: 2 ** 32 + 6 },
  { secret, period: 0 },
  { secret, drift: 21 },
  { secret, drift: 128 },
]) {
  test(`an import says what it imports: ${JSON.stringify(which)}`, async () => {
    await refused(engine().twoFactor.importAuthenticator('42', { ...which, actor: 'migration' }), 'malformed_request')
  })
}

test('a challenge of anybody else is expired', async () => {
  const { twoFactor, clock } = engine()
  const { phone, challenge } = await challenged(twoFactor, clock)
  await refused(twoFactor.verify(challenge, { code: phone.code(), userId: '43' }), 'challenge_expired')
  assert.equal((await twoFactor.verify(challenge, { code: phone.code(), userId: '42' })).userId, '42')
})

test('bodies are those of the contract', async () => {
  const { twoFactor, clock } = engine()
  const enrollment = await twoFactor.beginEnrollment('42', { accountName: 'ada', issuer: 'Größe & Söhne' })
  const body = enrollment.body()
  assert.deepEqual(Object.keys(body).sort(), [
    ...['account_name', 'digits', 'expires_at', 'issuer', 'otpauth_uri'],
    ...['period', 'qr_png', 'qr_svg', 'secret', 'setup'],
  ])
  assert.equal(body.otpauth_uri, enrollment.uri)
  assert.equal(body.issuer, 'Größe & Söhne')
  assert.equal(body.qr_png, enrollment.qrDataUri())
  assert.match(enrollment.qrSvg(), /^<svg/)
  assert.deepEqual([...enrollment.qrPng().subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47])
  assert.match(enrollment.qrText(), /█/)
  const phone = new FakePhone(enrollment.uri, clock)
  const enrolled = await twoFactor.confirmEnrollment('42', { setup: enrollment.setup, code: phone.code() })
  assert.deepEqual(enrolled.body(), {
    authenticator_id: enrolled.authenticatorId,
    backup_codes: enrolled.backupCodes,
  })
  clock.advance(30)
  const step = await twoFactor.afterFirstFactor('42')
  assert.deepEqual(step.body(), {
    two_factor_required: true,
    challenge: step.challenge,
    expires_in: 300,
    methods: ['totp', 'backup_code'],
    codes_required: 1,
  })
  const nobody = await twoFactor.afterFirstFactor('43', { required: true })
  assert.deepEqual(nobody.body(), { enrollment_required: true })
  assert.deepEqual((await twoFactor.afterFirstFactor('43')).body(), {})
  const verification = await twoFactor.verify(step.challenge ?? '', { code: phone.code() })
  assert.deepEqual(verification.body(), { method: 'totp', backup_codes_left: 10 })
  const status = (await twoFactor.status('42')).body()
  assert.deepEqual(status.backup_codes, { left: 10, total: 10, saved: false })
})

test('the audit log comes in pages', async () => {
  const { twoFactor, clock, told } = engine()
  const { phone } = await enroll(twoFactor, '42', clock)
  for (let round = 0; round < 4; round++) {
    clock.advance(30)
    await proof(twoFactor, '42', phone)
  }
  const stored = told.filter(([, durable]) => durable).map(([event]) => event.id)
  const seen: string[] = []
  let page = await twoFactor.events('42', { limit: 3 })
  while (page.nextCursor !== undefined) {
    seen.push(...page.events.map(event => event.id))
    page = await twoFactor.events('42', { cursor: page.nextCursor, limit: 3 })
  }
  assert.deepEqual([...seen, ...page.events.map(event => event.id)], stored.toReversed())
  for (const options of [{ cursor: 'zz' }, { cursor: '00' }, { limit: 0 }, { limit: 201 }, { limit: 1.5 }]) {
    await refused(twoFactor.events('42', options), 'malformed_request')
  }
  await refused(twoFactor.events('42', { cursor: 7 as never, limit: 'x' as never }), 'malformed_request')
})

test('figures for an operator', async () => {
  const { twoFactor, clock } = engine()
  const { phone, challenge } = await challenged(twoFactor, clock)
  await refused(twoFactor.verify(challenge, { code: phone.wrongCode() }), 'invalid_code')
  assert.deepEqual(await twoFactor.stats(), { enabledUsers: 1, enabled30d: 1, disabled30d: 0, failed30d: 1 })
})

test('a storage without reports says so', async () => {
  const inner = new MemoryStorage()
  const storage: Storage = {
    load: userId => inner.load(userId),
    save: (...given) => inner.save(...given),
    erase: userId => inner.erase(userId),
  }
  const twoFactor = new TwoFactor({ issuer: 'Acme', storage, keys: KeyRing.generate() })
  assert.match((await refused(twoFactor.stats(), 'configuration_error')).message, /no method stats/)
  assert.match((await refused(twoFactor.events('42'), 'configuration_error')).message, /no method events/)
})

test('a storage that reports nonsense refuses', async () => {
  const fail = () => Promise.reject(new Error('lost connection'))
  for (const found of [undefined, null, 5, 'x', {}, [null], [{}], { enabledUsers: 1 }]) {
    const storage = Object.assign(new MemoryStorage(), { events: () => found, stats: async () => found })
    const { twoFactor } = engine(storage as unknown as MemoryStorage)
    await refused(twoFactor.events('42'), 'storage_error')
    await refused(twoFactor.stats(), 'storage_error')
  }
  const { twoFactor } = engine(Object.assign(new MemoryStorage(), { events: fail, stats: fail }) as never)
  await refused(twoFactor.events('42'), 'storage_error')
  await refused(twoFactor.stats(), 'storage_error')
})

test('a throttled user is told how long, and three codes get in', async () => {
  const { twoFactor, clock } = engine()
  const { phone } = await enroll(twoFactor, '42', clock)
  clock.advance(90)
  for (let wrong = 0; wrong < 4; wrong++) {
    const { challenge = '' } = await twoFactor.afterFirstFactor('42')
    await refused(twoFactor.verify(challenge, { code: phone.wrongCode() }), 'invalid_code')
  }
  const { challenge = '' } = await twoFactor.afterFirstFactor('42')
  const error = await refused(twoFactor.verify(challenge, { code: phone.code() }), 'throttled')
  assert.equal(error.retryAfter, 15)
  assert.equal(error.httpStatus, 429)
  assert.equal(error.problem().retry_after, 15)
  clock.advance(90)
  const [code = '', ...nextCodes] = phone.codes()
  assert.equal((await twoFactor.verify(challenge, { code, nextCodes })).userId, '42')
})

test('a user with many browsers of long names has room', async () => {
  const { twoFactor, clock } = engine(new MemoryStorage(), { policy: new Policy({ maxDevices: 20 }) })
  const { phone } = await enroll(twoFactor, '42', clock)
  const names = Array.from({ length: 20 }, (_, index) => `browser ${index} ${'größe '.repeat(30)}`)
  for (const context of names) {
    clock.advance(30)
    const { challenge = '' } = await twoFactor.afterFirstFactor('42')
    assert.equal((await twoFactor.verify(challenge, { code: phone.code(), context })).userId, '42')
  }
  const { devices } = await twoFactor.status('42')
  assert.equal(devices.length, 20)
  assert.ok(devices.every((device, index) => names[index]?.startsWith(device.label)))
})
