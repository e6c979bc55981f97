// What another site can make a browser do: nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { told } from './lib/http.js'
import { withAda } from './lib/instance.js'
import { PASSWORD, TWO_FACTOR } from './lib/person.js'

const FOREIGN = [
  { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  { origin: 'http://127.0.0.1:9999', 'sec-fetch-site': 'same-site' },
  { origin: 'null', 'sec-fetch-site': 'cross-site' },
]
const CHANGES = [
  ['POST', '/api/auth/login'],
  ['POST', '/api/auth/logout'],
  ['POST', '/api/auth/refresh'],
  ['POST', '/api/auth/register'],
  ['POST', '/api/user/password'],
  ['DELETE', '/api/user/account'],
  ['POST', `${TWO_FACTOR}/setup`],
  ['POST', `${TWO_FACTOR}/disable`],
  ['POST', '/api/admin/2fa/users/x/reset'],
]
const BODY = {
  username: 'mallory',
  email: 'mallory@example.com',
  password: PASSWORD,
  new_password: PASSWORD,
  reason: 'because',
}

for (const headers of FOREIGN) {
  test(`${headers.origin} cannot use the cookies, the token included`, async () => {
    const { ada } = await withAda()
    for (const [method = '', path = ''] of CHANGES) {
      assert.deepEqual(told(await ada.call(method, path, BODY, headers)), [403, 'origin_refused'], path)
    }
    assert.equal((await ada.me()).status, 200)
  })
}

test('a browser that is too old to say where it is says its origin', async () => {
  const { ada, port } = await withAda()
  const asked = (/** @type {string} */ origin) => {
    const { 'sec-fetch-site': _, ...headers } = ada.headers
    return fetch(`http://127.0.0.1:${port}/api/auth/refresh`, { method: 'POST', headers: { ...headers, origin } })
  }
  assert.equal((await asked('https://evil.example')).status, 403)
  assert.equal((await asked(`http://127.0.0.1:${port}`)).status, 200)
})

test('without the token of the session nothing is changed', async () => {
  const { ada, person } = await withAda()
  const mallory = person('mallory')
  await mallory.register()
  await mallory.signIn()
  const tokens = ['', 'x', mallory.cookies.get('csrf') ?? '', `${ada.cookies.get('csrf')}x`, 'ä'.repeat(12)]
  for (const token of tokens) {
    for (const [method = '', path = ''] of CHANGES) {
      const refused = await ada.call(method, path, BODY, { 'x-csrf-token': encodeURIComponent(token) })
      assert.deepEqual(told(refused), [403, 'csrf_refused'], `${path} with ${token}`)
    }
  }
  assert.equal((await ada.me()).status, 200)
  assert.equal((await ada.call('POST', '/api/auth/logout')).status, 204)
})

test('the token is told by the status of the second factor, for elements', async () => {
  const { ada } = await withAda()
  const { csrf } = (await ada.call('GET', `${TWO_FACTOR}/status`)).body
  assert.equal(csrf, ada.cookies.get('csrf'))
})

test('each sign-in has a token of its own', async () => {
  const { ada } = await withAda()
  const first = ada.cookies.get('csrf')
  await ada.signIn()
  assert.notEqual(ada.cookies.get('csrf'), first)
})

test('no other origin is allowed to read', async () => {
  const { ada } = await withAda()
  const asked = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
  assert.equal(
    (await ada.call('OPTIONS', '/api/user/me', undefined, asked)).headers['access-control-allow-origin'],
    undefined,
  )
  assert.equal((await ada.call('GET', '/', undefined, asked)).headers['access-control-allow-origin'], undefined)
})
