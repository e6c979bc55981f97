/** What Express and Fastify share, where a black box does not look: proxies, prototypes, settings that cannot be meant. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import express from 'express'
import twinlock, { type TwinlockOptions, Verified } from 'twinlock/express'
import { type Client, hooks, serving, setUp, told } from './lib/http.ts'

type Settings = Partial<TwinlockOptions<{ id: unknown }>>

async function application(settings: Settings = {}, prepare: (app: express.Express) => void = () => {}) {
  const { options, clock, twoFactor } = hooks()
  const app = express().set('env', 'test')
  prepare(app)
  const tf = twinlock<{ id: unknown }>({ ...options, ...settings } as TwinlockOptions<{ id: unknown }>)
  app.use('/2fa', tf.router)
  app.post('/login', (req, res) => tf.login(req, res, { id: req.headers['x-login'] }))
  app.use(tf.problems)
  return { ...(await serving(app)), clock, twoFactor }
}

const ada = { 'x-user': '42' }

describe('settings that cannot be meant are refused at the start', () => {
  const { options } = hooks()
  const wrong: [string, object][] = [
    ['no engine', { twoFactor: undefined }],
    ['no hook that says who is signed in', { user: undefined }],
    ['no hook that signs in', { onVerified: undefined }],
    ['a misspelt hook, whose rule would not hold', { reAuthenticate: () => false }],
    ['a hook that is no function', { mayAdminister: true }],
    ['an unknown place for the proof', { proof: 'url' }],
    ['an origin without a scheme', { allowedOrigins: ['app.example.com'] }],
    ['any origin', { allowedOrigins: ['*'] }],
    ['the origin of no origin', { allowedOrigins: ['null'] }],
    ['an origin with a path', { allowedOrigins: ['https://app.example.com/path'] }],
    ['an origin with a user', { allowedOrigins: ['https://user@app.example.com'] }],
    ['an origin with nothing in it', { allowedOrigins: ['https://'] }],
    ['an origin that is none', { allowedOrigins: [7] }],
    ['a cookie that lives no time', { cookieMaxAge: 0 }],
    ['a cookie that lives a part of a second', { cookieMaxAge: 0.5 }],
  ]
  for (const [name, settings] of wrong) {
    test(name, () => {
      assert.throws(() => twinlock({ ...options, ...settings } as never), { code: 'configuration_error' })
    })
  }

  for (const guard of [
    { maxage: 300 },
    { maxAge: -1 },
    { maxAge: Number.NaN },
    { maxAge: '300' },
    { ifEnabled: 'no' },
  ]) {
    test(`a guard of ${inspect(guard)}`, () => {
      assert.throws(() => twinlock(options).required(guard as never), { code: 'configuration_error' })
    })
  }
})

describe('the answer of a hook that is in doubt is no', () => {
  for (const doubtful of [{ ok: false }, 'no', 1, [], undefined]) {
    test(`${inspect(doubtful)} for the password`, async () => {
      const { call } = await application({ reauthenticate: async () => doubtful as never })
      const refused = await call('POST', '/2fa/setup', { headers: ada, body: { password: 'guess' } })
      assert.deepEqual(told(refused), [400, 'wrong_password'])
    })
  }

  for (const nobody of [null, undefined, false] as const) {
    test(`${nobody} for the user`, async () => {
      const { call } = await application({ user: () => nobody })
      assert.deepEqual(told(await call('GET', '/2fa/status')), [401, 'not_signed_in'])
    })
  }

  for (const id of [null, true, 1.5, 2 ** 53, ['42'], { toString: () => '42' }, Buffer.from('42')]) {
    test(`${inspect(id)} for the user's id is a mistake of the application`, async () => {
      const { call } = await application({ user: () => ({ id }), onFault: () => {} })
      assert.deepEqual(told(await call('GET', '/2fa/status', { headers: ada })), [500, 'configuration_error'])
    })
  }

  for (const [id, text] of [
    [42, '42'],
    [42n, '42'],
    ['Ada', 'Ada'],
  ] as const) {
    test(`${inspect(id)} is the user ${text}`, async () => {
      const { call, clock, twoFactor } = await application({ user: () => ({ id }) })
      await setUp(call, clock.now)
      assert.equal((await twoFactor.status(text)).enabled, true)
    })
  }
})

describe('a body that would change what all objects have', () => {
  const members = ['code', 'setup', 'challenge', 'password', 'next_codes']
  const bodies = members.flatMap(name => [
    `{"__proto__":{"${name}":"123456"}}`,
    `{"constructor":{"prototype":{"${name}":"123456"}}}`,
  ])
  for (const body of bodies) {
    test(body, async () => {
      const { call } = await application()
      assert.deepEqual(told(await call('POST', '/2fa/verify', { body })), [400, 'malformed_request'])
      assert.equal(Object.keys(Object.prototype).length, 0)
    })
  }

  test('and a prototype that somebody else has changed', async t => {
    const { call } = await application()
    Object.assign(Object.prototype, { code: '123456', challenge: 'x', password: 'x' })
    t.after(() => {
      for (const name of ['code', 'challenge', 'password']) delete (Object.prototype as Record<string, unknown>)[name]
    })
    assert.deepEqual(told(await call('POST', '/2fa/verify', { body: '{}' })), [400, 'malformed_request'])
  })
})

describe('a body that is too large is refused before it has come', () => {
  const head = 'POST /2fa/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  for (const [name, start] of [
    ['by what it says', `${head}Content-Length: 1000000000\r\n\r\n`],
    ['by what there is of it', `${head}Transfer-Encoding: chunked\r\n\r\n2af8\r\n${'x'.repeat(11_000)}\r\n`],
  ] as const) {
    test(name, async t => {
      const { port } = await application()
      const socket = connect(port, '127.0.0.1')
      t.after(() => socket.destroy())
      socket.write(start)
      const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
      assert.match(String(answer), /^HTTP\/1.1 413 /)
    })
  }
})

describe('a header that stands twice is no token and no origin', () => {
  test('the proof', async () => {
    const { call, clock } = await application()
    const { answer } = await setUp(call, clock.now)
    const assurance = answer.json.assurance
    const once = { ...ada, 'Twinlock-Assurance': assurance }
    assert.equal((await call('GET', '/2fa/status', { headers: once })).status, 200)
    const twice = { ...ada, 'Twinlock-Assurance': [assurance, assurance] }
    assert.deepEqual(told(await call('GET', '/2fa/status', { headers: twice })), [401, 'assurance_required'])
  })

  for (const name of ['Sec-Fetch-Site', 'Origin']) {
    test(name, async () => {
      const good = name === 'Origin' ? 'https://app.example.com' : 'same-origin'
      const { call } = await application({ proof: 'cookie', allowedOrigins: ['https://app.example.com'] })
      assert.equal((await call('POST', '/2fa/setup', { headers: { ...ada, [name]: good } })).status, 201)
      const twice = await call('POST', '/2fa/setup', { headers: { ...ada, [name]: [good, good] } })
      assert.deepEqual(told(twice), [403, 'origin_refused'])
    })
  }
})

test('a session of another kind gets a new id by promise, keeps what it may, and is saved before the answer', async () => {
  let saved = 0
  let current = sessionOf('{"cart":["book"],"__proto__":{"save":null}}')
  function sessionOf(text: string): { cart?: unknown } {
    const regenerate = async () => {
      current = sessionOf('{}')
    }
    const save = async () => {
      saved += 1
    }
    return Object.defineProperties(JSON.parse(text), { regenerate: { value: regenerate }, save: { value: save } })
  }
  const before = current
  const { call } = await application({ proof: 'session', session: () => current })
  assert.equal((await call('POST', '/login', { headers: { 'x-login': '42' } })).status, 200)
  assert.notEqual(current, before)
  assert.deepEqual([current.cart, saved], [['book'], 1])
  assert.equal(Object.getPrototypeOf(current), Object.prototype)
})

describe('where a request comes from', () => {
  const cases: [seen: string, forwarded: string, origin: string, allowed: boolean][] = [
    ['app.example', '', 'https://app.example', true],
    ['app.example', '', 'http://app.example', true],
    ['app.example', 'https', 'https://app.example', true],
    ['app.example', 'https', 'http://app.example', false],
    ['app.example:8443', 'https', 'https://app.example', false],
    ['app.example', 'https', 'https://app.example:443', true],
    ['app.example', 'https', 'https://user@app.example', false],
    ['app.example', 'https', 'https://app.example.evil', false],
    ['app.example', 'https', 'https://[', false],
    ['app.example', 'https', 'https:app.example', false],
    ['app.example', 'https', '', false],
    ['evil.example', 'https', 'https://app.example', false],
  ]
  for (const [host, forwarded, origin, allowed] of cases) {
    test(`${origin || 'nowhere'} at ${forwarded || 'http'}://${host} is ${allowed ? 'here' : 'elsewhere'}`, async () => {
      const { call } = await application({ proof: 'cookie' }, app => app.set('trust proxy', 'loopback'))
      const proto = forwarded === '' ? {} : { 'X-Forwarded-Proto': forwarded }
      const answer = await call('POST', '/2fa/setup', { headers: { ...ada, host, origin, ...proto } })
      assert.equal(answer.status, allowed ? 201 : 403)
    })
  }

  test('a proxy that is not trusted says nothing about the host', async () => {
    const { call } = await application({ proof: 'cookie' })
    const headers = { ...ada, origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' }
    assert.deepEqual(told(await call('POST', '/2fa/setup', { headers })), [403, 'origin_refused'])
  })
})

describe('cookies behind a proxy that keeps quiet', () => {
  const held = (client: Client, now: () => number, headers: object) => setUp(client.call, now, { ...ada, ...headers })

  test('stay Secure when a page of our own says that it came by https', async () => {
    const client = await application({ proof: 'cookie' })
    const page = { origin: 'https://app.example.com', 'sec-fetch-site': 'same-origin' }
    const { answer } = await held(client, client.clock.now, page)
    const cookies = answer.headers['set-cookie'] ?? []
    assert.equal(cookies.length, 2)
    for (const cookie of cookies) assert.match(cookie, /^__Host-twinlock-.*; HttpOnly; SameSite=Lax; Secure$/)
    const cookie = cookies.map(line => line.split(';')[0]).join('; ')
    // A GET brings no origin; the proof is found nevertheless, and dropped at the end.
    assert.equal((await client.call('GET', '/2fa/status', { headers: { ...ada, cookie } })).status, 200)
    const gone = await client.call('POST', '/2fa/disable', { headers: { ...ada, cookie, ...page } })
    assert.deepEqual([gone.status, gone.headers['set-cookie']?.length], [204, 1])
    assert.match(gone.headers['set-cookie']?.[0] ?? '', /^__Host-twinlock-assurance=; Max-Age=0;.*Secure$/)
  })

  test('that any subdomain can set are no proof away from loopback', async () => {
    const client = await application({ proof: 'cookie' })
    const { answer } = await held(client, client.clock.now, {})
    const cookie = answer.headers['set-cookie']?.find(line => line.startsWith('twinlock-assurance='))?.split(';')[0]
    assert.equal((await client.call('GET', '/2fa/status', { headers: { ...ada, cookie } })).status, 200)
    const elsewhere = { ...ada, cookie, host: '2fa.example.com' }
    assert.equal((await client.call('GET', '/2fa/status', { headers: elsewhere })).status, 401)
  })
})

describe('who calls', () => {
  async function label(headers: object, settings: Settings = {}, trust?: string): Promise<string> {
    const { call, clock, twoFactor } = await application(settings, app => trust && app.set('trust proxy', trust))
    await setUp(call, clock.now, { ...ada, 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0', ...headers })
    return (await twoFactor.events('42')).events[0]?.context ?? ''
  }

  test('is told by browser and address', async () => {
    assert.equal(await label({}), 'Firefox on Linux (127.0.0.1)')
  })
  test('is not who says so, unless the proxy is trusted', async () => {
    assert.equal(await label({ 'x-forwarded-for': '203.0.113.7' }), 'Firefox on Linux (127.0.0.1)')
    assert.equal(await label({ 'x-forwarded-for': '203.0.113.7' }, {}, 'loopback'), 'Firefox on Linux (203.0.113.7)')
  })
  test('is whom the application says', async () => {
    assert.equal(await label({}, { clientIp: () => '198.51.100.1' }), 'Firefox on Linux (198.51.100.1)')
    assert.equal(await label({}, { clientIp: () => null }), 'Firefox on Linux')
  })
  test('may have a name of any length and letters', async () => {
    const odd = `\u00e9${'x'.repeat(2000)}`
    assert.equal(Buffer.byteLength(await label({ 'user-agent': odd })), 256)
  })
})

test('what signed in is silent about tokens, printed, copied or as JSON', () => {
  const secret = { userId: 'secret-u', assurance: 'secret-a', device: 'secret-d', carry: 'secret-c' }
  const verified = new Verified({ occasion: 'sign_in', method: 'totp', ...secret })
  for (const text of [inspect(verified), JSON.stringify(verified), JSON.stringify({ ...verified })]) {
    assert.doesNotMatch(text, /secret/)
  }
  assert.equal(verified.assurance, 'secret-a')
})

test('the pages are served, kept by browsers, and asked for again', async () => {
  const { call } = await application()
  for (const [name, type] of [
    ['twinlock.js', 'text/javascript'],
    ['twinlock.css', 'text/css'],
    ['twinlock.de.js', 'text/javascript'],
  ]) {
    const page = await call('GET', `/2fa/web/${name}`)
    assert.equal(page.status, 200)
    assert.equal(page.headers['content-type'], `${type}; charset=utf-8`)
    assert.equal(page.headers['x-content-type-options'], 'nosniff')
    assert.equal(page.headers['cache-control'], 'no-cache')
    const again = await call('GET', `/2fa/web/${name}`, { headers: { 'if-none-match': page.headers.etag ?? '' } })
    assert.deepEqual([again.status, again.text], [304, ''])
    assert.equal((await call('POST', `/2fa/web/${name}`)).status, 405)
  }
})
