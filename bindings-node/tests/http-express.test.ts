/** What is Express's own: bodies that were parsed before, `next(error)`, sessions of express-session, answers of hooks. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import express, { type ErrorRequestHandler, type Request } from 'express'
import session, { type SessionData } from 'express-session'
import { isTwoFactorError } from 'twinlock'
import twinlock, { ProblemError, type Twinlock, type TwinlockOptions } from 'twinlock/express'
import { proof } from 'twinlock/testing'
import { hooks, serving, setUp, told } from './lib/http.ts'

declare module 'express-session' {
  interface SessionData {
    user?: string
    cart?: string[]
  }
}

interface User {
  id: string
}
type Settings = Partial<TwinlockOptions<User>>
type Parts = { app: express.Express; tf: Twinlock<User> }

const ada = { 'x-user': '42' }

/** `before` comes before our routes, `after` behind them. */
async function application(
  settings: Settings = {},
  before: (app: express.Express) => void = () => {},
  after: (parts: Parts) => void = () => {},
) {
  const { options, ...rest } = hooks()
  const app = express().set('env', 'test')
  before(app)
  const tf = twinlock<User>({ ...options, ...settings } as TwinlockOptions<User>)
  app.use('/2fa', tf.router)
  app.use('/2fa/admin', tf.adminRouter)
  after({ app, tf })
  return { ...(await serving(app)), ...rest, tf }
}

describe('a body that the application has parsed before', () => {
  const parsers: [string, () => express.RequestHandler][] = [
    ['express.json()', () => express.json()],
    ['express.raw()', () => express.raw({ type: '*/*' })],
    ['express.text()', () => express.text({ type: '*/*' })],
    ['none', () => (_req, _res, next) => next()],
    ['a parser that leaves {} where it took nothing', () => emptyBody],
  ]
  for (const [name, parser] of parsers) {
    test(`by ${name} is read once and by the same rules`, async () => {
      const { call, clock } = await application({}, app => app.use(parser()))
      const { answer } = await setUp(call, clock.now)
      assert.equal(answer.status, 200)
      const post = (body: unknown, headers = {}) =>
        call('POST', '/2fa/verify', { headers: { ...ada, ...headers }, body })
      assert.deepEqual(told(await post({ code: 123456, challenge: 'x' })), [400, 'malformed_code'])
      assert.deepEqual(told(await post({ code: ['123456'], challenge: 'x' })), [400, 'malformed_code'])
      assert.deepEqual(told(await post([])), [400, 'malformed_request'])
      assert.deepEqual(told(await post({ code: 'x'.repeat(10_000) })), [413, 'too_large'])
      assert.deepEqual(told(await post({ code: '123456' }, { 'content-type': 'text/plain' })), [415, 'not_json'])
    })
  }

  test('as a form is refused: a page of another site could send it', async () => {
    const { call } = await application({}, app => app.use(express.urlencoded()))
    const form = { ...ada, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await call('POST', '/2fa/verify', { headers: form, body: 'code=123456&challenge=x' })
    assert.deepEqual(told(answer), [415, 'not_json'])
  })

  test('and unpacked is refused, and measured as it became', async () => {
    const { gzipSync } = await import('node:zlib')
    const { call } = await application({}, app => app.use(express.json()))
    for (const [length, status, code] of [
      [50_000, 413, 'too_large'],
      [6, 415, 'not_json'],
    ] as const) {
      const body = gzipSync(JSON.stringify({ challenge: 'x', code: '1'.repeat(length) }))
      const answer = await call('POST', '/2fa/verify', { headers: { 'content-encoding': 'gzip' }, body })
      assert.deepEqual(told(answer), [status, code])
    }
  })

  test('and thrown away is not taken for an empty one', async () => {
    const swallow: express.RequestHandler = (req, _res, next) => {
      req.on('end', next).resume()
    }
    const { call } = await application({}, app => app.use(swallow))
    const answer = await call('POST', '/2fa/backup-codes', { headers: ada, body: { a: 1 } })
    assert.deepEqual(told(answer), [400, 'malformed_request'])
  })
})

const emptyBody: express.RequestHandler = (req, _res, next) => {
  req.body = {}
  next()
}

describe('a refusal by next(error)', () => {
  const guarded = ({ app, tf }: Parts) => {
    app.get('/guarded', tf.required({ maxAge: 300 }), (_req, res) => {
      res.json({ in: true })
    })
  }

  test('is answered rightly by Express alone', async () => {
    const { call, clock } = await application({ setupUrl: '/settings' }, undefined, guarded)
    const nobody = await call('GET', '/guarded')
    assert.deepEqual([nobody.status, nobody.headers['www-authenticate']], [401, 'Bearer realm="account"'])
    assert.equal(nobody.headers['cache-control'], 'no-store')
    assert.equal((await call('GET', '/guarded', { headers: ada })).status, 403)
    const { answer } = await setUp(call, clock.now)
    const half = await call('GET', '/guarded', { headers: ada })
    assert.equal(half.status, 401)
    assert.match(half.headers['www-authenticate'] ?? '', /insufficient_user_authentication.*max_age="300"/)
    const whole = { ...ada, 'Twinlock-Assurance': answer.json.assurance }
    assert.deepEqual((await call('GET', '/guarded', { headers: whole })).json, { in: true })
  })

  test('tells the application what it was', async () => {
    const seen: unknown[] = []
    const { call } = await application({}, undefined, parts => {
      guarded(parts)
      const own: ErrorRequestHandler = (error, _req, res, _next) => {
        seen.push(error)
        res.status(error.status).end()
      }
      parts.app.use(own)
    })
    await call('GET', '/guarded')
    const [error] = seen
    assert.ok(error instanceof ProblemError && isTwoFactorError(error))
    assert.deepEqual([error.code, error.status, error.expose], ['not_signed_in', 401, true])
  })

  test('is a problem where the application wants it so; other errors pass', async () => {
    const { call } = await application({ setupUrl: '/settings' }, undefined, parts => {
      guarded(parts)
      parts.app.get('/other', () => {
        throw Object.assign(new Error('teapot'), { status: 418 })
      })
      parts.app.use(parts.tf.problems)
    })
    const refused = await call('GET', '/guarded', { headers: ada })
    assert.deepEqual(told(refused), [403, 'not_enabled'])
    assert.equal(refused.headers['content-type'], 'application/problem+json')
    assert.equal(refused.json.setup_url, '/settings')
    assert.equal((await call('GET', '/other')).status, 418)
  })

  test('of the engine, called by the application itself, has the status of what was called', async () => {
    const { call, clock, twoFactor } = await application({}, undefined, ({ app, tf }) => {
      app.get('/verify', async () => {
        const { challenge = '' } = await twoFactor.afterFirstFactor('42')
        await twoFactor.verify(challenge, { code: 'QQQQ-QQQQ-QQQQ-QQQQ' })
      })
      app.get('/confirm', async () => {
        const { setup } = await twoFactor.beginEnrollment('7', { accountName: 'ada' })
        await twoFactor.confirmEnrollment('7', { setup, code: 'QQQQ-QQQQ-QQQQ-QQQQ' })
      })
      app.use(tf.problems)
    })
    await setUp(call, clock.now)
    assert.deepEqual(told(await call('GET', '/verify')), [401, 'invalid_code'])
    assert.equal((await call('GET', '/confirm')).status, 400)
  })

  test('of a storage that fails is 503, and its cause is at hand', async () => {
    let cause: unknown
    const { call, storage } = await application({}, undefined, parts => {
      guarded(parts)
      const own: ErrorRequestHandler = (error, _req, _res, next) => {
        cause = error.cause?.cause
        next(error)
      }
      parts.app.use(own)
    })
    storage.load = () => {
      throw new Error('the disk is gone')
    }
    const refused = await call('GET', '/guarded', { headers: ada })
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1'])
    assert.equal((cause as Error).message, 'the disk is gone')
  })
})

describe('errors of hooks', () => {
  const teapot = () => {
    throw Object.assign(new Error('account closed'), { status: 418 })
  }

  test('are the application’s own, on every route', async () => {
    const { call, clock } = await application({ onVerified: teapot }, undefined, ({ app, tf }) => {
      app.post('/login', (req, res) => tf.login(req, res, { id: '7' }))
    })
    assert.equal((await call('POST', '/login')).status, 418)
    const { answer } = await setUp(call, clock.now)
    assert.equal(answer.status, 418)
    assert.equal(answer.json, undefined)
    const broken = await application({ user: teapot })
    assert.equal((await broken.call('GET', '/2fa/status')).status, 418)
  })

  test('and faults that we answer are told to the application', async () => {
    const faults: unknown[] = []
    const { call, storage } = await application({ onFault: error => faults.push(error) })
    storage.load = () => {
      throw new Error('the disk is gone')
    }
    assert.deepEqual(told(await call('GET', '/2fa/status', { headers: ada })), [503, 'storage_error'])
    assert.equal((faults[0] as Error).cause instanceof Error, true)
  })
})

describe('what onVerified answers', () => {
  const login = ({ app, tf }: Parts) => {
    app.post('/login', (req, res) => tf.login(req, res, { id: '7' }, { carry: '/basket' }))
  }

  test('may be nothing, an object, or one that knows its JSON', async () => {
    for (const [answered, members] of [
      [undefined, {}],
      [null, {}],
      [{ token: 'x', method: 'mine' }, { token: 'x' }],
      [{ toJSON: () => ({ token: 'y' }) }, { token: 'y' }],
    ]) {
      const { call } = await application({ onVerified: () => answered as object }, undefined, login)
      assert.deepEqual((await call('POST', '/login')).json, { ...members, method: 'none' })
    }
  })

  test('cannot be something that is no answer', async () => {
    for (const answered of ['hello', 7, true, []]) {
      const { call } = await application({ onVerified: () => answered as object, onFault: () => {} }, undefined, login)
      assert.deepEqual(told(await call('POST', '/login')), [500, 'configuration_error'])
    }
  })

  test('has its status, headers and cookies from the response', async () => {
    const onVerified: Settings['onVerified'] = (_req, _verified, res) => {
      res.status(201).cookie('access', 'x').cookie('refresh', 'y').set('X-Host', '1')
    }
    const { call } = await application({ onVerified, proof: 'cookie' }, undefined, login)
    const answer = await call('POST', '/login')
    assert.deepEqual([answer.status, answer.headers['x-host'], answer.headers['set-cookie']?.length], [201, '1', 2])
    assert.equal(answer.headers['cache-control'], 'no-store')
  })

  test('may be a redirect, once the proof is stored; but backup codes arrive', async () => {
    const onVerified: Settings['onVerified'] = (_req, verified, res) => () => res.redirect(verified.carry ?? '/home')
    const { call, clock } = await application({ onVerified, proof: 'cookie' }, undefined, login)
    const answer = await call('POST', '/login')
    assert.deepEqual([answer.status, answer.headers.location], [302, '/basket'])
    const { phone, answer: enrolled } = await setUp(call, clock.now)
    assert.equal(enrolled.json.backup_codes.length, 10)
    clock.advance(30)
    const signedIn = await call('POST', '/2fa/step-up', { headers: ada, body: { code: phone.code() } })
    assert.deepEqual([signedIn.status, signedIn.headers.location], [302, '/home'])
    assert.match(String(signedIn.headers['set-cookie']), /twinlock-assurance=/)
  })

  test('cannot be sent by the hook itself: the proof was not stored yet', async () => {
    let thrown: unknown
    const onVerified: Settings['onVerified'] = (_req, _verified, res) => {
      res.json({ hello: 'ada' })
    }
    const { call } = await application({ onVerified }, undefined, parts => {
      login(parts)
      const own: ErrorRequestHandler = (error, _req, _res, _next) => {
        thrown = error
      }
      parts.app.use(own)
    })
    await call('POST', '/login')
    assert.match((thrown as Error).message, /must not send/)
  })
})

describe('a whole login', () => {
  const check = (req: Request) => (req.body.password === 'right' ? { id: req.body.username } : null)
  const login = ({ app, tf }: Parts) => {
    app.post('/login', tf.twinlockLogin(check, { carry: (req, user) => `${req.body.next}?${user.id}` }))
    app.post('/one', tf.twinlockLogin(check, { oneCall: true }))
  }
  const carried: (string | undefined)[] = []
  const onVerified: Settings['onVerified'] = (_req, { carry }) => {
    carried.push(carry)
  }
  const right = { username: '42', password: 'right', next: '/basket' }

  for (const parser of [undefined, express.json()]) {
    test(`reads the body ${parser ? 'that was parsed' : 'itself'}`, async () => {
      const { call, clock } = await application({ onVerified }, app => parser && app.use(parser), login)
      assert.deepEqual(told(await call('POST', '/login', { body: { ...right, password: 'guess' } })), [
        401,
        'not_signed_in',
      ])
      assert.equal((await call('POST', '/login', { body: right })).json.method, 'none')
      assert.equal(carried.at(-1), '/basket?42')
      const { phone } = await setUp(call, clock.now)
      clock.advance(30)
      assert.equal((await call('POST', '/login', { body: right })).json.two_factor_required, true)
      assert.deepEqual(told(await call('POST', '/one', { body: right })), [400, 'code_required'])
      assert.deepEqual(told(await call('POST', '/one', { body: { ...right, code: 123456 } })), [400, 'malformed_code'])
      const both = await call('POST', '/one', { body: { ...right, code: phone.code() } })
      assert.deepEqual([both.status, both.json.method], [200, 'totp'])
    })
  }

  test('that another site made a browser send never reaches the check of the password', async () => {
    let asked = 0
    const { call } = await application({ proof: 'cookie' }, undefined, ({ app, tf }) => {
      app.post(
        '/login',
        tf.twinlockLogin(() => ({ id: String(++asked) })),
      )
    })
    const headers = { origin: 'https://evil.example' }
    assert.deepEqual(told(await call('POST', '/login', { headers, body: right })), [403, 'origin_refused'])
    assert.equal(asked, 0)
  })
})

describe('express-session', () => {
  class Store extends session.MemoryStore {
    fails: 'set' | 'destroy' | undefined
    readonly written: string[] = []
    override set(id: string, data: SessionData, done?: (error?: unknown) => void) {
      this.written.push(id)
      if (this.fails === 'set') done?.(new Error('the store is gone'))
      else super.set(id, data, done)
    }
    override destroy(id: string, done?: (error?: unknown) => void) {
      if (this.fails === 'destroy') done?.(new Error('the store is gone'))
      else super.destroy(id, done)
    }
  }

  async function withSessions() {
    const store = new Store()
    const settings: Settings = {
      proof: 'session',
      user: req => (req.session.user === undefined ? null : { id: req.session.user }),
      onVerified: (req, { userId }) => {
        req.session.user = userId
      },
    }
    const parts = await application(
      settings,
      app => app.use(session({ secret: 'x', store, resave: false, saveUninitialized: false })),
      ({ app, tf }) => {
        app.post('/login', (req, res) => tf.login(req, res, { id: '42' }))
        app.post('/remember', (req, res) => {
          req.session.cart = ['book']
          req.session.cookie.maxAge = 30 * 24 * 3600 * 1000
          res.end()
        })
        app.post('/logout', async (req, res) => {
          await tf.forget(req, res)
          req.session.destroy(() => res.end())
        })
        app.post('/logout-late', async (req, res) => {
          req.session.destroy(async () => {
            await tf.forget(req, res)
            res.end()
          })
        })
      },
    )
    return { ...parts, store, browser: browser(parts.call) }
  }

  test('gets a new id; cart and remember-me are kept', async () => {
    const { browser, store } = await withSessions()
    await browser('POST', '/remember')
    const before = Object.keys(await sessionsIn(store))
    const answer = await browser('POST', '/login')
    const after = await sessionsIn(store)
    const [[id, kept] = []] = Object.entries(after)
    assert.equal(Object.keys(after).length, 1)
    assert.ok(!before.includes(id ?? ''))
    assert.deepEqual([kept?.cart, kept?.user], [['book'], '42'])
    assert.equal(kept?.cookie.originalMaxAge, 30 * 24 * 3600 * 1000)
    assert.match(String(answer.headers['set-cookie']), /Expires=/)
  })

  test('is written before the answer leaves', async () => {
    const { browser, store, clock, twoFactor } = await withSessions()
    await browser('POST', '/login')
    const { phone } = await setUp(browser, clock.now)
    clock.advance(30)
    await browser('POST', '/logout')
    store.written.length = 0
    assert.equal((await browser('POST', '/login')).json.two_factor_required, true)
    // Ours before the answer leaves; express-session writes a session with a new id once more at its end.
    assert.equal(store.written.length, 2)
    assert.equal((await browser('POST', '/2fa/verify', { body: { code: phone.code() } })).status, 200)
    assert.equal((await twoFactor.status('42')).enabled, true)
  })

  for (const fails of ['set', 'destroy'] as const) {
    test(`whose store fails at ${fails} lets nobody in`, async () => {
      const { browser, store, clock } = await withSessions()
      await browser('POST', '/login')
      const { phone } = await setUp(browser, clock.now)
      clock.advance(30)
      await browser('POST', '/logout')
      await browser('POST', '/login')
      store.fails = fails
      // express-session writes once more at the end, fails again and hangs up.
      const refused = await browser('POST', '/2fa/verify', { body: { code: phone.code() } }).catch(error => error)
      assert.ok(refused.status === 500 || refused.code === 'ECONNRESET')
      store.fails = undefined
      assert.deepEqual(told(await browser('GET', '/2fa/status')), [401, 'not_signed_in'])
    })
  }

  test('that is gone already has nothing to forget', async () => {
    const { browser } = await withSessions()
    await browser('POST', '/login')
    assert.equal((await browser('POST', '/logout-late')).status, 200)
  })

  test('that is not there is a mistake of the application', async () => {
    const { call } = await application({ proof: 'session', onFault: () => {} })
    assert.deepEqual(told(await call('GET', '/2fa/status', { headers: ada })), [500, 'configuration_error'])
  })
})

test('two of them in one application know nothing of each other', async () => {
  const other = hooks()
  const { call, clock, twoFactor } = await application({}, app => {
    app.use('/other/2fa', twinlock<User>({ ...other.options, proof: 'cookie' } as TwinlockOptions<User>).router)
  })
  await setUp(call, clock.now)
  assert.equal((await twoFactor.status('42')).enabled, true)
  const status = await call('GET', '/other/2fa/status', { headers: ada })
  assert.deepEqual([status.status, status.json.enabled], [200, false])
})

describe('a caller who hangs up', () => {
  test('before the body is there harms nobody', async () => {
    const { call, port } = await application()
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      'POST /2fa/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    socket.destroy()
    await once(socket, 'close')
    assert.deepEqual(told(await call('GET', '/2fa/status')), [401, 'not_signed_in'])
  })

  test('before the answer loses it; the code stays burned', async () => {
    const { call, port, clock, twoFactor, storage } = await application()
    const { phone } = await setUp(call, clock.now)
    clock.advance(30)
    const { challenge = '' } = await twoFactor.afterFirstFactor('42')
    const code = phone.code()
    const save = storage.save.bind(storage)
    const saved = new Promise<void>(resolve => {
      storage.save = (...given) => {
        socket.destroy()
        setImmediate(resolve)
        return save(...given)
      }
    })
    const body = JSON.stringify({ challenge, code })
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /2fa/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await saved
    const again = await twoFactor.afterFirstFactor('42')
    await assert.rejects(twoFactor.verify(again.challenge ?? '', { code }), { code: 'invalid_code' })
    clock.advance(30)
    assert.ok(await proof(twoFactor, '42', phone))
  })
})

/** A browser that keeps cookies. */
function browser(call: Awaited<ReturnType<typeof application>>['call']): typeof call {
  const jar = new Map<string, string>()
  return async (method, path, sent = {}) => {
    const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ')
    const answer = await call(method, path, { ...sent, headers: { ...sent.headers, cookie } })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
}

function sessionsIn(store: session.MemoryStore): Promise<Record<string, SessionData>> {
  return new Promise((resolve, reject) => {
    store.all((error, all) => (error ? reject(error) : resolve((all ?? {}) as Record<string, SessionData>)))
  })
}
