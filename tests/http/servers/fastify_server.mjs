// The server under test for Fastify: the applications that README.md describes, on `$PORT`. It uses the package's ES modules.

import { account, Host, LINES, NAMES, passwordOf } from './node_host.mjs'
import { imported, required } from './node_packages.mjs'

const fastify = required('fastify')
const cookies = required('@fastify/cookie')
const session = required('@fastify/session')
const twinlock = await imported('.')
const testing = await imported('./testing')
const { twinlock: routes } = await imported('./fastify')

async function application(app, name) {
  const host = new Host(name, twinlock, testing)
  if (host.mode === 'session') {
    const secret = 'for the tests, of thirty-two letters at least'
    await app.register(cookies)
    await app.register(session, { cookieName: 'session', secret, cookie: { secure: false }, saveUninitialized: false })
  }
  const options = host.options((reply, line) => reply.header('Set-Cookie', line))
  await app.register(routes, { ...options, prefix: '/2fa', adminPrefix: '/2fa/admin' })
  app.setErrorHandler(app.twinlock.problems)
  addApplication(app, host)
  addTestCalls(app, host)
}

/** What any application has. */
function addApplication(app, host) {
  app.post('/login', async (request, reply) => {
    const { username, password, code, next_codes, trust_device, carry, one_call } = request.body
    if (password !== passwordOf(username)) return reply.code(401).send({ detail: 'wrong password' })
    const options = { code, nextCodes: next_codes, trustDevice: trust_device, carry, oneCall: one_call }
    return app.twinlock.login(request, reply, account(username), options)
  })
  app.post('/logout', async (request, reply) => {
    await app.twinlock.forget(request, reply)
    host.signOut(request)
    return reply.header('Set-Cookie', 'host=; Path=/; Max-Age=0').send({})
  })
  const guards = { '/guarded': {}, '/guarded/fresh': { maxAge: 300 }, '/guarded/optional': { ifEnabled: true } }
  for (const [path, options] of Object.entries(guards)) {
    app.get(path, { preHandler: app.twinlock.required(options) }, async request => ({ id: host.user(request).id }))
  }
}

/** What only a test may have. */
function addTestCalls(app, host) {
  app.post('/test/sign-in', async (request, reply) =>
    host.signIn(request, request.body.id, {}, line => reply.header('Set-Cookie', line)))
  app.get('/test/clock', async () => ({ now: host.clock.now() }))
  app.post('/test/clock', async request => host.advance(request.body.advance))
  app.get('/test/session', async request => {
    const { cookie: _cookie, ...data } = request.session
    return { id: request.session.sessionId, data }
  })
  app.post('/test/session', async request => {
    for (const [name, value] of Object.entries(request.body)) request.session[name] = value
    return {}
  })
  app.post('/test/storage', async request => {
    host.storage.fault = request.body.fault
    return {}
  })
  app.get('/test/logs', async () => ({ lines: LINES }))
}

// Fastify's own logger at its most talkative is part of what is looked at.
const everything = fastify({ logger: { level: 'trace', stream: process.stdout } })
for (const name of NAMES) everything.register(async app => application(app, name), { prefix: `/${name}` })
await everything.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
