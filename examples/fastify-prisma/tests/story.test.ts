// The whole way through HTTP: on, in, phone lost, back in, off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { running, withAda } from './lib/instance.ts'
import { TWO_FACTOR, told } from './lib/person.ts'

test('the password alone signs in until two-factor is on', async () => {
  const { ada } = await withAda()
  const { body } = await ada.signIn()
  assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'method', 'refresh_token', 'token_type'])
  assert.deepEqual((await ada.me()).body.amr, ['pwd'])
})

test('either name signs in: the user name or the e-mail address, whatever their case', async () => {
  const { ada } = await withAda()
  for (const username of ['ada', 'ADA', 'Ada@Example.com', ' ada@example.com ']) {
    const { status, body } = await ada.signIn({ username })
    assert.deepEqual([status, body.method], [200, 'none'], username)
    assert.equal((await ada.me()).body.username, 'ada')
  }
})

test('either name leads to the same second factor', async () => {
  const { ada } = await withAda()
  await ada.enrol()
  const { body } = await ada.signIn({ username: 'ADA@example.com' })
  assert.equal(body.two_factor_required, true)
  assert.equal((await ada.verify(body.challenge, ada.freshCode())).status, 200)
  assert.equal((await ada.me()).body.username, 'ada')
})

test('from setup to switching off', async () => {
  const { ada } = await withAda()
  await ada.enrol()
  assert.equal(ada.backupCodes.length, 10)
  assert.deepEqual((await ada.me()).body.amr, ['pwd', 'otp'])
  assert.equal((await ada.call('POST', '/api/auth/logout')).status, 204)

  const step = (await ada.signIn()).body
  assert.deepEqual(Object.keys(step).sort(), [
    'challenge',
    'codes_required',
    'expires_in',
    'methods',
    'two_factor_required',
  ])
  assert.deepEqual(step.methods, ['totp', 'backup_code'])
  const code = ada.freshCode()
  assert.equal((await ada.verify(step.challenge, code)).body.method, 'totp')
  assert.equal((await ada.me()).status, 200)
  assert.deepEqual(told(await ada.verify(await ada.challenge(), code)), [401, 'invalid_code'], 'the same code again')

  const [first = '', second = ''] = ada.backupCodes
  assert.equal((await ada.verify(await ada.challenge(), first)).body.backup_codes_left, 9)
  assert.deepEqual(told(await ada.verify(await ada.challenge(), first)), [401, 'invalid_code'], 'a spent backup code')

  await ada.signInWithCode()
  const fresh: string[] = (await ada.call('POST', `${TWO_FACTOR}/backup-codes`, {})).body.backup_codes
  assert.ok(!fresh.some(one => ada.backupCodes.includes(one)))
  assert.equal((await ada.verify(await ada.challenge(), second)).status, 401, 'the old set is over')
  assert.equal((await ada.verify(await ada.challenge(), fresh[0] ?? '')).status, 200)

  assert.equal((await ada.call('POST', `${TWO_FACTOR}/disable`, { password: ada.password })).status, 204)
  assert.ok('access_token' in (await ada.signIn()).body)
})

test('one-call sign-in, with the code beside the password', async () => {
  const { ada } = await withAda()
  await ada.enrol()
  const { status, body } = await ada.signIn({ code: ada.freshCode() })
  assert.deepEqual([status, body.method], [200, 'totp'])
  assert.equal((await ada.me()).status, 200)
})

test('the first setup wants the password, and tells no secret without it', async () => {
  const { ada } = await withAda()
  assert.equal((await ada.call('POST', `${TWO_FACTOR}/setup`, {})).body.code, 'password_required')
  const wrong = await ada.call('POST', `${TWO_FACTOR}/setup`, { password: 'not this one' })
  assert.deepEqual(told(wrong), [400, 'wrong_password'])
  assert.ok(!('secret' in wrong.body))
})

test('a trusted device skips the code and still is a proof', async () => {
  const { ada } = await withAda()
  await ada.enrol()
  await ada.signInWithCode({ trust_device: true })
  assert.equal((await ada.signIn()).body.method, 'device')
  assert.deepEqual((await ada.me()).body.amr, ['pwd'])
  assert.equal((await ada.call('GET', `${TWO_FACTOR}/status`)).status, 200)
})

test('switching it on ends the sessions that never proved it, and no other', async () => {
  const { ada, person } = await withAda()
  const elsewhere = person('ada')
  await elsewhere.signIn()
  await ada.enrol()
  assert.equal((await elsewhere.me()).status, 401)
  assert.equal((await elsewhere.refresh()).status, 401)
  elsewhere.phone = ada.phone
  assert.equal((await elsewhere.signInWithCode()).status, 200)
  assert.equal((await ada.me()).status, 200)
})

test("somebody else's challenge takes its owner's codes only", async () => {
  const { ada, person } = await withAda()
  const bob = person('bob')
  await bob.register()
  await bob.signIn()
  await bob.enrol()
  await ada.enrol()
  const code = ada.freshCode()
  assert.deepEqual(told(await bob.verify(await bob.challenge(), code)), [401, 'invalid_code'])
})

test('a challenge survives a restart of the server', async () => {
  const { ada, settings, clock } = await withAda()
  await ada.enrol()
  const challenge = await ada.challenge()
  const later = (await running(settings, clock)).person('ada')
  assert.equal((await later.verify(challenge, ada.freshCode())).status, 200)
})

test('one code sent eight times at once gets exactly one in', async () => {
  const { ada, person } = await withAda()
  await ada.enrol()
  const challenges: string[] = []
  for (let sent = 0; sent < 8; sent++) challenges.push(await ada.challenge())
  const code = ada.freshCode()
  const answers = await Promise.all(challenges.map(challenge => person('ada').verify(challenge, code)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  // Who lost every race is told to come again, and is not in.
  for (const { status } of answers) assert.ok([200, 401, 503].includes(status), String(status))
})
