// With a real server process: it starts, keeps accounts and sessions over a restart, and an independent client gets through.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { AuthenticatorAccount } from 'twinlock'
import { newTwinlockKeys } from '../../shared-node/keys.js'
import { folder } from './lib/instance.js'
import { Person, TWO_FACTOR } from './lib/person.js'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const START_MS = 30_000

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address())
  await new Promise(resolve => probe.close(resolve))
  return port
}

/**
 * Starts `app/demo.js`, or another script, and waits until it listens.
 * @param {NodeJS.ProcessEnv} env
 */
async function start(env, script = 'app/demo.js') {
  const port = await freePort()
  const clean = Object.entries(process.env).filter(([name]) => !/^(TWINLOCK|SESSION|APP|FRONTEND|TRUST)_/.test(name))
  const all = { ...Object.fromEntries(clean), PORT: String(port), ...env }
  const server = spawn(process.execPath, [script], { cwd: HERE, env: all, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(server, 'exit')
  let output = ''
  const up = new Promise(resolve => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text
        if (output.includes(`http://127.0.0.1:${port}/`)) resolve(true)
      })
    }
  })
  const stop = async () => {
    server.kill()
    await ended
    return output
  }
  after(stop)
  const timer = AbortSignal.timeout(START_MS)
  await Promise.race([up, ended, once(timer, 'abort')])
  assert.equal(server.exitCode, null, output)
  return { port, stop, output: () => output }
}

/** A code of the phone on the wall: the process has the real clock. @param {string} uri */
const codeNow = uri => AuthenticatorAccount.fromUri(uri).codeAt(Date.now() / 1000)

/** @param {string} path */
function tables(path) {
  const rows = new Database(path).prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
  return rows.map(row => /** @type {{ name: string }} */ (row).name)
}

test('accounts, their second factor and their sessions survive a restart', async () => {
  const data = folder()
  const first = await start({ TWINLOCK_DEMO_DATA: data })
  const clock = /** @type {any} */ ({ now: () => Date.now() / 1000 })
  const ada = new Person('ada', first.port, clock)
  await ada.register()
  await ada.signIn()
  const setup = (await ada.call('POST', `${TWO_FACTOR}/setup`, { password: ada.password })).body
  const confirm = { setup: setup.setup, code: codeNow(setup.otpauth_uri) }
  const { backup_codes: codes } = (await ada.call('POST', `${TWO_FACTOR}/setup/confirm`, confirm)).body
  assert.match(await first.stop(), /Twinlock demo: http/)

  const second = await start({ TWINLOCK_DEMO_DATA: data })
  ada.port = second.port
  assert.deepEqual((await ada.me()).body.amr, ['pwd', 'otp'], 'the session goes on')
  assert.equal((await ada.verify(await ada.challenge(), codes[0])).body.method, 'backup_code')
  await second.stop()

  assert.deepEqual(tables(join(data, 'users.db')), ['sessions', 'users'])
  assert.ok(tables(join(data, '2fa.db')).includes('twinlock_record'))
  for (const name of readdirSync(data))
    assert.equal(statSync(join(data, name)).mode & 0o077, 0, `${name} is ours alone`)
})

test('a challenge survives a restart, too', async () => {
  const data = folder()
  const first = await start({ TWINLOCK_DEMO_DATA: data })
  const ada = new Person('ada', first.port, /** @type {any} */ (null))
  await ada.register()
  await ada.signIn()
  const setup = (await ada.call('POST', `${TWO_FACTOR}/setup`, { password: ada.password })).body
  const confirm = { setup: setup.setup, code: codeNow(setup.otpauth_uri) }
  const { backup_codes: codes } = (await ada.call('POST', `${TWO_FACTOR}/setup/confirm`, confirm)).body
  const challenge = await ada.challenge()
  await first.stop()
  ada.port = (await start({ TWINLOCK_DEMO_DATA: data })).port
  assert.equal((await ada.verify(challenge, codes[0])).status, 200)
})

test('production starts with its keys and without the phone', async () => {
  const data = folder()
  const env = {
    FRONTEND_URL: 'https://app.example.com',
    TRUST_PROXY: 'loopback',
    SESSION_KEYS: 'n'.repeat(32),
    TWINLOCK_KEYS: newTwinlockKeys(),
    TWINLOCK_DEMO_DATA: data,
  }
  const { port } = await start(env, 'app/main.js')
  const home = await new Person('nobody', port, /** @type {any} */ (null)).call('GET', '/')
  assert.equal(home.status, 200)
  assert.doesNotMatch(home.text, /pretend phone|phone\.js/)
  assert.match(home.headers['strict-transport-security'] ?? '', /max-age/)
  assert.deepEqual(
    readdirSync(data).filter(name => name.endsWith('.keys')),
    [],
  )
})

test('production without keys says what is missing, and nothing of a stack', async () => {
  const env = { ...process.env, APP_ENV: 'production', FRONTEND_URL: 'http://127.0.0.1', TWINLOCK_DEMO_DATA: folder() }
  const server = spawn(process.execPath, ['app/main.js'], { cwd: HERE, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  server.stderr.setEncoding('utf8').on('data', text => (output += text))
  assert.deepEqual(await once(server, 'close'), [2, null])
  assert.match(output, /^cannot start: no key signs the session cookie: set SESSION_KEYS/)
  assert.doesNotMatch(output, /\n.*at /)
})

test('the first administrator is made by command', async () => {
  const data = folder()
  const { port } = await start({ TWINLOCK_DEMO_DATA: data })
  const ada = new Person('ada', port, /** @type {any} */ (null))
  await ada.register()
  await ada.signIn()
  const make = (/** @type {string} */ name) =>
    execFileSync(process.execPath, ['app/demo.js', '--admin', name], {
      cwd: HERE,
      env: { ...process.env, TWINLOCK_DEMO_DATA: data },
      stdio: 'pipe',
      encoding: 'utf8',
    })
  assert.throws(() => make('nobody'), /register it first/)
  assert.match(make('ada'), /ada is an administrator now/)
  assert.equal((await ada.me()).body.role, 'admin')
})

/** A reason to skip where programs are missing; a CI that lacks them fails. @param {string[]} tools */
function unless(tools) {
  const missing = tools.filter(tool => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  return { skip: missing.length > 0 && !process.env.CI && `missing: ${missing.join(', ')}` }
}

/** Runs a script to its end; it has to succeed. @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
async function walk(program, args, env = {}) {
  const walker = spawn(program, args, { cwd: HERE, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [walker.stdout, walker.stderr]) stream.setEncoding('utf8').on('data', text => (said += text))
  const [status] = await once(walker, 'close')
  assert.equal(status, 0, said)
  assert.match(said, /all done\n$/)
}

test('an independent client walks through', unless(['bash', 'curl', 'zbarimg', 'oathtool', 'python3']), async () => {
  const { port } = await start({ TWINLOCK_DEMO_DATA: folder() })
  await walk('bash', ['../walkthrough.sh', `http://127.0.0.1:${port}`, 'session'])
})

test('the pages work in a browser, the pretend phone and the admin page among them', unless(['chromium']), async () => {
  const data = folder()
  const { port } = await start({ TWINLOCK_DEMO_DATA: data })
  const env = { TWINLOCK_DEMO_DATA: data, ADMIN: 'node app/demo.js --admin "$1"' }
  await walk(process.execPath, ['../browse.mjs', `http://127.0.0.1:${port}`, folder()], env)
})
