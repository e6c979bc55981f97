// How often one address, and one account, may try.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { parseRates } from '../app/limits.ts'
import { instance, withAda } from './lib/instance.ts'
import { type Answer, PASSWORD, send, TWO_FACTOR, told } from './lib/person.ts'

type Instance = Awaited<ReturnType<typeof instance>>

function attempt({ app }: Instance, remoteAddress: string, headers = {}): Promise<Answer> {
  return send(app, 'POST', '/api/auth/login', {
    remoteAddress,
    headers,
    payload: { username: 'nobody', password: PASSWORD },
  })
}

test('sign-in is limited per address and says when to come back', async () => {
  mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const made = await instance({ SIGN_IN_LIMIT: '3/minute' })
  for (let tries = 0; tries < 3; tries++) assert.equal((await attempt(made, '192.0.2.1')).status, 401)
  mock.timers.setTime(1_700_000_020_000)
  const refused = await attempt(made, '192.0.2.1')
  assert.deepEqual(told(refused), [429, 'too_many_requests'])
  assert.deepEqual([refused.headers['retry-after'], refused.body.retry_after], ['40', 40])
  assert.equal((await attempt(made, '192.0.2.2')).status, 401, 'another address')
  for (let tries = 0; tries < 3; tries++) await attempt(made, `2001:db8:1:2:9::${tries}`)
  assert.equal((await attempt(made, '2001:db8:1:2::7')).status, 429, 'one IPv6 customer is one address')
  mock.timers.setTime(1_700_000_061_000)
  assert.equal((await attempt(made, '192.0.2.1')).status, 401)
  mock.timers.reset()
})

test('the limit holds before the password is looked at', async () => {
  const made = await instance({ SIGN_IN_LIMIT: '1/hour' })
  await attempt(made, '192.0.2.1')
  const looked = mock.method(made.accounts, 'authenticate')
  assert.equal((await attempt(made, '192.0.2.1')).status, 429)
  assert.equal(looked.mock.callCount(), 0)
})

test('every window counts, the longer one too', async () => {
  const made = await instance({ SIGN_IN_LIMIT: '100/minute;2/hour' })
  const statuses: number[] = []
  for (let tries = 0; tries < 3; tries++) statuses.push((await attempt(made, '192.0.2.1')).status)
  assert.deepEqual(statuses, [401, 401, 429])
})

test('who claims other addresses is counted all the same, unless a proxy of ours says so', async () => {
  const claimed = (last: number) => ({ 'x-forwarded-for': `192.0.2.${last}` })
  const open = await instance({ SIGN_IN_LIMIT: '1/hour' })
  assert.equal((await attempt(open, '127.0.0.1', claimed(1))).status, 401)
  assert.equal((await attempt(open, '127.0.0.1', claimed(2))).status, 429)
  const behind = await instance({ SIGN_IN_LIMIT: '1/hour', TRUST_PROXY: '127.0.0.1' })
  assert.equal((await attempt(behind, '127.0.0.1', claimed(1))).status, 401)
  assert.equal((await attempt(behind, '127.0.0.1', claimed(2))).status, 401)
  assert.equal((await attempt(behind, '127.0.0.1', claimed(2))).status, 429)
})

test('registration has its own limit', async () => {
  const { person } = await instance({ REGISTER_LIMIT: '1/hour' })
  const ada = person('ada')
  assert.deepEqual([(await ada.register()).status, (await ada.register()).status], [201, 429])
  assert.equal((await ada.signIn()).status, 200)
})

test('the password question of an open session is limited per account', async () => {
  const { ada, person } = await withAda({ SIGN_IN_LIMIT: '3/hour' })
  const bob = person('bob')
  await bob.register()
  await bob.signIn()
  const guess = { password: 'wrong wrong', new_password: 'an even better one' }
  assert.deepEqual(told(await ada.call('POST', `${TWO_FACTOR}/setup`, guess)), [400, 'wrong_password'])
  assert.deepEqual(told(await ada.call('POST', '/api/user/password', guess)), [400, 'wrong_password'])
  assert.deepEqual(told(await ada.call('POST', `${TWO_FACTOR}/setup`, guess)), [400, 'wrong_password'])
  for (const path of [`${TWO_FACTOR}/setup`, '/api/user/password']) {
    const right = { ...guess, password: PASSWORD }
    assert.deepEqual(told(await ada.call('POST', path, right)), [429, 'too_many_requests'], path)
  }
  assert.equal((await bob.call('POST', `${TWO_FACTOR}/setup`, { password: PASSWORD })).status, 201, 'another account')
})

test('what is no rate is no rate', () => {
  assert.deepEqual(parseRates('30/minute; 300 / hour'), [
    { tries: 30, seconds: 60 },
    { tries: 300, seconds: 3600 },
  ])
  for (const text of ['', '30', '0/minute', '-1/minute', '30/fortnight', '30/minute;', '30/constructor']) {
    assert.throws(() => parseRates(text), RangeError, text)
  }
})
