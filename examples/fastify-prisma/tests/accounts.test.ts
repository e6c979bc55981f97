// Passwords and accounts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPassword, hashPassword } from '../app/passwords.ts'
import { instance, running, withAda } from './lib/instance.ts'
import { PASSWORD, send, TWO_FACTOR, told } from './lib/person.ts'

test('new passwords are argon2id at the cost that OWASP names', async () => {
  assert.match(await hashPassword(PASSWORD), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('unknown users and unknown hashes sign nobody in', async () => {
  assert.equal(await checkPassword(PASSWORD, undefined), false)
  assert.equal(await checkPassword(PASSWORD, 'plain text'), false)
  assert.equal(await checkPassword(PASSWORD, await hashPassword(PASSWORD)), true)
})

test('an unknown user costs the same work as a known one', async () => {
  const costs: string[] = []
  const check = async (hash: string) => costs.push(hash.split('$').slice(0, 4).join('$')) > 0
  assert.equal(await checkPassword(PASSWORD, await hashPassword(PASSWORD), check), true)
  assert.equal(await checkPassword(PASSWORD, undefined, check), false)
  assert.equal(costs.length, 2)
  assert.equal(costs[0], costs[1])
})

test('a wrong password and an unknown user get the same answer', async () => {
  const { ada, person } = await withAda()
  ada.password = 'wrong wrong'
  const [known, unknown] = [await ada.signIn(), await person('nobody').signIn()]
  assert.deepEqual(told(known), [401, 'wrong_credentials'])
  assert.deepEqual(known.body, unknown.body)
})

for (const [change, code] of [
  [{ username: 'ADA' }, 'username_taken'],
  [{ username: 'ａｄａ' }, 'username_taken'],
  [{ email: 'Ada@Example.com' }, 'email_taken'],
] as const) {
  test(`${JSON.stringify(change)} is taken already`, async () => {
    const { ada } = await withAda()
    const other = { username: 'other', email: 'other@example.com', password: PASSWORD }
    assert.deepEqual(told(await ada.call('POST', '/api/auth/register', { ...other, ...change })), [409, code])
  })
}

test('what cannot be an account is refused without repeating it', async () => {
  const { person } = await instance()
  const good = { username: 'grace', email: 'grace@example.com', password: 'my secret word' }
  const wrong = [
    ...['a@b', 'ab', 'a b c', null, 7].map(username => ({ username })),
    ...['nowhere', 'a@b@c', 'a\n@example.com'].map(email => ({ email })),
    ...['short', 'x'.repeat(257), 12345678, '\ud800'.repeat(9)].map(password => ({ password })),
  ]
  for (const change of wrong) {
    const answer = await person('grace').call('POST', '/api/auth/register', { ...good, ...change })
    assert.deepEqual(told(answer), [400, 'malformed_request'], JSON.stringify(change))
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
    assert.deepEqual(
      answer.body.fields.map((one: { field: string }) => one.field),
      Object.keys(change),
    )
    assert.ok(!answer.text.includes('my secret word'))
  }
})

test('a changed password ends other sessions and every trust', async () => {
  const { ada, person } = await withAda()
  await ada.enrol()
  const elsewhere = person('ada')
  elsewhere.phone = ada.phone
  await elsewhere.signInWithCode({ trust_device: true })
  assert.equal((await elsewhere.signIn()).body.method, 'device')
  assert.equal((await ada.stepUp()).status, 200)
  const change = { password: ada.password, new_password: 'an even better one' }
  assert.equal((await ada.call('POST', '/api/user/password', change)).status, 204)
  assert.equal((await ada.me()).status, 200)
  assert.equal((await elsewhere.me()).status, 401)
  assert.equal((await elsewhere.refresh()).status, 401)
  elsewhere.password = change.new_password
  await elsewhere.challenge()
  assert.equal((await ada.signIn()).status, 401, 'and so must the old password')
})

test('a password change wants the old password and a fresh proof', async () => {
  const { ada, clock } = await withAda()
  const change = { password: 'wrong wrong', new_password: 'an even better one' }
  assert.deepEqual(told(await ada.call('POST', '/api/user/password', change)), [400, 'wrong_password'])
  await ada.enrol()
  clock.advance(301)
  assert.deepEqual(told(await ada.call('POST', '/api/user/password', change)), [401, 'assurance_required'])
})

test('deleting the account wants a second factor and a proof of the last five minutes', async () => {
  const { ada, clock } = await withAda()
  const remove = () => ada.call('DELETE', '/api/user/account')
  const refused = await remove()
  assert.deepEqual(told(refused), [403, 'not_enabled'])
  assert.equal(refused.body.setup_url, '/account')
  await ada.enrol()
  clock.advance(301)
  const tooOld = await remove()
  assert.deepEqual(told(tooOld), [401, 'assurance_required'])
  assert.match(String(tooOld.headers['www-authenticate']), /max_age="300"/)
  assert.equal((await ada.stepUp()).status, 200)
  assert.equal((await remove()).status, 204)
})

test('after switching off an old proof opens nothing', async () => {
  const { ada } = await withAda()
  await ada.enrol()
  await ada.call('POST', `${TWO_FACTOR}/disable`, { password: ada.password })
  assert.deepEqual(told(await ada.call('DELETE', '/api/user/account')), [403, 'not_enabled'])
})

test('deleting the account takes everything along', async () => {
  const { ada, twoFactor } = await withAda()
  await ada.enrol()
  const id = await ada.id()
  assert.equal((await ada.call('DELETE', '/api/user/account')).status, 204)
  assert.equal((await ada.me()).status, 401)
  assert.equal((await ada.refresh()).status, 401)
  assert.equal((await ada.signIn()).status, 401)
  assert.deepEqual((await twoFactor.auditLog(id, { cursor: undefined, limit: 10 })).entries, [])
  assert.equal((await ada.register()).status, 201)
  await ada.signIn()
  assert.notEqual(await ada.id(), id)
  assert.equal((await ada.call('GET', `${TWO_FACTOR}/status`)).body.enabled, false)
})

test('a deletion that was cut short is finished at the next start', async () => {
  const { ada, accounts, twoFactor, settings, clock } = await withAda()
  await ada.enrol()
  const id = await ada.id()
  await accounts.close(id)
  assert.equal((await ada.me()).status, 401, 'a closed account is nobody’s already')
  assert.equal((await ada.signIn()).status, 401)
  const next = await running(settings, clock)
  assert.deepEqual(await next.accounts.closed(), [])
  assert.equal((await twoFactor.engine.status(id)).enabled, false)
})

test('large bodies are refused', async () => {
  const { ada } = await withAda()
  for (const path of ['/api/auth/login', '/api/auth/register', `${TWO_FACTOR}/setup`]) {
    assert.deepEqual(told(await ada.call('POST', path, { password: 'x'.repeat(20_000) })), [413, 'too_large'])
  }
})

test('what is not JSON is refused as such', async () => {
  const { app } = await instance()
  for (const path of ['/api/auth/login', '/api/auth/register']) {
    for (const payload of ['{', Buffer.from([0xff]), 'username=ada', '[]', '""', '{"__proto__": {}}']) {
      const answer = await send(app, 'POST', path, { headers: { 'content-type': 'application/json' }, payload })
      assert.deepEqual(told(answer), [400, 'malformed_request'], `${path} ${payload}`)
    }
    const form = await send(app, 'POST', path, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'a=b',
    })
    assert.deepEqual(told(form), [415, 'not_json'])
  }
})

test('odd values anywhere are refused, not failed', async () => {
  const { ada } = await withAda()
  const odd = [
    '',
    '\0',
    '\ud800',
    'a'.repeat(5000),
    '٣٤٥',
    null,
    0,
    -1,
    2 ** 64,
    1.5,
    true,
    [],
    [['a']],
    {},
    { $ne: 1 },
  ]
  const bodies: Record<string, object> = {
    '/api/auth/register': { username: 'eve', email: 'eve@example.com', password: 'x'.repeat(10) },
    '/api/auth/login': { username: 'ada', password: PASSWORD, code: '123456', next_codes: [], trust_device: false },
    '/api/auth/refresh': { refresh_token: 'x' },
    '/api/user/password': { password: 'wrong', new_password: 'x'.repeat(10) },
    [`${TWO_FACTOR}/setup`]: { password: 'x' },
    [`${TWO_FACTOR}/setup/confirm`]: { setup: 'x', code: '123456' },
    [`${TWO_FACTOR}/verify`]: { challenge: 'x', code: '123456' },
    [`${TWO_FACTOR}/step-up`]: { code: '123456' },
  }
  for (const [path, body] of Object.entries(bodies)) {
    for (const name of Object.keys(body)) {
      for (const value of odd) {
        const { status, headers } = await ada.call('POST', path, { ...body, [name]: value })
        assert.ok(status < 500, `${path} ${name} ${JSON.stringify(value)}: ${status}`)
        if (status >= 400)
          assert.match(String(headers['content-type']), /^application\/problem\+json/, `${path} ${name}`)
      }
    }
  }
  for (const query of [
    'limit=0',
    'limit=201',
    'limit=a',
    'limit=',
    'limit=1&limit=2',
    'cursor=a&cursor=b',
    'cursor=zz',
    'cursor[a]=b',
  ]) {
    const { status } = await ada.call('GET', `/api/user/audit?${query}`)
    assert.ok(status === 400 || status === 200, `${query}: ${status}`)
  }
})
