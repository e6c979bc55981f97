// What browsers are told and what they may do: headers, cookies, origins, CORS, pages, the documentation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instance, withAda } from './lib/instance.ts'
import { type Browser, ORIGIN, PASSWORD, send, setCookies, TWO_FACTOR, told } from './lib/person.ts'

const PAGES = ['/', '/register', '/login', '/account', '/admin']
const FRONTEND = 'http://127.0.0.1:3000'
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
]

/** Ada in a browser on one of our own pages, and with an API client. */
async function withBrowser(env?: NodeJS.ProcessEnv) {
  const made = await withAda(env)
  const page: Browser = made.browser('ada')
  await page.signIn()
  return { ...made, page }
}

test('every answer has the strict policy', async () => {
  const { app } = await instance()
  for (const path of [
    ...PAGES,
    '/static/app.css',
    '/api/user/me',
    '/nowhere',
    `${TWO_FACTOR}/status`,
    '/openapi.json',
  ]) {
    const { headers } = await send(app, 'GET', path)
    assert.deepEqual(String(headers['content-security-policy']).split(';'), POLICY, path)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'same-origin')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    assert.equal(headers['strict-transport-security'], undefined, 'plain http on this machine')
  }
})

test('what an API answers is kept by nobody', async () => {
  const { ada } = await withAda()
  for (const path of ['/api/user/me', '/api/user/audit', `${TWO_FACTOR}/status`, '/api/nowhere']) {
    assert.equal((await ada.call('GET', path)).headers['cache-control'], 'no-store', path)
  }
})

test('pages hold no script or style of their own', async () => {
  const { app } = await instance()
  for (const path of PAGES) {
    const { status, headers, text } = await send(app, 'GET', path)
    assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'])
    assert.doesNotMatch(text, /<style| style=| on\w+=|<script>|\{\{|\{%|undefined/)
    assert.equal(headers['set-cookie'], undefined, 'who only looks gets no cookie')
  }
})

test('a page says whether there is a session', async () => {
  const { app, page } = await withBrowser()
  assert.match((await page.call('GET', '/')).text, /<body[^>]* data-session/)
  assert.doesNotMatch((await send(app, 'GET', '/')).text, /<body[^>]* data-session/)
})

test('the elements and our own scripts are served, and nothing outside of their folders', async () => {
  const { app } = await instance({ TWINLOCK_DEV_PHONE: '1' })
  for (const path of [`${TWO_FACTOR}/web/twinlock.js`, `${TWO_FACTOR}/web/twinlock.css`, '/static/session.js']) {
    assert.equal((await send(app, 'GET', path)).status, 200, path)
  }
  for (const path of [
    '/static/../templates/base.html',
    '/static/%2e%2e/templates/base.html',
    '/dev/..%2f..%2fwalkthrough.sh',
    '/nowhere',
  ]) {
    const { status, text } = await send(app, 'GET', path)
    assert.ok([403, 404, 400].includes(status) && !text.includes('set -euo'), path)
  }
})

test('the pretend phone exists in development only, and where it was asked for', async () => {
  const { app } = await instance()
  assert.doesNotMatch((await send(app, 'GET', '/')).text, /phone\.js/)
  assert.equal((await send(app, 'GET', '/dev/phone.js')).status, 404)
  const shown = (await instance({ TWINLOCK_DEV_PHONE: '1' })).app
  assert.match((await send(shown, 'GET', '/login')).text, /\/dev\/phone\.js/)
  assert.equal((await send(shown, 'GET', '/dev/phone.js')).status, 200)
})

test('the documentation lists every call and loads nothing from elsewhere', async () => {
  const { app } = await instance()
  const { status, text, headers } = await send(app, 'GET', '/docs')
  assert.equal(status, 200)
  assert.doesNotMatch(text, /:\/\//)
  assert.match(String(headers['content-security-policy']), /script-src 'self';.*frame-ancestors 'none'/)
  for (const [, path = ''] of text.matchAll(/(?:src|href)="([^"]+)"/g))
    assert.equal((await send(app, 'GET', path)).status, 200, path)
  const { paths } = (await send(app, 'GET', '/openapi.json')).body
  const expected = [
    '/api/auth/login',
    `${TWO_FACTOR}/verify`,
    '/api/user/account',
    '/api/user/audit',
    '/api/admin/figures',
  ]
  for (const path of expected) assert.ok(path in paths, path)
  assert.ok(!('/login' in paths) && !('/docs' in paths))
})

test('what the framework refuses has the same shape', async () => {
  const { app } = await instance()
  for (const [path, refused] of [
    ['/nowhere', [404, 'not_found']],
    ['/api/auth/login', [404, 'not_found']],
    ['/%ff', [400, 'malformed_request']],
  ] as const) {
    const answer = await send(app, 'GET', path)
    assert.deepEqual(told(answer), refused, path)
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  }
})

test('a page never sees a token: they are in cookies out of reach of scripts', async () => {
  const { ada, page } = await withBrowser()
  await ada.enrol()
  page.phone = ada.phone
  const answer = await page.signInWithCode({ trust_device: true })
  assert.deepEqual(Object.keys(answer.body).sort(), ['backup_codes_left', 'expires_in', 'method'])
  const cookies = setCookies(answer)
  assert.deepEqual(cookies.map(line => line.split('=', 1)[0]).sort(), ['access', 'device', 'refresh'])
  for (const line of cookies) assert.match(line, /; Path=\/; HttpOnly; SameSite=Lax$/)
  const refreshed = await page.refresh()
  assert.deepEqual(Object.keys(refreshed.body), ['expires_in'])
  assert.equal((await page.signIn()).body.method, 'device', 'the device is known by its cookie')
})

test('over https cookies belong to the host alone', async () => {
  const { browser } = await instance({ FRONTEND_URL: 'https://app.example.com', TRUST_PROXY: '127.0.0.1' })
  const ada = browser('ada')
  await ada.register()
  const answer = await ada.signIn()
  const cookies = setCookies(answer)
  assert.equal(cookies.length, 2)
  for (const line of cookies) assert.match(line, /^__Host-\w+=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  assert.match(String(answer.headers['strict-transport-security']), /^max-age=31536000/)
  assert.equal((await ada.me()).status, 200)
})

test('cookies of a page work beside a refresh, and a sign-out ends them', async () => {
  const { page, clock } = await withBrowser()
  clock.advance(16 * 60)
  assert.equal((await page.me()).status, 401)
  assert.equal((await page.refresh()).status, 200)
  assert.equal((await page.me()).status, 200)
  const kept = new Map(page.cookies)
  assert.equal((await page.call('POST', '/api/auth/logout')).status, 204)
  assert.deepEqual([...page.cookies.keys()], [])
  page.cookies = kept
  assert.equal((await page.me()).status, 401)
  assert.deepEqual(told(await page.refresh()), [401, 'session_ended'])
  assert.deepEqual([...page.cookies.keys()], [], 'and the browser forgets')
})

const FOREIGN = [
  { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  { origin: 'http://127.0.0.1:9999', 'sec-fetch-site': 'same-site' },
  { origin: 'null', 'sec-fetch-site': 'cross-site' },
  // The separate front end sends bearer tokens; it has no business with our cookies.
  { origin: FRONTEND, 'sec-fetch-site': 'same-site' },
]
const CHANGES = [
  ['POST', '/api/auth/login'],
  ['POST', '/api/auth/logout'],
  ['POST', '/api/auth/refresh'],
  ['POST', '/api/auth/register'],
  ['POST', '/api/user/password'],
  ['DELETE', '/api/user/account'],
  ['POST', `${TWO_FACTOR}/setup`],
  ['POST', `${TWO_FACTOR}/backup-codes`],
  ['POST', `${TWO_FACTOR}/disable`],
  ['POST', '/api/admin/2fa/users/x/reset'],
] as const

for (const headers of FOREIGN) {
  test(`${headers.origin} cannot use the cookies`, async () => {
    const { ada, page, accounts } = await withBrowser({ FRONTEND_URL: FRONTEND })
    await accounts.makeAdmin('ada')
    await ada.enrol()
    page.phone = ada.phone
    await page.signInWithCode()
    const body = {
      username: 'mallory',
      email: 'mallory@example.com',
      password: PASSWORD,
      new_password: PASSWORD,
      reason: 'because',
    }
    for (const [method, path] of CHANGES) {
      assert.deepEqual(told(await page.call(method, path, body, headers)), [403, 'origin_refused'], path)
    }
    assert.equal((await page.me()).status, 200)
  })
}

test('a browser too old to say where it is says its origin', async () => {
  const { app, page } = await withBrowser()
  const cookie = [...page.cookies].map(pair => pair.join('=')).join('; ')
  const asked = (origin: string) =>
    send(app, 'POST', '/api/auth/refresh', { headers: { host: '127.0.0.1:8000', cookie, origin } })
  assert.equal((await asked('https://evil.example')).status, 403)
  assert.equal((await asked(ORIGIN)).status, 200)
})

test('the separate front end works with bearer tokens, and nobody else may read', async () => {
  const { app, ada } = await withAda({ FRONTEND_URL: FRONTEND })
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: `${TWO_FACTOR}/verify`,
      headers: { origin, 'access-control-request-method': 'POST' },
    })
  const { headers, statusCode } = await preflight(FRONTEND)
  assert.deepEqual([statusCode, headers['access-control-allow-origin']], [204, FRONTEND])
  assert.equal(headers['access-control-allow-credentials'], undefined)
  assert.match(String(headers['access-control-allow-headers']), /Twinlock-Device/)
  assert.equal((await preflight('https://evil.example')).headers['access-control-allow-origin'], undefined)
  const front = { origin: FRONTEND, 'sec-fetch-site': 'same-site' }
  const signedIn = await ada.call('POST', '/api/auth/login', { username: 'ada', password: PASSWORD }, front)
  assert.equal(signedIn.headers['access-control-allow-origin'], FRONTEND)
  assert.ok(signedIn.body.access_token && setCookies(signedIn).length === 0)
  assert.equal((await ada.call('POST', `${TWO_FACTOR}/setup`, { password: PASSWORD }, front)).status, 201)
})

test('an Authorization header that is no token is nobody, whatever the cookies say', async () => {
  const { page } = await withBrowser()
  for (const authorization of ['Basic YWRhOmFkYQ==', 'Bearer', 'Bearer x', '']) {
    assert.deepEqual(
      told(await page.call('GET', '/api/user/me', undefined, { authorization })),
      [401, 'not_signed_in'],
      authorization,
    )
  }
})
