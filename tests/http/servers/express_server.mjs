// The server under test for Express: the applications that README.md describes, on `$PORT`. It uses the package's CommonJS form.

import { account, Host, LINES, NAMES, passwordOf } from './node_host.mjs'
import { required } from './node_packages.mjs'

const express = required('express')
const session = required('express-session')
const twinlock = required('twinlock')
const testing = required('twinlock/testing')
const routesFor = required('twinlock/express').twinlock

const parsed = express.json()

function application(name) {
  const host = new Host(name, twinlock, testing)
  const app = express()
  if (host.mode === 'session') {
    app.use(session({ name: 'session', secret: 'for the tests', resave: false, saveUninitialized: false }))
  }
  const tf = routesFor(host.options((res, line) => res.append('Set-Cookie', line)))
  app.use('/2fa', tf.router)
  app.use('/2fa/admin', tf.adminRouter)
  addApplication(app, host, tf)
  addTestCalls(app, host)
  app.use(tf.problems)
  return app
}

/** What any application has. */
function addApplication(app, host, tf) {
  app.post('/login', parsed, async (req, res) => {
    const { username, password, code, next_codes, trust_device, carry, one_call } = req.body
    if (password !== passwordOf(username)) return res.status(401).json({ detail: 'wrong password' })
    const options = { code, nextCodes: next_codes, trustDevice: trust_device, carry, oneCall: one_call }
    await tf.login(req, res, account(username), options)
  })
  app.post('/logout', async (req, res) => {
    await tf.forget(req, res)
    host.signOut(req)
    res.clearCookie('host').json({})
  })
  const guards = { '/guarded': {}, '/guarded/fresh': { maxAge: 300 }, '/guarded/optional': { ifEnabled: true } }
  for (const [path, options] of Object.entries(guards)) {
    app.get(path, tf.required(options), (req, res) => res.json({ id: host.user(req).id }))
  }
}

/** What only a test may have. */
function addTestCalls(app, host) {
  app.post('/test/sign-in', parsed, (req, res) => {
    res.json(host.signIn(req, req.body.id, {}, line => res.append('Set-Cookie', line)))
  })
  app.get('/test/clock', (_req, res) => res.json({ now: host.clock.now() }))
  app.post('/test/clock', parsed, (req, res) => res.json(host.advance(req.body.advance)))
  app.get('/test/session', (req, res) => {
    const { cookie: _cookie, ...data } = req.session
    res.json({ id: req.sessionID, data })
  })
  app.post('/test/session', parsed, (req, res) => {
    Object.assign(req.session, req.body)
    res.json({})
  })
  app.post('/test/storage', parsed, (req, res) => {
    host.storage.fault = req.body.fault
    res.json({})
  })
  app.get('/test/logs', (_req, res) => res.json({ lines: LINES }))
}

const everything = express()
everything.use((req, res, next) => {
  res.on('finish', () => console.log(`${req.method} ${req.originalUrl} ${res.statusCode}`))
  next()
})
for (const name of NAMES) everything.use(`/${name}`, application(name))
everything.listen(Number(process.env.PORT), '127.0.0.1')
