/** What is Fastify's own: encapsulation, the served OpenAPI, schemas that must not change bodies, authenticate, its sessions. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import cookies from '@fastify/cookie'
import jwt from '@fastify/jwt'
import secureSession from '@fastify/secure-session'
import session from '@fastify/session'
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance, type FastifyRequest, type InjectOptions } from 'fastify'
import twinlock, { ProblemError, type TwinlockOptions } from 'twinlock/fastify'
import { FakePhone } from 'twinlock/testing'
import { hooks, told } from './lib/http.ts'

interface Settings {
  [name: string]: unknown
}
type Prepare = (app: FastifyInstance) => unknown

const ada = { 'x-user': '42' }

async function application(settings: Settings = {}, prepare: Prepare = () => {}) {
  const { options, ...rest } = hooks()
  const app = fastify()
  await prepare(app)
  await app.register(twinlock, { ...options, ...settings } as unknown as TwinlockOptions)
  return { app, call: caller(app), ...rest }
}

/** Requests that never touch a socket; a browser's cookies if it is one. */
function caller(app: FastifyInstance, jar?: Map<string, string>) {
  return async (method: string, url: string, { headers = {}, body }: { headers?: object; body?: unknown } = {}) => {
    const cookie = Array.from(jar ?? [], ([name, value]) => `${name}=${value}`).join('; ')
    const sent: InjectOptions = { method: method as 'GET', url, headers: { ...(jar && { cookie }), ...headers } }
    const answer = await app.inject(body === undefined ? sent : { ...sent, payload: body as object })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar?.delete(name)
      else jar?.set(name, value)
    }
    const isJson = String(answer.headers['content-type']).includes('json')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      json: isJson ? answer.json() : null,
    }
  }
}
type Call = ReturnType<typeof caller>

async function setUp(call: Call, now: () => number, headers: object = ada) {
  const setup = await call('POST', '/2fa/setup', { headers })
  assert.equal(setup.status, 201, setup.text)
  const phone = new FakePhone(setup.json.otpauth_uri, now)
  const body = { setup: setup.json.setup, code: phone.code() }
  return { phone, answer: await call('POST', '/2fa/setup/confirm', { headers, body }) }
}

describe('the OpenAPI document that @fastify/swagger serves', async () => {
  const source = JSON.parse(readFileSync(new URL('../ts/http/contract.json', import.meta.url), 'utf8'))
  const { app } = await application({ adminPrefix: '/2fa/admin' }, app =>
    app.register(swagger, { openapi: { openapi: '3.1.0' } }),
  )
  app.get('/own', { schema: { response: { 200: { type: 'object', properties: {} } } } }, async () => ({}))
  await app.ready()
  const served = app.swagger() as unknown as Node
  const calls = Object.entries(source.paths as Record<string, Record<string, Node>>).flatMap(([path, item]) =>
    Object.keys(item)
      .filter(method => method !== 'parameters')
      .map(method => ({ path, method, shared: item['parameters'], wanted: item[method] as Node })),
  )

  test('holds every call of the contract, and nothing else of ours', () => {
    const found = Object.entries(served['paths'] as Node).flatMap(([path, item]) =>
      Object.keys(item as Node).map(method => `${method} ${path}`),
    )
    const wanted = calls.map(({ path, method }) => `${method} /2fa${path}`)
    assert.deepEqual(found.sort(), [...wanted, 'get /own'].sort())
  })

  for (const { path, method, shared, wanted } of calls) {
    test(`says of ${method} ${path} what the contract says`, () => {
      const shown = (served['paths'] as Record<string, Record<string, Node>>)[`/2fa${path}`]?.[method] as Node
      const expected = resolved(source, wanted) as Node
      const { responses, requestBody, description, summary } = expected
      assert.deepEqual([shown['summary'], shown['description']], [summary, description])
      assert.deepEqual(plain(bodyOf(shown['requestBody'])), plain(bodyOf(requestBody)))
      assert.deepEqual(plain(answersIn(shown['responses'])), plain(answersIn(responses)))
      const parameters = [
        ...((resolved(source, shared) as Node[] | undefined) ?? []),
        ...listed(expected['parameters']),
      ]
      assert.deepEqual(named(shown['parameters']), named(parameters))
    })
  }
})

describe('schemas that only document', () => {
  test('turn no number into a code and fill in nothing', async () => {
    const { call } = await application()
    const body = { code: 123456, challenge: 'x' }
    assert.deepEqual(told(await call('POST', '/2fa/verify', { body })), [400, 'malformed_code'])
    assert.deepEqual(told(await call('POST', '/2fa/verify', { body: { code: '1', challenge: 7 } })), [
      400,
      'malformed_request',
    ])
  })

  test('and leave no member of an answer out', async () => {
    const { call, clock } = await application({ onVerified: () => ({ of: { the: 'application' } }) })
    assert.deepEqual((await setUp(call, clock.now)).answer.json.of, { the: 'application' })
  })
})

describe('our routes in a context of their own', () => {
  test('leave the application its parsers, its validation and its error handler', async () => {
    const schema = { body: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } }
    const { app, call } = await application()
    app.post('/own', { schema }, async request => request.body)
    app.get('/fails', async () => {
      throw new Error('own')
    })
    assert.deepEqual((await call('POST', '/own', { body: { n: '7' } })).json, { n: 7 })
    assert.equal((await call('POST', '/own', { body: {} })).status, 400)
    const text = await call('POST', '/own', { headers: { 'content-type': 'text/html' }, body: 'x' })
    assert.equal(text.json.code, 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    assert.equal((await call('GET', '/fails')).json.message, 'own')
  })

  test('are not reached by the application’s', async () => {
    const { call, clock } = await application({}, app => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_request, _payload, done) => done(new Error('own parser')))
      app.setErrorHandler((_error, _request, reply) => reply.code(500).send('own handler'))
      app.setValidatorCompiler(() => () => ({ error: new Error('own validator') }))
      app.setSerializerCompiler(() => () => 'own serializer')
    })
    assert.equal((await setUp(call, clock.now)).answer.status, 200)
    assert.deepEqual(told(await call('GET', '/2fa/status')), [401, 'not_signed_in'])
  })

  test('hand on what is not ours: errors of hooks, and paths that we do not have', async () => {
    const { app, call } = await application({
      user: () => {
        throw Object.assign(new Error('account closed'), { statusCode: 418 })
      },
    })
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
      reply.code(error.statusCode ?? 500).send({ own: error.message }),
    )
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ own: 'nothing here' }))
    const refused = await call('GET', '/2fa/status')
    assert.deepEqual([refused.status, refused.json], [418, { own: 'account closed' }])
    assert.deepEqual((await call('GET', '/2fa/nothing')).json, { own: 'nothing here' })
  })

  test('stand below any prefix, one with a parameter too', async () => {
    const { options } = hooks()
    const app = fastify()
    await app.register(async part => part.register(twinlock, { ...options, prefix: '/2fa' } as never), {
      prefix: '/:tenant',
    })
    const call = caller(app)
    assert.deepEqual(told(await call('GET', '/acme/2fa/status')), [401, 'not_signed_in'])
    const longer = await call('DELETE', `/acme/2fa/devices/${'x'.repeat(150)}`, { headers: ada })
    assert.deepEqual(told(longer), [404, 'not_found'])
    const other = await call('PUT', '/acme/2fa/status')
    assert.deepEqual([other.status, other.headers['allow']], [405, 'GET'])
  })

  test('take an id that is longer than Fastify’s parameters', async () => {
    const { call, clock, twoFactor } = await application({ adminPrefix: '/2fa/admin', mayAdminister: () => true })
    const { answer } = await setUp(call, clock.now)
    const headers = { ...ada, 'Twinlock-Assurance': answer.json.assurance }
    const long = 'u'.repeat(255)
    assert.equal((await call('POST', `/2fa/admin/users/${long}/unlock`, { headers })).status, 204)
    assert.equal((await twoFactor.status(long)).enabled, false)
    assert.deepEqual(told(await call('GET', `/2fa/admin/users/${long}`)), [401, 'not_signed_in'])
    assert.deepEqual(told(await call('GET', `/2fa/admin/users/${long}x`, { headers })), [400, 'malformed_request'])
  })
})

test('the pages are kept by browsers, everything else by nobody', async () => {
  const { call } = await application()
  for (const name of ['twinlock.js', 'twinlock.css']) {
    const page = await call('GET', `/2fa/web/${name}`)
    assert.deepEqual([page.status, page.headers['cache-control']], [200, 'no-cache'])
    const again = await call('GET', `/2fa/web/${name}`, { headers: { 'if-none-match': page.headers['etag'] } })
    assert.deepEqual([again.status, again.text], [304, ''])
    assert.equal((await call('DELETE', `/2fa/web/${name}`)).status, 405)
  }
  for (const path of ['/2fa/status', '/2fa/nothing']) {
    assert.equal((await call('GET', path)).headers['cache-control'], 'no-store')
  }
})

describe('two of them in one application', () => {
  test('know nothing of each other, each in its part', async () => {
    const [one, other] = [hooks(), hooks()]
    const app = fastify()
    for (const [prefix, { options }] of [
      ['/one', one],
      ['/other', other],
    ] as const) {
      await app.register(async part => part.register(twinlock, { ...options } as never), { prefix })
    }
    const call = caller(app)
    const setup = await call('POST', '/one/2fa/setup', { headers: ada })
    const body = { setup: setup.json.setup, code: new FakePhone(setup.json.otpauth_uri, one.clock).code() }
    assert.equal((await call('POST', '/one/2fa/setup/confirm', { headers: ada, body })).status, 200)
    assert.deepEqual(told(await call('GET', '/one/2fa/status', { headers: ada })), [401, 'assurance_required'])
    assert.equal((await call('GET', '/other/2fa/status', { headers: ada })).json.enabled, false)
  })

  test('in the same part are refused at the start', async () => {
    const { app, ...rest } = await application()
    await assert.rejects(async () => app.register(twinlock, { ...rest, prefix: '/again' } as never))
  })
})

describe('a guard', () => {
  test('throws what Fastify alone answers rightly', async () => {
    const { app, call, clock } = await application({ setupUrl: '/settings' })
    app.get('/guarded', { preHandler: app.twinlock.required({ maxAge: 300 }) }, async () => ({ in: true }))
    const nobody = await call('GET', '/guarded')
    assert.deepEqual([nobody.status, nobody.headers['www-authenticate']], [401, 'Bearer realm="account"'])
    assert.equal(nobody.headers['cache-control'], 'no-store')
    assert.equal((await call('GET', '/guarded', { headers: ada })).status, 403)
    const { answer } = await setUp(call, clock.now)
    const half = await call('GET', '/guarded', { headers: ada })
    assert.match(String(half.headers['www-authenticate']), /insufficient_user_authentication.*max_age="300"/)
    const whole = { ...ada, 'Twinlock-Assurance': answer.json.assurance }
    assert.deepEqual((await call('GET', '/guarded', { headers: whole })).json, { in: true })
  })

  test('is a problem where the application wants it so; other errors pass', async () => {
    const { app, call } = await application({ setupUrl: '/settings' })
    app.setErrorHandler(app.twinlock.problems)
    app.get('/guarded', { preHandler: app.twinlock.required() }, async () => ({}))
    app.get('/other', async () => {
      throw Object.assign(new Error('teapot'), { statusCode: 418 })
    })
    const refused = await call('GET', '/guarded', { headers: ada })
    assert.deepEqual([...told(refused), refused.json.setup_url], [403, 'not_enabled', '/settings'])
    assert.match(String(refused.headers['content-type']), /^application\/problem\+json/)
    assert.deepEqual((await call('GET', '/other')).json.message, 'teapot')
  })

  test('that refuses because of a fault tells the operator', async () => {
    const faults: unknown[] = []
    const { app, call, storage } = await application({ onFault: (error: unknown) => faults.push(error) })
    app.setErrorHandler(app.twinlock.problems)
    app.get('/guarded', { preHandler: app.twinlock.required() }, async () => ({}))
    storage.load = () => {
      throw new Error('the disk is gone')
    }
    for (const path of ['/guarded', '/2fa/status']) {
      const refused = await call('GET', path, { headers: ada })
      assert.deepEqual([...told(refused), refused.headers['retry-after']], [503, 'storage_error', '1'])
    }
    assert.equal(faults.length, 2)
  })

  test('in settings that cannot be meant is refused at the start', async () => {
    const { app } = await application()
    assert.throws(() => app.twinlock.required({ maxage: 300 } as never), { code: 'configuration_error' })
    await assert.rejects(application({ autenticate: () => {} }), { code: 'configuration_error' })
    await assert.rejects(application({ authenticate: true }), { code: 'configuration_error' })
  })
})

describe('authenticate', () => {
  const login = async (app: FastifyInstance) => app.jwt.sign({ id: '42' })

  test('by @fastify/jwt: its 401 is not_signed_in', async () => {
    const { app, call, clock } = await application(
      {
        authenticate: (request: FastifyRequest) => request.jwtVerify(),
        user: (request: FastifyRequest) => request.user,
      },
      app => app.register(jwt, { secret: 'for the tests' }),
    )
    app.get('/guarded', { preHandler: app.twinlock.required({ ifEnabled: true }) }, async () => ({ in: true }))
    app.post('/login', async (request, reply) => app.twinlock.login(request, reply, { id: '42' }))
    for (const authorization of [undefined, 'Bearer garbage', `Bearer ${(await login(app)).slice(0, -4)}AAAA`]) {
      const headers = authorization === undefined ? {} : { authorization }
      assert.deepEqual(told(await call('GET', '/2fa/status', { headers })), [401, 'not_signed_in'], authorization)
      assert.equal((await call('GET', '/guarded', { headers })).status, 401)
    }
    const headers = { authorization: `Bearer ${await login(app)}` }
    assert.deepEqual((await call('GET', '/guarded', { headers })).json, { in: true })
    const { phone, answer } = await setUp(call, clock.now, headers)
    assert.equal(answer.status, 200)
    // Nobody is signed in at the second step, so it is not asked there.
    clock.advance(30)
    const { challenge } = (await call('POST', '/login')).json
    assert.equal((await call('POST', '/2fa/verify', { body: { challenge, code: phone.code() } })).status, 200)
  })

  test('by a callback, or with another error', async () => {
    const byCallback = (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void) => {
      setImmediate(() =>
        done(request.headers['x-user'] ? undefined : Object.assign(new Error('who?'), { statusCode: 403 })),
      )
    }
    const { call } = await application({ authenticate: byCallback })
    assert.deepEqual([(await call('GET', '/2fa/status')).json.message], ['who?'])
    assert.equal((await call('GET', '/2fa/status', { headers: ada })).status, 200)
  })

  test('is not asked about a request that another site made a browser send', async () => {
    let asked = 0
    const authenticate = async () => {
      asked += 1
    }
    const { call } = await application({ authenticate, proof: 'cookie' })
    const headers = { ...ada, origin: 'https://evil.example' }
    for (const path of ['/2fa/devices/x', `/2fa/devices/${'x'.repeat(200)}`]) {
      assert.deepEqual(told(await call('DELETE', path, { headers })), [403, 'origin_refused'])
    }
    assert.equal(asked, 0)
  })

  test('that answers itself ends the call there', async () => {
    const authenticate = async (_request: unknown, reply: { code(status: number): { send(body: object): void } }) => {
      reply.code(401).send({ own: 'sign in' })
    }
    let asked = false
    const user = () => {
      asked = true
      return { id: '42' }
    }
    const { app, call } = await application({ authenticate, user })
    app.get('/guarded', { preHandler: app.twinlock.required({ ifEnabled: true }) }, async () => ({ in: true }))
    for (const path of ['/2fa/status', '/guarded', `/2fa/devices/${'x'.repeat(200)}`]) {
      const method = path.includes('devices') ? 'DELETE' : 'GET'
      assert.deepEqual((await call(method, path)).json, { own: 'sign in' })
    }
    assert.equal(asked, false)
  })
})

describe('what onVerified answers', () => {
  test('may be a redirect, once the proof is stored', async () => {
    const onVerified = (_request: unknown, _verified: unknown, reply: { redirect(url: string): unknown }) => () =>
      reply.redirect('/home')
    const { app, call } = await application({ onVerified, proof: 'cookie' })
    app.post('/login', async (request, reply) => app.twinlock.login(request, reply, { id: '7' }))
    const answer = await call('POST', '/login')
    assert.deepEqual([answer.status, answer.headers['location']], [302, '/home'])
  })

  test('cannot be sent by the hook itself', async () => {
    const onVerified = (_request: unknown, _verified: unknown, reply: { send(body: object): void }) => {
      reply.send({ hello: 'ada' })
    }
    const { app, call } = await application({ onVerified })
    let thrown: unknown
    app.post('/login', async (request, reply) => {
      await app.twinlock.login(request, reply, { id: '7' }).catch(error => {
        thrown = error
      })
      return reply
    })
    await call('POST', '/login')
    assert.match((thrown as Error).message, /must not send/)
  })

  test('nobody is signed in without a user', async () => {
    const { app, call } = await application()
    for (const [at, nobody] of [null, undefined, false as const].entries()) {
      app.post(`/login/${at}`, async (request, reply) => app.twinlock.login(request, reply, nobody))
    }
    for (const at of [0, 1, 2]) assert.deepEqual(told(await call('POST', `/login/${at}`)), [401, 'not_signed_in'])
  })
})

describe('sessions', () => {
  const kinds: [string, (app: FastifyInstance) => Promise<void>][] = [
    [
      '@fastify/session',
      async app => {
        await app.register(cookies)
        const secret = 'for the tests, of thirty-two letters at least'
        await app.register(session, { secret, cookie: { secure: false }, saveUninitialized: false })
      },
    ],
    [
      '@fastify/secure-session',
      async app => {
        await app.register(secureSession, { key: Buffer.alloc(32, 7), cookie: { path: '/' } })
      },
    ],
  ]
  for (const [name, prepare] of kinds) {
    test(`of ${name} keep the proof and what was in them`, async () => {
      const settings = {
        proof: 'session',
        user: (request: FastifyRequest) => {
          const id = sessionOf(request).get('user')
          return typeof id === 'string' ? { id } : null
        },
        onVerified: (request: FastifyRequest, { userId }: { userId: string }) => sessionOf(request).set('user', userId),
      }
      const { app, clock } = await application(settings, prepare)
      app.post('/cart', async request => sessionOf(request).set('cart', 'book') ?? {})
      app.get('/cart', async request => ({ cart: sessionOf(request).get('cart') }))
      app.post('/login', async (request, reply) => app.twinlock.login(request, reply, { id: '42' }))
      app.post('/logout', async (request, reply) => {
        await app.twinlock.forget(request, reply)
        sessionOf(request).set('user', undefined)
        return {}
      })
      const jar = new Map<string, string>()
      const call = caller(app, jar)
      await call('POST', '/cart')
      const planted = new Map(jar)
      await call('POST', '/login')
      const { phone } = await setUp(call, clock.now, {})
      assert.equal((await call('GET', '/2fa/status')).json.enabled, true)
      await call('POST', '/logout')
      assert.deepEqual(told(await call('GET', '/2fa/status')), [401, 'not_signed_in'])
      clock.advance(30)
      assert.equal((await call('POST', '/login')).json.two_factor_required, true)
      assert.equal((await call('POST', '/2fa/verify', { body: { code: phone.code() } })).status, 200)
      assert.equal((await call('GET', '/2fa/status')).status, 200)
      assert.deepEqual((await call('GET', '/cart')).json, { cart: 'book' })
      assert.deepEqual(told(await caller(app, planted)('GET', '/2fa/status')), [401, 'not_signed_in'])
    })
  }

  test('of @fastify/session whose store fails let nobody in', async () => {
    const kept = new Map<string, unknown>()
    let fails = false
    const store = {
      get: (id: string, done: (error: null, found?: unknown) => void) => done(null, kept.get(id)),
      set: (id: string, found: unknown, done: (error?: Error) => void) => {
        if (fails) return done(new Error('the store is gone'))
        kept.set(id, JSON.parse(JSON.stringify(found)))
        done()
      },
      destroy: (id: string, done: () => void) => {
        kept.delete(id)
        done()
      },
    }
    const settings = {
      proof: 'session',
      user: (request: FastifyRequest) => {
        const id = sessionOf(request).get('user')
        return typeof id === 'string' ? { id } : null
      },
      onVerified: (request: FastifyRequest, { userId }: { userId: string }) => sessionOf(request).set('user', userId),
    }
    const { app, clock } = await application(settings, async app => {
      await app.register(cookies)
      const secret = 'for the tests, of thirty-two letters at least'
      const options = { secret, store, cookie: { secure: false }, saveUninitialized: false, rolling: false }
      await app.register(session, options as never)
    })
    app.post('/login', async (request, reply) => app.twinlock.login(request, reply, { id: '42' }))
    const browser = caller(app, new Map())
    await browser('POST', '/login')
    const { phone } = await setUp(browser, clock.now, {})
    clock.advance(30)
    const jar = new Map<string, string>()
    const other = caller(app, jar)
    assert.equal((await other('POST', '/login')).json.two_factor_required, true)
    fails = true
    const refused = await other('POST', '/2fa/verify', { body: { code: phone.code() } })
    assert.deepEqual([refused.status, refused.json.message], [500, 'the store is gone'])
    fails = false
    assert.deepEqual(told(await other('GET', '/2fa/status')), [401, 'not_signed_in'])
  })

  test('of @fastify/session keep how long they are remembered', async () => {
    const [, prepare = async () => {}] = kinds[0] ?? []
    const settings = { proof: 'session', user: () => null, onVerified: () => ({}) }
    const { app } = await application(settings, prepare)
    app.post('/login', async (request, reply) => {
      const { cookie } = request.session as unknown as { cookie: { maxAge: number } }
      cookie.maxAge = 30 * 24 * 3600 * 1000
      return app.twinlock.login(request, reply, { id: '42' })
    })
    const answer = await app.inject({ method: 'POST', url: '/login' })
    const [cookie] = answer.cookies
    const days = ((cookie?.expires?.getTime() ?? 0) - Date.now()) / 86_400_000
    assert.ok(days > 29 && days < 31, String(days))
  })
})

test('what a hook may catch is a ProblemError', async () => {
  const { app, call } = await application()
  let seen: unknown
  app.addHook('onError', async (_request, _reply, error) => {
    seen = error
  })
  app.get('/guarded', { preHandler: app.twinlock.required() }, async () => ({}))
  await call('GET', '/guarded')
  assert.ok(seen instanceof ProblemError && seen.code === 'not_signed_in')
})

interface AnySession {
  get(name: string): unknown
  set(name: string, value: unknown): void
}

function sessionOf(request: FastifyRequest): AnySession {
  return request.session as unknown as AnySession
}

interface Node {
  [name: string]: unknown
}

function listed(value: unknown): Node[] {
  return Array.isArray(value) ? value : []
}

function resolved(document: Node, node: unknown): unknown {
  if (Array.isArray(node)) return node.map(item => resolved(document, item))
  if (typeof node !== 'object' || node === null) return node
  if ('$ref' in node) {
    const steps = String(node.$ref).slice(2).split('/')
    return resolved(
      document,
      steps.reduce<unknown>((at, step) => (at as Node)[step], document),
    )
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolved(document, value)]))
}

function bodyOf(body: unknown): unknown {
  return contentOf((body as Node | undefined)?.['content'])
}

function contentOf(content: unknown): unknown {
  if (content === undefined) return undefined
  return Object.entries(content as Record<string, Node>).map(([type, media]) => [type, media['schema']])
}

function answersIn(responses: unknown): unknown {
  return Object.entries(responses as Record<string, Node>).map(([status, answer]) => [
    status,
    answer['description'],
    Object.keys((answer['headers'] as Node | undefined) ?? {}),
    contentOf(answer['content']),
  ])
}

function named(parameters: unknown): unknown {
  return listed(parameters).map(({ name, in: place, required, schema }) => [
    name,
    place,
    required ?? false,
    plain(schema),
  ])
}

/** Schemas without what @fastify/swagger writes otherwise: examples, and constants. */
function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain)
  if (typeof node !== 'object' || node === null) return node
  const members = Object.entries(node).filter(([name]) => name !== 'examples' && name !== 'example')
  return Object.fromEntries(
    members.map(([name, value]) => (name === 'const' ? ['enum', [value]] : [name, plain(value)])),
  )
}
