// Access and refresh tokens: how long, how often, what they carry, and what ends them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JwtKeys } from '../app/jwt-keys.ts'
import { instance, running, settingsFor, withAda } from './lib/instance.ts'
import { type Person, TWO_FACTOR, told } from './lib/person.ts'

const DAY = 86_400
const QUARTER = 15 * 60

function header(token = ''): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

test('an access token lives fifteen minutes', async () => {
  const { ada, clock } = await withAda()
  clock.advance(QUARTER - 1)
  assert.equal((await ada.me()).status, 200)
  clock.advance(1)
  const late = await ada.me()
  assert.deepEqual(told(late), [401, 'not_signed_in'])
  assert.match(String(late.headers['www-authenticate']), /^Bearer/)
})

test('a refresh token lives thirty days and is rotated', async () => {
  const { ada, clock } = await withAda()
  const first = ada.refreshToken
  clock.advance(29 * DAY)
  assert.equal((await ada.refresh()).status, 200)
  assert.notEqual(ada.refreshToken, first)
  assert.equal((await ada.me()).status, 200)
  clock.advance(30 * DAY)
  assert.deepEqual(told(await ada.refresh()), [401, 'session_ended'])
})

test('a refresh token used twice ends the whole family', async () => {
  const { ada } = await withAda()
  const stolen = ada.refreshToken
  await ada.refresh()
  assert.deepEqual(told(await ada.refresh(stolen)), [401, 'session_ended'])
  assert.equal((await ada.refresh()).status, 401, 'the rotated token must be dead, too')
  assert.equal((await ada.me()).status, 401, 'and the access token with it')
})

test('two rotations of one token at once: one wins, and the family ends', async () => {
  const { ada } = await withAda()
  const token = ada.refreshToken
  const answers = await Promise.all([ada.refresh(token), ada.refresh(token), ada.refresh(token)])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401])
  assert.equal((await ada.refresh()).status, 401)
})

test('reuse in one session leaves the others alone', async () => {
  const { ada, person } = await withAda()
  const elsewhere = person('ada')
  await elsewhere.signIn()
  const stolen = ada.refreshToken
  await ada.refresh()
  await ada.refresh(stolen)
  assert.equal((await elsewhere.me()).status, 200)
  assert.equal((await elsewhere.refresh()).status, 200)
})

test('signing out revokes the access token and deletes the refresh token', async () => {
  const { ada } = await withAda()
  const token = ada.refreshToken
  assert.equal((await ada.call('POST', '/api/auth/logout')).status, 204)
  assert.deepEqual(told(await ada.me()), [401, 'not_signed_in'])
  assert.deepEqual(told(await ada.refresh(token)), [401, 'session_ended'])
})

test('signing out with the refresh token alone works after the access token expired', async () => {
  const { ada, clock } = await withAda()
  clock.advance(3600)
  const token = ada.refreshToken
  assert.equal((await ada.call('POST', '/api/auth/logout', { refresh_token: token })).status, 204)
  assert.equal((await ada.refresh(token)).status, 401)
})

test('a refresh keeps the proof: claim tfa and amr', async () => {
  const { ada, clock } = await withAda()
  await ada.enrol()
  const before = ada.claims()
  clock.advance(QUARTER - 60)
  await ada.refresh()
  const after = ada.claims()
  assert.ok(typeof before['tfa'] === 'string' && before['tfa'].length > 40)
  assert.deepEqual([after['amr'], after['tfa']], [['pwd', 'otp'], before['tfa']])
  assert.notEqual(after['jti'], before['jti'])
  assert.equal((await ada.call('GET', `${TWO_FACTOR}/status`)).status, 200)
})

test('a fresh proof of a step-up is kept by refresh', async () => {
  const { ada, clock } = await withAda()
  await ada.enrol()
  clock.advance(301)
  await ada.stepUp()
  await ada.refresh()
  assert.equal((await ada.call('DELETE', '/api/user/account')).status, 204)
})

test('tokens of the old key are accepted and the new key signs', async () => {
  const settings = settingsFor()
  const old = await running({ ...settings, jwtKeys: JwtKeys.parse(`old:${'o'.repeat(32)}`) })
  const ada = old.person('ada')
  await ada.register()
  await ada.signIn()
  assert.equal(header(ada.access)['kid'], 'old')
  const next = (await running(settings, old.clock)).person('ada')
  next.access = ada.access
  assert.equal((await next.me()).status, 200)
  await next.signIn()
  assert.equal(header(next.access)['kid'], 'new')
})

test('forged tokens sign nobody in', async () => {
  const { ada } = await withAda()
  const [head = '', payload = '', signature = ''] = ada.access?.split('.') ?? []
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const other = await instance({ JWT_KEYS: `new:${'x'.repeat(32)}` })
  const stranger = other.person('ada')
  await stranger.register()
  await stranger.signIn()
  const forged = [
    `${encoded({ alg: 'none', typ: 'JWT', kid: 'new' })}.${payload}.`,
    `${encoded({ alg: 'HS256', typ: 'JWT', kid: 'unknown' })}.${payload}.${signature}`,
    `${encoded({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`,
    `${head}.${encoded({ ...ada.claims(), sub: 'somebody else' })}.${signature}`,
    `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
    stranger.access,
    'garbage',
    '',
  ]
  for (const token of forged) {
    ada.access = token
    const answer = await ada.call('GET', '/api/user/me', undefined, { authorization: `Bearer ${token}` })
    assert.deepEqual(told(answer), [401, 'not_signed_in'], String(token).slice(0, 60))
  }
})

test('refresh tokens are stored as hashes, so a copy of the database signs nobody in', async () => {
  const { ada, settings } = await withAda()
  const { readFileSync, readdirSync } = await import('node:fs')
  const files = readdirSync(settings.data).map(name => readFileSync(`${settings.data}/${name}`, 'latin1'))
  assert.ok(ada.refreshToken && files.every(text => !text.includes(ada.refreshToken as string)))
  assert.ok(files.every(text => !text.includes(ada.password)))
})

test('what has expired is gone after the next start', async () => {
  const { ada, settings, clock } = await withAda()
  await ada.call('POST', '/api/auth/logout')
  clock.advance(31 * DAY)
  const { openDatabase } = await import('../app/database.ts')
  await running(settings, clock)
  const prisma = await openDatabase(settings.databaseUrl, false)
  assert.deepEqual([await prisma.refreshToken.count(), await prisma.endedFamily.count()], [0, 0])
  await prisma.$disconnect()
})

const ROUTES = [
  ['GET', '/status'],
  ['POST', '/setup'],
  ['POST', '/backup-codes'],
  ['GET', '/devices'],
  ['GET', '/events'],
  ['POST', '/disable'],
] as const

test('a session that knows only the password is refused where a second factor is on', async () => {
  const { ada, twoFactor } = await withAda()
  // Switched on by an operator: sessions of before stay, and know only the password.
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  await twoFactor.engine.importAuthenticator(await ada.id(), { secret, actor: 'test' })
  const refused = [401, 'assurance_required']
  const claims = { 'x-2fa-verified': 'true', 'twinlock-assurance': 'AAAA' }
  for (const [method, path] of ROUTES) {
    const body = method === 'GET' ? undefined : { password: ada.password }
    assert.deepEqual(told(await ada.call(method, TWO_FACTOR + path, body, claims)), refused, path)
  }
  assert.deepEqual(told(await ada.call('GET', '/api/user/audit', undefined, claims)), refused)
  assert.deepEqual(told(await ada.call('DELETE', '/api/user/account', undefined, claims)), refused)
})

test('nobody is refused everywhere', async () => {
  const { app, clock } = await instance()
  const { Person } = await import('./lib/person.ts')
  const nobody: Person = new Person(app, clock, 'nobody')
  const calls = [...ROUTES.map(([method, path]) => [method, TWO_FACTOR + path] as const)]
  const own = ['/api/user/me', '/api/user/audit', '/api/admin/figures', '/api/admin/users'].map(
    path => ['GET', path] as const,
  )
  for (const [method, path] of [...calls, ...own, ['DELETE', '/api/user/account'] as const]) {
    assert.deepEqual(told(await nobody.call(method, path)), [401, 'not_signed_in'], path)
  }
})
