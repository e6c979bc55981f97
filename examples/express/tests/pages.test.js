// What browsers are told: headers and pages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { told } from './lib/http.js'
import { instance, withAda } from './lib/instance.js'
import { TWO_FACTOR } from './lib/person.js'

const PAGES = ['/', '/register', '/login', '/account', '/admin']
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

test('every answer has the strict policy', async () => {
  const { person } = await instance()
  for (const path of [...PAGES, '/static/app.css', '/api/user/me', '/nowhere', `${TWO_FACTOR}/status`, '/%ff']) {
    const { headers } = await person('nobody').call('GET', path)
    assert.deepEqual(String(headers['content-security-policy']).split(';'), POLICY, path)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'same-origin')
    assert.equal(headers['x-powered-by'], undefined)
    assert.equal(headers['strict-transport-security'], undefined, 'plain http on this machine')
  }
})

test('what an API answers is kept by nobody', async () => {
  const { ada } = await withAda()
  for (const path of ['/api/user/me', `${TWO_FACTOR}/status`, '/api/nowhere']) {
    assert.equal((await ada.call('GET', path)).headers['cache-control'], 'no-store', path)
  }
})

test('pages hold no script or style of their own', async () => {
  const { person } = await instance()
  for (const path of PAGES) {
    const { status, headers, text } = await person('nobody').call('GET', path)
    assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'])
    assert.doesNotMatch(text, /<style| style=| on\w+=|<script>|\{\{|\{%|undefined/)
    assert.doesNotMatch(text, /"\/docs"/, 'there is none here')
  }
})

test('a page says whether there is a session', async () => {
  const { ada, person } = await withAda()
  assert.match((await ada.call('GET', '/')).text, /<body[^>]* data-session/)
  assert.doesNotMatch((await person('nobody').call('GET', '/')).text, /<body[^>]* data-session/)
})

test('a visitor who only looks gets no cookie', async () => {
  const { person } = await instance()
  for (const path of PAGES) {
    assert.equal((await person('nobody').call('GET', path)).headers['set-cookie'], undefined)
  }
})

test('the elements and our own scripts are served', async () => {
  const { person } = await instance()
  for (const path of [`${TWO_FACTOR}/web/twinlock.js`, `${TWO_FACTOR}/web/twinlock.css`, '/static/session.js']) {
    assert.equal((await person('nobody').call('GET', path)).status, 200, path)
  }
})

test('the pretend phone exists in development only, and where it was asked for', async () => {
  const without = (await instance()).person('nobody')
  assert.doesNotMatch((await without.call('GET', '/')).text, /phone\.js/)
  assert.equal((await without.call('GET', '/dev/phone.js')).status, 404)
  const shown = (await instance({ TWINLOCK_DEV_PHONE: '1' })).person('nobody')
  assert.match((await shown.call('GET', '/login')).text, /\/dev\/phone\.js/)
  assert.equal((await shown.call('GET', '/dev/phone.js')).status, 200)
})

test('nothing outside of the folders is served', async () => {
  const { person } = await instance({ TWINLOCK_DEV_PHONE: '1' })
  for (const path of [
    '/static/../templates/base.html',
    '/static/%2e%2e/templates/base.html',
    '/dev/..%2f..%2fwalkthrough.sh',
    '/nowhere',
  ]) {
    assert.deepEqual(told(await person('nobody').call('GET', path)), [404, 'not_found'], path)
  }
})
