// How often one address, and one account, may try.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { parseRates } from '../app/limits.js'
import { told } from './lib/http.js'
import { instance, withAda } from './lib/instance.js'
import { PASSWORD, TWO_FACTOR } from './lib/person.js'

const PROXIED = { FRONTEND_URL: 'https://app.example.com', TRUST_PROXY: 'loopback' }
const from = (/** @type {string} */ address) => ({ 'x-forwarded-for': address })

test('sign-in is limited per address and says when to come back', async () => {
  mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const { person } = await instance({ ...PROXIED, SIGN_IN_LIMIT: '3/minute' })
  const attempt = (/** @type {string} */ address) =>
    person('nobody').call('POST', '/api/auth/login', { username: 'nobody', password: PASSWORD }, from(address))
  for (let tries = 0; tries < 3; tries++) assert.equal((await attempt('192.0.2.1')).status, 401)
  mock.timers.setTime(1_700_000_020_000)
  const refused = await attempt('192.0.2.1')
  assert.deepEqual(told(refused), [429, 'too_many_requests'])
  assert.deepEqual([refused.headers['retry-after'], refused.body.retry_after], ['40', 40])
  assert.equal((await attempt('192.0.2.2')).status, 401, 'another address')
  assert.equal((await attempt('2001:db8:1:2:3::1')).status, 401)
  for (let tries = 0; tries < 2; tries++) await attempt(`2001:db8:1:2:9::${tries}`)
  assert.equal((await attempt('2001:db8:1:2::7')).status, 429, 'one IPv6 customer is one address')
  mock.timers.setTime(1_700_000_061_000)
  assert.equal((await attempt('192.0.2.1')).status, 401)
  mock.timers.reset()
})

test('who stands in front of no proxy and claims other addresses is counted all the same', async () => {
  const { person } = await instance({ SIGN_IN_LIMIT: '2/hour' })
  const statuses = []
  for (let last = 1; last <= 3; last++) {
    const body = { username: 'nobody', password: PASSWORD }
    statuses.push((await person('nobody').call('POST', '/api/auth/login', body, from(`192.0.2.${last}`))).status)
  }
  assert.deepEqual(statuses, [401, 401, 429])
})

test('every window counts, the longer one too', async () => {
  const { person } = await instance({ SIGN_IN_LIMIT: '100/minute;2/hour' })
  const statuses = []
  for (let tries = 0; tries < 3; tries++) statuses.push((await person('nobody').signIn()).status)
  assert.deepEqual(statuses, [401, 401, 429])
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
  assert.equal((await ada.call('POST', `${TWO_FACTOR}/disable`, guess)).status < 429, true)
  for (const path of [`${TWO_FACTOR}/setup`, '/api/user/password', `${TWO_FACTOR}/disable`]) {
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
  for (const text of ['', '30', '0/minute', '-1/minute', '30/fortnight', '30/minute;']) {
    assert.throws(() => parseRates(text), RangeError, text)
  }
})
