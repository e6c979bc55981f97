// What a session is worth: its id, its cookies, what is kept in it, and when it is over.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import Database from 'libsql'
import { told } from './lib/http.js'
import { instance, running, settingsFor, withAda } from './lib/instance.js'
import { PASSWORD, TWO_FACTOR } from './lib/person.js'

const DAY = 86_400

/** The id inside a signed session cookie. @param {import('./lib/person.js').Person} person */
function sessionId({ cookies }) {
  return /^s:([^.]+)\./.exec(decodeURIComponent(cookies.get('session') ?? ''))?.[1] ?? ''
}

/** What the store keeps of a session. @param {string} data @param {string} id */
function stored(data, id) {
  const db = new Database(`${data}/users.db`)
  const hash = createHash('sha256').update(id).digest('hex')
  const row = db.prepare('SELECT data FROM sessions WHERE id_hash = ? AND ended = 0').get(hash)
  const change = (/** @type {object} */ more) =>
    db.prepare('UPDATE sessions SET data = ? WHERE id_hash = ?').run(JSON.stringify({ ...session, ...more }), hash)
  const session = row && JSON.parse(/** @type {{ data: string }} */ (row).data)
  return { session, change }
}

test('each success gives the session a new id, and the old one is worth nothing', async () => {
  const { ada } = await withAda()
  const old = new Map(ada.cookies)
  const ids = [sessionId(ada)]
  await ada.enrol()
  ids.push(sessionId(ada))
  await ada.stepUp()
  ids.push(sessionId(ada))
  await ada.challenge()
  ids.push(sessionId(ada))
  const challenge = await ada.challenge()
  ids.push(sessionId(ada))
  assert.equal((await ada.verify(challenge, ada.freshCode())).status, 200)
  ids.push(sessionId(ada))
  assert.equal(new Set(ids).size, ids.length)
  assert.equal((await ada.me()).status, 200)
  ada.cookies = old
  assert.equal((await ada.me()).status, 401)
})

test('an id that was planted before the sign-in is not the one that is signed in', async () => {
  const { ada, person } = await withAda()
  await ada.enrol()
  const mallory = person('mallory')
  await mallory.register()
  await mallory.signIn()
  const planted = mallory.cookies.get('session') ?? ''
  const body = { username: 'ada', password: PASSWORD }
  ada.cookies = new Map(mallory.cookies)
  const { challenge } = (await ada.call('POST', '/api/auth/login', body)).body
  assert.equal((await ada.verify(challenge, ada.freshCode())).status, 200)
  assert.equal((await ada.me()).body.username, 'ada')
  assert.notEqual(ada.cookies.get('session'), planted)
  assert.equal((await mallory.me()).status, 401, 'whoever planted it holds nothing')
})

test('cart, next and remember-me come through the second step', async () => {
  const { ada, settings } = await withAda()
  await ada.enrol()
  const challenge = await ada.challenge({ remember: true })
  const before = sessionId(ada)
  stored(settings.data, before).change({ cart: ['lamp', 'oil'], next: '/checkout' })
  const verified = await ada.verify(challenge, ada.freshCode())
  assert.equal(verified.status, 200)
  const { session } = stored(settings.data, sessionId(ada))
  assert.deepEqual([session.cart, session.next], [['lamp', 'oil'], '/checkout'])
  assert.equal(session.cookie.originalMaxAge, 30 * DAY * 1000)
  assert.equal(stored(settings.data, before).session, undefined)
  const [cookie] = verified.headers['set-cookie']?.filter(line => line.startsWith('session=')) ?? []
  assert.match(cookie ?? '', /Expires=/)
})

test('who does not ask for it is forgotten when the browser closes, or after eight idle hours', async () => {
  const { ada, clock } = await withAda()
  const cookies = (await ada.signIn()).headers['set-cookie'] ?? []
  assert.equal(cookies.length, 2)
  for (const cookie of cookies) assert.doesNotMatch(cookie, /Expires|Max-Age/)
  clock.advance(7 * 3600)
  assert.equal((await ada.me()).status, 200)
  clock.advance(7 * 3600)
  assert.equal((await ada.me()).status, 200, 'it was not idle')
  clock.advance(8 * 3600 + 1)
  assert.equal((await ada.me()).status, 401)
})

test('who is remembered is so for thirty days, however busy', async () => {
  const { ada, clock } = await withAda()
  await ada.signIn({ remember: true })
  for (let days = 0; days < 30; days += 6) {
    assert.equal((await ada.me()).status, 200)
    clock.advance(6 * DAY)
  }
  clock.advance(1)
  assert.equal((await ada.me()).status, 401)
  assert.deepEqual(told(await ada.call('POST', '/api/auth/refresh')), [401, 'session_ended'])
})

test('cookies are out of reach of scripts, but for the token that our pages send back', async () => {
  const { ada } = await withAda()
  await ada.enrol()
  const cookies = (await ada.signInWithCode()).headers['set-cookie'] ?? []
  assert.deepEqual(cookies.map(line => line.split('=', 1)[0]).sort(), ['csrf', 'session', 'twinlock-device'])
  for (const cookie of cookies) {
    assert.match(cookie, /; Path=\/(;|$)/)
    assert.match(cookie, /; SameSite=Lax/i)
    assert.equal(/; HttpOnly/i.test(cookie), !cookie.startsWith('csrf='), cookie)
  }
})

test('over https cookies belong to the host alone', async () => {
  const { person } = await instance({ FRONTEND_URL: 'https://app.example.com', TRUST_PROXY: 'loopback' })
  const ada = person('ada')
  const proxied = { 'x-forwarded-proto': 'https' }
  const body = { username: 'ada', email: 'ada@example.com', password: PASSWORD }
  await ada.call('POST', '/api/auth/register', body, proxied)
  const answer = await ada.call('POST', '/api/auth/login', body, proxied)
  const cookies = answer.headers['set-cookie'] ?? []
  assert.equal(cookies.length, 2)
  for (const cookie of cookies) {
    assert.match(cookie, /^__Host-/)
    assert.match(cookie, /; Secure/)
    assert.doesNotMatch(cookie, /Domain/)
  }
  assert.match(answer.headers['strict-transport-security'] ?? '', /max-age/)
  assert.equal((await ada.call('GET', '/api/user/me', undefined, proxied)).status, 200)
})

test('a sign-out is the end of the session on the server, too', async () => {
  const { ada } = await withAda()
  const kept = new Map(ada.cookies)
  const csrf = ada.cookies.get('csrf') ?? ''
  assert.equal((await ada.call('POST', '/api/auth/logout')).status, 204)
  assert.deepEqual([...ada.cookies.keys()], [])
  ada.cookies = kept
  assert.equal((await ada.me()).status, 401)
  assert.equal((await ada.call('POST', '/api/auth/logout', undefined, { 'x-csrf-token': csrf })).status, 204)
})

test('a request that was under way does not bring an ended session back', async () => {
  const { ada, sessions } = await withAda()
  const id = sessionId(ada)
  const get = () => new Promise(resolve => sessions.store.get(id, (_error, session) => resolve(session)))
  const session = /** @type {any} */ (await get())
  sessions.store.destroy(id)
  sessions.store.set(id, session)
  sessions.store.touch(id, session)
  assert.equal(await get(), null)
})

test('a copy of the database signs nobody in: session ids are kept as hashes', async () => {
  const { ada, settings } = await withAda()
  const rows = JSON.stringify(new Database(`${settings.data}/users.db`).prepare('SELECT * FROM sessions').all())
  assert.ok(sessionId(ada).length > 20)
  assert.ok(!rows.includes(sessionId(ada)))
})

test('a session cookie that nobody signed is nobody’s', async () => {
  const { ada } = await withAda()
  const right = decodeURIComponent(ada.cookies.get('session') ?? '')
  for (const forged of [
    right.slice(0, -2),
    right.replace(/\..*/, ''),
    right.replace(/\..*/, `.${'x'.repeat(43)}`),
    's:.',
    '%',
  ]) {
    ada.cookies.set('session', encodeURIComponent(forged))
    assert.equal((await ada.me()).status, 401)
  }
})

test('sessions of an old key go on, new ones are signed by the new', async () => {
  const settings = settingsFor({ SESSION_KEYS: 'o'.repeat(32) })
  const old = await running(settings)
  const ada = old.person('ada')
  await ada.register()
  await ada.signIn()
  const next = await running({ ...settings, sessionKeys: ['n'.repeat(32), 'o'.repeat(32)] }, old.clock)
  ada.port = next.port
  assert.equal((await ada.me()).status, 200)
})

test('switching it on ends the sessions that never proved it, and no other', async () => {
  const { ada, person } = await withAda()
  const elsewhere = person('ada')
  await elsewhere.signIn()
  await ada.enrol()
  assert.equal((await elsewhere.me()).status, 401)
  elsewhere.phone = ada.phone
  await elsewhere.signInWithCode()
  assert.equal((await ada.me()).status, 200)
  assert.deepEqual((await elsewhere.me()).body.amr, ['pwd', 'otp'])
})

test('a browser that is trusted has proved it: a sign-in elsewhere does not end its session', async () => {
  const { ada, person } = await withAda()
  await ada.enrol()
  await ada.verify(await ada.challenge(), ada.freshCode(), { trust_device: true })
  assert.equal((await ada.signIn()).body.method, 'device')
  const elsewhere = person('ada')
  elsewhere.phone = ada.phone
  await elsewhere.signInWithCode()
  assert.deepEqual((await ada.me()).body.amr, ['pwd'])
})

const ROUTES = [
  ['GET', '/status'],
  ['POST', '/setup'],
  ['POST', '/setup/confirm'],
  ['POST', '/backup-codes'],
  ['POST', '/backup-codes/saved'],
  ['PATCH', '/authenticators/x'],
  ['DELETE', '/authenticators/x'],
  ['GET', '/devices'],
  ['DELETE', '/devices/x'],
  ['DELETE', '/devices'],
  ['GET', '/events'],
  ['POST', '/disable'],
]

test('a session that knows only the password is refused on every route of the second factor', async () => {
  const { ada, twoFactor } = await withAda()
  // Switched on by an operator: sessions of before stay, and know only the password.
  await twoFactor.importAuthenticator(await ada.id(), { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', actor: 'test' })
  const body = { password: PASSWORD, setup: 'x', code: '123456', name: 'x' }
  for (const [method = '', path] of ROUTES) {
    const refused = await ada.call(method, TWO_FACTOR + path, method === 'GET' ? undefined : body)
    assert.deepEqual(told(refused), [401, 'assurance_required'], `${method} ${path}`)
  }
  for (const [method, path] of /** @type {const} */ ([
    ['DELETE', '/api/user/account'],
    ['POST', '/api/user/password'],
  ])) {
    assert.deepEqual(told(await ada.call(method, path, body)), [401, 'assurance_required'], path)
  }
})

test('nobody is refused there, and a claim in a header or a body proves nothing', async () => {
  const { ada, person, twoFactor } = await withAda()
  for (const [method = '', path] of ROUTES) {
    assert.deepEqual(told(await person('nobody').call(method, TWO_FACTOR + path)), [401, 'not_signed_in'], path)
  }
  const id = await ada.id()
  await twoFactor.importAuthenticator(id, { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', actor: 'test' })
  const claims = { 'x-2fa-verified': 'true', 'twinlock-assurance': 'AAAA', authorization: 'Bearer AAAA' }
  const refused = await ada.call('POST', `${TWO_FACTOR}/disable`, { user_id: id, password: PASSWORD }, claims)
  assert.deepEqual(told(refused), [401, 'assurance_required'])
})

test('a challenge is answered in the session that asked for it and in no other', async () => {
  const { ada, person } = await withAda()
  await ada.enrol()
  const challenge = await ada.challenge()
  const mallory = person('mallory')
  await mallory.register()
  await mallory.signIn()
  const code = ada.freshCode()
  assert.deepEqual(told(await mallory.verify(challenge, code)), [410, 'challenge_expired'])
  assert.equal((await ada.verify(challenge, code)).status, 200)
})
